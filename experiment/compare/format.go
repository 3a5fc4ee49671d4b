package compare

import (
	"math"
	"strconv"
)

// Amount writes a mean with its half width in a unit that people read, with as many digits
// as the half width has to say: "13.4 ± 0.3 Mb/s". A half width that is nil, or 0 because all
// replications gave the same value, is left out: "± 0" would claim what nobody knows.
func Amount(mean float64, half *float64, unit string) string {
	half = known(mean, half)
	factor, name := scale(mean, half, unit)
	if name != "" {
		name = " " + name
	}
	return plusMinus(mean*factor, scaled(half, factor)) + name
}

// percent writes a part of 1 with its sign: "+3.1 % ± 0.8 %", by the rules of Amount.
func percent(part float64, half *float64) string {
	half = known(part, half)
	text := number(100*part, decimals(100*part, scaled(half, 100)))
	if part > 0 && parse(text) != 0 {
		text = "+" + text
	}
	if half == nil {
		return text + " %"
	}
	return text + " % ± " + number(100**half, decimals(100*part, scaled(half, 100))) + " %"
}

// known returns half unless it is 0, or what rounding leaves of 0.
func known(x float64, half *float64) *float64 {
	const rounding = 1e-9
	if half == nil || *half <= rounding*math.Abs(x) {
		return nil
	}
	return half
}

func scaled(x *float64, factor float64) *float64 {
	if x == nil {
		return nil
	}
	y := *x * factor
	return &y
}

// plusMinus writes x ± half.
func plusMinus(x float64, half *float64) string {
	text := number(x, decimals(x, half))
	if half == nil {
		return text
	}
	return text + " ± " + number(*half, decimals(x, half))
}

// decimals returns how many a mean should have: such that its half width has one digit
// that counts, or two if the first of them is 1. Without a half width the mean has three
// or four.
func decimals(x float64, half *float64) int {
	size, digits := math.Abs(x), 3
	if half != nil && *half > 0 {
		size, digits = *half, 1
	}
	if size == 0 {
		return 0
	}
	exponent := int(math.Floor(math.Log10(size)))
	if size/math.Pow(10, float64(exponent)) < 1.95 {
		digits++
	}
	return min(max(digits-1-exponent, 0), 9)
}

// number writes x with a true minus sign.
func number(x float64, decimals int) string {
	text := strconv.FormatFloat(math.Abs(x), 'f', decimals, 64)
	if x < 0 && parse(text) != 0 {
		return "−" + text
	}
	return text
}

func parse(text string) float64 {
	v, _ := strconv.ParseFloat(text, 64)
	return v
}

// scale returns the unit in which an amount has one to three digits before the point.
func scale(mean float64, half *float64, unit string) (factor float64, name string) {
	size := math.Abs(mean)
	if half != nil && size < *half/10 {
		size = *half
	}
	factor, name = 1, unit
	steps := map[string][]string{
		"bit/s": {"bit/s", "kb/s", "Mb/s", "Gb/s"},
		"B":     {"B", "kB", "MB", "GB", "TB"},
	}[unit]
	switch {
	case unit == "s" && size > 0 && size < 0.9995e-3:
		return 1e6, "µs"
	case unit == "s" && size > 0 && size < 0.9995:
		return 1e3, "ms"
	}
	for i := 1; i < len(steps) && size*factor >= 999.5; i++ {
		factor, name = factor/1000, steps[i]
	}
	return factor, name
}
