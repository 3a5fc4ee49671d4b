package app

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"mpsim/sim"
	"mpsim/sim/units"
)

// pipe is one direction of a loopback connection. What is written waits in a
// send buffer of limited size; every tick, up to chunk bytes of it reach the
// reader.
type pipe struct {
	queued, arrived, read units.Bytes
	written               units.Bytes
	closed, eof           bool
	blocked               bool
	writes                []units.Bytes // sizes, if kept
}

// loopback joins two workloads.
type loopback struct {
	t             testing.TB
	eng           *sim.Engine
	tick          sim.Timer
	every         time.Duration
	chunk, buffer units.Bytes
	ends          [2]end
	finished      bool
	finishedAt    sim.Time
}

type end struct {
	l        *loopback
	out      *pipe
	in       *pipe
	w        Workload
	keep     bool
	closedBy int
}

func (e *end) Write(n units.Bytes) units.Bytes {
	if e.out.closed {
		e.l.t.Errorf("at %v: Write after CloseWrite", e.l.eng.Now())
		return 0
	}
	room := e.l.buffer - e.out.queued
	e.out.blocked = n > room
	n = min(n, room)
	e.out.queued += n
	e.out.written += n
	if e.keep && n > 0 {
		e.out.writes = append(e.out.writes, n)
	}
	return n
}

func (e *end) Read(n units.Bytes) units.Bytes {
	n = min(n, e.in.arrived)
	e.in.arrived -= n
	e.in.read += n
	return n
}

func (e *end) EOF() bool { return e.in.eof && e.in.arrived == 0 }

func (e *end) CloseWrite() {
	if e.out.closed {
		e.l.t.Errorf("at %v: CloseWrite twice", e.l.eng.Now())
	}
	e.out.closed = true
	e.closedBy++
}

// HandleTimer moves the bytes of a tick, and ends the connection when both
// directions have.
func (l *loopback) HandleTimer(int) {
	for i := range l.ends {
		from, to := &l.ends[i], &l.ends[1-i]
		p := from.out
		n := min(p.queued, l.chunk)
		p.queued -= n
		p.arrived += n
		fin := p.closed && p.queued == 0 && !p.eof
		p.eof = p.eof || fin
		if n > 0 || fin {
			to.w.Readable()
		}
		if p.blocked && !p.closed && p.queued < l.buffer {
			p.blocked = false
			from.w.Writable()
		}
	}
	if l.ends[0].out.eof && l.ends[1].out.eof {
		l.finished, l.finishedAt = true, l.eng.Now()
		l.ends[0].w.Closed(nil)
		l.ends[1].w.Closed(nil)
		l.tick.Release()
		return
	}
	l.tick.ArmAfter(l.every)
}

// join starts the two workloads of p over a loopback of the given rate in bytes
// per millisecond.
func join(t testing.TB, p Pattern, env Env, chunk, buffer units.Bytes) *loopback {
	l := &loopback{t: t, eng: env.Engine, every: time.Millisecond, chunk: chunk, buffer: buffer}
	from, to := p.Pair(env, env.Engine.Now())
	a, b := new(pipe), new(pipe)
	l.ends[0] = end{l: l, out: a, in: b, w: from}
	l.ends[1] = end{l: l, out: b, in: a, w: to}
	l.tick.Init(l.eng, l, 0)
	l.tick.ArmAfter(l.every)
	to.Start(&l.ends[1])
	from.Start(&l.ends[0])
	return l
}

func newEnv(stop sim.Time, report func(Transfer)) Env {
	return Env{Engine: sim.NewEngine(), Rand: rand.New(rand.NewPCG(1, 2)), Stop: stop, Completed: report}
}

func ms(n int64) sim.Time { return sim.Time(n * int64(time.Millisecond)) }

