package draw

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"mpsim/sim/units"
)

// The types of scalars that a text stands for.
var (
	durationType  = reflect.TypeFor[time.Duration]()
	bandwidthType = reflect.TypeFor[units.Bandwidth]()
	bytesType     = reflect.TypeFor[units.Bytes]()
	quantityType  = reflect.TypeFor[units.Quantity]()
	textType      = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// scalar draws a value of type t that is no table, near standard, the default, if that is one.
func (g *drawer) scalar(t reflect.Type, standard reflect.Value) any {
	switch t {
	case durationType:
		if standard.IsValid() && standard.Int() > 0 {
			return duration(time.Duration(g.near(float64(standard.Int()), 1)))
		}
		return duration(g.time())
	case bandwidthType:
		return bandwidth(g.rate())
	case bytesType:
		if standard.IsValid() && standard.Int() > 0 && g.chance(0.7) {
			return fmt.Sprintf("%dB", int64(g.near(float64(standard.Int()), 1)))
		}
		return fmt.Sprintf("%dB", int64(g.amount(1, 1e6)))
	case quantityType:
		return g.quantity()
	}
	if reflect.PointerTo(t).Implements(textType) {
		if all := words(t); len(all) > 0 {
			return pick(g, all...)
		}
		return unknown
	}
	switch t.Kind() {
	case reflect.Bool:
		return g.chance(0.5)
	case reflect.String:
		if standard.IsValid() && standard.String() != "" && g.chance(0.3) {
			return standard.String()
		}
		return unknown
	case reflect.Float32, reflect.Float64:
		return g.number(standard)
	case reflect.Uint8:
		return int64(g.IntN(8))
	}
	if standard.IsValid() && standard.CanInt() && standard.Int() > 0 && g.chance(0.7) {
		return int64(g.near(float64(standard.Int()), 1))
	}
	if standard.IsValid() && standard.CanUint() && standard.Uint() > 0 && g.chance(0.7) {
		return int64(g.near(float64(standard.Uint()), 1))
	}
	return int64(g.IntN(5))
}

// unknown is a text that means nothing: what is wanted instead is in the message.
const unknown = "?????????????????"

// near draws a number around x, mostly within a factor of 4, rarely far away, and at least least.
func (g *drawer) near(x, least float64) float64 {
	span := 4.0
	if g.chance(0.1) {
		span = 1000
	}
	if x <= 0 {
		return x
	}
	return max(least, x*math.Pow(span, 2*g.Float64()-1))
}

// number draws a parameter that is a plain number.
func (g *drawer) number(standard reflect.Value) any {
	x := 0.0
	if standard.IsValid() && standard.CanFloat() {
		x = standard.Float()
	}
	switch {
	case g.chance(0.1):
		return float64(g.IntN(2))
	case x != 0 && g.chance(0.8):
		if v := g.near(math.Abs(x), 0); x < 0 {
			return round(-v)
		} else {
			return round(v)
		}
	}
	return round(g.amount(1e-4, 1))
}

// round keeps three digits.
func round(x float64) float64 {
	y, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 3, 64), 64)
	if err != nil {
		panic(err) // of what was just written
	}
	return y
}

// duration writes a time.
func duration(d time.Duration) string { return d.String() }

// bandwidth writes a rate.
func bandwidth(b float64) string { return fmt.Sprintf("%dbps", int64(max(b, 1))) }

// time draws a time that something takes or at which something comes.
func (g *drawer) time() time.Duration {
	switch {
	case g.chance(0.1):
		return 0
	case g.chance(0.03):
		return pick(g, 1, time.Hour, 1_000_000*time.Second)
	case g.chance(0.5):
		return g.moment()
	}
	return g.between(time.Microsecond, time.Second)
}

// moment draws a time of the run.
func (g *drawer) moment() time.Duration {
	busy := g.duration
	if g.Mild {
		busy = 4 * time.Second
	}
	if g.chance(0.3) {
		return g.between(min(time.Microsecond, busy/2), busy)
	}
	d := time.Duration(g.Float64() * float64(busy))
	if g.chance(0.5) {
		d = d.Round(busy / 100)
	}
	return d
}

// rate draws the capacity of a link, bit/s: around scale, rarely an extreme.
func (g *drawer) rate() float64 {
	switch {
	case g.Mild:
		return g.amount(0.5e6, 50e6)
	case g.chance(0.03):
		return pick(g, 1, 300, 8e3, 10e9, 400e9)
	}
	x := g.scale * g.amount(0.05, 3)
	if g.chance(0.5) {
		x = math.Ceil(x/1e3) * 1e3
	}
	return x
}

// quantity draws the limit of a queue.
func (g *drawer) quantity() string {
	if g.Mild {
		return fmt.Sprintf("%dpkt", 10+g.IntN(190))
	}
	switch g.IntN(8) {
	case 0:
		return fmt.Sprintf("%dB", int64(g.amount(1500, 1e6)))
	case 1:
		return duration(g.between(time.Millisecond, time.Second))
	case 2:
		return fmt.Sprintf("%.2fBDP", g.amount(0.1, 4))
	case 3:
		return pick(g, "0pkt", "1pkt", "2pkt", "100000pkt", "1500B")
	}
	return fmt.Sprintf("%dpkt", int(g.amount(1, 300)))
}

// between draws a time with a uniform logarithm, from lo on.
func (g *drawer) between(lo, hi time.Duration) time.Duration {
	return time.Duration(g.amount(float64(max(lo, 1)), float64(max(hi, 1))))
}

// amount draws a number with a uniform logarithm.
func (g *drawer) amount(lo, hi float64) float64 { return lo * math.Pow(hi/lo, g.Float64()) }

func (g *drawer) chance(p float64) bool { return g.Float64() < p }

func pick[T any](g *drawer, from ...T) T { return from[g.IntN(len(from))] }

// some returns a few of list, in an order of their own.
func some[T any](g *drawer, list []T) (few []T) {
	if len(list) == 0 {
		return nil
	}
	for _, i := range g.Perm(len(list))[:1+g.IntN(len(list))] {
		few = append(few, list[i])
	}
	return few
}

// words returns the words that a type takes, from the error for one that it does not.
func words(t reflect.Type) []string {
	v := reflect.New(t).Interface().(encoding.TextUnmarshaler)
	err := v.UnmarshalText([]byte(unknown))
	if err == nil {
		return nil
	}
	var good []string
	for _, w := range alternatives(err.Error()) {
		if v.UnmarshalText([]byte(w)) == nil {
			good = append(good, w)
		}
	}
	return good
}

var (
	wanting = regexp.MustCompile(`(?s)(?:\bwant|\bhave|did you mean)\b(.*)`)
	word    = regexp.MustCompile(`[A-Za-z0-9_/*][A-Za-z0-9_.+#/*-]*`)
	filler  = strings.Fields("want have one of or and a an the such as in with to from is at least most more than less not up there did you mean between letters digits none")
)

// alternatives returns the words that a message offers in place of what was read.
func alternatives(message string) (list []string) {
	m := wanting.FindStringSubmatch(message)
	if m == nil {
		return nil
	}
	for _, w := range word.FindAllString(m[1], -1) {
		w = strings.TrimRight(w, ".")
		if w != "" && !slices.Contains(filler, w) {
			list = append(list, w)
		}
	}
	for _, w := range []string{"from", "to", "up", "none"} { // fillers that may be meant
		if strings.Contains(m[1], " "+w+",") || strings.Contains(m[1], ", "+w) || strings.Contains(m[1], " "+w+" or ") {
			list = append(list, w)
		}
	}
	return list
}
