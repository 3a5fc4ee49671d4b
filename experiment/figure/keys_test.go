package figure

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"mpsim/experiment/record"
)

// over returns a result of 10 s with a series of a flow.
func over(name, unit string, t, v []float64) *record.Result {
	res := &record.Result{}
	res.Duration = 10
	res.Flows = []record.Flow{{Name: "a", Subflows: []record.Subflow{{Name: "x"}, {Name: "y"}}}, {Name: "b"}}
	for _, sub := range []string{"x", "y"} {
		res.Series = append(res.Series, record.Series{Name: name, Unit: unit, Flow: "a", Subflow: sub, T: t, V: v})
	}
	return res
}

// From and until cut the time axis, the curves and the range of the values: a curve begins with the value that holds.
func TestFromUntil(t *testing.T) {
	res := over(record.SRTT, "s", []float64{0, 3, 6, 9}, []float64{0.9, 0.1, 0.2, 0.9})
	res.Incidents = []record.Incident{{T: 1, Kind: record.Change, Text: "before"}, {T: 5, Kind: record.Change, Text: "within"}}
	k := &rtt{overTime: overTime{span{From: 4 * time.Second, Until: 8 * time.Second}}}
	panels, err := k.panels(newSource(res))
	if err != nil {
		t.Fatal(err)
	}
	p := panels[0]
	if p.plot.X.Min != 4 || p.plot.X.Max != 8 || math.Abs(p.plot.Y.Max-1.08*200) > 1e-9 {
		t.Errorf("the axes are %g to %g s, and up to %g ms; want 4 to 8, and 216", p.plot.X.Min, p.plot.X.Max, p.plot.Y.Max)
	}
	if c := p.curves[0]; !slices.Equal(c.x, []float64{4, 6}) || !slices.Equal(c.y, []float64{100, 200}) || c.until != 8 {
		t.Errorf("the curve is %v, %v until %g", c.x, c.y, c.until)
	}
	if len(p.events) != 1 || p.events[0].text != "within" {
		t.Errorf("events %v", p.events)
	}
}

// Transfers count that start within the part of the run.
func TestFromOfTransfers(t *testing.T) {
	res := &record.Result{}
	res.Duration = 10
	res.Flows = []record.Flow{{Name: "a", Transfers: record.Distribution{Count: 3}, Unfinished: 5}}
	for i, start := range []float64{1, 5, 9} {
		res.Transfers = append(res.Transfers, record.Transfer{Flow: "a", Start: start, FCT: 0.1 * float64(i+1)})
	}
	panels, err := (&fctCDF{span: span{From: 4 * time.Second}}).panels(newSource(res))
	if err != nil {
		t.Fatal(err)
	}
	if p := panels[0]; p.named[0] != "a (n = 2)" || slices.Max(p.curves[0].y) != 1 {
		t.Errorf("%s reaches %g", p.named[0], slices.Max(p.curves[0].y))
	}
}

// A logarithmic axis puts equal ratios at equal distances, and shows what is 0 below its end.
func TestLog(t *testing.T) {
	res := over(record.SRTT, "s", []float64{0, 1, 2}, []float64{0, 0.001, 0.1})
	panels, err := (&rtt{scaled: scaled{Log: "y"}}).panels(newSource(res))
	if err != nil {
		t.Fatal(err)
	}
	y := &panels[0].plot.Y
	low, mid, high := y.norm(1), y.norm(10), y.norm(100)
	if !y.Log || math.Abs((mid-low)-(high-mid)) > 1e-9 || y.norm(0) >= 0 || low < 0 || high > 1 {
		t.Errorf("1, 10 and 100 ms are at %g, %g and %g, 0 at %g", low, mid, high, y.norm(0))
	}
	for _, tick := range (logTicks{}).Ticks(1, 1e20) {
		if tick.Label != "" && !strings.HasPrefix(tick.Label, "1") {
			t.Errorf("%s has a label", tick.Label)
		}
	}
}

// Intervals are those of the key, in whole ones of what is recorded, and keep the bits: 4 bit/s and 8 bit/s are 6.
func TestBin(t *testing.T) {
	res := over(record.Throughput, "bit/s", []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, []float64{4, 8, 4, 8, 4, 8, 4, 8, 4, 8})
	for i := range res.Series {
		res.Series[i].Bin = 1
	}
	for _, tt := range []struct {
		bin   time.Duration
		label string
		sum   float64 // of both subflows
	}{{2 * time.Second, "bins of 2 s", 12}, {2200 * time.Millisecond, "bins of 2 s", 12}, {0, "bins of 1 s", 8}} {
		panels, err := (&throughput{Bin: tt.bin}).panels(newSource(res))
		if err != nil {
			t.Fatal(err)
		}
		p := panels[0]
		i := slices.Index(p.named, "sum")
		if got := p.curves[i].y[0]; !strings.Contains(p.plot.X.Label, tt.label) || got != tt.sum {
			t.Errorf("%v: %s, the sum begins with %g; want %s and %g", tt.bin, p.plot.X.Label, got, tt.label, tt.sum)
		}
	}
}

