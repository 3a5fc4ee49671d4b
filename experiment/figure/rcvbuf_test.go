package figure

import (
	"slices"
	"testing"

	"mpsim/experiment/record"
)

// The time in which new data is kept back is shaded, behind all else: from 1 to 2 s, and from 3 to 5 s, in which another
// connection is blocked from 4 s on; a block without a duration is not. The send buffer has kept back nothing.
func TestBlockedIsShaded(t *testing.T) {
	res := over(record.RecvBuffer, "B", []float64{0}, []float64{1000})
	res.Series = append(res.Series, record.Series{
		Name: record.WindowBlocked, Flow: "a", T: []float64{1, 2, 2.5, 2.5, 3, 4, 5}, V: []float64{1, 0, 1, 0, 1, 2, 0},
	})
	panels, err := (&rcvbuf{}).panels(newSource(res))
	if err != nil {
		t.Fatal(err)
	}
	b, ok := panels[0].plot.layers[0].(*spans)
	if !ok || !slices.Equal(b.from, []float64{1, 3}) || !slices.Equal(b.to, []float64{2, 5}) {
		t.Fatalf("behind all else: %v", panels[0].plot.layers[0])
	}
	if l := panels[0].legend; l[0].text != "blocked by the window" || slices.ContainsFunc(l, func(e entry) bool { return e.text == "blocked by the send buffer" }) {
		t.Errorf("the legend says %v", l)
	}
}
