package sched

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// Why is the reason of a decision: a code, the subflow it is about, and the numbers
// that were compared. Nothing is formatted before somebody asks.
type Why struct {
	Code    Reason
	About   int // index into View.Subflows; the other one of a comparison
	A, B, C float64
}

// Because notes the reason of the decision that is about to be returned. It costs a
// branch if nobody wants to know, as long as the numbers are there anyway.
func (v *View) Because(code Reason, about int, a, b, c float64) {
	if v.Reason != nil {
		*v.Reason = Why{code, about, a, b, c}
	}
}

// Pulled is the reason when a subflow is given bytes without a decision.
var Pulled = NewReason("pulled", "{who} sends beyond its window: limited transmit (RFC 3042), or a probe for a lost tail (RFC 8985)")

// Reason is a code that NewReason has given out. 0 is none.
type Reason uint16

type reason struct{ name, text string }

// reasons has room for those of the schedulers here, so that it does not grow while programs start.
var reasons = append(make([]reason, 0, 64), reason{"none", "no reason given"})

// NewReason defines a reason. In text, {who} stands for the subflow and {a}, {b} and
// {c} for the numbers; {a:ms} shows nanoseconds as milliseconds. Results hold the
// name, which does not change when reasons are added.
func NewReason(name, text string) Reason {
	reasons = append(reasons, reason{name, text})
	return Reason(len(reasons) - 1)
}

// Name returns the name of r.
func (r Reason) Name() string { return reasons[r].name }

// ReasonOf returns the reason of a name, and whether there is one.
func ReasonOf(name string) (Reason, bool) {
	i := slices.IndexFunc(reasons, func(r reason) bool { return r.name == name })
	return Reason(max(i, 0)), i >= 0
}

// num writes a number with four digits, or more if it is whole or as large.
func num(x float64) string {
	if n := math.Abs(x); n < 1e15 && (n >= 1e4 || x == math.Trunc(x)) {
		return strconv.FormatFloat(x, 'f', 0, 64)
	}
	return strconv.FormatFloat(x, 'g', 4, 64)
}

// Text tells w in words. who names the subflow.
func (w Why) Text(who string) string {
	return strings.NewReplacer("{who}", who,
		"{a}", num(w.A), "{b}", num(w.B), "{c}", num(w.C),
		"{a:ms}", num(w.A/1e6)+" ms", "{b:ms}", num(w.B/1e6)+" ms", "{c:ms}", num(w.C/1e6)+" ms",
	).Replace(reasons[w.Code].text)
}
