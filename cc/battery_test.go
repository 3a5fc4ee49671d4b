package cc_test

import (
	"testing"

	"mpsim/cc"
	"mpsim/cc/cctest"
)

// otherwise is where the source of a law departs from the battery.
var otherwise = map[string][]string{
	"olia":        {cctest.Monotone},  // α is negative for the largest windows
	"wvegas":      {cctest.Monotone},  // it yields to queues
	"mctcpdesync": {cctest.SlowStart}, // one subflow at a time
}

// variants are controllers with other than their defaults, by the names of
// both.
var variants = []struct {
	law, name string
	make      cctest.Maker
}{
	{"lia", "linux", func() cc.Controller { return &cc.LIA{Rule: "rfc6356", Floor: 2, Linux: true} }},
	{"lia", "nsdi11", func() cc.Controller { return &cc.LIA{Rule: "nsdi11", Floor: 2} }},
	{"olia", "linux", func() cc.Controller { return &cc.OLIA{Metric: "l/rtt2", Floor: 2, Linux: true} }},
	{"olia", "l2-rtt", func() cc.Controller { return &cc.OLIA{Metric: "l2/rtt", Floor: 1} }},
	{"balia", "linux", func() cc.Controller { return &cc.BALIA{Floor: 1, Linux: true} }},
	{"wvegas", "linux", func() cc.Controller { return &cc.WVegas{Alpha: 2, Total: 10, Gamma: 1, Linux: true} }},
	{"cubic", "linux", func() cc.Controller { return &cc.CUBIC{C: 0.4, Beta: 0.7, FastConvergence: true, Linux: true} }},
	{"epsilon", "0", func() cc.Controller { return &cc.Epsilon{} }},
	{"epsilon", "0.7", func() cc.Controller { return &cc.Epsilon{Epsilon: 0.7} }},
	{"epsilon", "2", func() cc.Controller { return &cc.Epsilon{Epsilon: 2} }},
}

func TestBattery(t *testing.T) {
	for _, name := range cc.Registry.Names() {
		t.Run(name, func(t *testing.T) { cctest.Run(t, cctest.Named(t, name), otherwise[name]...) })
	}
	for _, v := range variants {
		t.Run(v.law+"-"+v.name, func(t *testing.T) { cctest.Run(t, v.make, otherwise[v.law]...) })
	}
}

// Every law that couples subflows is Reno for a single one.
func TestCoupledAloneIsReno(t *testing.T) {
	for _, name := range []string{"lia", "olia", "balia", "ewtcp", "coupled", "semicoupled", "epsilon", "mctcpdesync"} {
		t.Run(name, func(t *testing.T) { cctest.Alone(t, cctest.Named(t, name)) })
	}
	for _, v := range variants {
		if v.law == "epsilon" || v.name == "nsdi11" || v.name == "l2-rtt" {
			t.Run(v.law+"-"+v.name, func(t *testing.T) { cctest.Alone(t, v.make) })
		}
	}
}
