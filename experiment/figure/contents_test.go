package figure

import (
	"math"
	"testing"

	"mpsim/experiment/record"
)

// Panels that compare like with like have one range; one whose values would not be seen in it has its own.
func TestOneRange(t *testing.T) {
	res := &record.Result{}
	res.Duration = 10
	for _, f := range []struct {
		name string
		rtt  float64
	}{{"a", 0.1}, {"b", 0.05}, {"tiny", 0.001}} {
		res.Flows = append(res.Flows, record.Flow{Name: f.name})
		res.Series = append(res.Series, record.Series{Name: record.SRTT, Unit: "s", Flow: f.name, T: []float64{0, 5}, V: []float64{f.rtt, f.rtt}})
	}
	panels, err := (&rtt{}).panels(newSource(res))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{108, 108, 1.08} { // ms, with 8 % of room
		if got := panels[i].plot.Y.Max; math.Abs(got-want) > 1e-9 {
			t.Errorf("panel %d goes up to %g; want %g", i, got, want)
		}
	}
}

// A panel of a flow shows the events of the links that the flow crosses, and no others.
func TestEventsOfOwnLinks(t *testing.T) {
	res := &record.Result{}
	res.Duration = 10
	res.Incidents = []record.Incident{{T: 1, Kind: record.LinkDown, Link: "wifi"}, {T: 2, Kind: record.LinkDown, Link: "lte"}}
	f := &record.Flow{Subflows: []record.Subflow{{Name: "lte", Path: "phone -lte- server"}}}
	p := newSource(res).timePanel(linksOf(f), "", 1)
	if len(p.events) != 1 || p.events[0].text != "lte off" {
		t.Errorf("events %v; want that of lte", p.events)
	}
}

// Links look the same in all figures: a queue as the subflow that crosses it.
func TestLinksKeepTheirLook(t *testing.T) {
	res := &record.Result{}
	res.Flows = []record.Flow{{Name: "a", Subflows: []record.Subflow{{Name: "wifi"}, {Name: "lte+core"}}}, {Name: "b", Subflows: []record.Subflow{{Name: "lte+core"}}}}
	res.Links = []record.Link{{Name: "core"}, {Name: "other"}, {Name: "wifi"}}
	s := newSource(res)
	for name, want := range map[string]int{"wifi": 0, "lte+core": 1, "core": 1, "other": 3} {
		if got := s.number(name); got != want {
			t.Errorf("%s has look %d; want %d", name, got, want)
		}
	}
}

// A curve that another one covers is said to be identical to it.
func TestIdenticalCurves(t *testing.T) {
	p := newPanel("", 1, "", 1)
	for _, name := range []string{"a", "b"} {
		p.add(name, &curve{x: []float64{0, 1}, y: []float64{2, 3}})
	}
	p.add("c", &curve{x: []float64{0, 1}, y: []float64{2, 4}})
	p.add("d", &curve{x: []float64{0, 1}, y: []float64{2, 4.001}}) // a thousandth of the axis
	for i, want := range []string{"a", "b (identical to a)", "c", "d (almost identical to c)"} {
		if got := p.legend[i].text; got != want {
			t.Errorf("the legend says %q; want %q", got, want)
		}
	}
}

// So is a series that has the same values but for less than the width of a line, wherever they change.
func TestIdenticalSteps(t *testing.T) {
	p := newPanel("", 10, "", 1)
	a := &curve{x: []float64{0, 1, 2, 3, 4}, y: []float64{0, 1, 0, 0.5, 0.5}, hold: true}
	p.add("a", a)
	p.add("same", &curve{x: []float64{0, 1, 2, 3}, y: []float64{0, 1, 0, 0.501}, hold: true})
	p.add("later", &curve{x: []float64{0, 1.5, 2, 3}, y: []float64{0, 1, 0, 0.5}, hold: true})
	p.add("goes on", &curve{x: []float64{0, 1, 2, 3, 4, 5}, y: []float64{0, 1, 0, 0.5, 0.5, 0.6}, hold: true})
	for i, want := range []string{"a", "same (almost identical to a)", "later", "goes on"} {
		if got := p.legend[i].text; got != want {
			t.Errorf("the legend says %q; want %q", got, want)
		}
	}
}

// A legend has all curves of its panel, or none where the one above explains them all.
func TestLegendsAreWhole(t *testing.T) {
	var panels []*panel
	for _, names := range []string{"ab", "ab", "abc", "a", "bd", "ab"} {
		p := newPanel("", 1, "", 1)
		for _, n := range names {
			p.legend = append(p.legend, entry{text: string(n)})
		}
		panels = append(panels, p)
	}
	explainOnce(panels)
	for i, want := range []int{2, 0, 3, 0, 2, 2} {
		if got := len(panels[i].legend); got != want {
			t.Errorf("legend %d has %d entries, want %d", i, got, want)
		}
	}
}

// A window of a sequence lies around the first event of a link of the flow, and says how far data lies ahead of the
// mean rate: of 1 kB each millisecond nothing does, but for 5 kB that come again.
func TestSequenceWindow(t *testing.T) {
	res := &record.Result{}
	res.Flows = []record.Flow{{Name: "a", Subflows: []record.Subflow{{Name: "x"}, {Name: "y"}}}}
	res.Incidents = []record.Incident{{T: 4, Kind: record.LinkDown, Link: "x"}, {T: 1, Kind: record.LinkDown, Link: "elsewhere"}}
	res.Flows[0].Subflows[0].Path, res.Flows[0].Subflows[1].Path = "m -x- n", "m -y- n"
	first := record.Sequence{Flow: "a", Subflow: "x"}
	for i := range 10000 {
		first.T, first.DSN = append(first.T, float64(i)/1000), append(first.DSN, 1000*float64(i))
	}
	again := record.Sequence{Flow: "a", Subflow: "y", Reinjected: true, T: []float64{4.05}, DSN: []float64{4_045_000}}
	s := newSource(res)
	w := s.window(&res.Flows[0], []record.Sequence{first, again})
	w.fit([]record.Sequence{first, again})
	if w.from > 4 || w.until < 4.05 || w.until-w.from > 0.5 {
		t.Errorf("the window is from %g to %g s; want 400 ms around 4 s", w.from, w.until)
	}
	if math.Abs(w.rate-1e6) > 1 || math.Abs(w.low+5000) > 1 || math.Abs(w.high) > 1 {
		t.Errorf("%g B/s, from %g to %g B ahead; want 1e6, -5000 and 0", w.rate, w.low, w.high)
	}
}

func TestWords(t *testing.T) {
	for metric, want := range map[string]string{
		"rtt-p95": "RTT, 95th percentile", "RTT p95": "RTT, 95th percentile", "goodput": "Goodput", "fct-p50": "Completion time, median",
		"queue-delay-mean": "Queue delay, mean", "second-subflow": "Second subflow", "longest-gap": "Longest gap", "": "",
	} {
		if got := words(metric); got != want {
			t.Errorf("%q is called %q; want %q", metric, got, want)
		}
	}
}
