package channel

import (
	"slices"
	"strings"
	"testing"

	"mpsim/sim"
	"mpsim/sim/units"
)

func parse(t *testing.T, s string) *Trace {
	t.Helper()
	lines, err := ParseTrace(strings.NewReader(s))
	if err != nil {
		t.Fatal(err)
	}
	return &Trace{lines: lines}
}

// An opportunity is a budget of 1504 bytes that small packets share; a packet may
// span opportunities; the trace repeats after its last line.
func TestTrace(t *testing.T) {
	type packet struct {
		at   sim.Time // earliest start; the link is busy until the last has ended
		size units.Bytes
		want sim.Time
	}
	for _, c := range []struct {
		name, trace string
		packets     []packet
	}{
		{"worked example", "1\n1\n5\n10\n", []packet{{0, 1504, 1 * ms}, {0, 100, 1 * ms}, {0, 1504, 5 * ms}, {0, 1504, 10 * ms}}},
		{"small packets share", "2\n4\n", []packet{{0, 752, 2 * ms}, {0, 752, 2 * ms}, {0, 1, 4 * ms}}},
		{"a large packet spans", "2\n4\n", []packet{{0, 3008, 4 * ms}, {0, 1, 6 * ms}}},
		{"repeats", "1\n3\n", []packet{{0, 1504, 1 * ms}, {0, 1504, 3 * ms}, {0, 1504, 4 * ms}, {0, 1504, 6 * ms}, {0, 1504, 7 * ms}}},
		{"at once", "0\n3\n", []packet{{0, 1504, 0}, {0, 1504, 3 * ms}, {0, 1504, 3 * ms}, {0, 1504, 6 * ms}}},
		{"missed opportunities are lost", "1\n2\n9\n", []packet{{3 * ms, 1504, 9 * ms}, {0, 1504, 10 * ms}}},
		{"what is left is lost when idle", "1\n2\n9\n", []packet{{0, 100, 1 * ms}, {1*ms + 1, 1000, 2 * ms}, {3 * ms, 1504, 9 * ms}}},
		{"an arrival at an opportunity uses it", "1\n2\n9\n", []packet{{2 * ms, 1504, 2 * ms}, {9 * ms, 1504, 9 * ms}}},
		{"many rounds later", "1\n10\n", []packet{{12345 * ms, 1504, 12350 * ms}, {20000 * ms, 1504, 20000 * ms}, {0, 1504, 20001 * ms}}},
	} {
		r, end := parse(t, c.trace).Make(nil), sim.Time(0)
		for i, p := range c.packets {
			end = max(end, p.at)
			if end = r.Serve(end, p.size); end != p.want {
				t.Errorf("%s: packet %d ends at %v, want %v", c.name, i, end, p.want)
			}
		}
	}
}

func TestTraceMean(t *testing.T) {
	if got := parse(t, "1\n1\n5\n10\n").Mean(); got != 4_812_800 {
		t.Errorf("got %v, want 4.8128 Mb/s", got)
	}
}

func TestParseTraceErrors(t *testing.T) {
	for _, c := range []struct{ trace, want string }{
		{"", "no length"},
		{"0\n0\n", "no length"},
		{"1\n\n2\n", "line 2"},
		{"1\nx\n", "line 2"},
		{"5\n4\n", "line 2"},
		{"-1\n", "line 1"},
		{"1.5\n", "line 1"},
		{"1\n9999999999\n", "line 2"},
		{"1\n" + strings.Repeat("1", 100_000), "line 2"},
	} {
		if _, err := ParseTrace(strings.NewReader(c.trace)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.20q: got %v, want %q", c.trace, err, c.want)
		}
	}
}

// Whatever is accepted serves packets at times that do not decrease, at
// opportunities of the trace.
func FuzzTrace(f *testing.F) {
	for _, s := range []string{"1\n1\n5\n10\n", "0\n7", "1000000000", "3\r\n4\r\n", "", "\n", "-1", "9\n8\n"} {
		f.Add(s, uint32(3e6), uint16(1504))
	}
	f.Fuzz(func(t *testing.T, s string, gap uint32, size uint16) {
		lines, err := ParseTrace(strings.NewReader(s))
		if err != nil {
			return
		}
		m := &Trace{lines: lines}
		if m.Mean() < 0 {
			t.Fatal("negative mean")
		}
		r, now := m.Make(nil), sim.Time(0)
		period := sim.Time(lines[len(lines)-1]) * ms
		for i := range 20 {
			now += sim.Time(gap) * sim.Time(i%2)
			end := r.Serve(now, units.Bytes(size)+1)
			if end < now {
				t.Fatalf("starts at %v, ends at %v", now, end)
			}
			if at := int64(end % period / ms); end > now && (end%ms != 0 || at != 0 && !slices.Contains(lines, at)) {
				t.Fatalf("ends at %v, which is no opportunity", end)
			}
			now = end
		}
	})
}
