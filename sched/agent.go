package sched

import "mpsim/sim/units"

var agentActs = NewReason("agent", "the agent chose action {a} on {who}, {b} segments")

// Agent leaves the decision to something outside: it shows numbers and carries an Action
// out. It is not registered, for without an agent it is nothing: a program that trains
// one makes an Agent and registers it under a name of its own.
//
// The agent must answer the same to the same numbers, or the run is not repeatable. It is
// asked about new data, and when there is none; what goes again goes as with MinRTT.
type Agent struct {
	// Ask gets what is observed, valid during the call only: AgentGlobals numbers of
	// the connection (the job, bytes not assigned, bytes left of the peer's window,
	// pieces outstanding), then AgentPerSubflow of each
	// subflow (limit, cwnd, bytes in flight, bytes queued, room in its send buffer,
	// SRTT and its variance in s, delivery rate in b/s, class).
	Ask func(obs []float64) Action

	obs [AgentGlobals + 64*AgentPerSubflow]float64
}

// How many numbers an agent observes: of the connection, and of each subflow.
const (
	AgentGlobals    = 4
	AgentPerSubflow = 9
)

// Action is what an agent answers. The zero Action waits. One that cannot be carried out
// is taken as a wait.
type Action struct {
	Do       Act         // Wait, Send or Queue
	Subflow  int         // by its place in what is observed
	Segments int         // 0: one
	Ahead    units.Bytes // from this far behind the first byte at hand; negative: a copy
}

// Traits implements Declarer.
func (*Agent) Traits() Traits { return Patient | Queues | Copies | Reorders | Measures }

// Next implements Scheduler.
func (a *Agent) Next(v *View) Decision {
	if v.Job == Lost || v.Job == Blocked {
		return minRTT(v)
	}
	act := a.Ask(a.observe(v))
	if act.Do != Send && act.Do != Queue || act.Subflow < 0 || act.Subflow >= len(v.Subflows) {
		return Decision{}
	}
	s := &v.Subflows[act.Subflow]
	bytes, ok := act.bytes(v, s)
	if !ok || !s.ready(backupsServe(v)) || s.Limit != Free && (act.Do == Send || s.Room <= 0) {
		return Decision{}
	}
	v.Because(agentActs, act.Subflow, float64(act.Do), float64(act.Segments), 0)
	return Decision{Do: act.Do, On: One(act.Subflow), Bytes: bytes}
}

// bytes returns what the action is about. It is not ok if that is outside the window, is
// new although nothing new is at hand, or has been carried by s.
func (act Action) bytes(v *View, s *Subflow) (r Range, ok bool) {
	r.From = v.Hand.From
	if v.Job != Fresh {
		r.From = v.End()
	}
	r.From += uint64(act.Ahead)
	if r.From < v.Una || r.From >= v.End() {
		return Range{}, false
	}
	r.To = min(r.From+uint64(max(act.Segments, 1))*uint64(s.MSS), v.End())
	k := v.Find(r.From)
	if k < len(v.Pieces) && v.Pieces[k].From <= r.From {
		return r, !v.Pieces[k].On.Has(act.Subflow)
	}
	return r, v.Job == Fresh
}

// observe fills the numbers that Ask gets.
func (a *Agent) observe(v *View) []float64 {
	o := append(a.obs[:0], float64(v.Job), float64(v.Unsent), float64(v.Edge-min(v.Edge, v.Hand.From)),
		float64(len(v.Pieces)))
	for i := range v.Subflows {
		s := &v.Subflows[i]
		o = append(o, float64(s.Limit), float64(s.Cwnd), float64(s.InFlight), float64(s.Queued), float64(s.Room),
			s.SRTT.Seconds(), s.RTTVar.Seconds(), float64(s.Delivery), float64(s.Class))
	}
	return o
}