// patterns has an instance of each pattern for every shape it can take.
func patterns() []Pattern {
	return []Pattern{
		&Bulk{},
		&File{Size: 1},
		&File{Size: 123_457},
		&CBR{Rate: units.Mbps, Chunk: 1000},
		&CBR{Rate: 100 * units.Mbps, Chunk: 777}, // more than the stream takes
		&CBR{Rate: 1, Chunk: 1 << 40},            // the second chunk is never due
		&OnOff{On: 20 * time.Millisecond, Off: 30 * time.Millisecond, Distribution: "fixed", Rate: units.Mbps, Chunk: 1000},
		&OnOff{On: 20 * time.Millisecond, Off: 30 * time.Millisecond, Distribution: "exponential", Rate: 0, Chunk: 1000},
		&OnOff{On: 20 * time.Millisecond, Off: 0, Distribution: "fixed", Rate: 0, Chunk: 1000},
		&OnOff{On: time.Microsecond, Off: time.Microsecond, Distribution: "exponential", Rate: units.Mbps, Chunk: 100},
		&OnOff{On: time.Millisecond, Off: time.Millisecond, Distribution: "fixed", Rate: 1, Chunk: 1 << 40},
		&OnOff{On: time.Millisecond, Off: 2 * time.Millisecond, Distribution: "uniform", Rate: units.Mbps, Chunk: 100},
		&Poisson{Rate: units.Mbps, Chunk: 1000},
		&Poisson{Rate: 100 * units.Mbps, Chunk: 777},
		&RPC{Request: 100, Response: 5000},
		&RPC{Request: 70_000, Response: 1, Think: 3 * time.Millisecond},
		&RPC{Request: 1, Response: 1, Count: 5},
	}
}

// Whatever the pattern, chunk and buffer: the reader gets every byte that was
// written, both ends close once, and nothing is left behind in the engine.
func TestClosesCleanly(t *testing.T) {
	for i, p := range patterns() {
		for _, size := range []struct{ chunk, buffer units.Bytes }{{1460, 20_000}, {999, 1000}, {1 << 30, 1 << 30}} {
			t.Run(fmt.Sprintf("%T%d/%d", p, i, size.chunk), func(t *testing.T) {
				env := newEnv(ms(200), nil)
				l := join(t, p, env, size.chunk, size.buffer)
				env.Engine.Run(ms(500))
				if size.buffer >= 1<<30 {
					env.Engine.Run(ms(2000))
				}
				if q := l.ends[0].out.queued; q > 0 { // a large buffer takes longer to drain
					env.Engine.Run(env.Engine.Now().Add(time.Duration(q/size.chunk+100) * l.every))
				}
				if !l.finished {
					t.Fatalf("not closed at %v: %+v, %+v", env.Engine.Now(), *l.ends[0].out, *l.ends[1].out)
				}
				for k := range l.ends {
					if p := l.ends[k].out; p.read != p.written {
						t.Errorf("end %d wrote %d bytes, of which %d were read", k, p.written, p.read)
					}
				}
				if l.ends[0].out.written == 0 {
					t.Error("nothing was sent")
				}
				if at := env.Engine.Next(); at != sim.Never {
					t.Errorf("a timer is armed for %v after the end", at)
				}
			})
		}
	}
}

// A connection that fails stops its workloads.
func TestFailure(t *testing.T) {
	for i, p := range patterns() {
		t.Run(fmt.Sprintf("%T%d", p, i), func(t *testing.T) {
			env := newEnv(ms(200), func(tr Transfer) {
				if tr.End > ms(5) {
					t.Errorf("transfer %v after the failure", tr)
				}
			})
			l := join(t, p, env, 100, 5000)
			env.Engine.Run(ms(5))
			if l.finished {
				t.Skip("over before it could fail")
			}
			l.tick.Release()
			written := l.ends[0].out.written + l.ends[1].out.written
			for k := range l.ends {
				l.ends[k].w.Closed(errors.New("reset"))
			}
			for k := range l.ends {
				l.ends[k].w.Writable()
				l.ends[k].w.Readable()
			}
			env.Engine.Run(ms(300))
			if now := l.ends[0].out.written + l.ends[1].out.written; now != written {
				t.Errorf("%d bytes written after the failure", now-written)
			}
		})
	}
}

