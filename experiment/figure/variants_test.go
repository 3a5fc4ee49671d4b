package figure

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// Algorithms with a look of their own differ from each other, and those that are compared
// most often differ in colour. A new algorithm needs none: it takes one that is free.
func TestLooks(t *testing.T) {
	for kind, table := range map[string]map[string]look{"controller": controllers, "scheduler": schedulers} {
		taken := map[look]string{}
		for name, l := range table {
			if other, dup := taken[l]; dup {
				t.Errorf("%s %s looks like %s", kind, name, other)
			}
			taken[l] = name
		}
	}
	colours := map[int]string{}
	for _, name := range []string{"lia", "olia", "balia", "reno", "cubic", "bbr", "wvegas"} {
		l := controllers[name]
		if other, dup := colours[l.colour]; dup {
			t.Errorf("%s has the colour of %s", name, other)
		}
		colours[l.colour] = name
	}
}

// An algorithm looks the same whatever it is compared with and however it is named; all
// curves of a figure differ; what is no algorithm leaves it its colour.
func TestLooksOfNames(t *testing.T) {
	lia, olia := controllers["lia"], controllers["olia"]
	for _, c := range []struct {
		names []string
		want  map[int]look
	}{
		{[]string{"lia", "olia"}, map[int]look{0: lia, 1: olia}},
		{[]string{"olia", "reno", "lia"}, map[int]look{0: olia, 2: lia}},
		{[]string{"cc=olia", "cc=lia"}, map[int]look{0: olia, 1: lia}},
		{[]string{"lia, minrtt", "lia, redundant"}, map[int]look{
			0: {lia.colour, schedulers["minrtt"].dash, schedulers["minrtt"].mark},
			1: {lia.colour, schedulers["redundant"].dash, schedulers["redundant"].mark},
		}},
		{[]string{"redundant"}, map[int]look{0: schedulers["redundant"]}},
		{[]string{"lia, rate=1Mbps", "lia, rate=2Mbps", "lia, rate=3Mbps"}, map[int]look{0: lia}},
		{[]string{"a", "b"}, map[int]look{0: plain(0), 1: plain(1)}},
		{[]string{"mine", "lia"}, map[int]look{0: plain(1), 1: lia}},
		{slices.Collect(func(yield func(string) bool) {
			for i := range 40 {
				if !yield(fmt.Sprintf("lia, x=%d", i)) || !yield(fmt.Sprint(i)) {
					return
				}
			}
		}), nil},
	} {
		got := looks(c.names)
		for i, want := range c.want {
			if got[i] != want {
				t.Errorf("%v: %s is drawn as %v; want %v", c.names, c.names[i], got[i], want)
			}
		}
		if len(got) > 10 { // there are only so many with one colour
			continue
		}
		for i := range got {
			if slices.Contains(got[:i], got[i]) {
				t.Errorf("%v: two look alike", c.names)
			}
		}
	}
}

// samples has two metrics of four variants, one of which has values one by one.
func samples() []Metric {
	sample := func(variant string, mean, spread float64, n int) Sample {
		s := Sample{Variant: variant, Mean: mean, Half: spread / 2}
		for i := range n {
			s.Values = append(s.Values, mean+spread*math.Sin(float64(7*i)))
		}
		return s
	}
	return []Metric{
		{"goodput", "bit/s", []Sample{sample("lia", 13.4e6, 1e6, 8), sample("olia", 12.1e6, 2e6, 8), sample("a scheduler of a long name", 4e6, 1e5, 8), sample("reno", 18e6, 0, 1)}},
		{"RTT p95", "s", []Sample{sample("lia", 0.1, 0.01, 20), sample("olia", 0.12, 0.05, 20), sample("a scheduler of a long name", 0.3, 0.02, 20), sample("reno", 0.2, 0.02, 20)}},
	}
}

// tenth is the band of some distribution.
func tenth(int) float64 { return 0.1 }

func TestVariants(t *testing.T) {
	compareGolden(t, "bars", Bars("download", samples()))
	compareGolden(t, "distributions", Distributions("download", samples(), tenth))
}

// More than eight variants are on several panels, and the legend of each names its own.
func TestManyVariants(t *testing.T) {
	m := Metric{Name: "goodput", Unit: "bit/s"}
	for i := range 9 {
		m.Variants = append(m.Variants, Sample{fmt.Sprint("variant ", i), []float64{1, 2}, 1.5, 1})
	}
	f := Distributions("", []Metric{m, m}, tenth)
	if len(f.panels) != 4 {
		t.Fatalf("%d panels; want 2 for each metric", len(f.panels))
	}
	for i, want := range []int{4 + 1, 5 + 1, 4 + 1, 5 + 1} { // and what the band is
		if n := len(f.panels[i].legend); n != want {
			t.Errorf("panel %d has %d entries; want %d", i, n, want)
		}
	}
}

// Values of 0, of one variant and without scatter are drawn; what has no series is not.
func TestVariantsDegenerate(t *testing.T) {
	for _, v := range []float64{0, 1e-9, 1e12} {
		list := []Metric{{"m", "B", []Sample{{"a", []float64{v}, v, 0}}}, {"m", "", []Sample{{"a", []float64{v, v}, v, v}, {"b", []float64{v}, v, 0}}}}
		for _, f := range []*Figure{Bars("", list), Distributions("", list, tenth)} {
			if _, err := f.Encode("svg"); err != nil {
				t.Errorf("%g: %v", v, err)
			}
		}
	}
}

// Distribution functions of the same values are said to be identical, and their markers are at heights of their own.
func TestIdenticalDistributions(t *testing.T) {
	m := Metric{Name: "goodput", Unit: "bit/s"}
	for _, name := range []string{"lia", "olia", "reno", "cubic"} {
		m.Variants = append(m.Variants, Sample{Variant: name, Values: []float64{4e6, 2e6, 3e6, 1e6}})
	}
	p := Distributions("", []Metric{m}, func(int) float64 { return 0.1 }).panels[0]
	heights := map[float64]string{}
	markers := 0
	for i, v := range m.Variants {
		want := v.Variant
		if i > 0 {
			want += " (identical to lia)"
		}
		if got := p.legend[i]; got.text != want || got.mark.Shape == nil {
			t.Errorf("the legend has %+v, want %q with a marker", got, want)
		}
	}
	for _, l := range p.plot.layers {
		if d, ok := l.(*dots); ok {
			markers++
			for _, y := range d.y {
				if other, ok := heights[y]; ok {
					t.Errorf("two markers at the height %g: %v", y, other)
				}
				heights[y] = "there"
			}
		}
	}
	if markers != 4 || len(heights) < 8 {
		t.Errorf("%d curves have markers at %d heights", markers, len(heights))
	}
}
