package cc_test

import (
	"fmt"

	"mpsim/cc"
	"mpsim/sim/plugin"
)

// scalable is Scalable TCP (Kelly, 2003): it grows by a share of what is
// acknowledged and shrinks by an eighth.
type scalable struct {
	cc.Reno
	Gain float64 `toml:"gain" doc:"growth of the window for each acknowledged byte"`
}

func (s *scalable) OnAck(f *cc.Flow, a cc.Ack) { f.Cwnd += s.Gain * f.SlowStart(a) }

func (s *scalable) OnCongestion(f *cc.Flow, c cc.Congestion) { f.Reduce(f.Cwnd*7/8, 2, c) }

// A controller is one file: a struct whose exported fields are its parameters,
// the two methods, and its registration.
func Example() {
	// In its own package this would stand in init, on cc.Registry.
	registry := plugin.NewRegistry[cc.Controller]("congestion controller")
	registry.Register("scalable", "Kelly, ACM CCR, 2003", func() cc.Controller { return &scalable{Gain: 0.01} })

	c, err := registry.New("scalable")
	if err != nil {
		panic(err)
	}
	f := &cc.Flow{MSS: 1000, Cwnd: 100e3, Ssthresh: 50e3, Controller: c}
	f.Group = &cc.Group{Flows: []*cc.Flow{f}}
	for range 100 {
		c.OnAck(f, cc.Ack{Bytes: 1000})
	}
	fmt.Println("after a round trip:", f.Cwnd)
	c.OnCongestion(f, cc.Congestion{})
	fmt.Println("after a loss:", f.Cwnd)
	fmt.Println("parameters:", registry.Params("scalable")[0].Name)
	// Output:
	// after a round trip: 101000
	// after a loss: 88375
	// parameters: gain
}
