// Package page is one drawing for all formats: a canvas that keeps what is drawn on it, in points from the lower
// left corner, and writes it as PNG, SVG, PDF and PGF. Text has one face, Liberation Sans, whose widths are those of
// Helvetica and Arial. The bytes depend on the drawing alone.
package page

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// Page implements vg.Canvas for opaque colours. DrawImage is not among what figures need: it panics.
type Page struct {
	width, height vg.Length
	ops           []op
	state
	stack   []state
	missing []rune
	align   float64 // of the text to come
}

// state is what Push keeps.
type state struct {
	color  color.NRGBA
	line   vg.Length
	dashes []vg.Length
	m      matrix
}

// An op draws one thing: a path with a width of line, a filled path without one, or text.
type op struct {
	color  color.NRGBA
	line   vg.Length
	dashes []vg.Length
	path   path
	text   string
	size   vg.Length
	align  float64 // 0 if m places the left end of the text for good, -0.5 if its middle, -1 if its right end
	m      matrix  // places the left end of the text
}

// A path is a list of verbs, M, L, C and Z as SVG has them, with their points.
type path struct {
	verbs  []byte
	points []vg.Point
}

// A matrix maps (x, y) to (a x + c y + e, b x + d y + f).
type matrix struct{ a, b, c, d, e, f float64 }

// New returns an empty page.
func New(width, height vg.Length) *Page {
	return &Page{width: width, height: height, state: state{color: color.NRGBA{A: 0xFF}, line: 1, m: matrix{a: 1, d: 1}}}
}

// Missing returns the characters of the texts that the font has no glyph for, sorted. PNG and PDF show a box.
func (p *Page) Missing() []rune { return slices.Compact(slices.Sorted(slices.Values(p.missing))) }

// SetLineWidth implements vg.Canvas.
func (p *Page) SetLineWidth(w vg.Length) { p.line = w }

// SetLineDash implements vg.Canvas. Patterns begin at the start of a line: there is no offset.
func (p *Page) SetLineDash(dashes []vg.Length, _ vg.Length) { p.dashes = dashes }

// SetColor implements vg.Canvas.
func (p *Page) SetColor(c color.Color) {
	if c == nil {
		c = color.Black
	}
	p.color = color.NRGBAModel.Convert(c).(color.NRGBA)
}

// Rotate implements vg.Canvas.
func (p *Page) Rotate(rad float64) {
	sin, cos := math.Sincos(rad)
	p.m = p.m.after(matrix{a: cos, b: sin, c: -sin, d: cos})
}

// Translate implements vg.Canvas.
func (p *Page) Translate(pt vg.Point) {
	p.m = p.m.after(matrix{a: 1, d: 1, e: float64(pt.X), f: float64(pt.Y)})
}

// Scale implements vg.Canvas.
func (p *Page) Scale(x, y float64) { p.m = p.m.after(matrix{a: x, d: y}) }

// Push implements vg.Canvas.
func (p *Page) Push() { p.stack = append(p.stack, p.state) }

// Pop implements vg.Canvas.
func (p *Page) Pop() {
	p.state = p.stack[len(p.stack)-1]
	p.stack = p.stack[:len(p.stack)-1]
}

// Stroke implements vg.Canvas.
func (p *Page) Stroke(v vg.Path) {
	if p.line > 0 {
		p.ops = append(p.ops, op{color: p.color, line: p.line, dashes: p.dashes, path: p.trace(path{}, v)})
	}
}

// smallShape is the number of verbs up to which shapes of one colour become one path: markers, of which there may be
// thousands.
const smallShape = 10

// Fill implements vg.Canvas.
func (p *Page) Fill(v vg.Path) {
	if n := len(p.ops); n > 0 && len(v) <= smallShape {
		last := &p.ops[n-1]
		if last.line == 0 && last.text == "" && last.color == p.color {
			last.path = p.trace(last.path, v)
			return
		}
	}
	p.ops = append(p.ops, op{color: p.color, path: p.trace(path{}, v)})
}

