package figure

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"mpsim/experiment/record"
)

// What is brief and high would flatten all else: a slow start that overshoots, say. What a series exceeds for less
// than brief of its time is cut off if it is more than steep times as high. An arrow says then how high it was.
const (
	brief = 0.01
	steep = 2
	room  = 1.5 // of what is left, as much as is usual
)

// calm returns up to where a panel with the series has to reach.
func calm(list []record.Series, until float64) float64 {
	usual := 0.0
	for i := range list {
		usual = max(usual, quantile(&list[i], 1-brief, until))
	}
	if highest := greatest(list...); highest <= steep*usual || usual == 0 {
		return highest
	}
	return room * usual
}

// quantile returns the value that a series does not exceed for a part p of its time.
func quantile(x *record.Series, p, until float64) float64 {
	type piece struct{ v, lasts float64 }
	var pieces []piece
	total := 0.0
	for i, t := range x.T {
		end := until
		if i+1 < len(x.T) {
			end = x.T[i+1]
		}
		pieces = append(pieces, piece{x.V[i], max(0, end-t)})
		total += max(0, end-t)
	}
	slices.SortFunc(pieces, func(a, b piece) int { return cmp.Compare(a.v, b.v) })
	sum := 0.0
	for _, k := range pieces {
		if sum += k.lasts; sum >= p*total {
			return k.v
		}
	}
	return 0
}

// scaleUp gives the vertical axis of a panel its end, or makes it logarithmic from the least value above 0.
func (p *panel) scaleUp(log bool, list []record.Series, sc scale) {
	if !log {
		p.addPeaks(list, sc)
		return
	}
	low := math.Inf(1)
	for _, x := range list {
		for _, v := range x.V {
			if v > 0 {
				low = min(low, v*sc.factor)
			}
		}
	}
	high := max(p.plot.Y.Max, greatest(list...)*sc.factor)
	if math.IsInf(low, 1) {
		low = high / 10
	}
	p.plot.Y.logarithmic(low/1.1, high)
}

// addPeaks marks what the axis cuts off, of each series the highest.
func (p *panel) addPeaks(list []record.Series, sc scale) {
	row := 0
	for _, x := range list {
		at := 0
		for i, v := range x.V {
			if v > x.V[at] {
				at = i
			}
		}
		if len(x.V) > 0 && x.V[at]*sc.factor > p.plot.Y.Max {
			p.markers = append(p.markers, &peak{x.T[at], row, "\u2191 " + amountOf(x.V[at], x.Unit)})
			row++
		}
	}
}

// amountOf writes an amount with three digits and its unit.
func amountOf(v float64, unit string) string {
	sc := scaleFor(unit, v)
	return threeDigits(sc.factor*v) + " " + sc.unit
}

// A peak says how high something is that the panel cuts off.
type peak struct {
	x    float64
	row  int
	text string
}

// Plot implements layer.
func (k *peak) Plot(c draw.Canvas, a *axes) {
	tx, _ := a.Transforms(&c)
	style := smallText
	style.YAlign = text.YTop
	at := vg.Point{X: tx(k.x) + 2, Y: c.Max.Y - vg.Length(k.row)*8}
	width := style.Width(k.text)
	if at.X+width > c.Max.X {
		at.X = c.Max.X - width
	}
	c.FillPolygon(white, rectangle(at.X-1, at.Y-8, at.X+width+1, at.Y))
	c.FillText(style, at, k.text)
}
