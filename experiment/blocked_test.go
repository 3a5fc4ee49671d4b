package experiment

import (
	"fmt"
	"testing"

	"mpsim/experiment/record"
)

// After the slow start a buffer that is less than goes in a round-trip time keeps new data back all the time, and one
// that is more never does. Datagrams and TCP have no such numbers.
func TestBlockedParts(t *testing.T) {
	for _, tt := range []struct {
		flow           string
		window, buffer float64 // -1: no value
	}{
		{`tcp = { receive_buffer = "15kB" }`, 1, 0},
		{`tcp = { send_buffer = "15kB" }`, 0, 1},
		{`tcp = { receive_buffer = "1MB", send_buffer = "1MB" }`, 0, 0},
		{`workload = { kind = "cbr", rate = "1Mbps" }`, 0, 0},
		{`stop = "2.01s"` + "\n" + `tcp = { send_buffer = "3kB" }`, 0, 1}, // and stops before the ACK is there
		{`protocol = "tcp"` + "\n" + `tcp = { receive_buffer = "15kB" }`, -1, -1},
		{`protocol = "udp"` + "\n" + `workload = { kind = "cbr", rate = "1Mbps" }`, -1, -1},
	} {
		res := measure(t, "warmup = \"2s\"\n"+oneLink(tt.flow, "", ""))
		for name, want := range map[string]float64{"window-blocked": tt.window, "buffer-blocked": tt.buffer} {
			got, ok := res.Metric("flow", "f", "", name)
			if ok != (want >= 0) || ok && got != want {
				t.Errorf("%s: %s is %g (there: %v), want %g", tt.flow, name, got, ok, want)
			}
		}
	}
}

// Over paths that lose nothing all that went twice comes twice, whichever end sent it: copies, and what held up a small
// window.
func TestTwice(t *testing.T) {
	for _, tt := range []struct {
		flow                             string
		copied, opportunistic, penalised bool
	}{
		{`scheduler = "minrtt"`, false, false, false},
		{`scheduler = "redundant"`, true, false, false},
		{`mptcp = { opportunistic = true }`, false, true, false},
		{`mptcp = { opportunistic = true, penalise = true }`, false, true, true},
	} {
		const other = "[[link]]\nname = \"m\"\nbetween = [\"a\", \"b\"]\nrate = \"2Mbps\"\ndelay = \"200ms\"\nqueue = \"100pkt\"\n"
		flow := tt.flow + "\nworkload = { kind = \"onoff\", rate = \"40Mbps\", chunk = \"1kB\", on = \"1s\", off = \"30s\" }\n" +
			"tcp = { receive_buffer = \"150kB\" }"
		f := &measure(t, oneLink(flow, "", other)).Flows[0]
		m, again := f.MPTCP, uint64(0)
		for _, s := range f.Subflows {
			again += *s.Reinjected
		}
		if (m.Copies > 0) != tt.copied || (m.Opportunistic > 0) != tt.opportunistic || (m.Penalised > 0) != tt.penalised {
			t.Errorf("%s: %+v", tt.flow, m)
		}
		if f.Received < 3e6 || m.Opportunistic != again || m.Duplicates != m.Copies+again || f.Arrived != f.Received+m.Duplicates {
			t.Errorf("%s: of %d bytes %d arrived, %d were reinjected; %+v", tt.flow, f.Received, f.Arrived, again, m)
		}
	}
}

// The series has how many connections are kept back: two of which the window takes little are, from one round-trip time
// after the other, and in the end none.
func TestBlockedSeries(t *testing.T) {
	const flow = "count = 2\nspread = \"100ms\"\ntcp = { receive_buffer = \"15kB\" }\nworkload = { kind = \"file\", size = \"150kB\" }"
	res := measure(t, oneLink(flow, "", "[[figure]]\nkind = \"rcvbuf\"\n"))
	var v []float64
	for _, s := range res.Series {
		if s.Name == record.WindowBlocked {
			v = s.V
		}
	}
	most := 0.0
	for _, x := range v {
		most = max(most, x)
	}
	if len(v) < 4 || v[0] != 1 || most != 2 || v[len(v)-1] != 0 {
		t.Errorf("%s", fmt.Sprint(v))
	}
}

// A scheduler that keeps the second path for the day when the first one is down waits whenever the first
// one is full: all the time if there is always more to send, never if one path takes all. One that takes
// any path with room never waits, and a backup, which RFC 8684 leaves idle, is not one with room.
func TestSchedulerWaits(t *testing.T) {
	const other = "[[link]]\nname = \"m\"\nbetween = [\"a\", \"b\"]\nrate = \"10Mbps\"\ndelay = \"20ms\"\nqueue = \"100pkt\"\n"
	for _, tt := range []struct {
		flow string
		want float64
	}{
		{`scheduler = "backup"`, 1},
		{`scheduler = "minrtt"`, 0},
		{`scheduler = "backup"` + "\n" + `workload = { kind = "cbr", rate = "1Mbps" }`, 0},
		{`scheduler = "minrtt"` + "\n" + `path_manager = { kind = "backup", primary = "l" }`, 0},
	} {
		res := measure(t, "warmup = \"2s\"\n"+oneLink(tt.flow, "", other))
		if got, ok := res.Metric("flow", "f", "", "scheduler-wait"); !ok || got != tt.want {
			t.Errorf("%s: %g (there: %v), want %g", tt.flow, got, ok, tt.want)
		}
	}
}
