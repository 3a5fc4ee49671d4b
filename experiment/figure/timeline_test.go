package figure

import (
	"math"
	"slices"
	"testing"
	"time"

	"mpsim/experiment/record"
)

// passed has two segments on x, 1 kB each, of which the first is repeated, and two on y, of which the
// second comes on x after all: reinjected. What follows it waits. Positions go up by 1 kB each.
func passed() *record.Result {
	res := over(record.SRTT, "s", nil, nil)
	res.Segments = []record.Segment{
		{T: 1, Flow: "a", Subflow: "x", Kind: record.New, From: 0, To: 1000, Reason: "lowest-rtt", Arrived: 1.5, Read: 1.5},
		{T: 1.1, Flow: "a", Subflow: "y", Kind: record.New, From: 1000, To: 2000, Reason: "no-block", Arrived: 1.7, Read: 1.7},
		{T: 1.2, Flow: "a", Subflow: "y", Kind: record.New, From: 2000, To: 3000, Reason: "no-block", Read: 2},
		{T: 1.3, Flow: "a", Subflow: "x", Kind: record.Retransmitted, From: 0, To: 1000, Arrived: 1.5, Read: 1.5},
		{T: 1.4, Flow: "a", Subflow: "x", Kind: record.New, From: 3000, To: 4000, Reason: "lowest-rtt", Arrived: 1.5, Read: 2},
		{T: 1.8, Flow: "a", Subflow: "x", Kind: record.Reinjected, From: 2000, To: 3000, Reason: "idle", Arrived: 2, Read: 2},
		{T: 5, Flow: "b", Kind: record.New, From: 0, To: 1000},
	}
	res.Pauses = []record.Pause{
		{From: 1.2, Until: 1.4, Flow: "a", By: record.ByScheduler, Reason: "would-block", About: "x"},
		{From: 1.4, Until: 1.8, Flow: "a", By: record.ByWindow},
		{From: 8, Until: 9, Flow: "a", By: record.ByBuffer},
	}
	return res
}

// layersOf returns the layers of one type.
func layersOf[T layer](p *panel) (list []T) {
	for _, l := range slices.Concat(p.plot.layers, p.dots) {
		if x, ok := l.(T); ok {
			list = append(list, x)
		}
	}
	return list
}

// Each segment has a mark where and when it is sent, by kind and subflow, and a bar until it arrives: in
// the colour of its subflow, or paler if another one is first. What is in order at the receiver is a line.
func TestTimeline(t *testing.T) {
	k := &timeline{overTime: overTime{span{From: time.Second, Until: 3 * time.Second}}}
	panels, err := k.panels(newSource(passed()))
	if err != nil {
		t.Fatal(err)
	}
	p := panels[0]
	if len(panels) != 2 || p.plot.X.Min != 1 || p.plot.X.Max != 3 || p.plot.Y.Label != "Position in the stream (kB)" {
		t.Fatalf("%d panels from %g to %g s, %s", len(panels), p.plot.X.Min, p.plot.X.Max, p.plot.Y.Label)
	}
	var marks [][]float64
	for _, d := range layersOf[*dots](p) {
		marks = append(marks, slices.Concat(d.x, d.y))
	}
	if want := [][]float64{{1, 1.4, 0, 3}, {1.1, 1.2, 1, 2}, {1.8, 2}, {1.3, 0}}; !slices.EqualFunc(marks, want, slices.Equal) {
		t.Errorf("marks %v; want new ones on x and y, the reinjected and the retransmitted one: %v", marks, want)
	}
	var ways [][]float64
	for _, b := range layersOf[*bars](p) {
		if len(b.from) > 0 {
			ways = append(ways, slices.Concat(b.from, b.to, b.low, b.high))
		}
	}
	want := [][]float64{
		{1.2, 2, 2, 3}, // on y, comes on x
		{1, 1.3, 1.4, 1.8, 1.5, 1.5, 1.5, 2, 0, 0, 3, 2, 1, 1, 4, 3},
		{1.1, 1.7, 1, 2},
	}
	if !slices.EqualFunc(ways, want, slices.Equal) {
		t.Errorf("bars %v; want %v", ways, want)
	}
	if c := p.curves[0]; !slices.Equal(c.x, []float64{1.5, 1.5, 1.7, 2, 2, 2}) || !slices.Equal(c.y, []float64{1, 1, 2, 3, 4, 4}) {
		t.Errorf("in order at the receiver are %v at %v", c.y, c.x)
	}
	if x, y := layersOf[*dots](p)[0].glyph.Color, layersOf[*dots](p)[1].glyph.Color; x != colourOf(0) || y != colourOf(1) {
		t.Errorf("the subflows have the colours %v and %v", x, y)
	}
}

// Below are the reasons, a row each, the most frequent first, and what else kept data back in that time: a
// stroke for each segment, in the colour of its subflow, and a bar for each pause.
func TestTimelineReasons(t *testing.T) {
	k := &timeline{overTime: overTime{span{From: time.Second, Until: 3 * time.Second}}}
	panels, err := k.panels(newSource(passed()))
	if err != nil {
		t.Fatal(err)
	}
	p := panels[1]
	var names []string
	for _, x := range p.plot.Y.Ticks.Ticks(0, 1) {
		names = append(names, x.Label)
	}
	if want := []string{"lowest rtt", "no block", "idle", "would block", "window full"}; !slices.Equal(names, want) {
		t.Fatalf("rows %q; want %q", names, want)
	}
	for i, want := range [][]float64{{1, 1.4}, {1.1, 1.2}, {1.8}, {1.2}, {1.4}} {
		at := float64(len(names)-i) - 0.5
		var got []float64
		for _, b := range layersOf[*bars](p) {
			for k := range b.from {
				if math.Abs(b.low[k]+b.high[k]-2*at) < 1e-9 {
					got = append(got, b.from[k])
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: at %v, want %v", names[i], got, want)
		}
	}
}

// Without from and until the window lies around the first reinjection, with so many segments as can be told
// apart.
func TestTimelineChoosesItsWindow(t *testing.T) {
	res := over(record.SRTT, "s", nil, nil)
	for i := range 10_000 {
		g := record.Segment{T: float64(i) / 1000, Flow: "a", Subflow: "x", Kind: record.New, From: 1000 * uint64(i), To: 1000*uint64(i) + 1000}
		if i == 6000 {
			g.Subflow, g.Kind, g.From, g.To = "y", record.Reinjected, 0, 1000
		}
		res.Segments = append(res.Segments, g)
	}
	panels, err := (&timeline{}).panels(newSource(res))
	if err != nil {
		t.Fatal(err)
	}
	x := &panels[0].plot.X
	if n := 1000 * (x.Max - x.Min); x.Min > 6 || x.Max < 6 || math.Abs(n-windowPoints) > 2 {
		t.Errorf("the window is from %g to %g s; want 400 ms around 6 s", x.Min, x.Max)
	}
}
