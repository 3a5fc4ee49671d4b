package channel

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"sort"
	"strconv"

	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

func init() {
	Rates.Register("trace", "the mm-link format of Mahimahi (Netravali et al., USENIX ATC 2015)", func() RateModel { return &Trace{} })
}

// opportunity is the bytes that one line of a trace can deliver: an MTU of 1500
// bytes and a 4-byte tunnel header.
const opportunity units.Bytes = 1504

// The bounds of a trace: its lines, and its length, so that no time overflows.
const (
	maxTrace = 10_000_000
	maxMS    = 1e9
)

// Trace is a capacity in the format of Mahimahi's mm-link: each line is the
// millisecond of an opportunity to deliver 1504 bytes. The trace repeats after its last line.
// A packet may use what earlier ones have left of an opportunity; what is left
// when the queue is empty is lost.
type Trace struct {
	File string `toml:"trace" doc:"file of delivery opportunities, one millisecond a line"`

	lines []int64 // ms, not decreasing
}

// Open reads the file.
func (t *Trace) Open(open func(name string) ([]byte, error)) error {
	b, err := open(t.File)
	if err != nil {
		return err
	}
	t.lines, err = ParseTrace(bytes.NewReader(b))
	if err != nil {
		return fmt.Errorf("%s: %w", t.File, err)
	}
	return nil
}

// ParseTrace reads a trace. Errors name the line.
func ParseTrace(r io.Reader) ([]int64, error) {
	var lines []int64
	s := bufio.NewScanner(r)
	n := 1
	for ; s.Scan(); n++ {
		ms, err := strconv.ParseInt(s.Text(), 10, 64)
		switch {
		case err != nil:
			return nil, fmt.Errorf("line %d: got %.40q; want a whole number of milliseconds", n, s.Text())
		case ms < 0 || ms > maxMS:
			return nil, fmt.Errorf("line %d: got %d; want 0 to %d ms", n, ms, int64(maxMS))
		case len(lines) > 0 && ms < lines[len(lines)-1]:
			return nil, fmt.Errorf("line %d: %d ms comes before the line above it (%d ms)", n, ms, lines[len(lines)-1])
		case n > maxTrace:
			return nil, fmt.Errorf("line %d: a trace has at most %d lines", n, maxTrace)
		}
		lines = append(lines, ms)
	}
	if err := s.Err(); err != nil {
		return nil, fmt.Errorf("line %d: %w", n, err)
	}
	if len(lines) == 0 || lines[len(lines)-1] == 0 {
		return nil, fmt.Errorf("the trace has no length: want a last line above 0 ms")
	}
	return lines, nil
}

// Mean implements RateModel.
func (t *Trace) Mean() units.Bandwidth {
	ms := t.lines[len(t.lines)-1]
	return units.Bandwidth(float64(len(t.lines)) * float64(opportunity) * 8 * 1000 / float64(ms))
}

// Make implements RateModel.
func (t *Trace) Make(*rand.Rand) netem.Rate { return &traceRate{Trace: *t} }

// traceRate walks a trace.
type traceRate struct {
	Trace
	round int64       // repetitions before
	next  int         // index of the next unused opportunity of this round
	left  units.Bytes // of the one used last
	end   sim.Time    // of the last transmission
}

// when returns the time of the next opportunity.
func (t *traceRate) when() sim.Time {
	return sim.Time(t.round*t.lines[len(t.lines)-1]+t.lines[t.next]) * 1e6
}

// Serve implements netem.Rate.
func (t *traceRate) Serve(start sim.Time, n units.Bytes) sim.Time {
	if start > t.end { // the queue was empty meanwhile
		t.left = 0
		t.skip(start)
	}
	at := max(start, t.end)
	for n > t.left {
		n -= t.left
		at = t.when()
		t.left = opportunity
		t.advance()
	}
	t.left -= n
	t.end = at
	return at
}

// Capacity implements netem.Rate.
func (t *traceRate) Capacity(from, to sim.Time) float64 {
	return float64(t.before(to)-t.before(from)) * float64(opportunity) * 8
}

// before returns how many opportunities there are before at.
func (t *traceRate) before(at sim.Time) int64 {
	n := int64(len(t.lines))
	period := t.lines[n-1] * 1e6
	round, rest := int64(at)/period, int64(at)%period
	if rest == 0 && round > 0 { // the last lines of the round before are at this very time
		round, rest = round-1, period
	}
	return round*n + int64(sort.Search(len(t.lines), func(i int) bool { return t.lines[i]*1e6 >= rest }))
}

func (t *traceRate) advance() {
	if t.next++; t.next == len(t.lines) {
		t.next = 0
		t.round++
	}
}

// skip passes by the opportunities before start.
func (t *traceRate) skip(start sim.Time) {
	if t.when() >= start {
		return
	}
	period := t.lines[len(t.lines)-1]
	ms := int64((start + 1e6 - 1) / 1e6) // the first whole millisecond not before start
	t.round = ms / period
	t.next = sort.Search(len(t.lines), func(i int) bool { return t.lines[i] >= ms-t.round*period })
	if ms > 0 && ms%period == 0 { // the last line of the round before is at this very time
		t.round--
		t.next = sort.Search(len(t.lines), func(i int) bool { return t.lines[i] >= period })
	}
}
