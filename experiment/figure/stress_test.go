package figure

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"mpsim/experiment/record"
)

// Many subflows with long names, many flows and many events stay legible; with
// -out the figures can be looked at.
func TestCrowded(t *testing.T) {
	res := &record.Result{}
	res.Duration = 30
	r := rand.New(rand.NewPCG(5, 6))
	for i := range 9 {
		f := record.Flow{Name: fmt.Sprintf("flow-%d", i)}
		for j := range 1 + 5*(i%2) {
			f.Subflows = append(f.Subflows, record.Subflow{Name: fmt.Sprintf("access-%d–core–server", j)})
			sawtooth(res, r, f.Name, f.Subflows[j].Name, 10e6*float64(1+j), time.Duration(20+10*j)*time.Millisecond, 1)
		}
		res.Flows = append(res.Flows, f)
	}
	for i := range 12 {
		res.Incidents = append(res.Incidents, record.Incident{T: 2.4 * float64(i), Kind: record.LinkDown, Link: "access-1"}, record.Incident{T: 2.4*float64(i) + 0.3, Kind: record.LinkUp, Link: "access-1"})
	}
	one := perFlow{ofFlows: ofFlows{Flows: []string{"flow-1"}}}
	for _, req := range []Request{{Name: "cwnd"}, {Name: "throughput", Kind: &throughput{perFlow: one}, Title: "One flow"}, {Name: "rtt", Width: 7}, {Name: "sequence", Kind: &sequence{perFlow: one}}} {
		f, err := Draw(res, req)
		if err != nil {
			t.Fatal(err)
		}
		data, err := f.Encode("png")
		if err != nil {
			t.Fatal(err)
		}
		if req.Name == "cwnd" && len(f.panels) != maxPanels {
			t.Errorf("%d panels; want %d", len(f.panels), maxPanels)
		}
		for _, fr := range f.frames { // names of events do not overlap
			for i, a := range fr.events {
				for _, b := range fr.events[i+1:] {
					if a.row == b.row && a.x+eventText.Width(a.text) > b.x {
						t.Errorf("%s: %q at %g and %q at %g overlap", req.Name, a.text, a.label.x, b.text, b.label.x)
					}
				}
			}
		}
		if *out != "" {
			os.WriteFile(filepath.Join(*out, "crowded-"+req.Name+".png"), data, 0o666)
		}
	}
}
