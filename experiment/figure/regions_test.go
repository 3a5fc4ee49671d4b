package figure

import (
	"fmt"
	"math"
	"reflect"
	"testing"

	"mpsim/experiment/record"
)

// regionsOf returns the cells of flows whose goodput is a function of the draw and of the scheduler.
func regionsOf(t *testing.T, k *regions, draws int, goodput func(draw int, scheduler string) float64) *regionMap {
	t.Helper()
	res := &record.Result{}
	for i := range draws {
		for _, s := range []string{"a", "b", "c"} {
			res.Flows = append(res.Flows, record.Flow{
				Name: fmt.Sprint(s, i), Goodput: new(goodput(i, s)), Labels: []string{fmt.Sprint("pair=", i), "scheduler=" + s},
				Drawn: []string{fmt.Sprint("pair.rtts=", draws-i), fmt.Sprint("pair.loss=", i%2), "pair.cc=lia"},
			})
		}
	}
	k.Rows, k.Y = "scheduler", "goodput"
	panels, err := k.panels(newSource(res))
	if err != nil {
		t.Fatal(err)
	}
	return panels[0].plot.layers[0].(*regionMap)
}

// Each draw is in parts of its own best value: a is best in all, b gets half of it, and c half in the draws with loss and
// nothing in the others. Thirds are in the order of the quantity, values of which there are few have a column each.
func TestRegions(t *testing.T) {
	m := regionsOf(t, &regions{Columns: []string{"pair.rtts", "pair.loss"}, Titles: []string{"RTTs", "loss"}}, 12, func(i int, s string) float64 {
		a := 1e6 * float64(i+1)
		return a * map[string]float64{"a": 1, "b": 0.5, "c": 0.5 * float64(i%2)}[s]
	})
	var columns []string
	for _, c := range m.columns {
		columns = append(columns, fmt.Sprintf("%s %s: %d", c.quantity, c.label, len(c.draws)))
	}
	want := []string{" all 12: 12", "RTTs 1–4: 4", "RTTs 5–8: 4", "RTTs 9–12: 4", "loss 0: 6", "loss 1: 6"}
	if !reflect.DeepEqual(columns, want) {
		t.Errorf("columns %q, want %q", columns, want)
	}
	for r, want := range []string{"a 1 1 1 1 1 1", "b 0.5 0.5 0.5 0.5 0.5 0.5", "c 0.25 0.25 0.25 0.25 0 0.5"} {
		got := m.rows[r].name
		for _, c := range m.rows[r].cells {
			got += fmt.Sprint(" ", c.Mean)
		}
		if got != want {
			t.Errorf("row %d: %s, want %s", r, got, want)
		}
	}
	// Of c, 0 and 0.5 in turns: s = 0.5 sqrt(1/4 · 12/11), and t(11, 0.975) = 2.201.
	if got, want := m.rows[2].cells[0].Half, 2.201*0.5*math.Sqrt(0.25*12/11)/math.Sqrt(12); math.Abs(got-want) > 1e-4 {
		t.Errorf("half of the interval %g, want %g", got, want)
	}
}

// The least value is best where the key says so, and a flow without a value has nothing.
func TestRegionsLeast(t *testing.T) {
	m := regionsOf(t, &regions{Best: "least"}, 3, func(i int, s string) float64 {
		return map[string]float64{"a": 4, "b": 1, "c": 0}[s]
	})
	for r, want := range []string{"b 1", "a 0.25", "c 0"} {
		if got := fmt.Sprint(m.rows[r].name, " ", m.rows[r].cells[0].Mean); got != want {
			t.Errorf("row %d: %s, want %s", r, got, want)
		}
	}
}

// A difference that changes its sign from draw to draw may be chance, one that never does is none.
func TestRegionsClose(t *testing.T) {
	m := regionsOf(t, &regions{}, 20, func(i int, s string) float64 {
		return map[string]float64{"a": 1 - 0.1*float64(i%2), "b": 0.89 + 0.1*float64(i%2), "c": 0.6 + 0.01*float64(i%3)}[s]
	})
	for r, want := range []string{"a true false", "b false true", "c false false"} {
		c := m.rows[r].cells[0]
		if got := fmt.Sprint(m.rows[r].name, " ", c.best, " ", c.close); got != want {
			t.Errorf("row %d: %s, want %s", r, got, want)
		}
	}
}
