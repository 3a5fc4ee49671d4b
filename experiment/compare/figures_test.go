package compare

import (
	"context"
	"math"
	"slices"
	"testing"

	"mpsim/experiment"
	"mpsim/experiment/campaign"
	"mpsim/experiment/figure"
	"mpsim/experiment/record"
)

// curves returns what figure i of a comparison draws.
func (c *Comparison) curves(t *testing.T, i int) []figure.Curve {
	t.Helper()
	pools, err := c.pools()
	if err != nil {
		t.Fatal(err)
	}
	return pools[i].Curves(c.interval)
}

// alone runs replications of a variant one by one, as mpsim run does.
func alone(t *testing.T, v Variant, n int) (list []*record.Result) {
	t.Helper()
	for r := range n {
		s := *v.Scenario
		s.Seed += uint64(r)
		res, err := experiment.Run(context.Background(), &s, nil)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, res)
	}
	return list
}

// The distribution of completion times has every transfer of every replication, and ends where those under way at the
// end begin.
func TestPooledTransfers(t *testing.T) {
	text := noisy + "workload = { kind = \"file\", size = \"600kB\" }\ncount = 4\n[[figure]]\nkind = \"fct-cdf\"\n"
	p := plan(t, text, 5, "flow.bulk.cc", "lia", "olia")
	curves := run(t, p, Options{}).curves(t, 0)
	if len(curves) != 2 {
		t.Fatalf("%d curves; want one a variant", len(curves))
	}
	for i, v := range p.Variants {
		var fct []float64
		all := 0
		for _, res := range alone(t, v, 5) {
			all += int(res.Flows[0].Unfinished)
			for _, x := range res.Transfers {
				if x.Done() {
					fct = append(fct, x.FCT)
				}
			}
		}
		slices.Sort(fct)
		all += len(fct)
		want := slices.Compact(slices.Clone(fct))
		if all != 20 || !slices.Equal(curves[i].X, want) {
			t.Errorf("%s: of %d transfers the curve has\n%v\nwant\n%v", v.Name, all, curves[i].X, want)
		}
		if got, want := curves[i].Y[len(curves[i].Y)-1], float64(len(fct))/float64(all); math.Abs(got-want) > 1e-12 {
			t.Errorf("%s: the curve ends at %g; want %g", v.Name, got, want)
		}
	}
}

// A sweep has a point at each value of the axis: the mean over the replications, with the interval of the table.
func TestPooledSweep(t *testing.T) {
	const text = `
duration = "2s"
warmup = "500ms"
[vary]
loss = [0.005, 0.02, 0.05]
[[link]]
name = "l-${loss}"
between = ["c", "s"]
rate = "5Mbps"
delay = "10ms"
loss = "${loss}"
for = ["loss"]
[[flow]]
name = "f-${loss}"
protocol = "tcp"
from = "c"
to = "s"
paths = [["l-${loss}"]]
for = ["loss"]
[[figure]]
kind = "sweep"
x = "loss"
y = "goodput"
`
	p := plan(t, text, 4, "duration", "2s", "3s")
	c := run(t, p, Options{})
	curves := c.curves(t, 0)
	if len(curves) != 2 {
		t.Fatalf("%d curves; want one a variant", len(curves))
	}
	for i, v := range p.Variants {
		if !slices.Equal(curves[i].X, []float64{0.005, 0.02, 0.05}) {
			t.Fatalf("%s: points at %v", v.Name, curves[i].X)
		}
		runs := alone(t, v, 4)
		for k, y := range curves[i].Y {
			mean := 0.0
			for _, res := range runs {
				mean += *res.Flows[k].Goodput / 4
			}
			if math.Abs(y/mean-1) > 1e-12 {
				t.Errorf("%s: %g at %g; want %g, the mean of the runs", v.Name, y, curves[i].X[k], mean)
			}
			row := c.Rows[slices.IndexFunc(c.Rows, func(r Row) bool { return r.Name == runs[0].Flows[k].Name && r.Metric == "goodput" })]
			if curves[i].Half[k] != *row.Cells[i].Half {
				t.Errorf("%s: ± %g at %g; the table says ± %g", v.Name, curves[i].Half[k], curves[i].X[k], *row.Cells[i].Half)
			}
		}
	}
}

// Figures over time are of the first ten replications, whether these ran now or were kept, and the others record nothing.
func TestPooledOverTime(t *testing.T) {
	p := plan(t, noisy, 12, "flow.bulk.cc", "lia", "olia")
	store := campaign.OpenStore(t.TempDir())
	for _, what := range []string{"run now", "from the store"} {
		for _, c := range run(t, p, Options{Store: store}).curves(t, 0) {
			if c.Runs != overTime {
				t.Errorf("%s: the curve of %s is of %d runs; want %d", what, c.Variant, c.Runs, overTime)
			}
		}
	}
}

// What the throughput is drawn as integrates to what arrived.
func TestPooledThroughput(t *testing.T) {
	p := plan(t, noisy, 3, "flow.bulk.cc", "lia", "olia")
	curves := run(t, p, Options{}).curves(t, 0)
	for i, v := range p.Variants {
		arrived := 0.0
		for _, res := range alone(t, v, 3) {
			arrived += float64(res.Flows[0].Arrived) / 3
		}
		bytes := 0.0
		for _, y := range curves[i].Y {
			bytes += y / 8 * 3 / float64(len(curves[i].Y))
		}
		if math.Abs(bytes/arrived-1) > 1e-9 {
			t.Errorf("%s: %.0f B are drawn, and %.0f arrived", v.Name, bytes, arrived)
		}
	}
}
