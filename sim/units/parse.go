package units

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"mpsim/sim/words"
)

// A unit is a suffix and how much of the base unit it stands for.
type unit struct {
	suffix string
	size   float64
}

var bandwidthUnits = []unit{{"bps", 1}, {"kbps", 1e3}, {"Mbps", 1e6}, {"Gbps", 1e9}}

var byteUnits = []unit{
	{"B", 1}, {"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9},
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30},
}

// maxExact is the largest amount of a base unit that is read: beyond it a
// float64 skips integers.
const maxExact = 1 << 53

// ParseBandwidth reads a rate such as "8Mbps" or "1.5Gbps". The units are bps,
// kbps, Mbps and Gbps, of powers of ten.
func ParseBandwidth(s string) (Bandwidth, error) {
	n, err := parse(s, bandwidthUnits, `a rate such as "8Mbps" in bps, kbps, Mbps or Gbps`)
	return Bandwidth(n), err
}

// ParseBytes reads a size such as "1500B", "100kB" or "64KiB". The units are B,
// kB, MB, GB of powers of ten and KiB, MiB, GiB of powers of two.
func ParseBytes(s string) (Bytes, error) {
	n, err := parse(s, byteUnits, `a size such as "64KiB" in B, kB, MB, GB, KiB, MiB or GiB`)
	return Bytes(n), err
}

// ParseDuration reads a time such as "25ms" or "1m30s", in the units of
// time.ParseDuration. It may not be negative.
func ParseDuration(s string) (time.Duration, error) {
	const want = `a time such as "25ms" or "30s" in ns, us, ms, s, m or h`
	d, err := time.ParseDuration(s)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%q: %w; want %s", s, durationFault(s), want)
	case d < 0:
		return 0, fmt.Errorf("%q is negative; want %s", s, want)
	}
	return d, nil
}

// durationUnits are those of time.ParseDuration.
var durationUnits = []string{"ns", "us", "ms", "s", "m", "h"}

// durationFault says what is wrong with s, which time.ParseDuration refused.
func durationFault(s string) error {
	number, suffix := split(s)
	switch {
	case s == "":
		return errors.New("empty")
	case number == "":
		return errors.New("no number")
	case suffix == "":
		return errors.New("no unit")
	}
	if _, err := time.ParseDuration("1" + suffix); err != nil {
		return unknownUnit(suffix, durationUnits)
	}
	return errors.New("too large or not a number")
}

// parse reads a number and one of the units and returns the amount in base
// units, rounded to the nearest integer.
func parse(s string, allowed []unit, want string) (int64, error) {
	n, u, err := parseNumber(s, allowed, want)
	if err != nil {
		return 0, err
	}
	n = math.Round(n * u.size)
	if n > maxExact {
		return 0, fmt.Errorf("%q is too large; want %s", s, want)
	}
	return int64(n), nil
}

// parseNumber reads a number that is not negative, and the unit after it.
func parseNumber(s string, allowed []unit, want string) (float64, unit, error) {
	fail := func(format string, args ...any) (float64, unit, error) {
		return 0, unit{}, fmt.Errorf("%q: %s; want %s", s, fmt.Sprintf(format, args...), want)
	}
	number, suffix := split(s)
	if s == "" {
		return fail("empty")
	}
	n, err := strconv.ParseFloat(number, 64)
	switch {
	case number == "":
		return fail("no number")
	case err != nil:
		return fail("%q is not a number", number)
	case n < 0:
		return 0, unit{}, fmt.Errorf("%q is negative; want %s", s, want)
	case suffix == "":
		return fail("no unit")
	}
	for _, u := range allowed {
		if u.suffix == suffix {
			return n, u, nil
		}
	}
	names := make([]string, len(allowed))
	for i, u := range allowed {
		names[i] = u.suffix
	}
	return fail("%v", unknownUnit(suffix, names))
}

// unknownUnit says which unit was probably meant; which there are is in the rest of the message.
func unknownUnit(got string, allowed []string) error {
	if n := words.Nearest(got, allowed); n != "" {
		return fmt.Errorf("unknown unit %q, did you mean %q?", got, n)
	}
	return fmt.Errorf("unknown unit %q", got)
}

// split cuts s after its leading number; spaces may stand between the two.
func split(s string) (number, suffix string) {
	i := strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune("+-.0123456789", r) })
	if i < 0 {
		return s, ""
	}
	return s[:i], strings.TrimLeft(s[i:], " ")
}

// format writes n in the last of the allowed units that gives a whole number, or
// else in the largest that a short decimal fraction reads back from.
func format(n int64, allowed []unit) string {
	best := strconv.FormatInt(n, 10) + allowed[0].suffix
	size := int64(1)
	for _, u := range allowed {
		if s := int64(u.size); n != 0 && n%s == 0 && s > size {
			best, size = strconv.FormatInt(n/s, 10)+u.suffix, s
		}
	}
	return best
}

// String writes b in the largest unit that shows it without loss in at most
// three decimals: "1.5Gbps".
func (b Bandwidth) String() string {
	for i := len(bandwidthUnits) - 1; i > 0; i-- {
		u := bandwidthUnits[i]
		size := int64(u.size)
		if int64(b) >= size && int64(b)%(size/1000) == 0 {
			return strconv.FormatFloat(float64(b)/u.size, 'f', -1, 64) + u.suffix
		}
	}
	return strconv.FormatInt(int64(b), 10) + "bps"
}

// String writes b in the largest unit that shows it as a whole number.
func (b Bytes) String() string { return format(int64(b), byteUnits) }

// UnmarshalText implements encoding.TextUnmarshaler.
func (b *Bandwidth) UnmarshalText(text []byte) (err error) {
	*b, err = ParseBandwidth(string(text))
	return err
}

// MarshalText implements encoding.TextMarshaler.
func (b Bandwidth) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (b *Bytes) UnmarshalText(text []byte) (err error) {
	*b, err = ParseBytes(string(text))
	return err
}

// MarshalText implements encoding.TextMarshaler.
func (b Bytes) MarshalText() ([]byte, error) { return []byte(b.String()), nil }