// Order and titles say in which order things come, and what they are called.
func TestOrderAndTitles(t *testing.T) {
	res := over(record.SRTT, "s", []float64{0}, []float64{0.1})
	res.Series = append(res.Series, record.Series{Name: record.SRTT, Unit: "s", Flow: "b", T: []float64{0}, V: []float64{0.2}})
	k := &rtt{perFlow: perFlow{ofFlows{[]string{"a", "b"}}, []string{"both", "alone"}, []string{"b", "y"}}}
	panels, err := k.panels(newSource(res))
	if err != nil {
		t.Fatal(err)
	}
	if panels[0].title != "alone" || panels[1].title != "both" || !strings.HasPrefix(panels[1].named[0], "y") {
		t.Errorf("panels %q and %q, of which the first curve is %q", panels[0].title, panels[1].title, panels[1].named[0])
	}
	if got := panels[1].curves[0].line.Color; got != colourOf(1) { // the look stays
		t.Errorf("y has the colour %v", got)
	}
}

// No panel has more than eight curves: flows go to more panels, subflows are summed up, the highest queues are kept.
func TestEightCurves(t *testing.T) {
	res := &record.Result{}
	res.Duration = 10
	var f record.Flow
	f.Name = "a"
	for i := range 20 {
		name := string(rune('a' + i))
		f.Subflows = append(f.Subflows, record.Subflow{Name: name})
		v := float64(i + 1)
		res.Series = append(res.Series,
			record.Series{Name: record.SRTT, Unit: "s", Flow: "a", Subflow: name, T: []float64{0}, V: []float64{v}},
			record.Series{Name: record.Throughput, Unit: "bit/s", Flow: "a", Subflow: name, Bin: 10, T: []float64{0}, V: []float64{v}},
			record.Series{Name: record.QueueLength, Unit: "packets", Link: name, T: []float64{0}, V: []float64{v}})
		res.Links = append(res.Links, record.Link{Name: name})
	}
	res.Flows = append(res.Flows, f)
	for i := range 20 {
		name := "t" + string(rune('a'+i))
		res.Flows = append(res.Flows, record.Flow{Name: name, Transfers: record.Distribution{Count: 1}})
		res.Transfers = append(res.Transfers, record.Transfer{Flow: name, FCT: float64(i + 1)})
	}
	draw := func(k Kind) []*panel {
		panels, err := k.panels(newSource(res))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range panels {
			if len(p.curves) > maxCurves {
				t.Errorf("%T: a panel has %d curves", k, len(p.curves))
			}
		}
		return panels
	}
	if p := draw(&fctCDF{}); len(p) != 3 || p[0].plot.X.Max != p[2].plot.X.Max {
		t.Errorf("20 flows are on %d panels", len(p))
	}
	if p := draw(&rtt{})[0]; p.title != "a (20 subflows)" || p.named[0] != "median" || math.Abs(p.curves[0].y[0]-11) > 1 {
		t.Errorf("%s: %s begins with %g", p.title, p.named[0], p.curves[0].y[0])
	}
	if p := draw(&queue{})[0]; p.title != "the 8 highest of 20" || p.named[0] != "m" {
		t.Errorf("%s: %v", p.title, p.named)
	}
	stack := draw(&throughput{})[0]
	if e := stack.legend[7]; e.text != "13 others" || stack.curves[0].y[0] != 210 { // 1 + 2 + ... + 20
		t.Errorf("the stack ends with %s, at %g", e.text, stack.curves[0].y[0])
	}
}

// What is brief and high is cut off, and said; what lasts is not.
func TestPeaks(t *testing.T) {
	for _, tt := range []struct {
		lasts, top float64
		said       string
	}{{0.05, 1.08 * 1.5, "\u2191 20 s"}, {2, 1.08 * 20, ""}} {
		res := over(record.SRTT, "s", []float64{0, 5, 5 + tt.lasts}, []float64{1, 20, 1})
		panels, err := (&rtt{}).panels(newSource(res))
		if err != nil {
			t.Fatal(err)
		}
		said := ""
		for _, l := range panels[0].markers {
			if k, ok := l.(*peak); ok {
				said = k.text
			}
		}
		if got := panels[0].plot.Y.Max; math.Abs(got-tt.top) > 1e-9 || said != tt.said {
			t.Errorf("for %g s: the axis ends at %g s and says %q; want %g and %q", tt.lasts, got, said, tt.top, tt.said)
		}
	}
}
