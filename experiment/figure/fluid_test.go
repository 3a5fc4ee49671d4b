package figure

import (
	"slices"
	"testing"

	"mpsim/experiment/record"
)

// The fluid model is drawn if the figure asks for it and the result has it, and then
// the axis has room for it.
func TestFluidLevels(t *testing.T) {
	res := synthetic()
	flow := record.FluidFlow{Name: "competitor", Goodput: 80e6, Subflows: []record.FluidSubflow{{Name: "wifi", Goodput: 80e6, Window: 500, MSS: 1448, RTT: 0.03}}}
	for _, c := range []struct {
		kind string
		fluid,
		predicted bool
		least float64 // of the top of the axis
	}{
		{"cwnd", true, true, 724}, {"cwnd", false, true, 0}, {"cwnd", true, false, 0}, {"throughput", true, true, 80}, {"throughput", false, true, 0},
	} {
		res.Prediction = nil
		if c.predicted {
			res.Prediction = &record.Prediction{Flows: []record.FluidFlow{flow}}
		}
		keys, model := perFlow{ofFlows: ofFlows{Flows: []string{"competitor"}}}, modelled{c.fluid}
		var k Kind = &cwnd{perFlow: keys, modelled: model}
		if c.kind == "throughput" {
			k = &throughput{perFlow: keys, modelled: model}
		}
		panels, err := k.panels(newSource(res))
		if err != nil {
			t.Fatal(err)
		}
		p := panels[0]
		named := slices.ContainsFunc(p.legend, func(e entry) bool { return e.text == fluidText })
		if want := c.fluid && c.predicted; named != want {
			t.Errorf("%+v: the legend names the model: %v, want %v", c, named, want)
		}
		if p.plot.Y.Max < c.least {
			t.Errorf("%+v: the axis ends at %g", c, p.plot.Y.Max)
		}
	}
}

// The edges of a stack are sums.
func TestFluidEdges(t *testing.T) {
	if got := edges([]float64{3, 4, 5}); !slices.Equal(got, []float64{3, 7, 12}) {
		t.Errorf("%v", got)
	}
}

// Along an axis, predictions belong to the curve of the same combination, in the order of
// the axis; flows outside of the model leave a gap.
func TestFluidSweep(t *testing.T) {
	res := &record.Result{}
	res.Prediction = &record.Prediction{}
	for _, f := range []struct {
		name, cc, loss, outside string
		goodput                 float64
	}{{"a", "lia", "0.2", "", 1}, {"b", "lia", "0.1", "", 2}, {"c", "olia", "0.1", "", 3}, {"d", "olia", "0.2", "absent", 0}} {
		res.Flows = append(res.Flows, record.Flow{Name: f.name, Labels: []string{"cc=" + f.cc, "loss=" + f.loss}})
		res.Prediction.Flows = append(res.Prediction.Flows, record.FluidFlow{Name: f.name, Outside: f.outside, Goodput: f.goodput,
			Subflows: []record.FluidSubflow{{Goodput: f.goodput, Window: 1, RTT: 1}}})
	}
	k := &sweep{X: "loss", Y: "goodput", modelled: modelled{true}}
	axis := sweepAxis{values: []string{"0.1", "0.2"}}
	axis.measure()
	got := k.fluidPoints(newSource(res), &axis, []string{"cc=lia", "cc=olia"})
	want := [][]sweepPoint{{{0.1, 2}, {0.2, 1}}, {{0.1, 3}}}
	if !slices.EqualFunc(got, want, slices.Equal[[]sweepPoint]) {
		t.Errorf("got %v, want %v", got, want)
	}
	k.Fluid = false
	if got := k.fluidPoints(newSource(res), &axis, []string{"lia", "olia"}); got != nil {
		t.Errorf("without fluid: %v", got)
	}
}
