package schedtest

import (
	"strings"
	"testing"
	"time"

	"mpsim/sched"
	"mpsim/sim/units"
)

// rogue is a scheduler that declares t and answers as it likes.
type rogue struct {
	t    sched.Traits
	next func(*sched.View) sched.Decision
}

func (r rogue) Next(v *sched.View) sched.Decision { return r.next(v) }
func (r rogue) Traits() sched.Traits              { return r.t }

// fast answers as minrtt does.
func fast(v *sched.View) sched.Decision { return new(sched.MinRTT).Next(v) }

// fresh has a rogue answer d about new data, and as minrtt else.
func fresh(d sched.Decision) func(*sched.View) sched.Decision {
	return func(v *sched.View) sched.Decision {
		if v.Job == sched.Spare {
			return sched.Decision{}
		}
		if v.Job != sched.Fresh {
			return fast(v)
		}
		return d
	}
}

const ms = time.Millisecond

var two = Transfer{Total: 60 * mss, Window: 40 * mss, Paths: []Path{
	{RTT: 10 * ms, Rate: units.Gbps, Cwnd: 5 * mss, SendBuffer: 20 * mss},
	{RTT: 50 * ms, Rate: units.Gbps, Cwnd: 10 * mss, SendBuffer: 20 * mss},
}}

var first, second = sched.One(0), sched.One(1)

// What a decision may not do is found on the connection.
func TestConnectionFindsFaults(t *testing.T) {
	span := func(from, to uint64) sched.Range { return sched.Range{From: from * mss, To: to * mss} }
	for _, x := range []struct {
		name string
		rogue
		want string
	}{
		{"waits", rogue{0, fresh(sched.Decision{})}, "waits although a regular subflow is free, which it has not declared"},
		{"waits for ever", rogue{sched.Patient, fresh(sched.Decision{})}, "standstill: waits with nothing on its way"},
		{"waits until for ever", rogue{sched.Patient, func(v *sched.View) sched.Decision {
			return sched.Decision{Until: v.Now.Add(ms)}
		}}, "standstill: waits with nothing on its way"},
		{"uses what is full", rogue{0, fresh(sched.Decision{Do: sched.Send, On: first})}, "uses subflow 0, which is full"},
		{"queues", rogue{0, fresh(sched.Decision{Do: sched.Queue, On: first})}, "queues, which it has not declared"},
		{"queues without room", rogue{sched.Queues, fresh(sched.Decision{Do: sched.Queue, On: first})}, "uses subflow 0, which is full"},
		{"acts on none", rogue{0, fresh(sched.Decision{Do: sched.Send})}, "acts on no subflow"},
		{"acts on another", rogue{0, fresh(sched.Decision{Do: sched.Send, On: sched.One(2)})}, "names a subflow that is not there"},
		{"has an act of its own", rogue{0, fresh(sched.Decision{Do: sched.Recall + 1, On: first})}, "does what there is not"},
		{"acts on several", rogue{0, fresh(sched.Decision{Do: sched.Send, On: first | second})}, "copies, which it has not declared"},
		{"sends ahead of the window", rogue{sched.Reorders, fresh(sched.Decision{Do: sched.Send, On: first, Bytes: span(40, 41)})}, "sends outside the window"},
		{"sends what is over", rogue{sched.Copies | sched.Reorders, func(v *sched.View) sched.Decision {
			if v.Una == 0 {
				return fresh(sched.Decision{Do: sched.Send, On: first})(v)
			}
			return sched.Decision{Do: sched.Send, On: first, Bytes: span(0, 1)}
		}}, "uses subflow 0, which is full"},
		{"sends nothing", rogue{sched.Reorders, fresh(sched.Decision{Do: sched.Send, On: first, Bytes: span(3, 2)})}, "sends outside the window, or nothing"},
		{"recalls", rogue{0, fresh(sched.Decision{Do: sched.Recall, On: first})}, "recalls, which it has not declared"},
		{"recalls for ever", rogue{sched.Recalls, fresh(sched.Decision{Do: sched.Recall, On: first})}, "decides for ever"},
		{"out of order", rogue{0, func(v *sched.View) sched.Decision {
			return sched.Decision{Do: sched.Send, On: first, Bytes: sched.Range{From: v.Hand.From + 5, To: v.Hand.To}}
		}}, "sends out of order, which it has not declared"},
		{"leaves a hole", rogue{sched.Reorders | sched.Patient, func(v *sched.View) sched.Decision {
			if v.Hand.From > 0 || v.Hand.Len() < 2*mss {
				return sched.Decision{}
			}
			return sched.Decision{Do: sched.Send, On: second, Bytes: v.Gap(v.Una + mss).First(mss)}
		}}, "standstill"},
		{"copies", rogue{0, func(v *sched.View) sched.Decision {
			if v.Hand.From == 0 {
				return fast(v)
			}
			return sched.Decision{Do: sched.Send, On: second, Bytes: sched.Range{From: v.Una, To: v.Una + 1}}
		}}, "copies, which it has not declared"},
		{"copies to where it was", rogue{sched.Copies, func(v *sched.View) sched.Decision {
			if v.Hand.From == 0 {
				return fast(v)
			}
			return sched.Decision{Do: sched.Send, On: first, Bytes: sched.Range{From: v.Una, To: v.Una + 1}}
		}}, "copies to where it has been"},
		{"penalises", rogue{0, fresh(sched.Decision{Do: sched.Send, On: first, Penalise: second})}, "penalises, which it has not declared"},
		{"penalises for nothing", rogue{sched.Penalises, fresh(sched.Decision{Do: sched.Send, On: first, Penalise: second})}, "penalises although nothing is blocked"},
		{"breaks a promise", rogue{sched.Patient, func(v *sched.View) sched.Decision {
			switch {
			case v.Hand.From == 0:
				return sched.Decision{Do: sched.Send, On: second}
			case v.Subflows[0].Limit != sched.Free: // an ACK there ends the wait
				return sched.Decision{On: second}
			}
			return sched.Decision{Do: sched.Send, On: first}
		}}, "breaks a promise"},
	} {
		t.Run(x.name, func(t *testing.T) {
			if _, err := Play(x.rogue, two); err == nil || !strings.Contains(err.Error(), x.want) {
				t.Errorf("got %.200v, want %q", err, x.want)
			}
		})
	}
}

