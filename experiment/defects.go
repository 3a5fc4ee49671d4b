package experiment

import (
	"fmt"
	"strings"

	"mpsim/sim"
)

// A DefectError has what a run has found wrong with the model without a panic: numbers that
// cannot be, and connections that wait for ever. Unlike a PanicError it comes with the result,
// of which nothing is lost.
type DefectError struct{ Found []Violation }

// A Violation is an invariant that does not hold.
type Violation struct {
	At   sim.Time
	Text string
}

// String implements fmt.Stringer.
func (v Violation) String() string { return fmt.Sprintf("at %v: %s", v.At, v.Text) }

// Error implements error.
func (e *DefectError) Error() string {
	text := make([]string, len(e.Found))
	for i, v := range e.Found {
		text[i] = v.String()
	}
	return "the model violated an invariant " + strings.Join(text, "\n  and ")
}

// mostViolations is how many are kept: the first ones tell the cause.
const mostViolations = 10

// violated notes what does not hold.
func (o *observer) violated(at sim.Time, format string, args ...any) {
	if len(o.found) < mostViolations {
		o.found = append(o.found, Violation{at, fmt.Sprintf(format, args...)})
	}
}

// defects returns what has been found, or nil.
func (o *observer) defects() error {
	if len(o.found) == 0 {
		return nil
	}
	return &DefectError{o.found}
}
