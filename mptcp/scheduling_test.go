package mptcp_test

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"mpsim/cc"
	"mpsim/mptcp"
	"mpsim/mptcp/pathmgr"
	"mpsim/sched"
	"mpsim/sim"
	"mpsim/sim/app"
	"mpsim/sim/units"
)

// all are the registered schedulers and those of their variants that ask more of a connection.
func all() map[string]func() sched.Scheduler {
	m := map[string]func() sched.Scheduler{ // order does not matter
		"roundrobin/strict":  func() sched.Scheduler { return &sched.RoundRobin{NumSegments: 3} },
		"priority/standby":   func() sched.Scheduler { return &sched.Priority{Standby: true} },
		"priority/threshold": func() sched.Scheduler { return &sched.Priority{Bound: 30 * time.Millisecond} },
		"weighted/strict":    func() sched.Scheduler { return &sched.Weighted{Strict: true} },
	}
	for _, name := range sched.Registry.Names() {
		m[name] = scheduler(name)
	}
	return m
}

// No scheduler stops a connection: with a receive buffer of what one path has under way, with losses, over a
// path that falls silent, and beside a backup, every byte arrives.
func TestNoSchedulerDeadlocks(t *testing.T) {
	const size = 400e3
	fast, slow := path{10 * units.Mbps, 10 * time.Millisecond, 50, 0}, path{4 * units.Mbps, 40 * time.Millisecond, 50, 0}
	lossy := slow
	lossy.loss = 0.05
	for name, fresh := range all() {
		for _, c := range []struct {
			what   string
			b      path
			change func(l *lab)
			during func(l *lab)
		}{
			{"small buffer", slow, func(l *lab) { l.cfg.TCP.ReceiveBuffer = 25e3 }, nil},
			{"small buffer, mechanisms 1 and 2", lossy, func(l *lab) {
				l.cfg.TCP.ReceiveBuffer = 25e3
				l.cfg.Protocol.Opportunistic, l.cfg.Protocol.Penalise = true, true
			}, nil},
			{"small send buffer", lossy, func(l *lab) { l.cfg.TCP.SendBuffer = 20e3 }, nil},
			{"lossy path", lossy, nil, nil},
			{"silent path", slow, nil, func(l *lab) { l.links[1].Up.SetSilent(true) }},
			{"silent first path", slow, nil, func(l *lab) { l.links[0].Up.SetSilent(true) }},
			{"interface down", slow, nil, func(l *lab) { l.links[0].SetUp(false) }},
			{"backup", slow, func(l *lab) { l.cfg.Manager = manager("backup") }, func(l *lab) { l.links[0].Up.SetSilent(true) }},
		} {
			t.Run(name+"/"+c.what, func(t *testing.T) {
				l := newLab(t, 1, fast, c.b)
				l.cfg.Scheduler = fresh
				if c.change != nil {
					c.change(l)
				}
				l.transfer(size)
				if c.during != nil {
					l.eng.Run(sim.Time(150 * time.Millisecond))
					c.during(l)
				}
				l.finish(1000*time.Second, size)
				if l.up.Stats.Copies == 0 && !slices.ContainsFunc(l.up.Subflows(), func(sf *mptcp.Subflow) bool { return sf.Reinjected > 0 }) {
					sum := uint64(0)
					for _, sf := range l.up.Subflows() {
						sum += sf.Sent
					}
					if sum != size {
						t.Errorf("the subflows were given %d bytes of new data, want each of %d once", sum, int(size))
					}
				}
			})
		}
	}
}