// What a scheduler may not do at all is found by asking it about views.
func TestPropertiesFindFaults(t *testing.T) {
	asked, bag := 0, []byte(nil)
	for _, x := range []struct {
		name string
		rogue
		holds func(func() sched.Scheduler, *sched.Traits) error
		want  string
	}{
		{"waits", rogue{0, fresh(sched.Decision{})}, allowed, "waits although"},
		{"waits for one that is full", rogue{0, func(v *sched.View) sched.Decision {
			if f, _ := sched.Serve(v); f >= 0 && v.Subflows[f].Limit != sched.Free {
				return sched.Decision{}
			}
			return fast(v)
		}}, allowed, "waits although"},
		{"uses a backup", rogue{0, func(v *sched.View) sched.Decision {
			for i, s := range v.Subflows {
				if s.Limit == sched.Free && s.Backup {
					return sched.Decision{Do: sched.Send, On: sched.One(i)}
				}
			}
			return fast(v)
		}}, allowed, "uses a backup although"},
		{"sends again where it was", rogue{sched.Patient, func(v *sched.View) sched.Decision {
			for i, s := range v.Subflows {
				if s.Limit == sched.Carried {
					return sched.Decision{Do: sched.Send, On: sched.One(i)}
				}
			}
			return sched.Decision{}
		}}, allowed, "which is not for it"},
		{"queues where nothing may be", rogue{sched.Queues | sched.Patient, func(v *sched.View) sched.Decision {
			for i, s := range v.Subflows {
				if s.Limit == sched.Unready && s.Room > 0 {
					return sched.Decision{Do: sched.Queue, On: sched.One(i)}
				}
			}
			return sched.Decision{}
		}}, allowed, "which is not for it"},
		{"new data for another job", rogue{sched.Copies | sched.Reorders | sched.Patient, func(v *sched.View) sched.Decision {
			if _, free := sched.Serve(v); free >= 0 && v.Job != sched.Fresh && v.Gap(0).Len() > 0 {
				return sched.Decision{Do: sched.Send, On: sched.One(free), Bytes: v.Gap(0)}
			}
			return sched.Decision{}
		}}, allowed, "sends new data when it is asked for other"},
		{"changes a subflow", rogue{0, func(v *sched.View) sched.Decision {
			if len(v.Subflows) > 0 {
				v.Subflows[0].Cwnd++
			}
			return fast(v)
		}}, leavesView, "changes the view"},
		{"changes a piece", rogue{sched.Copies, func(v *sched.View) sched.Decision {
			if len(v.Pieces) > 0 {
				v.Pieces[0].On |= 1
			}
			return fast(v)
		}}, leavesView, "changes the view"},
		{"changes a number", rogue{0, func(v *sched.View) sched.Decision { v.Blocks = 99; return fast(v) }}, leavesView, "changes the view"},
		{"remembers another one", rogue{sched.Patient, func(v *sched.View) sched.Decision {
			if asked++; asked%3 == 0 {
				return sched.Decision{}
			}
			return fast(v)
		}}, repeatable, "decides otherwise the second time"},
		{"decides by who listens", rogue{sched.Patient, func(v *sched.View) sched.Decision {
			if v.Reason != nil {
				return sched.Decision{}
			}
			return fast(v)
		}}, repeatable, "decides otherwise the second time"},
		{"measures", rogue{sched.Patient, func(v *sched.View) sched.Decision {
			if len(v.Subflows) > 0 && v.Subflows[0].LastRTT > 50*ms {
				return sched.Decision{}
			}
			return fast(v)
		}}, reads, "reads what it has not declared"},
		{"looks at pieces", rogue{sched.Patient, func(v *sched.View) sched.Decision {
			if len(v.Pieces) > 2 {
				return sched.Decision{}
			}
			return fast(v)
		}}, reads, "reads what it has not declared"},
		{"looks at ages", rogue{sched.Patient | sched.Copies, func(v *sched.View) sched.Decision {
			if len(v.Pieces) > 0 && v.Pieces[0].Acked {
				return sched.Decision{}
			}
			return fast(v)
		}}, reads, "reads what it has not declared"},
		{"allocates once in a while", rogue{0, func(v *sched.View) sched.Decision {
			if v.Una%mss == 0 && v.Una/mss%1000 == 7 {
				bag = make([]byte, 9)
			}
			return fast(v)
		}}, allocates, "allocates"},
	} {
		t.Run(x.name, func(t *testing.T) {
			var used sched.Traits
			err := x.holds(func() sched.Scheduler { return x.rogue }, &used)
			if err == nil || !strings.Contains(err.Error(), x.want) {
				t.Errorf("got %.300v, want %q", err, x.want)
			}
		})
	}
	_ = bag
}

