package cc

// The parameter "linux" of a controller makes it count as the module of the
// same name does, in Linux v0.95 of multipath-tcp.org or, for CUBIC, upstream: windows are
// whole segments, and what a rule yields for each ACK is rounded. The rounding shows where
// windows are large, and where a subflow is given little. What only saves the kernel work is
// left out: it computes the coupling again when a window changes, this package at
// every ACK.

// segments returns w bytes in whole segments of f.
func segments(f *Flow, w float64) int64 { return int64(w / float64(f.MSS)) }

// srtt returns SRTT in eighths of a microsecond, the kernel's unit, and at least one.
func srtt(f *Flow) int64 { return max(int64(f.SRTT)/125, 1) }

// ackCount counts ACKs, whatever they acknowledge, as snd_cwnd_cnt does.
type ackCount int64

// grow adds a segment to the window at every ACK number n+1: the kernel
// compares first, and counts then.
func (k *ackCount) grow(f *Flow, n int64) {
	if int64(*k) < n {
		*k++
		return
	}
	*k = 0
	f.Cwnd += float64(f.MSS)
}