// Bulk keeps the send buffer full until Stop, and no longer.
func TestBulk(t *testing.T) {
	env := newEnv(ms(100), nil)
	l := join(t, &Bulk{}, env, 1000, 10_000)
	for k := int64(1); k < 100; k++ {
		env.Engine.Run(ms(k))
		if q := l.ends[0].out.queued; q != 10_000 {
			t.Fatalf("at %v the send buffer holds %d bytes, want 10000", env.Engine.Now(), q)
		}
	}
	env.Engine.Run(ms(100))
	if !l.ends[0].out.closed {
		t.Error("open after Stop")
	}
	// 99 or 100 ticks of 1000 bytes made room, beside the first 10000 bytes.
	if w := l.ends[0].out.written; w != 109_000 && w != 110_000 {
		t.Errorf("wrote %d bytes until Stop, want 109000 or 110000", w)
	}
}

// Without Stop a bulk transfer does not end.
func TestBulkForEver(t *testing.T) {
	env := newEnv(sim.Never, nil)
	l := join(t, &Bulk{}, env, 1000, 10_000)
	env.Engine.Run(ms(1000))
	if l.ends[0].out.closed {
		t.Error("closed")
	}
}

// The completion time of a file runs from the opening of the connection to the
// reading of its last byte.
func TestFile(t *testing.T) {
	var got []Transfer
	env := newEnv(sim.Never, func(tr Transfer) { got = append(got, tr) })
	env.Engine.Run(ms(7))
	l := join(t, &File{Size: 10_500}, env, 1000, 3000)
	env.Engine.Run(ms(100))
	want := []Transfer{{Start: ms(7), End: ms(7 + 11), Bytes: 10_500}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("transfers %v, want %v", got, want)
	}
	if got[0].Duration() != 11*time.Millisecond {
		t.Errorf("duration %v", got[0].Duration())
	}
	if !l.finished {
		t.Error("not closed")
	}
}

// CBR has written rate·t bytes at t, without drift.
func TestCBR(t *testing.T) {
	env := newEnv(ms(10_000), nil)
	l := join(t, &CBR{Rate: 3 * units.Mbps, Chunk: 700}, env, 1000, 100_000) // 1.8666… ms a chunk
	l.ends[0].keep = true
	env.Engine.Run(ms(9_999))
	want := units.Bytes(3e6/8*9.999) / 700 * 700
	if got := l.ends[0].out.written; got != want+700 {
		t.Errorf("wrote %d bytes in 9.999 s, want %d and the first chunk", got, want)
	}
	for _, n := range l.ends[0].out.writes {
		if n != 700 {
			t.Fatalf("a write of %d bytes, want 700", n)
		}
	}
}

// A stream that is slower than CBR gets what it takes.
func TestCBRBacklog(t *testing.T) {
	env := newEnv(ms(100), nil)
	l := join(t, &CBR{Rate: 80 * units.Mbps, Chunk: 1000}, env, 500, 2000)
	env.Engine.Run(ms(99))
	if got := l.ends[0].out.written; got < 500*98 {
		t.Errorf("wrote %d bytes, want about %d", got, 500*99)
	}
}

// OnOff writes in the periods of sending only.
func TestOnOffFixed(t *testing.T) {
	env := newEnv(sim.Never, nil)
	l := join(t, &OnOff{On: 10 * time.Millisecond, Off: 90 * time.Millisecond, Distribution: "fixed", Rate: 8 * units.Mbps, Chunk: 1000}, env, 10_000, 100_000)
	for k := range int64(10) {
		env.Engine.Run(ms(100*k + 15))
		in := l.ends[0].out.written
		if want := units.Bytes(10_000 * (k + 1)); in < want-1000 || in > want+1000 {
			t.Errorf("after %d periods %d bytes, want %d", k+1, in, want)
		}
		env.Engine.Run(ms(100*k + 99))
		if l.ends[0].out.written != in {
			t.Errorf("written in the pause before %v", env.Engine.Now())
		}
	}
}

