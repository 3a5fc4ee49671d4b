package tcp

import "time"

// RTT estimates the round-trip time and the retransmission timeout. The zero
// value has no sample yet.
type RTT struct {
	SRTT, RTTVar time.Duration

	rto           time.Duration // without back-off
	mdev, mdevMax time.Duration // RTOLinux
	shift         uint8         // doublings since the last sample

	Mode     RTOMode
	Min, Max time.Duration // bounds of the timeout
	Longest  time.Duration // sample
}

// initialRTO is the timeout before the first sample (RFC 6298, section 2 (2.1)).
const initialRTO = time.Second

// granularity is G of RFC 6298.
const granularity = time.Millisecond

// RTO returns the retransmission timeout with its back-off.
func (r *RTT) RTO() time.Duration {
	rto := r.rto
	if rto == 0 {
		rto = initialRTO
	}
	if r.shift > 30 {
		return r.Max
	}
	return min(rto<<r.shift, r.Max)
}

// Measured returns the retransmission timeout without its back-off: 0 before the first sample.
func (r *RTT) Measured() time.Duration { return r.rto }

// Restart sets the timeout that a connection starts with when its SYN timed out.
func (r *RTT) Restart() { r.shift, r.rto = 0, 3*initialRTO }

// BackOff doubles the timeout until the next sample (RFC 6298, section 5 (5.5)).
func (r *RTT) BackOff() { r.shift++ }

// BackedOff reports whether there has been a timeout since the last sample.
func (r *RTT) BackedOff() bool { return r.shift > 0 }

// Sample takes one measurement. window reports that a round trip has passed
// since the last call with window set; only RTOLinux looks at it.
func (r *RTT) Sample(s time.Duration, window bool) {
	s = max(s, 1)
	r.Longest = max(r.Longest, s)
	r.shift = 0
	if r.Mode == RTOLinux {
		r.sampleLinux(s, window)
		return
	}
	if r.SRTT == 0 {
		r.SRTT, r.RTTVar = s, s/2
	} else { // RFC 6298, section 2 (2.3): RTTVAR first
		r.RTTVar += ((r.SRTT - s).Abs() - r.RTTVar) / 4
		r.SRTT += (s - r.SRTT) / 8
	}
	r.rto = min(max(r.SRTT+max(granularity, 4*r.RTTVar), r.Min), r.Max)
}

// sampleLinux is Linux's estimator: RTTVar is four times the mean deviation,
// its maximum over a round trip, floored at Min. A sample below SRTT by more
// than the deviation moves the deviation with a gain of 1/32 only.
func (r *RTT) sampleLinux(s time.Duration, window bool) {
	if r.SRTT == 0 {
		r.SRTT, r.mdev = s, 2*s
		r.mdevMax = max(r.mdev, r.Min)
		r.RTTVar = r.mdevMax
	} else {
		err := s - r.SRTT
		r.SRTT += err / 8
		dev := err.Abs() - r.mdev/4
		if err < 0 && dev > 0 {
			dev /= 8
		}
		r.mdev += dev
		r.mdevMax = max(r.mdevMax, r.mdev)
		r.RTTVar = max(r.RTTVar, r.mdevMax)
		if window {
			if r.mdevMax < r.RTTVar {
				r.RTTVar -= (r.RTTVar - r.mdevMax) / 4
			}
			r.mdevMax = r.Min
		}
	}
	r.rto = min(r.SRTT+r.RTTVar, r.Max)
}