// What holds up the window goes again on the fast path, and the slow one yields: over a path of 20 ms and one
// of 400 ms, with a window of a third of what both need, the mechanisms give more than twice the rate (Raiciu
// et al., NSDI 2012, section 4.2). The first alone helps; the second alone does not, because the fast path
// has nothing to send.
func TestBlockedWindow(t *testing.T) {
	rate := func(opportunistic, penalise bool) (float64, mptcp.Stats) {
		l := newLab(t, 1, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0}, path{2 * units.Mbps, 200 * time.Millisecond, 100, 0})
		l.cfg.Protocol.Opportunistic, l.cfg.Protocol.Penalise = opportunistic, penalise
		l.cfg.TCP.ReceiveBuffer = 150e3
		l.transfer(1 << 40)
		l.eng.Run(sim.Time(60 * time.Second))
		return mbps(l.sink.got, l.eng.Now()), l.up.Stats
	}
	none, stats := rate(false, false)
	if stats.Opportunistic+stats.Penalised > 0 {
		t.Errorf("without the mechanisms: %+v", stats)
	}
	first, stats := rate(true, false)
	if stats.Opportunistic == 0 || stats.Penalised > 0 || stats.Reinjected < stats.Opportunistic {
		t.Errorf("mechanism 1 alone: %+v", stats)
	}
	second, stats := rate(false, true)
	if stats.Opportunistic > 0 || stats.Penalised == 0 {
		t.Errorf("mechanism 2 alone: %+v", stats)
	}
	both, stats := rate(true, true)
	if stats.Opportunistic == 0 || stats.Penalised == 0 {
		t.Errorf("both: %+v", stats)
	}
	t.Logf("none %.2f, first %.2f, second %.2f, both %.2f Mb/s", none, first, second, both)
	if first <= none || second > first || both < 2*none {
		t.Errorf("%.2f Mb/s without, %.2f and %.2f with one, %.2f with both mechanisms; want more of the first, and twice as much of both",
			none, first, second, both)
	}
}

// A subflow is given no more than its send buffer takes, and a segment. The rest waits for the scheduler's
// next choice.
func TestSubflowQueueHasABound(t *testing.T) {
	l := newLab(t, 1, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0}, path{2 * units.Mbps, 80 * time.Millisecond, 50, 0.01})
	l.cfg.Scheduler = scheduler("linux")
	l.transfer(1 << 40)
	waited := false
	for l.eng.Now() < sim.Time(20*time.Second) {
		l.eng.Run(l.eng.Now() + sim.Time(3*time.Millisecond))
		for _, sf := range l.up.Subflows() {
			e := sf.Endpoint()
			queued, buffer := sf.Queue()
			if most := buffer + units.Bytes(e.MSS()); queued > 0 && queued+units.Bytes(e.Outstanding()) > most {
				t.Fatalf("at %v subflow %d has %d bytes queued and %d not acknowledged, want at most %d", l.eng.Now(), sf.ID, queued, e.Outstanding(), most)
			}
			waited = waited || queued > 0
		}
	}
	if !waited {
		t.Error("nothing ever waited in a queue")
	}
}

// What waits for a subflow that is no more has not been sent: it goes elsewhere as new data, once.
func TestQueueOfADeadSubflow(t *testing.T) {
	const size = 3e6
	l := newLab(t, 1, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0}, path{2 * units.Mbps, 80 * time.Millisecond, 50, 0})
	l.cfg.Scheduler = scheduler("linux")
	l.transfer(size)
	waits := func(id int) units.Bytes {
		if id >= len(l.up.Subflows()) {
			return 0
		}
		n, _ := l.up.Subflows()[id].Queue()
		return n
	}
	for waits(1) == 0 {
		l.eng.Run(l.eng.Now() + sim.Time(time.Millisecond))
		if l.eng.Now() > sim.Time(10*time.Second) {
			t.Fatal("nothing is queued on the second subflow")
		}
	}
	l.links[1].SetUp(false)
	if n := waits(1); n > 0 {
		t.Errorf("%d bytes wait for a subflow that is gone", n)
	}
	l.finish(2000*time.Second, size) // until the server gives up
	sum := uint64(0)
	for _, sf := range l.up.Subflows() {
		sum += sf.Sent
	}
	if sum != size {
		t.Errorf("the subflows were given %d bytes of new data, want %d", sum, int(size))
	}
}