// The mean rate of OnOff is Rate·On/(On+Off), even where a chunk takes longer
// than a period of sending.
func TestOnOffMean(t *testing.T) {
	for _, tt := range []struct {
		on, off time.Duration
		dist    string
	}{
		{5 * time.Millisecond, 15 * time.Millisecond, "exponential"},
		{5 * time.Millisecond, 15 * time.Millisecond, "uniform"},
		{100 * time.Microsecond, 300 * time.Microsecond, "exponential"},
		{100 * time.Microsecond, 300 * time.Microsecond, "fixed"},
	} {
		env := newEnv(sim.Never, nil)
		l := join(t, &OnOff{On: tt.on, Off: tt.off, Distribution: tt.dist, Rate: 8 * units.Mbps, Chunk: 1000}, env, 10_000, 100_000)
		env.Engine.Run(ms(60_000))
		const want = 15e6 // bytes: 1 MB/s for a quarter of a minute
		// 3000 cycles or more: the share has a standard error of 1.4% at most.
		if got := float64(l.ends[0].out.written); got < 0.95*want || got > 1.05*want {
			t.Errorf("%v %v/%v: %.3g bytes, want %.3g", tt.dist, tt.on, tt.off, got, want)
		}
	}
}

// RPC is a closed loop: the next request leaves Think after the response.
func TestRPC(t *testing.T) {
	var got []Transfer
	env := newEnv(sim.Never, func(tr Transfer) { got = append(got, tr) })
	l := join(t, &RPC{Request: 100, Response: 3000, Think: 4 * time.Millisecond, Count: 3}, env, 1000, 1500)
	env.Engine.Run(ms(1000))
	if len(got) != 3 {
		t.Fatalf("%d transfers, want 3", len(got))
	}
	for i, tr := range got {
		if tr.Bytes != 3000 {
			t.Errorf("transfer %d has %d bytes", i, tr.Bytes)
		}
		if i > 0 && tr.Start.Sub(got[i-1].End) != 4*time.Millisecond {
			t.Errorf("request %d at %v, after a response at %v", i, tr.Start, got[i-1].End)
		}
	}
	if a, b := l.ends[0].out.read, l.ends[1].out.read; a != 300 || b != 9000 {
		t.Errorf("read %d bytes of requests and %d of responses, want 300 and 9000", a, b)
	}
	if !l.finished {
		t.Error("not closed after the last response")
	}
}

// The flow of an RPC runs where most bytes do.
func TestAnswers(t *testing.T) {
	for _, tt := range []struct {
		p    Pattern
		want bool
	}{
		{&Bulk{}, false},
		{&File{}, false},
		{&RPC{Request: 100, Response: 10_000}, true},
		{&RPC{Request: 10_000, Response: 100}, false},
	} {
		if Answers(tt.p) != tt.want {
			t.Errorf("Answers(%+v) = %v", tt.p, !tt.want)
		}
	}
}

// Every pattern is registered with a source, documented parameters and valid defaults.
// The mean rate of Poisson is Rate, and the number of chunks in equal intervals has a variance equal
// to its mean.
func TestPoisson(t *testing.T) {
	env := newEnv(sim.Never, nil)
	l := join(t, &Poisson{Rate: 8 * units.Mbps, Chunk: 1000}, env, 100_000, 1_000_000) // 1000 a second
	const n, mean = 10_000, 20
	var sum, squares float64
	for k := range n {
		before := l.ends[0].out.written
		env.Engine.Run(ms(int64(k+1) * mean))
		x := float64(l.ends[0].out.written-before) / 1000
		sum += x
		squares += x * x
	}
	got := sum / n
	if got < 0.99*mean || got > 1.01*mean { // standard error 0.22 %
		t.Errorf("%.3f chunks in 20 ms, want %d", got, mean)
	}
	if v := squares/n - got*got; v < 0.95*mean || v > 1.05*mean { // standard error 1.4 %
		t.Errorf("the variance is %.3f, want %d", v, mean)
	}
}