// What is declared and not used costs, and is found.
func TestIdleTraitsAreFound(t *testing.T) {
	idle := func() sched.Scheduler { return rogue{sched.Patient | sched.Recalls, fast} }
	if err := exact(idle, sched.Patient); err == nil || !strings.Contains(err.Error(), "never uses 100") {
		t.Errorf("got %v, want Recalls found", err)
	}
	if err := exact(idle, sched.Patient|sched.Recalls|sched.Copies); err != nil {
		t.Error(err)
	}
}

// The least that a scheduler can do passes.
func TestRun(t *testing.T) { Run(t, func() sched.Scheduler { return rogue{0, fast} }) }

// Random views show each limit for each job, and subflows of each kind.
func TestViewsAreVaried(t *testing.T) {
	type seen struct {
		job   sched.Job
		limit sched.Limit
	}
	all := map[seen]int{}
	for _, v := range views {
		for _, s := range v.Subflows {
			all[seen{v.Job, s.Limit}]++
		}
	}
	for job := sched.Fresh; job <= sched.Spare; job++ {
		for limit := sched.Free; limit <= sched.Guarded; limit++ {
			want := limit < sched.Carried || limit == sched.Carried && (job == sched.Lost || job == sched.Blocked) || job == sched.Blocked
			if got := all[seen{job, limit}]; got > 0 != want {
				t.Errorf("job %d, limit %d: seen %d times, want any: %v", job, limit, got, want)
			}
		}
	}
}

// 60 segments of 1000 bytes over one path of 8 Mb/s and 20 ms, from a window of 10 that is
// its largest: six windows, the last segment of which is out after 10 ms and there 10 ms
// later. Windows overlap: a round takes 20 ms and the transmission of a segment.
func TestPlay(t *testing.T) {
	got, err := Play(new(sched.MinRTT), Transfer{Total: 60 * mss, Paths: []Path{{RTT: 20 * ms, Rate: 8 * units.Mbps, Cwnd: 10 * mss}}})
	if err != nil {
		t.Fatal(err)
	}
	if want := 5*21*ms + 10*ms + 10*ms; time.Duration(got.Done) != want {
		t.Errorf("done after %v, want %v", time.Duration(got.Done), want)
	}
	if got.Carried[0] != 60*mss || got.Copied != 0 || got.Asked != 60 || got.Reasons["lowest-rtt"] != 60 {
		t.Errorf("%+v", got)
	}
}
