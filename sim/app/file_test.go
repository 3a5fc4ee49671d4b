package app

import (
	"slices"
	"testing"

	"mpsim/sim"
	"mpsim/sim/units"
)

// arrivals is a stream of which bytes and the end come when a test says so.
type arrivals struct {
	ready units.Bytes
	ended bool
}

func (s *arrivals) Write(units.Bytes) units.Bytes { return 0 }
func (s *arrivals) CloseWrite()                   {}
func (s *arrivals) EOF() bool                     { return s.ended && s.ready == 0 }

func (s *arrivals) Read(n units.Bytes) units.Bytes {
	n = min(n, s.ready)
	s.ready -= n
	return n
}

// A file is complete with its last byte. The end of the stream is a segment of
// its own, which may be lost: its retransmission is no part of the transfer.
func TestFileEndsWithItsLastByte(t *testing.T) {
	var got []Transfer
	env := newEnv(sim.Never, func(tr Transfer) { got = append(got, tr) })
	_, to := (&File{Size: 100}).Pair(env, 0)
	s := new(arrivals)
	to.Start(s)
	for _, step := range []struct {
		at    int64 // ms
		bytes units.Bytes
		end   bool
	}{{3, 60, false}, {5, 40, false}, {300, 0, true}} {
		env.Engine.Run(ms(step.at))
		s.ready, s.ended = step.bytes, step.end
		to.Readable()
	}
	if want := []Transfer{{Start: 0, End: ms(5), Bytes: 100}}; !slices.Equal(got, want) {
		t.Errorf("transfers %v, want %v", got, want)
	}
}
