package units

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestBandwidth(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want Bandwidth
		out  string
	}{
		{"8Mbps", 8 * Mbps, "8Mbps"},
		{"1.5Gbps", 1500 * Mbps, "1.5Gbps"},
		{"500kbps", 500 * Kbps, "500kbps"},
		{"0.5Mbps", 500 * Kbps, "500kbps"},
		{"64 kbps", 64 * Kbps, "64kbps"},
		{"1234567bps", 1234567, "1234.567kbps"},
		{"0bps", 0, "0bps"},
	} {
		got, err := ParseBandwidth(tt.in)
		if err != nil || got != tt.want || got.String() != tt.out {
			t.Errorf("ParseBandwidth(%q) = %v (%d), %v; want %q (%d)", tt.in, got, got, err, tt.out, tt.want)
		}
		if again, err := ParseBandwidth(got.String()); err != nil || again != got {
			t.Errorf("%v reads back as %v, %v", got, again, err)
		}
	}
}

func TestBytes(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want Bytes
		out  string
	}{
		{"64KiB", 64 * KiB, "64KiB"},
		{"100kB", 100_000, "100kB"},
		{"1500B", 1500, "1500B"},
		{"1.5MiB", 1536 * KiB, "1536KiB"},
		{"0B", 0, "0B"},
		{"2GB", 2_000_000_000, "2GB"},
	} {
		got, err := ParseBytes(tt.in)
		if err != nil || got != tt.want || got.String() != tt.out {
			t.Errorf("ParseBytes(%q) = %v (%d), %v; want %q (%d)", tt.in, got, got, err, tt.out, tt.want)
		}
	}
}

func TestQuantity(t *testing.T) {
	const rate, rtt = 8 * Mbps, 100 * time.Millisecond // a BDP of 100 kB
	for _, tt := range []struct {
		in      string
		packets int
		bytes   Bytes
	}{
		{"100pkt", 100, 0},
		{"64KiB", 0, 64 * KiB},
		{"500ms", 0, 500_000},
		{"1.5BDP", 0, 150_000},
		{"0B", 0, 0},
	} {
		q, err := ParseQuantity(tt.in)
		if err != nil {
			t.Errorf("ParseQuantity(%q): %v", tt.in, err)
			continue
		}
		if p, b := q.Limit(rate, rtt); p != tt.packets || b != tt.bytes {
			t.Errorf("%q.Limit = %d packets, %d bytes; want %d, %d", tt.in, p, b, tt.packets, tt.bytes)
		}
		if q.String() != tt.in {
			t.Errorf("ParseQuantity(%q).String() = %q", tt.in, q)
		}
	}
}

// Every message says what was read, what is wrong with it and what is allowed.
func TestErrors(t *testing.T) {
	bandwidth := func(s string) error { _, err := ParseBandwidth(s); return err }
	bytes := func(s string) error { _, err := ParseBytes(s); return err }
	duration := func(s string) error { _, err := ParseDuration(s); return err }
	quantity := func(s string) error { _, err := ParseQuantity(s); return err }
	for _, tt := range []struct {
		name  string
		parse func(string) error
		in    string
		want  []string
	}{
		{"bandwidth", bandwidth, "8", []string{`"8"`, "no unit", "Mbps"}},
		{"bandwidth", bandwidth, "", []string{"empty"}},
		{"bandwidth", bandwidth, "Mbps", []string{"no number"}},
		{"bandwidth", bandwidth, "-8Mbps", []string{"negative"}},
		{"bandwidth", bandwidth, "8mbps", []string{`did you mean "Mbps"?`}},
		{"bandwidth", bandwidth, "8ms", []string{`unknown unit "ms"`, "bps, kbps, Mbps or Gbps"}},
		{"bandwidth", bandwidth, "1.2.3Mbps", []string{`"1.2.3" is not a number`}},
		{"bandwidth", bandwidth, "99999999999Gbps", []string{"too large"}},
		{"bandwidth", bandwidth, "NaNMbps", []string{"no number"}},
		{"bytes", bytes, "10KB", []string{`did you mean "kB"?`}},
		{"bytes", bytes, "10Mbps", []string{`unknown unit "Mbps"`, "KiB"}},
		{"duration", duration, "25", []string{"no unit", `"25ms"`}},
		{"duration", duration, "-1s", []string{"negative"}},
		{"duration", duration, "5 parsecs", []string{"unknown unit"}},
		{"quantity", quantity, "100", []string{"no unit", `"100pkt"`}},
		{"quantity", quantity, "1.5pkt", []string{"fraction of a packet"}},
		{"quantity", quantity, "-1BDP", []string{"negative"}},
		{"quantity", quantity, "2bdp", []string{`did you mean "BDP"?`}},
	} {
		err := tt.parse(tt.in)
		if err == nil {
			t.Errorf("%s %q: no error", tt.name, tt.in)
			continue
		}
		for _, want := range tt.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s %q: error %q does not say %q", tt.name, tt.in, err, want)
			}
		}
	}
}

func TestTxTime(t *testing.T) {
	for _, tt := range []struct {
		rate Bandwidth
		n    Bytes
		want time.Duration
	}{
		{8 * Mbps, 1500, 1500 * time.Microsecond},
		{3, 1, 2666666667}, // rounded up
		{0, 1, math.MaxInt64},
		{1, math.MaxInt64, math.MaxInt64},
	} {
		if got := tt.rate.TxTime(tt.n); got != tt.want {
			t.Errorf("%v.TxTime(%v) = %v, want %v", tt.rate, tt.n, got, tt.want)
		}
	}
	if got := (100 * Mbps).BDP(20 * time.Millisecond); got != 250_000 {
		t.Errorf("BDP = %d, want 250000", got)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"8Mbps", "64KiB", "500ms", "1.5BDP", "100pkt", "-1", "+.e"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if b, err := ParseBandwidth(s); err == nil && b < 0 {
			t.Errorf("%q: negative rate %d", s, b)
		}
		if q, err := ParseQuantity(s); err == nil && !(q.N >= 0) {
			t.Errorf("%q: quantity %v", s, q.N)
		}
		if b, err := ParseBytes(s); err == nil {
			if again, err := ParseBytes(b.String()); err != nil || again != b {
				t.Errorf("%q: %v does not read back: %v, %v", s, b, again, err)
			}
		}
	})
}
