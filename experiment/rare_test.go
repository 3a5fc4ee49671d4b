package experiment

import (
	"testing"

	"mpsim/mptcp/wire"
	"mpsim/scenarios"
	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/rare"
)

// Two lossy paths of unlike delay and a small buffer: segments are lost, overtake each other and wait, on a
// link of each path of the network code.
const eventful = `
duration = "10s"
[[link]]
name = "a"
between = ["c", "s"]
rate = "8Mbps"
delay = "7ms"
loss = 0.01
[[link]]
name = "b"
between = ["c", "s"]
rate = "4Mbps"
delay = "31ms"
queue = "codel"
loss = 0.02
[[flow]]
name = "f"
from = "c"
to = "s"
workload = { kind = "file", size = "2MB" }
start = "3ms"
[[flow]]
name = "g"
from = "s"
to = "c"
protocol = "tcp"
workload = { kind = "file", size = "1MB" }
start = "5ms"
`

// A course is what a run with rare cases shows.
type courseOf struct {
	hash, events   uint64
	received       [2]uint64
	seqWraps       int // segments whose sequence number is behind a wrap
	dsnWraps       int // and DSN
	wide           int // of these, behind 2^64
	simultaneously int // packets delivered at the time of another one, at another link
}

func runForced(t *testing.T, f *rare.Force) (c courseOf) {
	var last sim.Time
	var by *netem.Link
	before := make(map[netem.Addr]wire.Segment)
	o, res := forced(t, eventful, f, func(m *scenarios.Simulation) {
		for _, d := range m.Links {
			for _, l := range []*netem.Link{d.Up, d.Down} {
				l.Points.Delivered.Observe(func(e netem.PacketEvent) {
					if e.Now == last && by != l {
						c.simultaneously++
					}
					last, by = e.Now, l
					s := e.Packet.Payload.(*wire.Segment)
					old, ok := before[e.Packet.Src]
					if ok && s.Len > 0 && old.Seq > 1<<31 && s.Seq < 1<<20 {
						c.seqWraps++
					}
					if s.DSS.Has(wire.HasMap) {
						switch {
						case ok && old.DSN > 1<<63 && s.DSN < 1<<32:
							c.wide++
							c.dsnWraps++
						case ok && uint32(old.DSN) > 1<<31 && uint32(s.DSN) < 1<<20:
							c.dsnWraps++
						}
					}
					if s.Len > 0 {
						before[e.Packet.Src] = *s
					}
				})
			}
		}
	})
	o.wants(t, "")
	for i := range c.received {
		c.received[i] = res.Flows[i].Received
	}
	c.hash, c.events = o.m.Network.Course(), o.m.Engine.Fired()
	return c
}

// What rare cases force is reached, and changes no course: the hash is the same where nothing
// on the wire differs, and there are as many events where only the numbers do.
func TestRareCases(t *testing.T) {
	plain := runForced(t, nil)
	if plain.received != [2]uint64{2e6, 1e6} || plain.seqWraps+plain.dsnWraps > 0 {
		t.Fatalf("a run without rare cases: %+v", plain)
	}
	for _, c := range rare.Cases {
		got := runForced(t, rare.Only(c))
		if got.received != plain.received {
			t.Errorf("%s: received %d", c, got.received)
		}
		switch c {
		case rare.SequenceWrap:
			if got.events != plain.events || got.seqWraps == 0 {
				t.Errorf("%s: %+v, without %+v", c, got, plain)
			}
		case rare.DSNWrap:
			if got.events != plain.events || got.dsnWraps == 0 {
				t.Errorf("%s: %+v, without %+v", c, got, plain)
			}
		case rare.Ties:
			if got.simultaneously < 10*max(plain.simultaneously, 1) {
				t.Errorf("%s: %d packets arrive at one time, without %d", c, got.simultaneously, plain.simultaneously)
			}
		default:
			if got.hash != plain.hash || got.events != plain.events {
				t.Errorf("%s changes the course: %+v, without %+v", c, got, plain)
			}
		}
	}
	wide := 0
	for seed := range uint64(10) {
		got := runForced(t, rare.New(seed))
		if got.received != plain.received {
			t.Errorf("seed %d: received %d", seed, got.received)
		}
		wide += got.wide
	}
	if wide == 0 {
		t.Error("no DSN goes beyond 2^64")
	}
}
