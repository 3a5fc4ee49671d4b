package page

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"
	"sync"

	"golang.org/x/image/vector"
	"gonum.org/v1/plot/vg"
)

// PNG returns the page as a picture of a resolution, in dots per inch.
func (p *Page) PNG(dpi float64) ([]byte, error) {
	r := rasters.Get().(*raster)
	defer rasters.Put(r)
	r.reset(p, dpi/72)
	for i := range p.ops {
		r.draw(&p.ops[i])
	}
	var b bytes.Buffer
	err := encoder.Encode(&b, r.compact(p.ops))
	return b.Bytes(), err
}

// A raster is a picture under way, with the memory that its steps need. Pictures differ little in size: the memory is
// used again.
type raster struct {
	scale   float64 // pixels of a point
	img     image.RGBA
	indexed image.Paletted
	coat    vector.Rasterizer
	mask    image.Alpha
	shape   polygons
}

var rasters = sync.Pool{New: func() any { return new(raster) }}

// encoder takes compression of a third of the time for files of a few kB more.
var encoder = png.Encoder{CompressionLevel: png.BestSpeed, BufferPool: &pngBuffers}

type pngPool struct{ sync.Pool }

var pngBuffers pngPool

func (p *pngPool) Get() *png.EncoderBuffer  { b, _ := p.Pool.Get().(*png.EncoderBuffer); return b }
func (p *pngPool) Put(b *png.EncoderBuffer) { p.Pool.Put(b) }

// reset makes the picture white.
func (r *raster) reset(p *Page, scale float64) {
	w, h := int(float64(p.width)*scale+0.5), int(float64(p.height)*scale+0.5)
	r.scale = scale
	r.img.Pix, r.img.Stride, r.img.Rect = grown(r.img.Pix, 4*w*h), 4*w, image.Rect(0, 0, w, h)
	// By copies that double, which takes a sixth of the time of a loop over the bytes.
	pix := r.img.Pix
	for n := copy(pix, []byte{0xFF, 0xFF, 0xFF, 0xFF}); n < len(pix); n *= 2 {
		copy(pix[n:], pix[:n])
	}
}

func grown(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n)
	}
	return b[:n]
}

// draw paints one thing.
func (r *raster) draw(o *op) {
	s := &r.shape
	s.reset()
	h := float64(r.img.Rect.Dy())
	switch {
	case o.text != "":
		x := 0.0
		for _, c := range o.text {
			g := sans().glyph(c)
			m := o.m.after(matrix{a: float64(o.size), d: float64(o.size), e: x})
			s.fill(&g.outline, func(p vg.Point) (float64, float64) {
				p = m.at(p)
				return float64(p.X) * r.scale, h - float64(p.Y)*r.scale
			})
			x += float64(o.size) * g.advance / sans().units
		}
	case o.line > 0:
		s.stroke(&o.path, float64(o.line)*r.scale, o.dashes, r.scale, h)
	default:
		s.fill(&o.path, func(p vg.Point) (float64, float64) { return float64(p.X) * r.scale, h - float64(p.Y)*r.scale })
	}
	r.paint(o.color)
}

// paint lays a colour over what the polygons cover.
func (r *raster) paint(c color.NRGBA) {
	s := &r.shape
	if len(s.at) == 0 {
		return
	}
	box := image.Rect(int(math.Floor(s.x0)), int(math.Floor(s.y0)), int(math.Ceil(s.x1)), int(math.Ceil(s.y1))).Intersect(r.img.Rect)
	if box.Empty() {
		return
	}
	r.coat.Reset(box.Dx(), box.Dy())
	r.coat.DrawOp = draw.Src
	x0, y0 := float32(box.Min.X), float32(box.Min.Y)
	start := 0
	for _, end := range s.ends {
		for i, p := range s.at[start:end] {
			if i == 0 {
				r.coat.MoveTo(p[0]-x0, p[1]-y0)
			} else {
				r.coat.LineTo(p[0]-x0, p[1]-y0)
			}
		}
		r.coat.ClosePath()
		start = end
	}
	w, h := box.Dx(), box.Dy()
	r.mask.Pix, r.mask.Stride, r.mask.Rect = grown(r.mask.Pix, w*h), w, image.Rect(0, 0, w, h)
	r.coat.Draw(&r.mask, r.mask.Rect, image.Opaque, image.Point{})
	for y := range h {
		row := r.mask.Pix[y*w : y*w+w]
		to := r.img.Pix[(y+box.Min.Y)*r.img.Stride+4*box.Min.X:]
		for x, a := range row {
			if a == 0 {
				continue
			}
			px := to[4*x : 4*x+3 : 4*x+3]
			if a == 0xFF {
				px[0], px[1], px[2] = c.R, c.G, c.B
				continue
			}
			k := int(a)
			px[0] += uint8((int(c.R) - int(px[0])) * k / 0xFF)
			px[1] += uint8((int(c.G) - int(px[1])) * k / 0xFF)
			px[2] += uint8((int(c.B) - int(px[2])) * k / 0xFF)
		}
	}
}

