package figure

import (
	"fmt"
	"reflect"
	"testing"

	"mpsim/experiment/record"
)

// Values that are amounts of one unit make a scale, all others are categories.
func TestSweepAxis(t *testing.T) {
	for _, tt := range []struct {
		values []string
		want   string
	}{
		{[]string{"1", "2", "5"}, "linear x"},
		{[]string{"0.005", "0.1"}, "log x"},
		{[]string{"0", "0.1"}, "linear x"},
		{[]string{"10ms", "1s"}, "log x (s)"},
		{[]string{"50kB", "200kB"}, "linear x (kB)"},
		{[]string{"2Mbps", "8Mbps"}, "linear x (Mb/s)"},
		{[]string{"2Mbps", "8kB"}, "categories x"},
		{[]string{"lia", "olia"}, "categories x"},
		{[]string{"3"}, "categories x"},
	} {
		a := sweepAxis{values: tt.values}
		a.measure()
		p := newPanel("x", 1, "", 1)
		a.dress(p, "x", a.wide())
		kind := "linear"
		switch {
		case a.number == nil:
			kind = "categories"
		case p.plot.X.Log:
			kind = "log"
		}
		if got := fmt.Sprint(kind, " ", p.plot.X.Label); got != tt.want {
			t.Errorf("%v: %s; want %s", tt.values, got, tt.want)
		}
		for _, v := range tt.values {
			if at := a.place(a.at(v)); at < p.plot.X.Min || at > p.plot.X.Max {
				t.Errorf("%v: %s is at %g, outside of %g to %g", tt.values, v, at, p.plot.X.Min, p.plot.X.Max)
			}
		}
	}
}

// A cell has the worst outcome of its flows, and a combination that no flow stands for is
// blank.
func TestMatrixCells(t *testing.T) {
	flow := func(o record.Outcomes, labels ...string) record.Flow {
		return record.Flow{Name: fmt.Sprint(labels), Labels: labels, Outcomes: o}
	}
	res := &record.Result{}
	res.Flows = []record.Flow{
		flow(record.Outcomes{}, "box=a", "path=1"),
		flow(record.Outcomes{Fallback: 2}, "box=a", "path=2"),
		flow(record.Outcomes{Failed: 1}, "box=b", "path=1"),
		flow(record.Outcomes{Lost: 1}, "box=b", "path=1"),
		flow(record.Outcomes{}),
	}
	panels, err := (&matrix{Rows: "box"}).panels(newSource(res))
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, e := range panels[0].legend {
		texts = append(texts, e.text)
	}
	if want := []string{"ok", "F fallback", "R reset"}; !reflect.DeepEqual(texts, want) {
		t.Errorf("the legend is %q; want %q", texts, want)
	}
	var labels []string
	for _, tick := range append(panels[0].plot.X.Ticks.Ticks(0, 2), panels[0].plot.Y.Ticks.Ticks(0, 2)...) {
		labels = append(labels, fmt.Sprintf("%g %s", tick.Value, tick.Label))
	}
	if want := []string{"0.5 1", "1.5 2", "1.5 a", "0.5 b"}; !reflect.DeepEqual(labels, want) {
		t.Errorf("the ticks are %q; want %q", labels, want)
	}
}
