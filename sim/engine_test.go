package sim

import (
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// eager is the twin of Engine: a binary heap from which an entry is removed when
// its timer is armed anew or stopped.
type eager struct {
	heap  []event
	fired uint64
	hash  uint64
}

func (q *eager) less(i, j int) bool {
	a, b := q.heap[i], q.heap[j]
	return a.at < b.at || a.at == b.at && a.key < b.key
}

func (q *eager) up(i int) {
	for ; i > 0 && q.less(i, (i-1)/2); i = (i - 1) / 2 {
		q.heap[i], q.heap[(i-1)/2] = q.heap[(i-1)/2], q.heap[i]
	}
}

func (q *eager) down(i int) {
	for j := 2*i + 1; j < len(q.heap); i, j = j, 2*j+1 {
		if j+1 < len(q.heap) && q.less(j+1, j) {
			j++
		}
		if !q.less(j, i) {
			return
		}
		q.heap[i], q.heap[j] = q.heap[j], q.heap[i]
	}
}

func (q *eager) arm(at Time, seq uint64, id uint32) {
	q.heap = append(q.heap, event{at, seq<<idBits | uint64(id)})
	q.up(len(q.heap) - 1)
}

func (q *eager) stop(id uint32) {
	for i, ev := range q.heap {
		if uint32(ev.key&(1<<idBits-1)) == id {
			q.remove(i)
			return
		}
	}
}

func (q *eager) remove(i int) event {
	ev, n := q.heap[i], len(q.heap)-1
	q.heap[i] = q.heap[n]
	if q.heap = q.heap[:n]; i < n {
		q.up(i)
		q.down(i)
	}
	return ev
}

func (q *eager) fire() event {
	ev := q.remove(0)
	q.fired++
	q.hash = (bits.RotateLeft64(q.hash, 23) ^ uint64(ev.at)*0x9e3779b97f4a7c15 ^ ev.key) * 0xd6e8feb86659fd93
	return ev
}

// A storm arms, moves, stops and releases events and timers at random, on the engine and on its twin, and
// checks each firing against the twin.
type storm struct {
	t    *testing.T
	e    Engine
	twin eager
	rand *rand.Rand
	all  []stormed
	tick Time // deadlines are multiples of it
}

// stormed is an event or, every second one, a timer.
type stormed struct {
	*storm
	event Event
	timer Timer
	i     int
}

func (s *stormed) init() {
	if s.i%2 == 0 {
		s.timer.Init(&s.e, s, s.i)
	} else {
		s.event.Init(&s.e, s)
	}
}

func (s *stormed) id() uint32 {
	if s.i%2 == 0 {
		return s.timer.pend.id
	}
	return s.event.id
}

func (s *stormed) arm() {
	at := s.deadline()
	s.twin.stop(s.id())
	if s.i%2 == 0 {
		s.timer.Arm(at)
	} else {
		s.event.Arm(at)
	}
	s.twin.arm(at, s.e.seq, s.id())
}

func (s *stormed) stop() {
	s.twin.stop(s.id())
	if s.i%2 == 0 {
		s.timer.Stop()
	} else {
		s.event.Arm(Never)
	}
}

func (s *stormed) release() {
	if s.i%2 != 0 {
		s.stop()
		return
	}
	s.twin.stop(s.id())
	s.timer.Release()
	s.init()
}

func (s *stormed) HandleTimer(kind int) {
	if kind != s.i || s.timer.Armed() {
		s.t.Fatalf("timer %d, of kind %d, is armed (%v) when it fires", s.i, kind, s.timer.Armed())
	}
	s.HandleEvent(s.e.Now())
}

func (s *stormed) HandleEvent(now Time) {
	if ev := s.twin.fire(); ev.at != now || now != s.e.Now() || uint32(ev.key&(1<<idBits-1)) != s.id() {
		s.t.Fatalf("id %d fired at %v, want id %d at %v", s.id(), s.e.Now(), ev.key&(1<<idBits-1), ev.at)
	}
	s.act()
}

func (s *stormed) LookAhead(int) uint64 { return 0 }

func (s *storm) deadline() Time {
	spans := [...]int64{0, 60, 12_000, 1_200_000, 100_000_000, 1e15}
	at := s.e.Now() + Time(s.rand.Int64N(spans[s.rand.IntN(len(spans))]+1))
	return at + (s.tick-at%s.tick)%s.tick
}

// act disturbs a few, and now and then ends the run.
func (s *storm) act() {
	for range s.rand.IntN(4) {
		x := &s.all[s.rand.IntN(len(s.all))]
		switch s.rand.IntN(8) {
		case 0:
			x.stop()
		case 1:
			x.release()
		case 2:
			s.e.Stop()
		default:
			x.arm()
		}
	}
}

// Whatever is done to events and timers, they fire in the order of an eager heap.
func TestEngineOrder(t *testing.T) {
	for _, test := range []struct {
		name string
		n    int
		tick Time
	}{
		{"one", 1, 1},
		{"few", 7, 1},
		{"few, tied", 7, 1e6},
		{"now few, now many", 30, 1},
		{"now few, now many, tied", 30, 1e6},
		{"many", 200, 1},
		{"many, tied", 200, 1e6},
		{"many, all tied", 200, 1e9},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &storm{t: t, rand: rand.New(rand.NewPCG(1, 2)), tick: test.tick}
			s.all = make([]stormed, test.n)
			for i := range s.all {
				s.all[i] = stormed{storm: s, i: i}
				s.all[i].init()
			}
			for s.e.Fired() < 50_000 {
				next := Never
				if len(s.twin.heap) > 0 {
					next = s.twin.heap[0].at
				}
				if got := s.e.Next(); got != next {
					t.Fatalf("Next() = %v, want %v", got, next)
				}
				s.e.Run(s.deadline())
				s.act() // between the events that were and will be
			}
			if s.e.Hash() != s.twin.hash || s.e.Fired() != s.twin.fired {
				t.Errorf("hash %x of %d events, want %x of %d", s.e.Hash(), s.e.Fired(), s.twin.hash, s.twin.fired)
			}
		})
	}
}

