package tcp

// prr is Proportional Rate Reduction (RFC 9937, section 6), in bytes.
type prr struct {
	delivered, out int
	recoverFS      int
	ssthresh       int
}

// start begins an episode with fs bytes in flight.
func (p *prr) start(fs, ssthresh int) { *p = prr{recoverFS: max(fs, 1), ssthresh: ssthresh} }

// onAck returns how many bytes may leave on an ACK that delivered bytes, with
// pipe bytes in flight. safe: snd.una advanced and no new loss was found.
func (p *prr) onAck(delivered, pipe, mss int, safe bool) int {
	p.delivered += delivered
	var n int
	if pipe > p.ssthresh {
		n = (p.delivered*p.ssthresh+p.recoverFS-1)/p.recoverFS - p.out
	} else {
		n = max(p.delivered-p.out, delivered)
		if safe {
			n += mss
		}
		n = min(p.ssthresh-pipe, n)
	}
	if p.out == 0 {
		n = max(n, mss) // force the fast retransmit
	}
	return max(n, 0)
}
