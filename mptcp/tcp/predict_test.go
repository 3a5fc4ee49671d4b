package tcp_test

import (
	"testing"
	"time"

	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/app"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// asked is a Stream that counts how many of its segments were as expected.
type asked struct {
	*tcp.Stream
	predicted, general int
}

func (o *asked) Predicted(e *tcp.Endpoint, s *wire.Segment) bool {
	o.predicted++
	return o.Stream.Predicted(e, s)
}

func (o *asked) Options(e *tcp.Endpoint, s *wire.Segment) bool {
	o.general++
	return o.Stream.Options(e, s)
}

// Of a transfer without losses all segments are as expected but those of the handshakes, and of a sender that
// has closed. Of one with losses most are.
func TestMostSegmentsArePredicted(t *testing.T) {
	for _, tt := range []struct {
		name           string
		loss           netem.Loss
		least, general int // segments as expected at an end; others at both
	}{
		{"no losses", nil, 690, 20},
		{"losses", nth(isData, 100, 300, 500), 480, 420},
	} {
		l := newLab(t, link{rate: 20 * units.Mbps, delay: 10 * time.Millisecond, queue: 1000, loss: tt.loss})
		l.cfg.AckEvery = 1
		in, out := &asked{}, &asked{Stream: tcp.NewStream(&l.cfg)}
		l.b.Accept = func(p *netem.Packet, _ *wire.Segment) (*tcp.Endpoint, *wire.Options) {
			in.Stream = tcp.NewStream(&l.cfg)
			in.Attach = func() app.Workload { return &sink{lab: l} }
			e := tcp.Answer(l.b, &l.cfg, in, p, peerISS)
			in.Use(e, reno())
			return e, nil
		}
		route, err := l.net.Route(l.a.Node.Interfaces[0].Addr, l.b.Node.Interfaces[0].Addr)
		if err != nil {
			t.Fatal(err)
		}
		out.Attach = func() app.Workload { return &source{left: 1_000_000, open: true} }
		e := tcp.Dial(l.a, &l.cfg, out, route, 1000, 80, testISS)
		out.Use(e, reno())
		out.Connect()
		l.eng.Run(sim.Time(20 * time.Second))
		if _, received := in.Progress(); received != 1_000_000 {
			t.Fatalf("%s: %d bytes came", tt.name, received)
		}
		if in.predicted < tt.least || out.predicted < tt.least || in.general+out.general > tt.general {
			t.Errorf("%s: %d segments were as expected at the receiver and %d at the sender, %d and %d were not",
				tt.name, in.predicted, out.predicted, in.general, out.general)
		}
	}
}
