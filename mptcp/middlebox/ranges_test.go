package middlebox

import (
	"reflect"
	"testing"
	"time"

	"mpsim/sim/units"
)

// What a box is without parameters: the time-outs are the least that RFC 5382, REQ-5, allows a NAT, 536 bytes
// are what every host must take (RFC 9293, section 3.7.1), and 65535 bytes the most that IPv4 can tell.
func TestDefaultsOfTheSources(t *testing.T) {
	for name, want := range map[string]Model{ // order does not matter
		"payload-alg":      &PayloadALG{At: 1000, Length: 6},
		"shaper":           &Shaper{Rate: units.Mbps, Burst: 15_000, Limit: 150_000},
		"policer":          &Policer{Rate: units.Mbps, Burst: 15_000},
		"coalesce":         &Coalesce{MaxSize: 65535, Timeout: time.Millisecond},
		"firewall":         &Firewall{InboundSYN: "deny", WindowCheck: true},
		"rewrite-isn":      &RewriteISN{FixSACK: true},
		"nat":              &NAT{TimeoutEstablished: 124 * time.Minute, TimeoutTransitory: 4 * time.Minute, PortPreserve: true, OnExpire: "drop"},
		"normalizer":       &Normalizer{Enforce: true},
		"proactive-ack":    &ProactiveACK{Buffer: 1 << 20, RTO: 300 * time.Millisecond, MPTCP: "drop"},
		"captive-portal":   &Portal{Login: 30 * time.Second},
		"split":            &Split{MSS: 536},
		"strip-option":     &StripOption{Options: []string{"mptcp"}},
		"drop-syn-option":  &DropSYNOption{Options: []string{"mptcp"}},
		"drop-syn-payload": &DropSYNPayload{Drop: "syn"},
		"mss-clamp":        &MSSClamp{MSS: 1360},
		"mptcp-killer":     &Killer{Action: "drop"},
		"rwnd-shrink":      &ShrinkWindow{Cap: 65536},
	} {
		if got := model(t, name); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

// Each range ends where its message says: the last value passes, the next does not.
func TestRanges(t *testing.T) {
	when := func(change func(*When)) When {
		w := When{Probability: 1}
		change(&w)
		return w
	}
	for name, m := range map[string]struct{ in, out interface{ Validate() error } }{ // order does not matter
		"shaper, limit":        {&Shaper{Rate: 1, Burst: 1500, Limit: 1500}, &Shaper{Rate: 1, Burst: 1500, Limit: 1499}},
		"policer, burst":       {&Policer{Rate: 1, Burst: 1500}, &Policer{Rate: 1, Burst: 1499}},
		"policer, rate":        {&Policer{Rate: 1, Burst: 1500}, &Policer{Rate: 0, Burst: 1500}},
		"alg, at":              {&PayloadALG{At: 0, Length: 1}, &PayloadALG{At: -1, Length: 1}},
		"alg, shortest":        {&PayloadALG{Length: 1}, &PayloadALG{Length: 0}},
		"alg, longest":         {&PayloadALG{Length: 1000}, &PayloadALG{Length: 1001}},
		"alg, delta":           {&PayloadALG{Length: 6, Delta: -5}, &PayloadALG{Length: 6, Delta: -6}},
		"alg, greatest delta":  {&PayloadALG{Length: 6, Delta: 1000}, &PayloadALG{Length: 6, Delta: 1001}},
		"coalesce, size":       {&Coalesce{MaxSize: 65535, Timeout: 1}, &Coalesce{MaxSize: 65536, Timeout: 1}},
		"coalesce, least":      {&Coalesce{MaxSize: 1, Timeout: 1}, &Coalesce{MaxSize: 0, Timeout: 1}},
		"coalesce, timeout":    {&Coalesce{MaxSize: 1, Timeout: 1}, &Coalesce{MaxSize: 1, Timeout: 0}},
		"split":                {&Split{MSS: 1}, &Split{MSS: 0}},
		"nat, established":     {&NAT{TimeoutEstablished: 1, TimeoutTransitory: 1, OnExpire: "rst"}, &NAT{TimeoutTransitory: 1, OnExpire: "rst"}},
		"nat, transitory":      {&NAT{TimeoutEstablished: 1, TimeoutTransitory: 1, OnExpire: "rst"}, &NAT{TimeoutEstablished: 1, OnExpire: "rst"}},
		"portal":               {&Portal{Login: 0}, &Portal{Login: -1}},
		"reroute":              {&Reroute{At: 0}, &Reroute{At: -1}},
		"window":               {&ShrinkWindow{Cap: 1}, &ShrinkWindow{Cap: 0}},
		"proxy, buffer":        {&ProactiveACK{Buffer: 1, RTO: 1, MPTCP: "copy"}, &ProactiveACK{Buffer: 0, RTO: 1, MPTCP: "copy"}},
		"proxy, rto":           {&ProactiveACK{Buffer: 1, RTO: 1, MPTCP: "copy"}, &ProactiveACK{Buffer: 1, RTO: 0, MPTCP: "copy"}},
		"when, after bytes":    {when(func(w *When) { w.AfterBytes = 0 }), when(func(w *When) { w.AfterBytes = -1 })},
		"when, until":          {when(func(w *When) { w.After, w.Until = 5, 6 }), when(func(w *When) { w.After, w.Until = 5, 5 })},
		"when, probability":    {When{Probability: 1}, When{Probability: 1 + 1e-9}},
		"when, no probability": {When{Probability: 1e-9}, When{Probability: 0}},
	} {
		if err := m.in.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if m.out.Validate() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
