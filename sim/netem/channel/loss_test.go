package channel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func random() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

// lost returns which of n packets a loss process loses.
func lost(m LossModel, n int) []bool {
	l := m.Make(random())
	fate := make([]bool, n)
	for i := range fate {
		fate[i] = l.Lose(0, nil)
	}
	return fate
}

func share(fate []bool) float64 {
	n := 0
	for _, x := range fate {
		if x {
			n++
		}
	}
	return float64(n) / float64(len(fate))
}

// within asserts that got is want up to a relative error.
func within(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.Abs(got-want) > tolerance*math.Abs(want) {
		t.Errorf("%s: got %.5g, want %.5g within %g %%", what, got, want, 100*tolerance)
	}
}

func TestBernoulli(t *testing.T) {
	for _, p := range []float64{0, 0.01, 0.5, 1} {
		within(t, "loss", share(lost(&Bernoulli{P: p}, 1e6)), p, 0.03)
	}
}

// The stationary probability of the bad state is p/(p+r), that of a loss
// piB·lossBad + piG·lossGood.
func TestGilbertElliottLoss(t *testing.T) {
	for _, c := range []struct {
		GilbertElliott
		want float64
	}{
		{GilbertElliott{P: 0.01, R: 0.25, LossBad: 1}, 0.03846},
		{GilbertElliott{P: 0.005, R: 0.1, LossBad: 0.5}, 0.02381},
		{GilbertElliott{P: 0.01, R: 0.3, LossBad: 0.5}, 0.0161290323},
		{GilbertElliott{P: 0.01, R: 0.25, LossBad: 1, LossGood: 0.1}, 0.03846 + 0.96154*0.1},
	} {
		within(t, "loss", share(lost(&c.GilbertElliott, 1e6)), c.want, 0.03)
	}
}

// If all is lost in the bad state and nothing in the good one, a burst is a
// stay in the bad state: geometric, of mean 1/r, and gaps have the mean 1/p. The
// correlation of neighbours is 1-p-r.
func TestGilbertElliottBursts(t *testing.T) {
	fate := lost(&GilbertElliott{P: 0.01, R: 0.25, LossBad: 1}, 1e6)
	var bursts, ones, losses, pairs float64
	for i := 1; i < len(fate); i++ {
		if fate[i] {
			losses++
		}
		if fate[i] && fate[i-1] {
			pairs++
		}
		if fate[i] && !fate[i-1] {
			bursts++
			if i+1 < len(fate) && !fate[i+1] {
				ones++
			}
		}
	}
	within(t, "mean burst", losses/bursts, 4, 0.03)
	within(t, "mean gap", (1e6-losses)/bursts, 100, 0.03)
	within(t, "bursts of one packet", ones/bursts, 0.25, 0.03)
	p := losses / 1e6
	within(t, "correlation", (pairs/1e6-p*p)/(p-p*p), 0.74, 0.03)
}

// netem draws the loss in the state held before the transition: the first packet is
// always seen by the good state.
func TestGilbertElliottOrder(t *testing.T) {
	got := lost(&GilbertElliott{P: 1, R: 1, LossBad: 1}, 4)
	if want := []bool{false, true, false, true}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestList(t *testing.T) {
	numbers := func(m *List) (n []int) {
		for i, x := range lost(m, 12) {
			if x {
				n = append(n, i+1)
			}
		}
		return n
	}
	for _, c := range []struct {
		List
		want []int
	}{
		{List{}, nil},
		{List{Packets: []int{1, 3, 4}}, []int{1, 3, 4}},
		{List{Packets: []int{9, 2, 2, 50}}, []int{2, 9}},
		{List{Packets: []int{1}, Every: 5}, []int{1, 5, 10}},
	} {
		if got := numbers(&c.List); !slices.Equal(got, c.want) {
			t.Errorf("%v every %d: lost %v, want %v", c.Packets, c.Every, got, c.want)
		}
	}
}

// A model can be made more than once: processes share no state.
func TestLossesAreIndependent(t *testing.T) {
	for _, m := range []LossModel{
		&Bernoulli{P: 0.3}, &GilbertElliott{P: 0.3, R: 0.3, LossBad: 1}, &List{Packets: []int{1, 3}, Every: 7},
	} {
		if !slices.Equal(lost(m, 100), lost(m, 100)) {
			t.Errorf("%T: a second process from the same random numbers differs", m)
		}
	}
}
