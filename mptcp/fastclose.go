package mptcp

import (
	"slices"

	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
)

// abort is the state FASTCLOSE_WAIT of RFC 8684, section 3.5.
type abort struct {
	sf    *Subflow // on which MP_FASTCLOSE goes
	tries int
}

// maxFastClose is how often MP_FASTCLOSE is sent again (RECOMMENDED).
const maxFastClose = 3

// Abort ends the connection at once: MP_FASTCLOSE tells the peer, whatever is in
// the buffers (RFC 8684, section 3.5).
func (c *Conn) Abort() {
	switch {
	case c.ended:
		return
	case c.plain || !c.keysKnown || len(c.live) == 0:
		c.end(tcp.ErrAborted)
		return
	}
	first := c.live[0]
	byReset := c.cfg.Protocol.FastClose == FastCloseReset && c.profile != V0
	if !byReset {
		c.abort = &abort{sf: first}
	}
	c.shut()
	for _, sf := range c.subflows {
		switch {
		case sf.gone:
		case byReset && sf.up:
			sf.e.Abort(c.fastClose(ReasonUnspecified))
		case byReset || sf != first: // a join under way, or one of several
			sf.abort(sf.e, ReasonUnspecified)
		}
	}
	c.sendFastClose()
	c.tell(tcp.ErrAborted)
}

// fastClose returns MP_FASTCLOSE for a reset.
func (c *Conn) fastClose(reason uint8) *wire.Options {
	o := &wire.Options{WScale: -1, FastClose: &wire.FastClose{Key: c.peerKey}}
	if c.profile != V0 {
		o.Reset = &wire.Reset{Reason: reason}
	}
	return o
}

// sendFastClose sends MP_FASTCLOSE on an ACK, and once more on a reset when the
// peer has not answered for long enough.
func (c *Conn) sendFastClose() {
	a := c.abort
	if a == nil || a.sf.gone {
		return
	}
	if a.tries > maxFastClose {
		c.abort = nil
		a.sf.e.Abort(c.fastClose(ReasonUnspecified))
		return
	}
	a.sf.e.SendAck(&wire.Options{WScale: -1, FastClose: &wire.FastClose{Key: c.peerKey}})
	a.tries++
	c.after(a.sf.e.RTT.RTO(), c.sendFastClose)
}

// takeFastClose acts on MP_FASTCLOSE: with our key, all subflows are reset and the
// connection is gone; two that cross end both ends.
func (c *Conn) takeFastClose(f *wire.FastClose) {
	if f.Key != c.key || c.plain {
		return
	}
	if a := c.abort; a != nil {
		c.abort = nil
		a.sf.e.Abort(nil)
		return
	}
	if c.ended {
		return
	}
	for _, sf := range slices.Clone(c.subflows) {
		if !sf.gone {
			sf.leave()
			sf.abort(sf.e, ReasonUnspecified)
		}
	}
	c.end(tcp.ErrReset)
}

// abortAnswered is called when a subflow has ended while the peer's answer to
// MP_FASTCLOSE is awaited.
func (c *Conn) abortAnswered(sf *Subflow) {
	if c.abort.sf == sf {
		c.abort = nil
		c.stopAlarms()
	}
}
