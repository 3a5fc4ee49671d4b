package language

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"mpsim/scenarios/formula"
	"mpsim/sim/rng"
	"mpsim/sim/words"
)

// A draw is an axis of [vary] whose values are random: a table that says how many there are (draw), from which
// seed, and, for each quantity, how a value of it comes about.
type draw struct {
	d          *document
	path       string
	root       rng.Root
	quantities map[string]any
	names      []string // of the quantities

	streams map[string]func() float64 // numbers from 0 to 1, by quantity
	value   map[string]any            // being made
	under   []string                  // quantities on whose formulas the one in hand depends
}

// isQuantity reports whether formulas can name k: a lower-case letter, then such letters, digits and
// underscores.
func isQuantity(k string) bool {
	return strings.Trim(k, "abcdefghijklmnopqrstuvwxyz0123456789_") == "" && k != "" && k[0] >= 'a'
}

// drawn returns the values of the axis at path as tables with labels from 1 on. A quantity has a stream of random
// numbers of its own, so that another one, or more values, shift nothing.
func (d *document) drawn(path string, t map[string]any) (values []any) {
	n, ok := t["draw"].(int64)
	if !ok || n < 1 || n > maxVaried {
		d.fail(join(path, "draw"), "got %s; want how many values to draw, 1 to %d", describe(t["draw"]), maxVaried)
		return nil
	}
	seed, ok := t["seed"].(int64)
	if t["seed"] != nil && (!ok || seed < 0) {
		d.fail(join(path, "seed"), "got %s; want a number from 0 on", describe(t["seed"]))
		return nil
	}
	if t["seed"] == nil {
		seed = 1
	}
	w := &draw{d: d, path: path, root: rng.New(uint64(seed), 0), quantities: t, streams: make(map[string]func() float64)}
	for _, k := range keys(t) {
		if k != "draw" && k != "seed" {
			w.names = append(w.names, k)
		}
	}
	failures := d.failures
	w.check()
	for i := int64(0); i < n && d.failures == failures && d.grow(1+len(w.names)); i++ {
		w.value = map[string]any{"label": strconv.FormatInt(i+1, 10)}
		for _, k := range w.names {
			w.of(k)
		}
		values = append(values, w.value)
	}
	return values
}

// check reports quantities that no value can be drawn of.
func (w *draw) check() {
	if len(w.names) == 0 {
		w.d.fail(w.path, "nothing to draw: want quantities beside draw and seed")
	}
	for _, k := range w.names {
		path := join(w.path, k)
		if !isQuantity(k) || k == "label" {
			w.d.fail(path, "want a name of small letters, digits and _, other than label")
		}
		switch q := w.quantities[k].(type) {
		case map[string]any:
			w.checkRange(path, q)
		case []any:
			if len(q) == 0 || slices.ContainsFunc(q, func(v any) bool { _, table := v.(map[string]any); return table }) {
				w.d.fail(path, "got %s; want values to choose from, none of them a table", describe(q))
			}
		case string:
			if _, err := formula.ParseNames(q, w.names); err != nil {
				w.d.fail(path, "%v", err)
			}
		default:
			w.d.fail(path, "got %s; want { from, to }, an array to choose from, or a formula of other quantities", describe(q))
		}
	}
}

// checkRange reports what is no range.
func (w *draw) checkRange(path string, q map[string]any) {
	for _, k := range keys(q) {
		if k != "from" && k != "to" {
			w.d.fail(join(path, k), "unknown key; %s", words.Suggest(k, []string{"from", "to"}))
		}
	}
	from, a := number(q["from"])
	to, b := number(q["to"])
	if !a || !b || !(from > 0 && from < to && to < math.Inf(1)) {
		w.d.fail(path, "from %s to %s; want numbers, 0 < from < to", describe(q["from"]), describe(q["to"]))
	}
}

// number returns v as one.
func number(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case int64:
		return float64(v), true
	}
	return 0, false
}

// of returns quantity k of the value being made. Of a range all ratios are as likely; numbers have three digits,
// so that people can read what was drawn.
func (w *draw) of(k string) any {
	if v, ok := w.value[k]; ok {
		return v
	}
	path := join(w.path, k)
	if slices.Contains(w.under, k) {
		w.d.fail(path, "its formula depends on itself")
		return math.NaN()
	}
	switch q := w.quantities[k].(type) {
	case map[string]any:
		from, _ := number(q["from"])
		to, _ := number(q["to"])
		w.value[k] = threeDigits(from * math.Pow(to/from, w.random(k)))
	case []any:
		w.value[k] = q[min(int(w.random(k)*float64(len(q))), len(q)-1)]
	case string:
		f, _ := formula.ParseNames(q, w.names)
		w.under = append(w.under, k)
		x := f.Of(func(of formula.Quantity) float64 {
			n, ok := number(w.of(of.Name))
			if !ok {
				w.d.fail(path, "%s is no number", of.Name)
			}
			return n
		})
		w.under = w.under[:len(w.under)-1]
		if math.IsNaN(x) || math.IsInf(x, 0) {
			w.d.fail(path, "the formula %q has no value where %s", q, w.where())
		}
		w.value[k] = threeDigits(x)
	}
	return w.value[k]
}

// where lists what the value being made has so far.
func (w *draw) where() (text string) {
	for _, k := range keys(w.value) {
		if k != "label" {
			text += fmt.Sprintf(", %s is %s", k, label(w.value[k]))
		}
	}
	if text == "" {
		return "nothing is drawn yet"
	}
	return text[2:]
}

// random returns the next number from 0 to 1 of the stream of quantity k.
func (w *draw) random(k string) float64 {
	if w.streams[k] == nil {
		w.streams[k] = w.root.Stream(w.path + "/" + k).Float64
	}
	return w.streams[k]()
}

// threeDigits rounds x to as many.
func threeDigits(x float64) float64 {
	x, _ = strconv.ParseFloat(strconv.FormatFloat(x, 'g', 3, 64), 64)
	return x
}

// drawnOf lists the quantities that were drawn for a value of an axis, as axis.quantity=value.
func drawnOf(axis string, value any) (list []any) {
	t := value.(map[string]any)
	for _, k := range keys(t) {
		if k != "label" {
			list = append(list, axis+"."+k+"="+label(t[k]))
		}
	}
	return list
}
