package topology

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"mpsim/sim/rng"
)

// everybody returns the hosts 0 to n-1.
func everybody(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// What every matrix promises: pairs of two different hosts that there are, whose first is a
// sender, and the same ones again from the same numbers.
func TestMatrices(t *testing.T) {
	const hosts = 16
	senders := []int{0, 3, 4, 9, 15}
	for _, name := range Matrices.Names() {
		m, _ := Matrices.New(name)
		switch m := m.(type) {
		case *PairsFile:
			m.File = "pairs"
			if err := m.Open(func(string) ([]byte, error) { return []byte("0 1\n1 2\n3 0 1 0 0\n"), nil }); err != nil {
				t.Fatal(err)
			}
		case *OneToMany:
			m.Receivers = 3
		}
		draw := func(seed uint64) []Pair {
			list, err := m.Pairs(hosts, senders, rng.New(seed, 0).Stream("x"))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			return list
		}
		list := draw(1)
		for _, p := range list {
			if p.From == p.To || p.To < 0 || p.To >= hosts || !slices.Contains(senders, p.From) {
				t.Errorf("%s: pair %v", name, p)
			}
		}
		if len(list) == 0 || fmt.Sprint(draw(1)) != fmt.Sprint(list) {
			t.Errorf("%s: no pairs, or others from the same numbers", name)
		}
	}
}

// In a permutation everybody sends once and receives once.
func TestPermutation(t *testing.T) {
	for seed := range uint64(20) {
		list, _ := (&Permutation{}).Pairs(7, everybody(7), rng.New(seed, 0).Stream("x"))
		receives := make([]int, 7)
		for i, p := range list {
			receives[p.To]++
			if p.From != i || p.To == i {
				t.Errorf("seed %d: pair %v", seed, p)
			}
		}
		if slices.Max(receives) != 1 || slices.Min(receives) != 1 {
			t.Errorf("seed %d: hosts receive from %v", seed, receives)
		}
	}
}

func TestPairCounts(t *testing.T) {
	r := rng.New(1, 0).Stream("x")
	for _, tt := range []struct {
		m    Matrix
		want int
	}{
		{&Stride{Stride: 4}, 10},
		{&OneToMany{Receivers: 9}, 90},
		{&Sparse{Part: 0.3}, 3},
		{&AllToAll{}, 90},
	} {
		list, err := tt.m.Pairs(10, everybody(10), r)
		if err != nil || len(list) != tt.want {
			t.Errorf("%T: %d pairs, %v; want %d", tt.m, len(list), err, tt.want)
		}
	}
	list, _ := (&Hotspot{Targets: 2}).Pairs(100, everybody(100), r)
	hot := make(map[int]bool)
	for _, p := range list {
		hot[p.To] = true
	}
	if len(hot) != 2 || len(list) < 98 {
		t.Errorf("%d pairs with %d receivers, want 2 receivers and all but them as senders", len(list), len(hot))
	}
}

func TestBadMatrices(t *testing.T) {
	r := rng.New(1, 0).Stream("x")
	for _, tt := range []struct {
		m    Matrix
		want string
	}{
		{&Stride{Stride: 20}, "stride = 20 with 10 hosts"},
		{&Stride{Stride: 0}, "stride = 0"},
		{&Stride{Stride: -3}, "stride = -3"},
		{&OneToMany{Receivers: 10}, "receivers = 10 with 10 hosts: want 1 to 9"},
		{&Sparse{Part: 1.5}, "part = 1.5"},
		{&Hotspot{Targets: 0}, "targets = 0"},
	} {
		if _, err := tt.m.Pairs(10, everybody(10), r); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: error %v, want %q", tt.m, err, tt.want)
		}
	}
	if _, err := (&AllToAll{}).Pairs(1000, everybody(1000), r); err == nil || !strings.Contains(err.Error(), "want at most 65536 pairs") {
		t.Errorf("all to all of 1000: %v", err)
	}
}

func TestPairsFile(t *testing.T) {
	open := func(text string) func(string) ([]byte, error) {
		return func(string) ([]byte, error) { return []byte(text), nil }
	}
	m := &PairsFile{File: "pairs"}
	if err := m.Open(open("# src dst npaths index\n0 2 16 3 10 # two subflows\n\n2 1\n")); err != nil {
		t.Fatal(err)
	}
	list, err := m.Pairs(3, everybody(3), nil)
	if got, want := fmt.Sprint(list, err), "[{0 2 [3 10] 16} {2 1 [] 0}] <nil>"; got != want {
		t.Errorf("pairs %s, want %s", got, want)
	}
	for _, tt := range []struct{ text, want string }{
		{"0 x", `line 1: "x" is no number`},
		{"0 1\n1", "line 2: got 1 numbers"},
		{"0 1 16", "line 1: got 3 numbers"},
		{"0 1 16 16", "line 1: there is no path 16 of 16"},
		{"0 99999999999999999999", "is no number"},
	} {
		if err := m.Open(open(tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: error %v, want %q", tt.text, err, tt.want)
		}
	}
	if err := m.Open(open("0 7")); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Pairs(3, everybody(3), nil); err == nil || !strings.Contains(err.Error(), "line 1: from 0 to 7; want two different hosts from 0 to 2") {
		t.Errorf("host 7 of 3: %v", err)
	}
	if err := m.Open(func(string) ([]byte, error) { return nil, fs.ErrNotExist }); err == nil {
		t.Error("a file that is not there can be read")
	}
	if err := (&PairsFile{}).Validate(); err == nil {
		t.Error("no file is taken for one")
	}
}
