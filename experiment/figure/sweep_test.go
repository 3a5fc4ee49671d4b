package figure

import (
	"fmt"
	"reflect"
	"strings"
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

// A curve has the flows of one family: two that have the same labels are not one curve. Without such there is one curve
// for each combination, whatever flows are called.
func TestSweepFamilies(t *testing.T) {
	for _, tt := range []struct {
		flows []string // name and labels
		want  string
	}{
		{[]string{"m-lia-20ms cc=lia rtt=20ms", "m-lia-40ms cc=lia rtt=40ms", "t-lia-20ms cc=lia rtt=20ms", "t-lia-40ms cc=lia rtt=40ms"},
			"[m, cc=lia m, cc=lia t, cc=lia t, cc=lia]"},
		{[]string{"wifi-1 rtt=1", "wifi-10 rtt=10", "3g-1 rtt=1", "3g-10 rtt=10"}, "[wifi wifi 3g 3g]"},
		{[]string{"1 rtt=1", "2 rtt=2", "tcp1-1 rtt=1", "tcp1-2 rtt=2"}, "[  tcp1 tcp1]"},
		{[]string{"f1 n=1", "f2 n=2", "g1 n=1", "g2 n=2"}, "[f f g g]"},
		{[]string{"1-1-m n=1 k=1", "1-2-m n=1 k=2", "m n=1 k=1"}, "[m, k=1 m, k=2 m, k=1]"},
		{[]string{"anna cc=lia rtt=1", "ben cc=lia rtt=2", "carl cc=olia rtt=1"}, "[cc=lia cc=lia cc=olia]"},
	} {
		var flows []labelled
		for _, text := range tt.flows {
			words := strings.Fields(text)
			flows = append(flows, labelled{words[0], words[1:]})
		}
		axis, _, _ := strings.Cut(flows[0].labels[len(flows[0].labels)-1], "=")
		if strings.Contains(tt.want, "k=") {
			axis = "n"
		}
		if got := fmt.Sprint(curveNames(flows, axis)); got != tt.want {
			t.Errorf("%q: %s, want %s", tt.flows, got, tt.want)
		}
	}
}

// The curves of two families have looks, points and lines in the legend of their own.
func TestSweepOfTwoFamilies(t *testing.T) {
	res := &record.Result{}
	for i, family := range []string{"m", "t"} {
		for j, rtt := range []string{"20ms", "40ms"} {
			rate := float64(1+i)*1e6 + float64(j)
			res.Flows = append(res.Flows, record.Flow{Name: family + "-" + rtt, Labels: []string{"rtt=" + rtt}, Goodput: &rate})
		}
	}
	panels, err := (&sweep{X: "rtt", Y: "goodput"}).panels(newSource(res))
	if err != nil {
		t.Fatal(err)
	}
	p := panels[0]
	if len(p.curves) != 2 || len(p.curves[0].x) != 2 || p.curves[0].y[0] != 1 || p.curves[1].y[0] != 2 {
		t.Errorf("%d curves, want one for each family", len(p.curves))
	}
	if p.legend[0].text != "m" || p.legend[1].text != "t" || reflect.DeepEqual(p.legend[0].mark, p.legend[1].mark) {
		t.Errorf("the legend is %+v", p.legend)
	}
}