// When a path falls silent, what waited and flew there goes out on the other at once, as new data does: the
// link of that stays full. Only what the timer of the connection sends again before waits for a subflow
// that is idle, as with Linux.
func TestSilentPathUnderLinux(t *testing.T) {
	l := newLab(t, 1, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0}, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0})
	l.cfg.Scheduler = scheduler("linux")
	l.cfg.TCP.SendTuning = true
	l.transfer(1 << 40)
	l.eng.Run(sim.Time(5 * time.Second))
	l.links[0].Up.SetSilent(true)
	l.eng.Run(sim.Time(6 * time.Second))
	before := l.sink.got
	l.eng.Run(sim.Time(9 * time.Second))
	got := float64(l.sink.got-before) * 8 / 3e6
	if want := 0.98 * 10 * 1420 / 1500; got < want {
		t.Errorf("%.2f Mb/s from a second after the failure on, want at least %.2f", got, want)
	}
}

// What is lost goes ahead of what waits in the queue of a subflow: a backup that takes over repairs the order
// first, and the application reads on a round trip after the first path is stale.
func TestLostGoesAheadOfTheQueue(t *testing.T) {
	for _, tuned := range []bool{false, true} {
		l := newLab(t, 1, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0}, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0})
		l.cfg.Scheduler = scheduler("linux")
		l.cfg.Manager = manager("backup")
		l.cfg.TCP.SendTuning = tuned
		l.transfer(1 << 40)
		l.eng.Run(sim.Time(5 * time.Second))
		l.links[0].Up.SetSilent(true)
		stale := false
		l.up.Points.Events.Observe(func(e pathmgr.Event) { stale = stale || e.Kind == pathmgr.Stale })
		for !stale && l.eng.Now() < sim.Time(10*time.Second) {
			l.eng.Run(l.eng.Now() + sim.Time(time.Millisecond))
		}
		before := l.sink.got
		l.eng.Run(l.eng.Now() + sim.Time(100*time.Millisecond))
		// The backup has at least three round trips: two windows that arrive are 30 segments, from 10 on.
		if l.sink.got-before < 30*1420 {
			t.Errorf("tuned %v: %d bytes within 0.1 s, want 30 segments at least", tuned, l.sink.got-before)
		}
	}
}

// rogue does what its contract does not allow.
type rogue struct {
	sched.MinRTT
	next func(v *sched.View) sched.Decision
}

func (r *rogue) Next(v *sched.View) sched.Decision { return r.next(v) }

// A connection finds what a scheduler may not do, and names scheduler, decision and view.
func TestConnectionFindsRogues(t *testing.T) {
	on := func(v *sched.View) sched.Set { return sched.One(0) }
	for what, next := range map[string]func(v *sched.View) sched.Decision{ // order does not matter
		"acts on no subflow": func(v *sched.View) sched.Decision { return sched.Decision{Do: sched.Send} },
		"one that is not there": func(v *sched.View) sched.Decision {
			return sched.Decision{Do: sched.Send, On: sched.One(2) | on(v)}
		},
		"takes nothing": func(v *sched.View) sched.Decision {
			for i := range v.Subflows {
				if v.Subflows[i].Limit == sched.Full {
					return sched.Decision{Do: sched.Send, On: sched.One(i)}
				}
			}
			return (&sched.MinRTT{}).Next(v)
		},
		"copies, which": func(v *sched.View) sched.Decision {
			if len(v.Subflows) > 1 {
				return sched.Decision{Do: sched.Send, On: 3}
			}
			return (&sched.MinRTT{}).Next(v)
		},
		"out of order, which": func(v *sched.View) sched.Decision {
			d := (&sched.MinRTT{}).Next(v)
			if len(v.Subflows) > 1 && v.Hand.Len() > 2000 && d.Do == sched.Send {
				d.Bytes = sched.Range{From: v.Hand.From + 1000, To: v.Hand.To}
			}
			return d
		},
		"recalls, which": func(v *sched.View) sched.Decision { return sched.Decision{Do: sched.Recall, On: 1} },
	} {
		t.Run(what, func(t *testing.T) {
			defer func() {
				text := fmt.Sprint(recover())
				if !strings.Contains(text, what) || !strings.Contains(text, "rogue") || !strings.Contains(text, "Hand:") {
					t.Errorf("got %.300q, want a word of %q", text, what)
				}
			}()
			l := newLab(t, 1, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0}, path{4 * units.Mbps, 40 * time.Millisecond, 50, 0})
			l.cfg.Scheduler = func() sched.Scheduler { return &rogue{next: next} }
			l.transfer(1e6)
			l.eng.Run(sim.Time(10 * time.Second))
		})
	}
}