type recorder struct {
	e     *Engine
	fired []Time
	then  func(kind int)
}

func (r *recorder) HandleTimer(kind int) {
	r.fired = append(r.fired, r.e.Now())
	if r.then != nil {
		r.then(kind)
	}
}

// A deadline that moves earlier than the queued entry is kept: a first RTO of 1 s
// followed by one of 200 ms.
func TestTimerEarlier(t *testing.T) {
	var tm Timer
	e := NewEngine()
	r := &recorder{e: e}
	tm.Init(e, r, 0)
	tm.ArmAfter(time.Second)
	tm.ArmAfter(200 * time.Millisecond)
	e.Run(Time(2 * time.Second))
	if len(r.fired) != 1 || r.fired[0] != Time(200*time.Millisecond) {
		t.Errorf("fired at %v, want once at 200ms", r.fired)
	}
}

func TestTimerState(t *testing.T) {
	var tm Timer
	e := NewEngine()
	tm.Init(e, &recorder{e: e}, 0)
	if tm.Armed() || tm.When() != Never || tm.Stop() {
		t.Error("a new timer is armed")
	}
	tm.Arm(5)
	if !tm.Armed() || tm.When() != 5 || e.Next() != 5 {
		t.Error("an armed timer is not")
	}
	if !tm.Stop() || tm.Armed() || e.Next() != Never {
		t.Error("a stopped timer is armed")
	}
	tm.Arm(5)
	tm.Arm(Never)
	if tm.Armed() {
		t.Error("a timer armed at Never will fire")
	}
	tm.Arm(5)
	tm.Release()
	e.Run(10)
	if e.Fired() != 0 || tm.Armed() || tm.Stop() {
		t.Error("a released timer lives")
	}
	tm.Release() // twice does no harm
}