// compact returns the picture with a palette, which takes a quarter of the time to compress. The few
// colours of a figure and their shades fit in it if those that differ by less than a sixteenth of a channel
// share one, that of the drawing where there is one. The shades of many bands of intervals share one if
// they differ by less than an eighth: they are at edges alone. A picture that has more, or in which two
// colours of the drawing are as near, keeps them all.
func (r *raster) compact(ops []op) image.Image {
	if r.index(ops, 16) || r.index(ops, 8) {
		return &r.indexed
	}
	return &r.img
}

// index makes the picture with a palette, in which as many levels of a channel differ, and reports whether
// it has room for all colours.
func (r *raster) index(ops []op, levels int) bool {
	pix := r.img.Pix
	step := 0xFF / (levels - 1)
	var level [1 << 8]uint16 // of a value of a channel
	for v := range level {
		level[v] = uint16(min((v+step/2)/step, levels-1))
	}
	r.indexed.Pix, r.indexed.Stride, r.indexed.Rect = grown(r.indexed.Pix, len(pix)/4), r.img.Rect.Dx(), r.img.Rect
	r.indexed.Palette = r.indexed.Palette[:0]
	var places [1 << 12]uint16 // in the palette, plus 1
	index := func(c [3]uint8) uint8 {
		at := &places[level[c[0]]<<8|level[c[1]]<<4|level[c[2]]]
		if *at == 0 { // beyond 256, the picture is not used
			r.indexed.Palette = append(r.indexed.Palette, color.RGBA{c[0], c[1], c[2], 0xFF})
			*at = uint16(len(r.indexed.Palette))
		}
		return uint8(*at - 1)
	}
	last := [3]uint8{0xFF, 0xFF, 0xFF}
	at := index(last)
	for i := range ops {
		c := [3]uint8{ops[i].color.R, ops[i].color.G, ops[i].color.B}
		if k := int(index(c)); levels < 16 && r.indexed.Palette[k] != (color.RGBA{c[0], c[1], c[2], 0xFF}) {
			return false // one sees that this is another colour of the drawing, or the paper
		}
	}
	for i := range r.indexed.Pix {
		if c := [3]uint8(pix[4*i : 4*i+3 : 4*i+3]); c != last {
			last, at = c, index(c)
		}
		r.indexed.Pix[i] = at
	}
	return len(r.indexed.Palette) <= 256
}

// polygons are closed outlines in pixels, from the upper left corner; where any of them lies is inside.
type polygons struct {
	at             [][2]float32
	ends           []int
	x0, y0, x1, y1 float64
}

func (s *polygons) reset() {
	s.at, s.ends = s.at[:0], s.ends[:0]
	s.x0, s.y0, s.x1, s.y1 = math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
}

func (s *polygons) point(x, y float64) {
	s.x0, s.y0, s.x1, s.y1 = min(s.x0, x), min(s.y0, y), max(s.x1, x), max(s.y1, y)
	s.at = append(s.at, [2]float32{float32(x), float32(y)})
}

func (s *polygons) end() {
	if n := len(s.ends); len(s.at) > 0 && (n == 0 || s.ends[n-1] < len(s.at)) {
		s.ends = append(s.ends, len(s.at))
	}
}

// fill adds the inside of a path.
func (s *polygons) fill(p *path, place func(vg.Point) (x, y float64)) {
	var fx, fy float64
	p.each(func(verb byte, pts []vg.Point) {
		switch verb {
		case 'M':
			s.end()
			fx, fy = place(pts[0])
			s.point(fx, fy)
		case 'L':
			fx, fy = place(pts[0])
			s.point(fx, fy)
		case 'C':
			x1, y1 := place(pts[0])
			x2, y2 := place(pts[1])
			x3, y3 := place(pts[2])
			bend(fx, fy, x1, y1, x2, y2, x3, y3, s.point)
			fx, fy = x3, y3
		}
	})
	s.end()
}

// bend calls point along a Bézier curve, in steps that a pixel does not show.
func bend(x0, y0, x1, y1, x2, y2, x3, y3 float64, point func(x, y float64)) {
	length := math.Hypot(x1-x0, y1-y0) + math.Hypot(x2-x1, y2-y1) + math.Hypot(x3-x2, y3-y2)
	n := int(2 + math.Sqrt(length)/1.2)
	for i := 1; i <= n; i++ {
		t := float64(i) / float64(n)
		u := 1 - t
		a, b, c, d := u*u*u, 3*u*u*t, 3*u*t*t, t*t*t
		point(a*x0+b*x1+c*x2+d*x3, a*y0+b*y1+c*y2+d*y3)
	}
}

