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
		{"unknown hystart \"hystrat\"; did you mean", func(c *Config) { c.SlowStart = "hystrat" }},
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

// Each range ends where its message says: the last value passes, the next does not.
func TestConfigRanges(t *testing.T) {
	for name, c := range map[string]struct{ in, out func(*Config) }{ // order does not matter
		"least MTU":              {func(c *Config) { c.MTU = 200 }, func(c *Config) { c.MTU = 199 }},
		"most MTU":               {func(c *Config) { c.MTU = 65535 }, func(c *Config) { c.MTU = 65536 }},
		"least initial window":   {func(c *Config) { c.InitialWindow = 1 }, func(c *Config) { c.InitialWindow = 0 }},
		"most initial window":    {func(c *Config) { c.InitialWindow = 10000 }, func(c *Config) { c.InitialWindow = 10001 }},
		"least ssthresh":         {func(c *Config) { c.InitialSsthresh = 0 }, func(c *Config) { c.InitialSsthresh = -1 }},
		"most ssthresh":          {func(c *Config) { c.InitialSsthresh = 1e6 }, func(c *Config) { c.InitialSsthresh = 1e6 + 1 }},
		"least RTO":              {func(c *Config) { c.RTOMin = 1 }, func(c *Config) { c.RTOMin = 0 }},
		"RTO max":                {func(c *Config) { c.RTOMax = c.RTOMin }, func(c *Config) { c.RTOMax = c.RTOMin - 1 }},
		"a day":                  {func(c *Config) { c.RTOMax = 24 * time.Hour }, func(c *Config) { c.RTOMax = 24*time.Hour + 1 }},
		"no delay":               {func(c *Config) { c.DelayedAck = 0 }, func(c *Config) { c.DelayedAck = -1 }},
		"most delay":             {func(c *Config) { c.DelayedAck = 500 * time.Millisecond }, func(c *Config) { c.DelayedAck = 500*time.Millisecond + 1 }},
		"every segment":          {func(c *Config) { c.AckEvery = 1 }, func(c *Config) { c.AckEvery = 0 }},
		"least send buffer":      {func(c *Config) { c.SendBuffer = 1500 }, func(c *Config) { c.SendBuffer = 1499 }},
		"least receive buffer":   {func(c *Config) { c.ReceiveBuffer = 1500 }, func(c *Config) { c.ReceiveBuffer = 1499 }},
		"most send buffer":       {func(c *Config) { c.SendBuffer = 1 << 30 }, func(c *Config) { c.SendBuffer = 1<<30 + 1 }},
		"most receive buffer":    {func(c *Config) { c.ReceiveBuffer = 1 << 30 }, func(c *Config) { c.ReceiveBuffer = 1<<30 + 1 }},
		"initial receive buffer": {func(c *Config) { c.ReceiveTuning, c.ReceiveInitial = true, 1500 }, func(c *Config) { c.ReceiveTuning, c.ReceiveInitial = true, 1499 }},
		"no SYN again":           {func(c *Config) { c.SYNRetries = 0 }, func(c *Config) { c.SYNRetries = -1 }},
		"one retry":              {func(c *Config) { c.Retries = 1 }, func(c *Config) { c.Retries = 0 }},
	} {
		in, out := DefaultConfig(), DefaultConfig()
		c.in(&in)
		c.out(&out)
		if err := in.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if out.Validate() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