func TestRun(t *testing.T) {
	e := NewEngine()
	var tm, stopped Timer
	r := &recorder{e: e}
	tm.Init(e, r, 0)
	stopped.Init(e, r, 1)
	tm.Arm(10)
	if e.Run(9); e.Now() != 9 || e.Fired() != 0 {
		t.Errorf("at %v, %d fired, want 9, 0", e.Now(), e.Fired())
	}
	if e.Run(10); e.Now() != 10 || e.Fired() != 1 {
		t.Errorf("at %v, %d fired, want 10, 1: end is included", e.Now(), e.Fired())
	}
	stopped.Arm(1000)
	stopped.Stop()
	tm.Arm(20)
	if e.Run(Never); e.Now() != 20 || e.Fired() != 2 {
		t.Errorf("at %v, %d fired, want 20, 2: Run(Never) ends at the last event", e.Now(), e.Fired())
	}
	tm.Arm(21) // before the entry of the stopped timer
	e.Stop()
	if e.Run(30); e.Now() != 20 {
		t.Errorf("at %v, want 20: Stop ends the next run", e.Now())
	}
	if e.Run(30); e.Now() != 30 || e.Fired() != 3 {
		t.Errorf("at %v, %d fired, want 30, 3", e.Now(), e.Fired())
	}
}

func TestArmInThePastPanics(t *testing.T) {
	e := NewEngine()
	var tm Timer
	var ev Event
	tm.Init(e, &recorder{e: e}, 0)
	ev.Init(e, &stormed{})
	e.Run(10)
	for _, arm := range []func(Time){tm.Arm, ev.Arm} {
		if panics(func() { arm(9) }) == nil {
			t.Error("no panic")
		}
	}
}

// panics calls f and returns with what it panics.
func panics(f func()) (message any) {
	defer func() { message = recover() }()
	f()
	return nil
}

// hold is the hold model: a link's event is armed anew when it fires; one in five is a retransmission
// timer that others push out.
type hold struct {
	e      Engine
	rand   *rand.Rand
	links  []holdLink
	rtos   []Timer
	pushed int
}

type holdLink struct {
	*hold
	event Event
	i     int
}

func (h *holdLink) LookAhead(int) uint64 { return 0 }

func newHold(pending int) *hold {
	h := &hold{
		rand: rand.New(rand.NewPCG(3, 4)),
		rtos: make([]Timer, pending/5), links: make([]holdLink, pending-pending/5),
	}
	for i := range h.links {
		l := &h.links[i]
		l.hold, l.i = h, i
		l.event.Init(&h.e, l)
		l.event.Arm(0)
	}
	for i := range h.rtos {
		h.rtos[i].Init(&h.e, h, i)
		h.rtos[i].ArmAfter(250 * time.Millisecond)
	}
	return h
}

func (h *hold) HandleTimer(i int) { h.rtos[i].ArmAfter(250 * time.Millisecond) }

func (h *holdLink) HandleEvent(now Time) {
	d := 12 * time.Microsecond
	switch h.i % 3 {
	case 1:
		d = 1200 * time.Microsecond
	case 2:
		d = time.Duration(10_000+h.rand.IntN(90_000)) * time.Microsecond
	}
	h.event.Arm(now.Add(d))
	if h.pushed++; h.pushed%4 == 0 && len(h.rtos) > 0 {
		h.rtos[h.pushed/4%len(h.rtos)].ArmAfter(250 * time.Millisecond)
	}
}

func (h *hold) run(events uint64) {
	for end := h.e.Fired() + events; h.e.Fired() < end; {
		h.e.Run(h.e.Now() + 1000)
	}
}

func TestEngineAllocatesNothing(t *testing.T) {
	h := newHold(100)
	h.run(100_000)
	if n := testing.AllocsPerRun(10, func() { h.run(10_000) }); n != 0 {
		t.Errorf("%v allocations in 10,000 events, want 0", n)
	}
}

func benchmarkHold(b *testing.B, pending int) {
	h := newHold(pending)
	h.run(uint64(10 * pending))
	end := h.e.Fired() + uint64(b.N)
	b.ReportAllocs()
	b.ResetTimer()
	for h.e.Fired() < end {
		h.e.Run(h.e.Now() + Time(time.Millisecond))
	}
}

