package figure

import (
	"errors"
	"math"
	"slices"
	"testing"

	"mpsim/experiment/record"
)

// spread is the mean, and half the range: an interval that is easily told.
func spread(x []float64) (mean, half float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	return mean, (slices.Max(x) - slices.Min(x)) / 2
}

// pool returns a pool with runs, the first of the first variant, the second of the second, and so on in turn. It reads
// what was written.
func pool(t *testing.T, req Request, variants []string, runs []*record.Result) *Pool {
	t.Helper()
	if req.Kind == nil {
		var err error
		if req.Kind, err = Registry.New(req.Name); err != nil {
			t.Fatal(err)
		}
	}
	p := NewPool(req, variants)
	for i, res := range runs {
		data, err := Look(res, []Request{req})
		if err != nil {
			t.Fatal(err)
		}
		shown, err := Seen(data)
		if err != nil {
			t.Fatal(err)
		}
		p.Add(i%len(variants), shown[0])
	}
	return p
}

// times returns the synthetic result with all amounts over time, goodputs and completion times times k.
func times(k float64) *record.Result {
	res := synthetic()
	for i := range res.Series {
		for j := range res.Series[i].V {
			res.Series[i].V[j] *= k
		}
	}
	for i := range res.Transfers {
		res.Transfers[i].FCT *= k
	}
	for _, x := range res.Reorders {
		for i := range x.Wait {
			x.Wait[i] *= k
		}
	}
	for i := range res.Connections {
		*res.Connections[i].Goodput *= k
	}
	for i := range res.Flows {
		if g := res.Flows[i].Goodput; g != nil {
			*g *= k
		}
	}
	return res
}

// Figures of each kind that pools look as they should: two variants, one of which has half of everything, of three
// runs that differ by a tenth.
func TestPools(t *testing.T) {
	var runs []*record.Result
	for _, k := range []float64{0.9, 1, 1.1} {
		runs = append(runs, times(k), times(k/2))
	}
	for _, k := range []string{"throughput", "cwnd", "rtt", "rcvbuf", "queue", "fct-cdf", "ooo-cdf", "goodput-cdf", "goodput-rank", "sweep"} {
		req := requestOf(k)
		t.Run(k, func(t *testing.T) {
			f, err := pool(t, req, []string{"lia", "olia"}, runs).Figure(spread)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range f.panels {
				if len(p.curves) != 2 {
					t.Errorf("%s: %d curves; want one a variant", p.title, len(p.curves))
				}
			}
			compareGolden(t, "pool-"+k, f)
		})
	}
}

// Over time the curve is the mean over the runs, and the band is what the interval says of them: of runs that have 0.9,
// 1 and 1.1 times something, a tenth on each side.
func TestPoolOverTime(t *testing.T) {
	p := pool(t, Request{Name: "cwnd"}, []string{"lia"}, []*record.Result{times(0.9), times(1), times(1.1)})
	one := pool(t, Request{Name: "cwnd"}, []string{"lia"}, []*record.Result{times(1)})
	got, want := p.groups(spread), one.groups(spread)
	if len(got) != 3 || len(want) != 3 {
		t.Fatalf("%d and %d things; want 3", len(got), len(want))
	}
	for i := range got {
		g, w := got[i].curves[0], want[i].curves[0]
		if len(g.x) != pooledPlaces || !slices.Equal(g.x, w.x) {
			t.Fatalf("%s: places %v; want %v", got[i].Thing, g.x, w.x)
		}
		for j := range g.y {
			if math.Abs(g.y[j]/w.y[j]-1) > 1e-12 || math.Abs(g.half[j]/w.y[j]-0.1) > 1e-12 {
				t.Fatalf("%s at %g s: %g ± %g; want %g ± a tenth", got[i].Thing, g.x[j], g.y[j], g.half[j], w.y[j])
			}
		}
	}
}

// The mean over an interval is that of the time: 1 for a quarter of it and 5 for the rest is 4.
func TestOverRun(t *testing.T) {
	s := &source{res: &record.Result{}, until: 100} // intervals of 1 s
	at, v := s.overRun(record.Series{T: []float64{2, 2.25, 3}, V: []float64{1, 5, 7}})
	if len(at) != 98 || at[0] != 2.5 || v[0] != 4 || v[1] != 7 || v[97] != 7 {
		t.Errorf("%v: %v; want 4 at 2.5 s, then 7", at, v)
	}
}

// A distribution over runs has all their values, and those under way count as greater than any. Its interval is that of
// the parts of the runs.
func TestPoolDistribution(t *testing.T) {
	run := func(unfinished float64, fct ...float64) Shown {
		return Shown{{Thing: "f", Y: quantity{"Flow completion time", "s"}, V: fct, Done: float64(len(fct)), Of: float64(len(fct)) + unfinished}}
	}
	p := NewPool(Request{Name: "fct-cdf", Kind: &fctCDF{}}, []string{"a"})
	p.Add(0, run(0, 1, 3))
	p.Add(0, run(1, 2))
	p.Add(0, run(2)) // nothing was completed
	c := p.groups(spread)[0].curves[0]
	if want := []float64{1. / 6, 2. / 6, 3. / 6}; !slices.Equal(c.x, []float64{1, 2, 3}) || !close(c.y, want) {
		t.Errorf("%v: %v; want %v at 1, 2, 3", c.x, c.y, want)
	}
	// At 2 s half of each of the first two runs is over, and nothing of the third: 1/3, and 1/6, 1/6 and -1/3 beside it.
	if math.Abs(c.half[1]-0.25) > 1e-12 {
		t.Errorf("half of the interval at 2 s is %g; want 1/4, half of the range", c.half[1])
	}
	if c.text != "a (n = 6, 3 unfinished)" {
		t.Errorf("the curve is called %q", c.text)
	}
}

func close(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Abs(x-y) < 1e-12 })
}

// More than eight variants are on several panels, and what is left out is said.
func TestPoolOfMany(t *testing.T) {
	names := make([]string, 17)
	var runs []*record.Result
	for i := range names {
		names[i] = string(rune('a' + i))
		runs = append(runs, times(1+float64(i)))
	}
	f, err := pool(t, Request{Name: "throughput"}, names, runs).Figure(spread)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.panels) != maxPanels {
		t.Fatalf("%d panels; want 3 for each of 2 flows", len(f.panels))
	}
	for _, p := range f.panels {
		if len(p.curves) > maxCurves {
			t.Errorf("%s: %d curves", p.title, len(p.curves))
		}
	}
	f, err = pool(t, Request{Name: "cwnd"}, names, runs).Figure(spread)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := f.panels[len(f.panels)-1].title, "download: lte (3 more panels not drawn)"; len(f.panels) != maxPanels || got != want {
		t.Errorf("%d panels, the last of which is called %q; want %d, and %q", len(f.panels), got, maxPanels, want)
	}
}

// Without runs, or with runs that have nothing to show, there is no figure.
func TestEmptyPool(t *testing.T) {
	empty := &record.Result{}
	empty.Flows = []record.Flow{{Name: "a"}}
	for _, k := range Registry.Names() {
		if kind, _ := Registry.New(k); !Pools(kind) {
			continue
		}
		for _, runs := range [][]*record.Result{nil, {empty}, {empty, empty}} {
			if _, err := pool(t, requestOf(k), []string{"a"}, runs).Figure(spread); !errors.Is(err, ErrNoData) {
				t.Errorf("%s of %d runs without data: %v", k, len(runs), err)
			}
		}
	}
}
