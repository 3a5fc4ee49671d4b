package validate_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// run is a transfer that was measured between two Linux hosts, the median of
// its repetitions.
type run struct {
	scenario, law, mode, size string
	bytes                     units.Bytes
	fct, connect              float64 // seconds
	drops                     [2]float64
}

// measured reads testdata/cases.csv: Linux's MPTCP and TCP over an emulator that
// drops when so many packets wait or are in service.
func measured(t *testing.T) (runs []run) {
	t.Helper()
	f, err := os.Open("testdata/cases.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := func(rows [][]string, name string) float64 {
		i := slices.Index(rows[0], name)
		var v []float64
		for _, r := range rows[1:] {
			x, err := strconv.ParseFloat(r[i], 64)
			if err != nil {
				t.Fatal(err)
			}
			v = append(v, x)
		}
		slices.Sort(v)
		return v[len(v)/2]
	}
	head := rows[0]
	for rows = rows[1:]; len(rows) > 0; {
		n := 1
		for n < len(rows) && slices.Equal(rows[n][:4], rows[0][:4]) {
			n++
		}
		group := append([][]string{head}, rows[:n]...)
		runs = append(runs, run{
			scenario: rows[0][0], law: rows[0][1], mode: rows[0][2], size: rows[0][3],
			bytes: units.Bytes(column(group, "bytes")), fct: column(group, "fct_s"), connect: column(group, "connect_s"),
			drops: [2]float64{column(group, "drops_p1"), column(group, "drops_p2")},
		})
		rows = rows[n:]
	}
	return runs
}

// scenarios has the two paths of each scenario.
var scenarios = map[string][2]path{
	"A": {linux(10*units.Mbps, 20*time.Millisecond, 50), linux(10*units.Mbps, 20*time.Millisecond, 50)},
	"C": {linux(8*units.Mbps, 25*time.Millisecond, 40), linux(2*units.Mbps, 80*time.Millisecond, 60)},
}

func linux(rate units.Bandwidth, rtt time.Duration, queue int) path {
	return path{rate: rate, delay: rtt / 2, queue: netem.DropTail{LimitPackets: queue, CountInService: true}}
}

// simulate repeats r and returns the time from the first SYN to the answer after
// the end of the data, and the packets that each path dropped.
func simulate(t *testing.T, r run) (fct float64, drops [2]float64) {
	t.Helper()
	paths := scenarios[r.scenario]
	l := newLab(t, paths[:]...)
	cfg := config(t, r.law, 1)
	if r.law == "cubic" {
		cfg.TCP.SlowStart = "hystart"
	}
	var f *flow
	switch r.mode {
	case "tcp1":
		f = l.single(cfg, 0, 0, r.bytes)
	case "tcp2":
		f = l.single(cfg, 1, 0, r.bytes)
	default:
		f = l.multi(cfg, 0, r.bytes)
	}
	l.run(100 * time.Second)
	for i := range drops {
		drops[i] = float64(l.links[i].Up.Stats().Dropped[netem.Overflow].Packets)
	}
	return f.source.answer.Seconds(), drops
}

// Completion times of plain TCP are within 2 % of the median of what was measured.
// The first overflow of Reno's slow start, of which there is just one in 1 MB, drops
// as many packets within 25 %: how many depends on how Linux's segmentation offload
// bunches the segments, which leave here as each ACK lets them. CUBIC's few drops
// (0 to 7, 31 in C tcp2 of 10 MB) are not judged: Linux's integer arithmetic grows
// the window in other steps.
//
// Of the MPTCP rows, times and drops are printed beside and not judged. Unlike here,
// Linux's scheduler gives the subflow of the least "queued over pacing rate" a burst of
// up to 64 KB; one of its mappings covers many segments; its DSS has a 32-bit DATA_ACK,
// so that a segment carries 1424 bytes, not 1420. The short Reno transfer of C is the
// one to show it: least-RTT fills the slow path's queue too, and waits for what is
// lost there, while Linux leaves it almost alone.
func TestLinux(t *testing.T) {
	for _, r := range measured(t) {
		fct, drops := simulate(t, r)
		off := fct/r.fct - 1
		name := fmt.Sprintf("%s %-5s %-5s %-4s", r.scenario, r.law, r.mode, r.size)
		t.Logf("%s Linux %8.4f s, here %8.4f s (%+.2f %%); drops: Linux %v, here %v", name, r.fct, fct, 100*off, r.drops, drops)
		if r.mode == "mptcp" {
			continue
		}
		if !(off > -0.02 && off < 0.02) {
			t.Errorf("%s: %.4f s, want %.4f s within 2 %%", name, fct, r.fct)
		}
		if r.law != "reno" || r.size != "1MB" {
			continue
		}
		for i := range drops {
			if drops[i] < 0.75*r.drops[i] || drops[i] > 1.25*r.drops[i] {
				t.Errorf("%s: path %d dropped %v packets, want %v within 25 %%", name, i+1, drops[i], r.drops[i])
			}
		}
	}
}
