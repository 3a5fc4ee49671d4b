package netem

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"mpsim/sim"
)

// mulDiv is ceil(a·b/c) in whole numbers of any size, and the greatest number where that has more than 64
// bits.
func TestMulDiv(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	number := func() uint64 { return r.Uint64() >> r.IntN(64) }
	check := func(a, b, c uint64) {
		t.Helper()
		product := new(big.Int).Mul(new(big.Int).SetUint64(a), new(big.Int).SetUint64(b))
		quotient, rest := new(big.Int).DivMod(product, new(big.Int).SetUint64(c), new(big.Int))
		if rest.Sign() > 0 {
			quotient.Add(quotient, big.NewInt(1))
		}
		want := uint64(math.MaxUint64)
		if quotient.IsUint64() {
			want = quotient.Uint64()
		}
		if got := mulDiv(a, b, c); got != want {
			t.Fatalf("%d·%d/%d = %d, want %d", a, b, c, got, want)
		}
	}
	for range 100_000 {
		check(number(), number(), max(number(), 1))
	}
	check(math.MaxUint64, 1, 1)
	check(math.MaxUint64, math.MaxUint64, math.MaxUint64)
	check(1<<32, 1<<32, 1)
	check(1<<32, 1<<32+1, 1<<32+1)             // the sum of the low word and c-1 carries
	check(math.MaxUint64, 3, 2)                // more than 64 bits
	check(math.MaxUint64, 2, 3)                // fewer
	check(1<<63, 2, math.MaxUint64)            // 1 + 1/(2⁶⁴-1), rounded up
	check(math.MaxUint64-1, 1, math.MaxUint64) // less than 1, rounded up
}

// What cannot be joined is told for what it is.
func TestConnectRefuses(t *testing.T) {
	n := NewNetwork(sim.NewEngine())
	a, b := n.AddNode("a"), n.AddNode("b")
	config := LinkConfig{Rate: ConstantRate(1), Delay: ConstantDelay(0)}
	n.Connect("l", a, b, config, config)
	refused := func(want string, f func()) {
		t.Helper()
		defer func() {
			if got, ok := recover().(string); !ok || !strings.Contains(got, want) {
				t.Errorf("%q, want %q", got, want)
			}
		}()
		f()
	}
	refused(`two links are called "l"`, func() { n.Connect("l", a, b, config, config) })
	refused(`link "m" joins a to itself`, func() { n.Connect("m", a, a, config, config) })
	n.links = make([]*Duplex, 1<<16-1)
	d := n.Connect("last", a, b, config, config)
	if d.B.Addr != 10<<24|0xffff<<8|2 {
		t.Errorf("the last link is at %v, want 10.255.255.2", d.B.Addr)
	}
	refused("more than 65536 links", func() { n.Connect("n", a, b, config, config) })
}
