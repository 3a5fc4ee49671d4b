package sched

func init() {
	const source = "RFC 8041, section 2.3 (the case, not a rule: answer where the peer was heard)"
	Registry.Register("lastactive", source, func() Scheduler { return &LastActive{} })
}

var heardLast = NewReason("heard-last", "the peer was heard on {who} last, {a:ms} ago")

// LastActive sends where the peer's last data or DATA_ACK came, if there is room, else
// as MinRTT: an answer does not wait for the timeout of a path that has died meanwhile.
type LastActive struct{}

// Traits implements Declarer.
func (*LastActive) Traits() Traits { return Measures }

// Next implements Scheduler. Of equals it takes the first.
func (*LastActive) Next(v *View) Decision {
	backups := backupsServe(v)
	last := -1
	for i := range v.Subflows {
		s := &v.Subflows[i]
		if s.up(backups) && s.Heard > 0 && (last < 0 || s.Heard > v.Subflows[last].Heard) {
			last = i
		}
	}
	if last < 0 || v.Subflows[last].Limit != Free {
		return minRTT(v)
	}
	v.Because(heardLast, last, float64(v.Now.Sub(v.Subflows[last].Heard)), 0, 0)
	return Decision{Do: Send, On: One(last)}
}
