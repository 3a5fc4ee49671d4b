package tcp

import (
	"math/bits"
	"time"

	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/units"
)

// Autotune sizes the receive buffer of a connection by what its application reads
// in a round trip: dynamic right-sizing, as in Linux since 6.18. The owner of a
// connection calls Read, and tells its endpoints the size
// (Endpoint.SetReceiveBuffer) when it has grown. A nil *Autotune keeps the buffer
// as it is.
type Autotune struct {
	size, max units.Bytes
	space     units.Bytes // the most that was read in one round trip
	copied    units.Bytes // read since
	since     sim.Time
}

// NewAutotune returns the state for a connection, or nil if cfg has a fixed buffer.
func NewAutotune(cfg *Config) *Autotune {
	if !cfg.ReceiveTuning {
		return nil
	}
	size := cfg.InitialReceiveBuffer()
	return &Autotune{size: size, max: cfg.ReceiveBuffer, space: min(size, 10*units.Bytes(cfg.MTU-40))}
}

// Size returns the size of the buffer. It never shrinks, so that neither does the
// right edge of the window.
func (a *Autotune) Size() units.Bytes { return a.size }

// Read notes that the application has read n bytes, and reports whether the buffer
// has grown. rtt is the round-trip time as the receiver sees it, of an MPTCP
// connection the longest of its subflows; 0 if it is not known yet.
func (a *Autotune) Read(now sim.Time, n units.Bytes, rtt time.Duration) bool {
	if a == nil {
		return false
	}
	a.copied += n
	if rtt == 0 || now.Sub(a.since) < rtt {
		return false
	}
	old := a.size
	if a.copied > a.space {
		a.size = max(a.size, min(rightSize(a.space, a.copied), a.max))
		a.space = a.copied
	}
	a.copied, a.since = 0, now
	return a.size > old
}

// rightSize returns the window for a connection that reads copied bytes in a
// round trip, after space in an earlier one: twice as much, and room for the
// sender to go on growing at that pace.
func rightSize(space, copied units.Bytes) units.Bytes {
	w := 2 * copied
	return w + 2*(w*(copied-space)/space)
}

// receiverRTT estimates the round-trip time at an endpoint that sends no data.
type receiverRTT struct {
	rtt     time.Duration
	echoed  uint32   // the last TSecr
	edge    uint32   // without timestamps: what will have come a window later
	started sim.Time // of that window; valid with running
	running bool
}

// take learns from the data segment s, of which n bytes are in the window: with timestamps, how old the ACK
// is that it echoes; else how long a full window takes, which is no less than a round trip.
func (r *receiverRTT) take(e *Endpoint, s *wire.Segment, n int) {
	now := e.eng.Now()
	if e.timestamps && s.HasTS {
		if s.TSEcr == r.echoed || 2*n < e.mss {
			return
		}
		r.echoed = s.TSEcr
		d := max(time.Duration(timestamp(now)-s.TSEcr)*time.Millisecond, time.Millisecond)
		if r.rtt == 0 {
			r.rtt = d
		}
		r.rtt += (d - r.rtt) / 8
		return
	}
	if r.running {
		if int32(e.rcv.nxt-r.edge) < 0 {
			return
		}
		d := max(now.Sub(r.started), 1)
		if r.rtt == 0 {
			r.rtt = d
		}
		r.rtt = min(r.rtt, d)
	}
	r.running, r.started, r.edge = true, now, e.rcv.edge
}

// ReceiverRTT returns the round-trip time as the data that comes shows it; 0 if it is
// not known, or if Config.ReceiveTuning is off.
func (e *Endpoint) ReceiverRTT() time.Duration {
	if e.rcv.rtt == nil {
		return 0
	}
	return e.rcv.rtt.rtt
}

// SetReceiveBuffer tells e that the owner's receive buffer has n bytes from now on.
func (e *Endpoint) SetReceiveBuffer(n units.Bytes) { e.rcv.buffer = n }

// WantedSendBuffer returns the send buffer that keeps e busy: memory for twice the segments of its congestion
// window, so that a window can be written while one is in flight (Linux: tcp_sndbuf_expand). An MPTCP
// connection adds up those of its subflows. Payload that is written in bulk takes hardly more memory than its
// size, so that some six windows fit.
func (e *Endpoint) WantedSendBuffer() units.Bytes {
	segments := max(e.cfg.InitialWindow, dupThresh+1, int(e.Flow.Cwnd)/e.mss)
	return 2 * units.Bytes(segments*segmentMemory(e.mss))
}

// segmentMemory returns the memory that Linux reckons with for a segment: its headers and those of its
// buffer, in a block of a power of two, and a descriptor. That of an Ethernet segment is 4352 bytes: a fresh
// socket shows a send buffer of 87040 bytes (tb in ss -m), which is 2 x 10 of them.
func segmentMemory(mss int) int { return 1<<bits.Len(uint(mss+640-1)) + 256 }

// initialSendBuffer is the send buffer before the handshake, with
// Config.SendTuning: tcp_wmem's default of Linux.
const initialSendBuffer = 16384

// InitialReceiveBuffer returns the receive buffer that a connection starts with.
func (c *Config) InitialReceiveBuffer() units.Bytes {
	if c.ReceiveTuning {
		return min(c.ReceiveInitial, c.ReceiveBuffer)
	}
	return c.ReceiveBuffer
}

// InitialSendBuffer returns the send buffer that a connection starts with.
func (c *Config) InitialSendBuffer() units.Bytes {
	if c.SendTuning {
		return min(initialSendBuffer, c.SendBuffer)
	}
	return c.SendBuffer
}
