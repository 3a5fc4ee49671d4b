package tcp

import (
	"mpsim/mptcp/wire"
	"mpsim/sim/units"
)

// A Chunk is a piece of the byte stream that an Owner hands to an Endpoint, and
// that the peer's Endpoint hands to its Owner, in the order of the subflow.
//
// It has four words, so that it travels in registers: what few chunks have is
// behind Odd.
type Chunk struct {
	Len int
	DSN uint64 // data sequence number of the first byte, of a mapped chunk that is delivered
	Pos uint64 // position of the first byte in the sender's stream; stands for the content
	Odd *Odd   // nil for most
}

// Odd is what is unusual about a chunk that is delivered.
type Odd struct {
	// Unmapped tells that the segment that brought it had no mapping for all of it.
	Unmapped bool
	// Content is the content where a middlebox has changed it, else nil.
	Content []byte
}

// unmapped is the only thing that is unusual about most unmapped chunks.
var unmapped = &Odd{Unmapped: true}

// Mapped reports whether DSN is that of the first byte.
func (c *Chunk) Mapped() bool { return c.Odd == nil || !c.Odd.Unmapped }

// Changed returns the content if a middlebox has changed it, else nil.
func (c *Chunk) Changed() []byte {
	if c.Odd == nil {
		return nil
	}
	return c.Odd.Content
}

// Skip returns c without its first n bytes.
func (c Chunk) Skip(n int) Chunk {
	if content := c.Changed(); content != nil {
		c.Odd = &Odd{c.Odd.Unmapped, content[n:]}
	}
	c.Len -= n
	c.Pos += uint64(n)
	c.DSN += uint64(n)
	return c
}

// First returns the first n bytes of c.
func (c Chunk) First(n int) Chunk {
	if content := c.Changed(); content != nil {
		c.Odd = &Odd{c.Odd.Unmapped, content[:n]}
	}
	c.Len = n
	return c
}

// An Owner is what stands above an Endpoint: a Stream, or a connection of
// several subflows. All calls come from inside the event loop.
type Owner interface {
	// Stamp completes a segment that is about to leave: it sets the DSS or
	// other options. What SACK blocks fit is decided afterwards. It returns Window.
	Stamp(e *Endpoint, s *wire.Segment) units.Bytes
	// Window returns how many bytes the owner can take, from what it has
	// acknowledged on.
	Window(e *Endpoint) units.Bytes
	// Pull returns up to max bytes of new data for e alone, for the cases in which
	// TCP itself needs a segment to go out: limited transmit, tail loss
	// probes, F-RTO. It must not call e.Send.
	Pull(e *Endpoint, max int) (Chunk, bool)
	// Ready is called when e may have become able to send.
	Ready(e *Endpoint)

	// Options sees each acceptable segment before e acts on its ACK and
	// data. It returns false to have e drop the segment.
	Options(e *Endpoint, s *wire.Segment) bool
	// Predicted does what Options does with a segment that has no options but timestamps and a DSS, if there
	// is nothing else to do; else it does nothing, and returns false. Such data is delivered without Odd.
	Predicted(e *Endpoint, s *wire.Segment) bool
	// Deliver takes data in the order of the subflow.
	Deliver(e *Endpoint, c Chunk)

	// Established is called when the handshake has completed.
	Established(e *Endpoint)
	// TimedOut is called after each retransmission timeout.
	TimedOut(e *Endpoint)
	// PeerClosed is called when the peer's FIN is next in sequence.
	PeerClosed(e *Endpoint)
	// Closed is called once: the endpoint is gone. err is nil after FINs in both
	// directions.
	Closed(e *Endpoint, err error)
}
