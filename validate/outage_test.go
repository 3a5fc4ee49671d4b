package validate_test

import (
	"testing"
	"time"

	"mpsim/mptcp"
	"mpsim/mptcp/pathmgr"
)

// outage is an outage of the first of two equal paths from 5 s on, as measured on Linux 6.18 in case A: the means
// of three repetitions.
type outage struct {
	name    string
	down    bool          // the client's interface goes down; else the path falls silent
	back    time.Duration // 0: it does not come back
	backup  bool          // the second path is a backup
	end     time.Duration
	goodput float64 // Mb/s
	share   float64 // of the first path
	wakes   time.Duration
}

// A silent path, and an interface that goes down under Linux's path manager, which does nothing about that,
// cost a pause of a timeout, and what is back is used when its own retransmission comes: the sixth, 63 RTOs
// after the first was armed. An RTO is 200 ms and the SRTT, 20 ms and up to 60 ms of queue; a tail loss
// probe, two SRTT later than the last ACK, arms the first. How full the queue is when the path goes moves
// that by seconds, and each is worth the rate of the path, 9.5 Mb/s, for which the goodput is corrected. A
// backup takes over at the timeout.
//
// Goodput is within 5 % and the share of a path within 0.03, the spread of Linux's MPTCP transfers; the pause is
// between the least RTO, 200 ms, and twice that of the path, 0.28 s.
//
// All of this holds with minRTT, and with Linux's own scheduler and a send buffer that follows the windows: there the
// pause of a silent path is 0.43 s, as on Linux (0.426 s).
func TestLinuxOutages(t *testing.T) {
	t.Run("minrtt", func(t *testing.T) { testOutages(t, func(*mptcp.Config) {}) })
	t.Run("linux", func(t *testing.T) { testOutages(t, bursts) })
}

func testOutages(t *testing.T, change func(*mptcp.Config)) {
	for _, o := range []outage{
		{"F-blackhole", false, 15 * time.Second, false, 25 * time.Second, 11.68, 0.226, 23200 * time.Millisecond},
		{"F-linkdown", true, 15 * time.Second, false, 25 * time.Second, 11.79, 0.232, 23200 * time.Millisecond},
		{"K-backup", false, 0, true, 20 * time.Second, 8.90, 0.257, 0},
	} {
		paths := labs["A"]
		l := newLab(t, paths[:]...)
		cfg := linuxHost(t, "cubic")
		change(cfg)
		endpoint := pathmgr.Endpoint{Link: "p1", Flags: []pathmgr.Flag{pathmgr.FlagSubflow}, End: pathmgr.Client}
		if o.backup {
			endpoint.Flags = append(endpoint.Flags, pathmgr.FlagBackup)
		}
		cfg.Manager = func() pathmgr.Manager {
			return &pathmgr.Linux{Subflows: 2, Endpoints: []pathmgr.Endpoint{endpoint}}
		}
		f := l.multi(cfg, 0, endless)
		fail := func(away bool) {
			if o.down {
				l.links[0].SetUp(!away)
			} else {
				l.links[0].SetSilent(away)
			}
		}
		l.at(5*time.Second, func() { fail(true) })
		if o.back > 0 {
			l.at(o.back, func() { fail(false) })
		}
		got, pause, longest, wakes := f.got, time.Duration(0), time.Duration(0), time.Duration(0)
		var before uint64
		for at := time.Duration(0); at < o.end; at += time.Millisecond {
			l.run(at)
			if pause += time.Millisecond; f.got > got {
				pause, got = 0, f.got
			}
			if at > 5*time.Second {
				longest = max(longest, pause)
			}
			if at == o.back && o.back > 0 {
				before = first(f).Sent
			}
			if at > o.back && o.back > 0 && wakes == 0 && first(f).Sent > before {
				wakes = at
			}
		}
		goodput := float64(f.got)*8/o.end.Seconds()/1e6 - 9.5*(o.wakes-wakes).Seconds()/o.end.Seconds()
		sum := 0.0
		for _, sf := range f.mptcp.Subflows() {
			sum += float64(sf.Sent + sf.Reinjected)
		}
		share := float64(first(f).Sent+first(f).Reinjected) / sum
		t.Logf("%s: goodput %.2f Mb/s (Linux %.2f), share %.3f (%.3f), pause %v, wakes at %v (%v)", o.name, goodput, o.goodput, share, o.share, longest, wakes, o.wakes)
		if goodput < 0.95*o.goodput || goodput > 1.05*o.goodput {
			t.Errorf("%s: %.2f Mb/s, want %.2f within 5 %%", o.name, goodput, o.goodput)
		}
		if share < o.share-0.03 || share > o.share+0.03 {
			t.Errorf("%s: the first path carries %.3f, want %.3f within 0.03", o.name, share, o.share)
		}
		if longest < 200*time.Millisecond || longest > 560*time.Millisecond {
			t.Errorf("%s: a pause of %v, want one of a timeout", o.name, longest)
		}
		const soon, late = 5*time.Second + 63*220*time.Millisecond, 5*time.Second + 3*80*time.Millisecond + 63*280*time.Millisecond
		if o.wakes > 0 && (wakes < soon || wakes > late) {
			t.Errorf("%s: the first path is used again at %v, want between %v and %v", o.name, wakes, soon, late)
		}
	}
}

// first returns the initial subflow of f.
func first(f *flow) *mptcp.Subflow { return f.mptcp.Subflows()[0] }
