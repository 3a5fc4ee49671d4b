package cc_test

import (
	"testing"

	"mpsim/cc"
	"mpsim/cc/cctest"
)

func TestBattery(t *testing.T) {
	for _, name := range cc.Registry.Names() {
		t.Run(name, func(t *testing.T) { cctest.Run(t, name) })
	}
}

func TestCoupledAloneIsReno(t *testing.T) {
	for _, name := range []string{"lia", "olia", "balia", "ewtcp", "coupled", "semicoupled"} {
		t.Run(name, func(t *testing.T) { cctest.Alone(t, name) })
	}
}