// Who asks for them hears of all decisions, with the reason that the scheduler gives; that changes nothing.
func TestDecisionsCanBeHeard(t *testing.T) {
	run := func(listens bool) (hash uint64, reasons map[string]int) {
		l := newLab(t, 1, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0}, path{2 * units.Mbps, 60 * time.Millisecond, 50, 0.01})
		l.cfg.Scheduler = scheduler("blest")
		l.cfg.TCP.ReceiveBuffer = 100e3
		reasons = map[string]int{}
		l.transfer(2e6)
		if listens {
			l.up.Points.Decided.Observe(func(x mptcp.Decided) {
				reasons[x.Why.Code.Name()]++
				if x.Decision.Do != sched.Wait && x.Decision.On == 0 || x.View.Now != l.eng.Now() {
					t.Errorf("%+v", x)
				}
			})
		}
		l.finish(60*time.Second, 2e6)
		return l.eng.Hash(), reasons
	}
	quiet, _ := run(false)
	heard, reasons := run(true)
	if quiet != heard {
		t.Error("listening changes the course")
	}
	if reasons["would-block"] == 0 || reasons["lowest-rtt"] == 0 {
		t.Errorf("reasons %v, want both those of BLEST and of minRTT", reasons)
	}
}

// After a fallback a scheduler that queues keeps to the congestion window of the only subflow, and the FIN
// follows what waits in its queue.
func TestQueueAfterAFallback(t *testing.T) {
	const size = 2e6
	l := newLab(t, 1, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0.005})
	l.cfg.Scheduler = scheduler("linux")
	l.validate()
	l.source, l.sink = &source{left: size}, &sink{eng: l.eng}
	l.server.Listen(80, &mptcp.Service{Config: &l.cfg, Plain: true, Accepted: func(mptcp.Connection) func() app.Workload {
		return func() app.Workload { return l.sink }
	}})
	l.up = l.client.Dial(&l.cfg, l.paths, 80)
	l.up.Connect(func() app.Workload { return l.source })
	waited := false
	for l.eng.Now() < sim.Time(time.Minute) && !l.source.done {
		before := l.up.Subflows()[0].Endpoint().Stats.BytesSent
		cwnd := l.up.Subflows()[0].Endpoint().Flow.Cwnd
		l.eng.Run(l.eng.Now() + sim.Time(time.Millisecond))
		e := l.up.Subflows()[0].Endpoint()
		// A window that shrank lets no more out until what is under way fits in it.
		if sent := e.Stats.BytesSent - before; sent > 0 && float64(e.Pipe()) > max(cwnd, e.Flow.Cwnd)+float64(e.MSS()) {
			t.Fatalf("at %v %d bytes left, so that %d are in flight with a window of %.0f", l.eng.Now(), sent, e.Pipe(), e.Flow.Cwnd)
		}
		queued, _ := l.up.Subflows()[0].Queue()
		waited = waited || queued > 0
	}
	if l.up.Stats.Fallback == mptcp.NoFallback || !waited {
		t.Errorf("fallback %v, a queue %v; want both", l.up.Stats.Fallback, waited)
	}
	l.finish(2*time.Minute, size)
}

