package units

import "testing"

// Each unit is what its prefix says (SI for powers of ten, IEC 80000-13 for powers of two), however it is
// written.
func TestUnits(t *testing.T) {
	for s, want := range map[string]Bandwidth{"3bps": 3, "3kbps": 3_000, "3Mbps": 3_000_000, "3Gbps": 3_000_000_000} { // order does not matter
		if got, err := ParseBandwidth(s); err != nil || got != want {
			t.Errorf("%s is %d (%v), want %d", s, int64(got), err, int64(want))
		}
	}
	for s, want := range map[string]Bytes{ // order does not matter
		"3B": 3, "3kB": 3_000, "3MB": 3_000_000, "3GB": 3_000_000_000, "3KiB": 3_072, "3MiB": 3_145_728, "3GiB": 3_221_225_472,
		"0.4B": 0, "0.5B": 1, // to the nearest
	} {
		if got, err := ParseBytes(s); err != nil || got != want {
			t.Errorf("%s is %d (%v), want %d", s, int64(got), err, int64(want))
		}
	}
}

// Up to 2⁵³ every number is exact; more is refused.
func TestLargestNumber(t *testing.T) {
	if got, err := ParseBytes("9007199254740992B"); err != nil || got != 1<<53 {
		t.Errorf("2⁵³ B: %d, %v", int64(got), err)
	}
	if got, err := ParseBytes("9007199254740994B"); err == nil {
		t.Errorf("2⁵³+2 B: %d, want an error", int64(got))
	}
	if got, err := ParseDuration("0s"); err != nil || got != 0 {
		t.Errorf("0 s: %v, %v", got, err)
	}
}
