package experiment

import (
	"context"
	"math"
	"testing"

	"mpsim/experiment/record"
	"mpsim/scenarios"
)

// The distribution of what data waited for order is the one that the summary sums up, and TCP has none.
func TestReorders(t *testing.T) {
	s, err := scenarios.Load("wifi-lte", "duration=4s", "warmup=1s", "expect=[]", "figure=[]", "event=[]")
	if err != nil {
		t.Fatal(err)
	}
	res, err := Run(context.Background(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	byFlow := map[string]*record.Reorder{}
	for i := range res.Reorders {
		byFlow[res.Reorders[i].Flow] = &res.Reorders[i]
	}
	for i := range res.Flows {
		f := &res.Flows[i]
		x, is := byFlow[f.Name], f.Protocol == "mptcp"
		if (x != nil) != is {
			t.Fatalf("%s of %s: %v", f.Name, f.Protocol, x)
		}
		if !is {
			continue
		}
		d, last := &f.OutOfOrder, len(x.Wait)-1
		if x.Count != d.Count || x.Below[last] != d.Count || x.Wait[last] != d.Max || x.Wait[0] > d.P50 || d.P95 == 0 {
			t.Errorf("%d pieces of data, %d of them up to %g s; %+v", x.Count, x.Below[last], x.Wait[last], d)
		}
		for j := range x.Wait { // steps that are one lie within 1/32 of their value
			if float64(x.Below[j]) >= 0.95*float64(d.Count) {
				if math.Abs(x.Wait[j]/d.P95-1) > 1./32 {
					t.Errorf("95 %% wait up to %g s; want %g", x.Wait[j], d.P95)
				}
				break
			}
		}
	}
	if len(res.Reorders) == 0 {
		t.Error("no flow of MPTCP")
	}
}
