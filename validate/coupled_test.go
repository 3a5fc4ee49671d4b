package validate_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// K6: RFC 6356, section 2, goal 2: on a shared bottleneck, an MPTCP flow takes no
// more than a single-path flow would: the ratio to one Reno of the same RTT is 1 in
// the fluid limit, however many the subflows, and n for n uncoupled ones. The
// windows of a few dozen segments under random loss raise it by up to 12 % for LIA
// and 7 % for BALIA, since max() of noisy windows is biased (measured by Monte Carlo
// of the window laws): the band is 0.92 to 1.15 for the mean over several starts.
func TestSharedBottleneck(t *testing.T) {
	seeds := 6
	if *long {
		seeds = 24
	}
	for _, c := range []struct {
		law      string
		low, top float64
	}{{"lia", 0.92, 1.15}, {"olia", 0.92, 1.15}, {"balia", 0.92, 1.15}, {"reno", 1.8, 2.2}} {
		t.Run(c.law, func(t *testing.T) {
			var multi, single float64
			for seed := range seeds {
				r := rand.New(rand.NewPCG(uint64(seed), 3))
				l := newLab(t, path{rate: 20 * units.Mbps, delay: 20 * time.Millisecond, queue: netem.DropTail{LimitPackets: 67}})
				two := config(t, c.law, uint64(seed))
				subflows(two, 2)
				start := func() time.Duration { return time.Duration(r.Int64N(int64(time.Second))) }
				l.multi(two, start(), endless)
				l.single(config(t, "reno", uint64(seed)), 0, start(), endless)
				rates := l.goodputs(20*time.Second, 140*time.Second)
				multi, single = multi+rates[0], single+rates[1]
			}
			ratio := multi / 1424 / (single / 1448) // in segments
			t.Logf("%s: %.3f", c.law, ratio)
			if ratio < c.low || ratio > c.top {
				t.Errorf("two subflows under %s get %.3f of what a Reno gets, want %.2f to %.2f", c.law, ratio, c.low, c.top)
			}
		})
	}
}

// P4: two paths of 100 ms with independent losses of p: the total over what one Reno
// gets under the same losses, from a Monte Carlo of the window laws without timeouts,
// ±3 %. In the fluid limit it is 1 for all.
func TestIndependentLosses(t *testing.T) {
	const rtt, p = 100 * time.Millisecond, 1e-3
	lose := func(k uint64) netem.Loss { return &bernoulli{rand.New(rand.NewPCG(k, 9)), p} }
	duration := 4000 * time.Second
	single := func() float64 {
		l := newLab(t, lossy(rtt, lose(1)))
		cfg := config(t, "reno", 1)
		cfg.TCP.AckEvery = 1
		l.single(cfg, 0, 0, endless)
		return l.goodputs(60*time.Second, duration)[0] / 1448
	}()
	for _, c := range []struct {
		law  string
		want float64
	}{{"lia", 1.12}, {"olia", 1.03}, {"balia", 1.08}} {
		l := newLab(t, lossy(rtt, lose(2)), lossy(rtt, lose(3)))
		cfg := config(t, c.law, 1)
		cfg.TCP.AckEvery = 1
		l.multi(cfg, 0, endless)
		near(t, fmt.Sprintf("%s over reno", c.law), l.goodputs(60*time.Second, duration)[0]/1424/single, c.want, 0.03)
	}
}
