package figure

import (
	"slices"
	"testing"

	"mpsim/experiment/record"
)

// Of ten pieces of data four do not wait, three wait 1 ms, two 2 ms and one 100 ms.
func waiting() *record.Result {
	res := &record.Result{}
	res.Duration = 10
	res.Flows = []record.Flow{{Name: "a", Protocol: "mptcp"}, {Name: "b", Protocol: "tcp"}}
	res.Reorders = []record.Reorder{{Flow: "a", Count: 10, Wait: []float64{0, 0.001, 0.002, 0.1}, Below: []uint64{4, 7, 9, 10}}}
	return res
}

// The curve begins at the part that does not wait. Times of which the greatest is 100 times the least make the axis
// logarithmic.
func TestWaitDistribution(t *testing.T) {
	panels, err := (&oooCDF{}).panels(newSource(waiting()))
	if err != nil {
		t.Fatal(err)
	}
	p := panels[0]
	c := p.curves[0]
	if p.named[0] != "a (n = 10)" || p.plot.X.Label != "Wait for order (ms)" || !p.plot.X.Log || p.plot.X.Min != 0.9 {
		t.Errorf("%q over %q from %g", p.named[0], p.plot.X.Label, p.plot.X.Min)
	}
	if !slices.Equal(c.x, []float64{0, 0, 1, 2, 100}) || !slices.Equal(c.y, []float64{0, 0.4, 0.7, 0.9, 1}) {
		t.Errorf("%v: %v", c.x, c.y)
	}
}

// Over runs the distribution is the one of all pieces of data together: of those of two such runs and of one with ten
// that do not wait, 18 of 30.
func TestPoolOfWaits(t *testing.T) {
	still := waiting()
	still.Reorders = []record.Reorder{{Flow: "a", Count: 10, Wait: []float64{0}, Below: []uint64{10}}}
	p := pool(t, Request{Name: "ooo-cdf"}, []string{"blest"}, []*record.Result{waiting(), still, waiting()})
	c := p.groups(spread)[0].curves[0]
	if want := []float64{18. / 30, 24. / 30, 28. / 30, 1}; c.text != "blest (n = 30)" || !close(c.y[:4], want) || !slices.Equal(c.x[:4], []float64{0, 0.001, 0.002, 0.1}) {
		t.Errorf("%s %v: %v; want %v", c.text, c.x, c.y, want)
	}
}
