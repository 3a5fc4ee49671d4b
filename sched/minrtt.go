package sched

func init() {
	Registry.Register("minrtt", "Raiciu et al., NSDI 2012; v0.95, mptcp_sched.c", func() Scheduler { return &MinRTT{} })
}

var lowestRTT = NewReason("lowest-rtt", "{who} has the lowest SRTT, {a:ms}, of those with room")

// MinRTT sends on the subflow of lowest SRTT that has room. Backup subflows serve only
// while no regular one is up: a regular subflow whose window is full is waited for,
// until it is found stale. What goes again goes first where it has not been.
type MinRTT struct{}

// Next implements Scheduler. It does not look at the job: what must go again or
// blocks the window is at hand like new data, and Limit says who may not have it.
func (*MinRTT) Next(v *View) Decision {
	_, free := Serve(v)
	if free < 0 {
		return Decision{}
	}
	v.Because(lowestRTT, free, float64(v.Subflows[free].SRTT), 0, 0)
	return Decision{Do: Send, On: One(free)}
}

// minRTT is what others do when they have no rule of their own.
func minRTT(v *View) Decision { return (*MinRTT)(nil).Next(v) }