func BenchmarkHold10(b *testing.B)     { benchmarkHold(b, 10) }
func BenchmarkHold1000(b *testing.B)   { benchmarkHold(b, 1000) }
func BenchmarkHold100000(b *testing.B) { benchmarkHold(b, 100_000) }

// At calls its function once, in the order of arming.
func TestAt(t *testing.T) {
	e := NewEngine()
	var got []int
	e.At(20, func() { got = append(got, 3) })
	e.At(10, func() {
		got = append(got, 1)
		e.At(10, func() { got = append(got, 2) })
	})
	e.Run(100)
	if len(got) != 3 || got[0] != 1 || got[1] != 2 || got[2] != 3 {
		t.Errorf("called in the order %v", got)
	}
}

// A value noted is part of the hash, with its place in the course.
func TestNote(t *testing.T) {
	hash := func(values ...uint64) uint64 {
		e := NewEngine()
		for _, v := range values {
			e.Note(v)
		}
		return e.Hash()
	}
	if a, b, c := hash(1, 2), hash(2, 1), hash(1, 3); a == b || a == c || a != hash(1, 2) {
		t.Errorf("hashes %x, %x, %x", a, b, c)
	}
}

// Run(Never) leaves the clock at the last timer that fired, and what is armed then fires in the order
// of time, although the entry of a timer stopped meanwhile was queued far beyond.
func TestRunNeverAfterStop(t *testing.T) {
	for _, far := range []Time{64, 1000, 1 << 20, 1<<40 + 3} {
		e := NewEngine()
		var order []int
		r := &recorder{e: e}
		r.then = func(kind int) { order = append(order, kind) }
		var first, stopped, near, beyond Timer
		for kind, tm := range []*Timer{&first, &stopped, &near, &beyond} {
			tm.Init(e, r, kind)
		}
		first.Arm(10)
		stopped.Arm(far)
		stopped.Stop()
		e.Run(Never)
		if e.Now() != 10 {
			t.Fatalf("the clock is at %v, want 10ns", e.Now())
		}
		beyond.Arm(far + 1)
		near.Arm(20)
		e.Run(Never)
		if want := []Time{10, 20, far + 1}; !slices.Equal(r.fired, want) || !slices.Equal(order, []int{0, 2, 3}) {
			t.Errorf("timers %v fire at %v, want 0, 2 and 3 at %v", order, r.fired, want)
		}
	}
}

// A delay beyond the end of time never ends; one of nothing ends at once, also then.
func TestArmAfterBounds(t *testing.T) {
	for _, now := range []Time{0, 1, 1 << 40} {
		e := NewEngine()
		r := &recorder{e: e}
		var never, last, atOnce Timer
		for kind, tm := range []*Timer{&never, &last, &atOnce} {
			tm.Init(e, r, kind)
		}
		e.Run(now)
		never.ArmAfter(time.Duration(Never-now) + min(time.Duration(now), 1))
		last.ArmAfter(time.Duration(Never-now) - 1)
		atOnce.ArmAfter(0)
		if never.Armed() || last.When() != Never-1 || atOnce.When() != now {
			t.Errorf("at %v: armed for %v, %v and %v", now, never.When(), last.When(), atOnce.When())
		}
		if last.Arm(Never - 1); !last.Armed() {
			t.Error("the last instant is none")
		}
	}
}

// Sequence numbers and identities that do not fit the keys of the queue are an error, never a wrong order;
// the last that fits works.
func TestEngineLimits(t *testing.T) {
	e := NewEngine()
	r := &recorder{e: e}
	var a, b Timer
	a.Init(e, r, 0)
	b.Init(e, r, 1)
	e.seq = 1<<40 - 2
	a.Arm(5)
	if e.Run(Never); len(r.fired) != 1 {
		t.Error("the last sequence number does not fire")
	}
	if panics(func() { b.Arm(6) }) == nil {
		t.Error("a timer is armed with a sequence number of 41 bits")
	}
	e = NewEngine()
	e.armed = make([]armed, 1<<24)
	if panics(func() { new(Timer).Init(e, r, 0) }) == nil {
		t.Error("a timer has an identity of 25 bits")
	}
}
