package tcp

import (
	"strings"
	"testing"
	"time"
)

// Each parameter that no endpoint can run with is named.
func TestValidate(t *testing.T) {
	good := DefaultConfig()
	if err := good.Validate(); err != nil {
		t.Errorf("the defaults: %v", err)
	}
	for _, c := range []struct {
		want string
		set  func(*Config)
	}{
		{"mtu", func(c *Config) { c.MTU = 40 }},
		{"initial_window", func(c *Config) { c.InitialWindow = 0 }},
		{"rto_min", func(c *Config) { c.RTOMin = 0 }},
		{"rto_max", func(c *Config) { c.RTOMax = 25 * time.Hour }},
		{"delayed_ack", func(c *Config) { c.DelayedAck = time.Second }},
		{"ack_every", func(c *Config) { c.AckEvery = 0 }},
		{"send_buffer", func(c *Config) { c.SendBuffer = 100 }},
		{"receive_buffer", func(c *Config) { c.ReceiveBuffer = 2 << 30 }},
		{"receive_buffer_initial", func(c *Config) { c.ReceiveTuning, c.ReceiveInitial = true, 100 }},
		{"retries", func(c *Config) { c.Retries = 0 }},
		{"have none, hystart, hystart++", func(c *Config) { c.SlowStart = "hystrat" }},
	} {
		bad := DefaultConfig()
		c.set(&bad)
		if err := bad.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.want, err)
		}
	}
}

// What a mode is written as is what it is read from, and a wrong one is told the right
// ones.
func TestFastOpenText(t *testing.T) {
	for _, want := range []FastOpen{FastOpenOff, FastOpenCookie, FastOpenAlways} {
		var got FastOpen
		b, err := want.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		if err := got.UnmarshalText(b); err != nil || got != want {
			t.Errorf("%s: %v, %v", b, got, err)
		}
	}
	var f FastOpen
	if err := f.UnmarshalText([]byte("on")); err == nil || !strings.Contains(err.Error(), "off, cookie, always") {
		t.Errorf("on: %v", err)
	}
}