// The rate holds where many chunks come in a nanosecond, and where a chunk takes no whole number of them.
func TestShortGaps(t *testing.T) {
	const span = 10 * time.Microsecond
	for _, rate := range []units.Bandwidth{10 * units.Gbps, 3000 * units.Gbps} {
		want := float64(rate) * span.Seconds() / 8 / 28 // chunks
		for _, x := range []struct {
			p   Pattern
			off float64
		}{
			{&Poisson{Rate: rate, Chunk: 28}, 4 * math.Sqrt(want)},
			{&CBR{Rate: rate, Chunk: 28}, 1 + want/1e4}, // times are rounded up to a nanosecond
			{&OnOff{On: span, Distribution: "fixed", Rate: rate, Chunk: 28}, 1 + want/1e4},
		} {
			env := newEnv(sim.Never, nil)
			l := join(t, x.p, env, 1<<30, 1<<30)
			env.Engine.Run(sim.Time(span) - 1)
			if got := float64(l.ends[0].out.written) / 28; math.Abs(got-want) > x.off {
				t.Errorf("%T of %v: %g chunks in %v, want %.1f within %.1f", x.p, rate, got, span, want, x.off)
			}
		}
	}
}

func TestRegistry(t *testing.T) {
	if got, want := Registry.Names(), []string{"bulk", "cbr", "file", "onoff", "poisson", "rpc"}; !reflect.DeepEqual(got, want) {
		t.Errorf("names %v, want %v", got, want)
	}
	for _, name := range Registry.Names() {
		p, err := Registry.New(name)
		if err != nil {
			t.Fatal(err)
		}
		if v, ok := p.(interface{ Validate() error }); ok && v.Validate() != nil {
			t.Errorf("%s: defaults: %v", name, v.Validate())
		}
		if Registry.Source(name) == "" {
			t.Errorf("%s has no source", name)
		}
		for _, param := range Registry.Params(name) {
			if param.Doc == "" {
				t.Errorf("%s: %s is not documented", name, param.Name)
			}
		}
	}
}

func TestValidate(t *testing.T) {
	for _, p := range []interface{ Validate() error }{
		&File{},
		&CBR{Rate: 0, Chunk: 1},
		&CBR{Rate: 1, Chunk: 0},
		&OnOff{On: 0, Distribution: "fixed", Chunk: 1},
		&OnOff{On: 1, Off: -1, Distribution: "fixed", Chunk: 1},
		&OnOff{On: 1, Distribution: "pareto", Chunk: 1},
		&OnOff{On: 1, Distribution: "fixed", Chunk: 0},
		&Poisson{Rate: 0, Chunk: 1},
		&Poisson{Rate: 1, Chunk: 0},
		&RPC{Request: 0, Response: 1},
		&RPC{Request: 1, Response: 0},
		&RPC{Request: 1, Response: 1, Count: -1},
	} {
		if p.Validate() == nil {
			t.Errorf("%+v is valid", p)
		}
	}
}

// A workload under way allocates nothing.
func TestAllocations(t *testing.T) {
	for _, p := range []Pattern{
		&Bulk{},
		&CBR{Rate: 8 * units.Mbps, Chunk: 1000},
		&OnOff{On: 3 * time.Millisecond, Off: time.Millisecond, Distribution: "exponential", Rate: 8 * units.Mbps, Chunk: 1000},
		&Poisson{Rate: 8 * units.Mbps, Chunk: 1000},
		&RPC{Request: 100, Response: 2000},
	} {
		env := newEnv(sim.Never, nil)
		join(t, p, env, 1000, 10_000)
		env.Engine.Run(ms(3000))
		if n := testing.AllocsPerRun(100, func() { env.Engine.Run(env.Engine.Now().Add(10 * time.Millisecond)) }); n != 0 {
			t.Errorf("%T: %v allocations in 10 ms", p, n)
		}
	}
}
