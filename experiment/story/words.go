package story

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"mpsim/experiment/record"
	"mpsim/sched"
)

// A step is decisions of one kind that follow one another: those of an instant, or the answers of a wait.
type step struct {
	first, last int    // indices
	bytes       uint64 // that were given
}

// steps divides decisions into steps.
func (s *Subject) steps(list []record.Decision) (steps []step) {
	for i := range list {
		d := &list[i]
		n := uint64(0)
		if d.Gives() {
			n = d.To - d.From
		}
		if i > 0 && alike(&list[i-1], d) {
			k := &steps[len(steps)-1]
			k.last, k.bytes = i, k.bytes+n
			continue
		}
		steps = append(steps, step{i, i, n})
	}
	return steps
}

// alike reports whether b goes on where a is. Waits do at any time, the rest at the same.
func alike(a, b *record.Decision) bool {
	if a.Job != b.Job || a.Act != b.Act || a.Reason != b.Reason || a.About != b.About || a.Subflows != b.Subflows {
		return false
	}
	return a.Act == record.Waits || a.T == b.T && a.To == b.From
}

// did says what the scheduler did in a step, and why.
func (s *Subject) did(k step) string { return s.didOf(s.Decisions, k) }

// didOf is did of a step of other decisions.
func (s *Subject) didOf(list []record.Decision, k step) string {
	d := &list[k.first]
	if d.Job == record.Pull {
		return and(d.On()) + " " + s.done(list, k)
	}
	return s.Flow.Scheduler + " " + s.done(list, k)
}

// done is didOf without the subject of the sentence.
func (s *Subject) done(list []record.Decision, k step) string {
	d := &list[k.first]
	text, why := act(d, k), because(d)
	rest, waits := strings.CutPrefix(why, "waits")
	switch {
	case why == "":
		return text
	case waits && d.Act == record.Waits:
		return text + rest
	}
	return text + ": " + why
}

// act says what was done in a step that begins with d, without the reason.
func act(d *record.Decision, k step) string {
	on := and(d.On())
	bytes := fmt.Sprintf("%d bytes (%d to %d)", k.bytes, d.From, max(d.From+k.bytes, 1)-1)
	several := ""
	if n := k.last - k.first + 1; n > 1 {
		several = fmt.Sprintf(", in %d decisions", n)
	}
	switch {
	case d.Act == record.Waits && d.Job == record.Spare:
		return "had nothing to send"
	case d.Act == record.Waits && d.Job == record.Lost:
		return "left bytes that must go again for later and waited"
	case d.Act == record.Waits:
		return "waited"
	case d.Act == record.Recalls:
		return "took back what was queued on " + on
	case k.bytes == 0:
		return "chose " + on + ", and nothing could go"
	case d.Job == record.Pull:
		return "took " + bytes + several + " without a decision"
	}
	verb := map[string]string{record.Sends: "sent ", record.Queues: "queued "}[d.Act]
	switch d.Job {
	case record.Lost:
		bytes += ", which had to go again,"
	case record.Blocked:
		bytes += ", which held up the rest, again"
	case record.Spare:
		bytes = "a copy of " + bytes
	}
	return verb + bytes + " on " + on + several
}

// because returns the reason of d in words; "" if there is none.
func because(d *record.Decision) string {
	code, known := sched.ReasonOf(d.Reason)
	switch {
	case !known: // of another version
		return d.Reason
	case code == 0:
		return ""
	}
	return sched.Why{Code: code, A: d.A, B: d.B, C: d.C}.Text(d.About)
}

// between returns the decisions from a time to another, both included.
func (s *Subject) between(from, to float64) []record.Decision {
	i := sort.Search(len(s.Decisions), func(i int) bool { return s.Decisions[i].T > from-rounding })
	k := sort.Search(len(s.Decisions), func(i int) bool { return s.Decisions[i].T > to+rounding })
	return s.Decisions[i:max(i, k)]
}

// rounding is less than the nanosecond by which two times differ at least, s.
const rounding = 0.5e-9

// given says what subflows were given.
func given(list []record.Decision) string {
	var names []string
	bytes := map[string]uint64{}
	for i := range list {
		d := &list[i]
		for _, name := range d.On() {
			if d.Gives() {
				bytes[name] += d.To - d.From
			}
		}
	}
	for name := range bytes {
		names = append(names, name)
	}
	if len(names) == 0 {
		return "no subflow was given anything"
	}
	slices.Sort(names)
	for i, name := range names {
		names[i] = fmt.Sprintf("%s was given %s", name, record.Size(bytes[name]))
	}
	return and(names)
}

// tallied counts decisions by reason, the most frequent first.
func tallied(list []record.Decision, of func(*record.Decision) bool) string {
	n := map[string]int{}
	for i := range list {
		if of(&list[i]) {
			n[list[i].Reason]++
		}
	}
	var names []string
	for name := range n {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(n[b]-n[a], cmp.Compare(a, b)) })
	for i, name := range names {
		names[i] = name + " " + strconv.Itoa(n[name])
	}
	return strings.Join(names, ", ")
}

// clock writes a time in milliseconds or, if they do not tell, in microseconds.
func clock(t float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(t, 'f', 6, 64), "000") + " s"
}

// and joins words.
func and(list []string) string {
	if n := len(list); n > 1 {
		return strings.Join(list[:n-1], ", ") + " and " + list[n-1]
	}
	return strings.Join(list, "")
}

// count writes a number of things.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.Itoa(n) + " " + thing + "s"
}

// times writes how often.
func times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return strconv.Itoa(n) + " times"
}