// stroke adds what lines along a path cover, with mitred joins and no caps.
func (s *polygons) stroke(p *path, width float64, dashes []vg.Length, scale, height float64) {
	pen := pen{to: s, half: width / 2}
	for _, d := range dashes {
		pen.dashes = append(pen.dashes, float64(d)*scale)
	}
	place := func(p vg.Point) (x, y float64) { return float64(p.X) * scale, height - float64(p.Y)*scale }
	var startX, startY, fx, fy float64
	p.each(func(verb byte, pts []vg.Point) {
		switch verb {
		case 'M':
			fx, fy = place(pts[0])
			startX, startY = fx, fy
			pen.lift()
		case 'L':
			x, y := place(pts[0])
			pen.line(fx, fy, x, y)
			fx, fy = x, y
		case 'C':
			x1, y1 := place(pts[0])
			x2, y2 := place(pts[1])
			x3, y3 := place(pts[2])
			bend(fx, fy, x1, y1, x2, y2, x3, y3, func(x, y float64) {
				pen.line(fx, fy, x, y)
				fx, fy = x, y
			})
		case 'Z':
			pen.line(fx, fy, startX, startY)
			pen.close()
			fx, fy = startX, startY
		}
	})
}

// A pen draws pieces of line, each a rectangle, with a corner between those that meet.
type pen struct {
	to     *polygons
	half   float64 // of the width
	dashes []float64

	down           bool    // the last piece can be joined
	dx, dy         float64 // direction of the last piece
	first          bool    // no piece since the lift
	firstX, firstY float64 // direction of the first piece
	endX, endY     float64
	phase          int     // of the dashes
	used           float64 // of that dash
}

func (p *pen) lift() { p.down, p.first, p.phase, p.used = false, true, 0, 0 }

// line draws a piece, in dashes.
func (p *pen) line(x0, y0, x1, y1 float64) {
	length := math.Hypot(x1-x0, y1-y0)
	if length == 0 {
		return
	}
	dx, dy := (x1-x0)/length, (y1-y0)/length
	if len(p.dashes) == 0 {
		p.piece(x0, y0, x1, y1, dx, dy)
		return
	}
	for at := 0.0; at < length; {
		rest := min(p.dashes[p.phase]-p.used, length-at)
		if p.phase%2 == 0 {
			p.piece(x0+dx*at, y0+dy*at, x0+dx*(at+rest), y0+dy*(at+rest), dx, dy)
		} else {
			p.down = false
		}
		at += rest
		if p.used += rest; p.used >= p.dashes[p.phase]-1e-9 {
			p.phase, p.used = (p.phase+1)%len(p.dashes), 0
		}
	}
}

func (p *pen) piece(x0, y0, x1, y1, dx, dy float64) {
	if p.down {
		p.join(x0, y0, p.dx, p.dy, dx, dy)
	} else if p.first {
		p.firstX, p.firstY = dx, dy
	}
	nx, ny := -dy*p.half, dx*p.half
	p.polygon([2]float64{x0 + nx, y0 + ny}, [2]float64{x0 - nx, y0 - ny}, [2]float64{x1 - nx, y1 - ny}, [2]float64{x1 + nx, y1 + ny})
	p.down, p.first, p.dx, p.dy, p.endX, p.endY = true, false, dx, dy, x1, y1
}

// close joins the last piece to the first.
func (p *pen) close() {
	if p.down && len(p.dashes) == 0 {
		p.join(p.endX, p.endY, p.dx, p.dy, p.firstX, p.firstY)
	}
	p.lift()
}

// join fills the outer side of a corner: to the point where the edges meet, unless that is far (as SVG and PDF do).
func (p *pen) join(x, y, ax, ay, bx, by float64) {
	cross := ax*by - ay*bx
	if math.Abs(cross) < 1e-6 {
		return
	}
	side := p.half
	if cross > 0 {
		side = -side
	}
	a, b := [2]float64{x - ay*side, y + ax*side}, [2]float64{x - by*side, y + bx*side}
	if cos := ax*bx + ay*by; cos > -0.875 { // a miter of four times the width
		k := side / (1 + cos)
		tip := [2]float64{x - (ay+by)*k, y + (ax+bx)*k}
		p.polygon([2]float64{x, y}, a, tip, b)
		return
	}
	p.polygon([2]float64{x, y}, a, b)
}

// polygon adds one, always with the same sense of rotation, so that those that overlap do not cancel.
func (p *pen) polygon(pts ...[2]float64) {
	area := 0.0
	for i, a := range pts {
		b := pts[(i+1)%len(pts)]
		area += a[0]*b[1] - a[1]*b[0]
	}
	for i := range pts {
		if area < 0 {
			i = len(pts) - 1 - i
		}
		p.to.point(pts[i][0], pts[i][1])
	}
	p.to.end()
}
