package figure

import (
	"math"
	"strconv"
	"strings"
)

// A scale turns amounts of an SI unit into what an axis shows.
type scale struct {
	factor float64
	unit   string
}

// scaleFor returns the scale on which max has one to three digits before the
// point.
func scaleFor(unit string, max float64) scale {
	steps := map[string][]scale{
		"B":     {{1, "B"}, {1e-3, "kB"}, {1e-6, "MB"}, {1e-9, "GB"}, {1e-12, "TB"}},
		"bit/s": {{1, "bit/s"}, {1e-3, "kb/s"}, {1e-6, "Mb/s"}, {1e-9, "Gb/s"}},
		"s":     {{1e6, "\u00b5s"}, {1e3, "ms"}, {1, "s"}},
	}[unit]
	if len(steps) == 0 {
		return scale{1, unit}
	}
	s := steps[0]
	for _, next := range steps[1:] {
		if max*next.factor >= 1 {
			s = next
		}
	}
	return s
}

// apply returns v in the unit of the axis.
func (s scale) apply(v []float64) []float64 {
	w := make([]float64, len(v))
	for i := range v {
		w[i] = v[i] * s.factor
	}
	return w
}

// label returns the text of an axis.
func (s scale) label(quantity string) string { return quantity + " (" + s.unit + ")" }

// step returns 1, 2 or 5 times a power of ten, such that it divides a range of
// length span into at most n parts.
func step(span float64, n int) float64 {
	raw := span / float64(n)
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= raw*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// linearTicks puts at most n+1 round numbers on an axis.
type linearTicks struct {
	n     int
	blank bool // no labels: another panel has them
}

// Ticks implements ticker.
func (l linearTicks) Ticks(min, max float64) []tick {
	d := step(max-min, l.n)
	var ticks []tick
	for k := math.Ceil(min/d - 1e-9); k*d <= max+1e-9*d; k++ {
		t := tick{Value: k*d + 0} // no negative zero
		if !l.blank {
			t.Label = tickLabel(t.Value, d)
		}
		ticks = append(ticks, t)
	}
	return ticks
}

// threeDigits writes x with three digits, and no exponent where that is short.
func threeDigits(x float64) string {
	if x >= 100 && x < 1e6 {
		return strconv.FormatFloat(math.Round(x), 'f', 0, 64)
	}
	return strconv.FormatFloat(x, 'g', 3, 64)
}

// tickLabel writes x with as many decimals as the step d needs.
func tickLabel(x, d float64) string {
	decimals := int(math.Max(0, math.Ceil(-math.Log10(d)-1e-9)))
	return minus(strconv.FormatFloat(x, 'f', decimals, 64))
}

// minus writes a number with the sign that is as wide as a plus.
func minus(number string) string { return strings.ReplaceAll(number, "-", "\u2212") }

// logTicks is for a logarithmic axis. It labels powers of ten, and 2 and 5 times those where there is room.
type logTicks struct{}

// Ticks implements ticker.
func (logTicks) Ticks(min, max float64) []tick {
	var ticks []tick
	decades := math.Log10(max / min)
	every := math.Max(1, math.Ceil(decades/8)) // decades from one label to the next
	for e := math.Floor(math.Log10(min)); e <= math.Log10(max); e++ {
		for m := 1.0; m < 10; m++ {
			at := m * math.Pow(10, e)
			if at < min*(1-1e-9) || at > max*(1+1e-9) || every > 1 && m > 1 {
				continue
			}
			t := tick{Value: at}
			if m == 1 && math.Mod(e, every) == 0 || decades < 2.2 && (m == 2 || m == 5) {
				t.Label = minus(strconv.FormatFloat(at, 'g', 6, 64))
			}
			ticks = append(ticks, t)
		}
	}
	return ticks
}