// FillString implements vg.Canvas.
func (p *Page) FillString(f font.Face, at vg.Point, text string) {
	if f.Font.Size == 0 || text == "" {
		return
	}
	for _, r := range text {
		if !sans().has(r) {
			p.missing = append(p.missing, r)
		}
	}
	m := p.m.after(matrix{a: 1, d: 1, e: float64(at.X), f: float64(at.Y)})
	p.ops = append(p.ops, op{color: p.color, text: text, size: f.Font.Size, align: p.align, m: m})
}

// DrawImage implements vg.Canvas.
func (p *Page) DrawImage(vg.Rectangle, image.Image) { panic("page: no images") }

// trace appends v to a path, where the transformations put it.
func (p *Page) trace(to path, v vg.Path) path {
	for i := range v {
		x := &v[i]
		switch x.Type {
		case vg.MoveComp:
			to.add('M', p.m.at(x.Pos))
		case vg.LineComp:
			to.add('L', p.m.at(x.Pos))
		case vg.ArcComp:
			p.arc(&to, x)
		case vg.CurveComp:
			to.add('C', p.m.at(x.Control[0]), p.m.at(x.Control[len(x.Control)-1]), p.m.at(x.Pos))
		case vg.CloseComp:
			to.add('Z')
		default:
			panic(fmt.Sprintf("page: path component %d", x.Type))
		}
	}
	return to
}

// arc appends an arc as Bézier curves of at most a quarter of a circle, off by less than a thousandth of the radius.
func (p *Page) arc(to *path, x *vg.PathComp) {
	n := max(1, int(math.Ceil(math.Abs(x.Angle)/(math.Pi/2)-1e-9)))
	step := x.Angle / float64(n)
	k := vg.Length(4.0 / 3 * math.Tan(step/4))
	on := func(angle float64) (at, along vg.Point) {
		sin, cos := math.Sincos(angle)
		dx, dy := x.Radius*vg.Length(cos), x.Radius*vg.Length(sin)
		return vg.Point{X: x.Pos.X + dx, Y: x.Pos.Y + dy}, vg.Point{X: -k * dy, Y: k * dx}
	}
	at, along := on(x.Start)
	if len(to.verbs) == 0 {
		to.add('M', p.m.at(at))
	} else if last := to.points[len(to.points)-1]; last != p.m.at(at) {
		to.add('L', p.m.at(at))
	}
	for i := range n {
		end, next := on(x.Start + float64(i+1)*step)
		to.add('C', p.m.at(at.Add(along)), p.m.at(end.Sub(next)), p.m.at(end))
		at, along = end, next
	}
}

func (p *path) add(verb byte, points ...vg.Point) {
	p.verbs = append(p.verbs, verb)
	p.points = append(p.points, points...)
}

// each calls f with each verb and its points.
func (p *path) each(f func(verb byte, pts []vg.Point)) {
	i := 0
	for _, v := range p.verbs {
		k := 1
		switch v {
		case 'C':
			k = 3
		case 'Z':
			k = 0
		}
		f(v, p.points[i:i+k])
		i += k
	}
}

// at returns where m puts a point.
func (m matrix) at(p vg.Point) vg.Point {
	x, y := float64(p.X), float64(p.Y)
	return vg.Point{X: vg.Length(m.a*x + m.c*y + m.e), Y: vg.Length(m.b*x + m.d*y + m.f)}
}

// after returns the matrix that does n first, and then m.
func (m matrix) after(n matrix) matrix {
	return matrix{
		m.a*n.a + m.c*n.b, m.b*n.a + m.d*n.b,
		m.a*n.c + m.c*n.d, m.b*n.c + m.d*n.d,
		m.a*n.e + m.c*n.f + m.e, m.b*n.e + m.d*n.f + m.f,
	}
}

// number appends x with two decimals at most: a hundredth of a point is four micrometres.
func number[T ~float64](b []byte, x T) []byte {
	n := int64(math.Round(float64(x) * 100))
	if n < 0 {
		b, n = append(b, '-'), -n
	}
	b = strconv.AppendInt(b, n/100, 10)
	if n %= 100; n != 0 {
		b = append(b, '.', byte('0'+n/10))
		if n%10 != 0 {
			b = append(b, byte('0'+n%10))
		}
	}
	return b
}
