package figure

import (
	"fmt"
	"math"
	"slices"

	"mpsim/experiment/record"
)

// drawable returns a result without the points that have no place in a figure: NaN and infinities.
func drawable(res *record.Result) *record.Result {
	out := *res
	out.Series = slices.Clone(res.Series)
	for i := range out.Series {
		s := &out.Series[i]
		s.T, s.V = finite(s.T, s.V)
	}
	out.Sequences = slices.Clone(res.Sequences)
	for i := range out.Sequences {
		s := &out.Sequences[i]
		s.T, s.DSN = finite(s.T, s.DSN)
	}
	out.Reorders = without(res.Reorders, func(r record.Reorder) bool {
		return len(r.Wait) == 0 || len(r.Wait) != len(r.Below) || slices.ContainsFunc(r.Wait, func(v float64) bool { return !isFinite(v) })
	})
	out.Incidents = without(res.Incidents, func(m record.Incident) bool { return !isFinite(m.T) || !isFinite(m.Value) })
	out.Segments = without(res.Segments, func(g record.Segment) bool { return !isFinite(g.T) || !isFinite(g.Arrived) || !isFinite(g.Read) })
	out.Pauses = without(res.Pauses, func(p record.Pause) bool { return !isFinite(p.From) || !isFinite(p.Until) })
	out.Transfers = without(res.Transfers, func(t record.Transfer) bool { return !isFinite(t.Start) || !isFinite(t.FCT) })
	out.Connections = without(res.Connections, func(c record.Connection) bool { return !isFinite(record.OrZero(c.Goodput)) })
	return &out
}

// without returns a copy of list that lacks what bad says.
func without[T any](list []T, bad func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(list), bad)
}

// finite returns the points whose coordinates are both finite: the same slices if all are.
func finite(x, y []float64) ([]float64, []float64) {
	bad := func(v float64) bool { return !isFinite(v) }
	if !slices.ContainsFunc(x, bad) && !slices.ContainsFunc(y, bad) {
		return x, y
	}
	var a, b []float64
	for i := range x {
		if isFinite(x[i]) && isFinite(y[i]) {
			a, b = append(a, x[i]), append(b, y[i])
		}
	}
	return a, b
}

func isFinite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// notDrawn makes a panic, of ours or of the library that paints, the error that a figure could not be drawn: the
// rest of a result is worth more.
func notDrawn(err *error) {
	if v := recover(); v != nil {
		*err = fmt.Errorf("cannot be drawn: %v", v)
	}
}
