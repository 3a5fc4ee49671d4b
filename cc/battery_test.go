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

// more are controllers with numbers that change what the law is.
var more = []cctest.Form{
	{Name: "epsilon 0", Make: func() cc.Controller { return &cc.Epsilon{} }},
	{Name: "epsilon 0.7", Make: func() cc.Controller { return &cc.Epsilon{Epsilon: 0.7} }},
	{Name: "epsilon 2", Make: func() cc.Controller { return &cc.Epsilon{Epsilon: 2} }},
}

func TestBattery(t *testing.T) {
	for _, name := range cc.Registry.Names() {
		for _, f := range cctest.Forms(t, name) {
			t.Run(f.Name, func(t *testing.T) { cctest.Run(t, f.Make, otherwise[name]...) })
		}
	}
	for _, f := range more {
		t.Run(f.Name, func(t *testing.T) { cctest.Run(t, f.Make) })
	}
}

// Whatever numbers Validate lets pass, windows stay windows.
func TestExtremes(t *testing.T) {
	for _, name := range cc.Registry.Names() {
		for _, f := range cctest.Extremes(t, name) {
			t.Run(f.Name, func(t *testing.T) { cctest.Bounded(t, f.Make) })
		}
	}
}

// Every law that couples subflows is Reno for a single one.
func TestCoupledAloneIsReno(t *testing.T) {
	for _, name := range []string{"lia", "olia", "balia", "ewtcp", "coupled", "semicoupled", "epsilon", "mctcpdesync"} {
		t.Run(name, func(t *testing.T) { cctest.Alone(t, cctest.Named(t, name)) })
	}
	list := more
	for _, name := range []string{"lia", "olia"} {
		for _, f := range cctest.Forms(t, name) {
			if f.Name == "lia rule=nsdi11" || f.Name == "olia metric=l2/rtt" {
				list = append(list, f)
			}
		}
	}
	if len(list) != len(more)+2 {
		t.Errorf("forms %v", list)
	}
	for _, f := range list {
		t.Run(f.Name, func(t *testing.T) { cctest.Alone(t, f.Make) })
	}
}
