package record

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

// An entry that says when it has no value has none of a thing of which nothing is known, and
// any other has one.
func TestMetricsWithoutSamples(t *testing.T) {
	for _, m := range Metrics() {
		var values []float64
		if m.Run != nil {
			values = append(values, m.Run(&Summary{}))
		}
		if m.Flow != nil {
			values = append(values, m.Flow(&Flow{}))
		}
		if m.Subflow != nil {
			values = append(values, m.Subflow(&Subflow{}))
		}
		if m.Link != nil {
			values = append(values, m.Link(&Link{}))
		}
		for _, v := range values {
			if math.IsNaN(v) != (m.None != "") {
				t.Errorf("%s is %g without samples, and the entry says %q", m.Name, v, m.None)
			}
		}
		if name := strings.ToLower(m.Name); name != m.Name || strings.ContainsAny(name, " _") || strings.HasSuffix(m.Doc, ".") {
			t.Errorf("%q: want names as key-words, and sentences without a full stop", m.Name)
		}
	}
}

// What was not measured is null in JSON, so that nobody takes it for 0; what was stays.
func TestNullWithoutSamples(t *testing.T) {
	var s Subflow
	var got struct {
		RTT struct {
			Count *int
			Mean  *float64 `json:"mean_s"`
			P95   *float64 `json:"p95_s"`
		}
		Cwnd struct {
			Count *int
			Mean  *float64 `json:"mean_bytes"`
		}
		Established *float64 `json:"established_s"`
	}
	read := func() {
		data, err := json.Marshal(s)
		if err == nil {
			err = json.Unmarshal(data, &got)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	read()
	if got.RTT.Mean != nil || got.RTT.P95 != nil || got.Cwnd.Mean != nil || got.Established != nil {
		t.Errorf("a subflow without samples has %+v", got)
	}
	if *got.RTT.Count != 0 || *got.Cwnd.Count != 0 {
		t.Errorf("counts %d and %d, want 0", *got.RTT.Count, *got.Cwnd.Count)
	}
	s.RTT, s.Window, s.Established = Distribution{Count: 1}, Moments{Count: 2, Mean: 3}, new(0.5)
	read()
	if *got.RTT.Mean != 0 || *got.RTT.P95 != 0 || *got.Cwnd.Mean != 3 || *got.Established != 0.5 {
		t.Errorf("a subflow with samples has %+v", got)
	}
}

// A flow of TCP reinjects nothing, and has no number of that, nor has UDP any of what is acknowledged: null
// in JSON, no value in tables and expectations.
func TestNoValueOfAnotherProtocol(t *testing.T) {
	of := func(protocol string, sf Subflow) *Summary {
		return &Summary{Flows: []Flow{{Name: "f", Protocol: protocol, Subflows: []Subflow{sf}}}}
	}
	for _, tt := range []struct {
		protocol, metric string
		has              bool
	}{
		{"mptcp", "reinjected", true}, {"tcp", "reinjected", false}, {"udp", "reinjected", false},
		{"tcp", "retransmitted", true}, {"udp", "retransmitted", false}, {"tcp", "joins", false}, {"udp", "sent", true},
	} {
		var sf Subflow
		if tt.protocol == "mptcp" {
			sf.Reinjected = new(uint64(0))
		}
		for _, part := range []string{"", "0"} {
			if _, has := of(tt.protocol, sf).Metric("flow", "f", part, tt.metric); has != (tt.has && (part == "" || LookUp(tt.metric).Subflow != nil)) {
				t.Errorf("%s %q of %s: %v", tt.metric, part, tt.protocol, has)
			}
		}
		text, err := json.Marshal(sf)
		if null := strings.Contains(string(text), `"reinjected_bytes":null`); err != nil || null != (tt.protocol != "mptcp") {
			t.Errorf("%s: %s, %v", tt.protocol, text, err)
		}
	}
}

// What is found by name is what a look at all finds, and nothing else is.
func TestFind(t *testing.T) {
	s := &Summary{
		Flows: []Flow{
			{Name: "a", Protocol: "mptcp", Received: 3, Subflows: []Subflow{{Received: 1, Reinjected: new(uint64(7))}, {Received: 2}}},
			{Name: "b", Protocol: "udp", Received: 5, Goodput: new(8.0), Subflows: []Subflow{{Received: 5}}},
		},
		Links: []Link{{Name: "a", Direction: "up", Sent: 4}, {Name: "a", Direction: "down", Sent: 6}},
	}
	s.Scenario = "x"
	for _, want := range s.Metrics() {
		if got, ok := s.Find(want.Of, want.Name, want.Part, want.What); !ok || got != want {
			t.Errorf("%+v, %v; want %+v", got, ok, want)
		}
	}
	for _, none := range [][4]string{
		{"flow", "c", "", "received"}, {"flow", "a", "2", "received"}, {"flow", "a", "-1", "received"}, {"flow", "a", "up", "received"},
		{"link", "a", "", "drops"}, {"flow", "a", "", "drops"}, {"run", "x", "0", "events"}, {"flow", "a", "", "no such"}, {"flow", "a", "", "goodput"},
	} {
		if got, ok := s.Find(none[0], none[1], none[2], none[3]); ok || got != (Measured{}) {
			t.Errorf("%v: %+v", none, got)
		}
	}
}