// Every scheduler brings every byte over random paths: two to four of any speed, delay and loss, with any
// buffers, with and without mechanisms 1 and 2, while one of them may fall silent, go down, or go down and
// come back. No packet and no endpoint is left. Numbers of seeds: 300, or 10 000 with MPSIM_LONG=1, and
// those that failed once.
func TestSchedulersOverRandomPaths(t *testing.T) {
	seeds := uint64(300)
	if os.Getenv("MPSIM_LONG") != "" {
		seeds = 10_000
	}
	schedulers := all()
	names := slices.Sorted(maps.Keys(schedulers))
	run := func(seed uint64) {
		name := names[seed%uint64(len(names))]
		t.Run(fmt.Sprintf("%s/%d", name, seed), func(t *testing.T) { overRandomPaths(t, seed, schedulers[name]) })
	}
	run(826) // what waited for a subflow that was found stale was new again, and went again as well
	for seed := uint64(0); seed < seeds && !t.Failed(); seed++ {
		run(seed)
	}
}

func overRandomPaths(t *testing.T, seed uint64, fresh func() sched.Scheduler) {
	r := rand.New(rand.NewPCG(seed, 11))
	between := func(least, most float64) float64 { return least * math.Pow(most/least, r.Float64()) }
	paths := make([]path, 2+r.IntN(3))
	for i := range paths {
		paths[i] = path{
			units.Bandwidth(between(0.3e6, 50e6)), time.Duration(between(0.5e6, 200e6)), 5 + r.IntN(100),
			[]float64{0, 0, 0.001, 0.01, 0.05}[r.IntN(5)],
		}
	}
	l := newLab(t, seed, paths...)
	l.cfg.Scheduler = fresh
	c := []cc.Controller{&cc.Reno{}, &cc.LIA{}, &cc.OLIA{}, &cc.BALIA{}}[r.IntN(4)]
	l.cfg.Controller = func() cc.Controller { return reflect.New(reflect.TypeOf(c).Elem()).Interface().(cc.Controller) }
	if r.IntN(2) == 0 {
		l.cfg.TCP.ReceiveBuffer = units.Bytes(between(8e3, 300e3))
	}
	if r.IntN(3) == 0 {
		l.cfg.TCP.SendBuffer = units.Bytes(between(8e3, 300e3))
	}
	l.cfg.TCP.SACK = r.IntN(6) > 0
	l.cfg.Protocol.Opportunistic, l.cfg.Protocol.Penalise = r.IntN(3) == 0, r.IntN(3) == 0
	if r.IntN(5) == 0 {
		l.cfg.Manager = manager("backup")
	}
	size := units.Bytes(between(2e3, 400e3))
	l.transfer(size)
	broken := l.links[r.IntN(len(l.links))]
	l.eng.Run(sim.Time(between(20e6, 3e9)))
	for l.up.Stats.SecondSubflowAt == 0 && !l.sink.done && l.eng.Now() < sim.Time(100*time.Second) {
		l.eng.Run(l.eng.Now() + sim.Time(10*time.Millisecond))
	}
	if l.down == nil { // three SYNs were lost, and the next one offers TCP alone
		return
	}
	what := r.IntN(5)
	if l.up.Stats.SecondSubflowAt == 0 || l.sink.done { // there is nowhere else to go, or nothing to say but good-bye
		what = 4
	}
	switch what {
	case 0:
		broken.SetSilent(true)
	case 1:
		broken.Up.SetSilent(true)
	case 2:
		broken.SetUp(false)
	case 3:
		broken.SetUp(false)
		l.eng.Run(l.eng.Now() + sim.Time(between(10e6, 20e9)))
		broken.SetUp(true)
	}
	l.finish(4000*time.Second, size)
}
