package rng

import "testing"

// A stream depends on seed, replication and name, and on nothing else.
func TestStreamsAreNamed(t *testing.T) {
	first := New(1, 0).Stream("link/wifi/up/loss").Uint64()
	r := New(1, 0)
	r.Stream("another").Uint64()
	if got := r.Stream("link/wifi/up/loss").Uint64(); got != first {
		t.Errorf("another stream shifted this one: %x, want %x", got, first)
	}
	for what, got := range map[string]uint64{
		"seed":        New(2, 0).Stream("link/wifi/up/loss").Uint64(),
		"replication": New(1, 1).Stream("link/wifi/up/loss").Uint64(),
		"name":        New(1, 0).Stream("link/wifi/down/loss").Uint64(),
	} {
		if got == first {
			t.Errorf("another %s gives the same numbers", what)
		}
	}
	// Published results depend on it: the numbers never change.
	if want := uint64(0x20faa43d9882c5d2); first != want {
		t.Errorf("the first number is %#x, want %#x", first, want)
	}
}
