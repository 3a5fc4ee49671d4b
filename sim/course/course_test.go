package course

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"
)

// A Sum depends on what is in the bag, and how often, not on the order.
func TestSum(t *testing.T) {
	var a, b, c, once, twice Sum
	for i := range uint64(1000) {
		a.Add(i, i*i)
		b.Add(999-i, (999-i)*(999-i))
		if i != 500 {
			c.Add(i, i*i)
		}
	}
	if a != b {
		t.Error("the order of things counts")
	}
	if a == c {
		t.Error("a missing thing does not count")
	}
	if c.Add(500, 500*500); a != c {
		t.Error("the missing thing does not complete the bag")
	}
	once.Add(1, 2)
	twice.Add(1, 2)
	if twice.Add(1, 2); twice == once {
		t.Error("a thing twice is the thing once")
	}
}

// Two things that change places in time, and one that comes as much earlier as another comes later,
// as errors of a link are apt to do, change the Sum.
func TestSumOfShifts(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		at, later := r.Uint64N(1<<36), r.Uint64N(1<<36)
		d := 1 + r.Uint64N(2000)
		sizes := [2]uint64{40 + 1460*r.Uint64N(2), 1500}
		var a, b, c Sum
		a.Add(at, sizes[0])
		a.Add(later, sizes[1])
		b.Add(at+d, sizes[0])
		b.Add(later-d, sizes[1])
		if a == b {
			t.Fatalf("%d and %d, moved by %d ns each way, have the same sum", at, later, d)
		}
		c.Add(at, sizes[1])
		c.Add(later, sizes[0])
		if sizes[0] != sizes[1] && at != later && a == c {
			t.Fatalf("the sizes of %d and %d can be exchanged", at, later)
		}
	}
}

// Each bit of either word changes about half of the bits of a mix.
func TestMix(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	const n = 2000
	for word := range 2 {
		for bit := range 64 {
			changed := 0
			for range n {
				x := [2]uint64{r.Uint64N(1 << 40), r.Uint64N(1 << 40)}
				y := x
				y[word] ^= 1 << bit
				changed += bits.OnesCount64(Mix(x[0], x[1]) ^ Mix(y[0], y[1]))
			}
			if mean := float64(changed) / n; mean < 24 || mean > 40 {
				t.Errorf("bit %d of word %d changes %.1f of 64 bits on average", bit, word, mean)
			}
		}
	}
}

func TestText(t *testing.T) {
	seen := make(map[uint64]string)
	for _, s := range []string{"", "a", "b", "ab", "ba", "wifi.up", "wifi.down", "\x00", "\x00\x00"} {
		if other, ok := seen[Text(s)]; ok {
			t.Errorf("%q and %q are alike", s, other)
		}
		seen[Text(s)] = s
	}
}

// Courses are compared across versions of the program, so that the hash itself stays what it is. The numbers
// are of whole numbers of any size: the product of a and b, each with its offset, as high word XOR low word.
func TestVectors(t *testing.T) {
	for words, want := range map[[2]uint64]uint64{ // order does not matter
		{0, 0}:                           14544503408999129173,
		{1, 2}:                           13646020011958921740,
		{math.MaxUint64, math.MaxUint64}: 14815509282930367753,
	} {
		if got := Mix(words[0], words[1]); got != want {
			t.Errorf("Mix%v = %d, want %d", words, got, want)
		}
	}
	if got := Text("mpsim"); got != 17464500238963518968 {
		t.Errorf("Text is %d, want 17464500238963518968", got)
	}
	var s Sum
	s.Add(1, 2)
	s.Add(3, 4)
	if s != 15376332631722097075 {
		t.Errorf("the sum of two things is %d, want 15376332631722097075", s)
	}
}
