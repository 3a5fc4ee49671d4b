package page

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"sync"

	"golang.org/x/image/vector"
	"gonum.org/v1/plot/vg"
)

// PNG returns the page as a picture of a resolution, in dots per inch.
func (p *Page) PNG(dpi float64) []byte {
	r := rasters.Get().(*raster)
	defer rasters.Put(r)
	r.draw(p, dpi/72)
	return r.encode(paletteOf(&r.picture, p.ops))
}

// A raster is a picture under way, with the memory that its steps need, which the next picture uses again.
//
// A page of many panels is large, and memory that is touched for the first time is dear. So the page is
// drawn in strips, between rows that no shape crosses. They are as high as a panel, and leave runs of
// pixels.
type raster struct {
	picture
	scale float64 // pixels of a point
	strip []byte  // three bytes a pixel, red, green and blue, from its upper left corner
	top   int     // the row where it begins
	shape polygons
	coat  coat
	small vector.Rasterizer // of shapes of at most 512 pixels, with its mask
	mask  image.Alpha
}

var rasters = sync.Pool{New: func() any { return new(raster) }}

// leastStrip is how high strips are at least: each looks for its shapes among all.
const leastStrip = 64

// draw makes the picture of a page.
func (r *raster) draw(p *Page, scale float64) {
	r.scale = scale
	r.picture.reset(int(float64(p.width)*scale+0.5), int(float64(p.height)*scale+0.5))
	boxes := make([]image.Rectangle, len(p.ops))
	joined := make([]bool, r.height+1) // a row with the one above it
	for i := range p.ops {
		r.outline(&p.ops[i])
		boxes[i] = r.box()
		for y := boxes[i].Min.Y + 1; y < boxes[i].Max.Y; y++ {
			joined[y] = true
		}
	}
	for r.top = 0; r.top < r.height; {
		end := min(r.top+leastStrip, r.height)
		for joined[end] {
			end++
		}
		r.blank(end - r.top)
		for i := range p.ops {
			if boxes[i].Min.Y < end && boxes[i].Max.Y > r.top {
				r.outline(&p.ops[i])
				r.paint(p.ops[i].color, boxes[i])
			}
		}
		for y := range end - r.top {
			r.add(r.row(y))
		}
		r.top = end
	}
}

// blank begins a strip, which is white.
func (r *raster) blank(rows int) {
	r.strip = grown(r.strip, 3*r.width*rows)
	for y := range rows {
		layOver(r.row(y), color.NRGBA{0xFF, 0xFF, 0xFF, 0xFF}, 0xFF)
	}
}

// row returns one of the strip.
func (r *raster) row(y int) []byte { return r.strip[3*r.width*y:][:3*r.width] }

func grown(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n)
	}
	return b[:n]
}

// outline makes the shape of one thing.
func (r *raster) outline(o *op) {
	s := &r.shape
	s.reset()
	h := float64(r.height)
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
}

// box returns the pixels that the shape may cover.
func (r *raster) box() image.Rectangle {
	s := &r.shape
	if len(s.at) == 0 {
		return image.Rectangle{}
	}
	box := image.Rect(int(math.Floor(s.x0)), int(math.Floor(s.y0)), int(math.Ceil(s.x1)), int(math.Ceil(s.y1)))
	return box.Intersect(image.Rect(0, 0, r.width, r.height))
}

// paint lays a colour over what the shape covers of its box.
func (r *raster) paint(c color.NRGBA, box image.Rectangle) {
	s := &r.shape
	x0, y0 := float32(box.Min.X), float32(box.Min.Y)
	for i := range s.at {
		s.at[i][0] -= x0
		s.at[i][1] -= y0
	}
	lay := func(x, y, n int, a uint8) { layOver(r.row(y + box.Min.Y - r.top)[3*(x+box.Min.X):][:3*n], c, a) }
	if w, h := box.Dx(), box.Dy(); max(w, h) > 512 {
		r.coat.reset(w, h)
		s.each(r.coat.polygon)
		r.coat.each(lay)
	} else {
		r.stamp(w, h, lay)
	}
}

// stamp calls lay for what polygons cover in a small box.
func (r *raster) stamp(w, h int, lay func(x, y, n int, a uint8)) {
	r.small.Reset(w, h)
	r.small.DrawOp = draw.Src
	r.shape.each(func(pts [][2]float32) {
		r.small.MoveTo(pts[0][0], pts[0][1])
		for _, p := range pts[1:] {
			r.small.LineTo(p[0], p[1])
		}
		r.small.ClosePath()
	})
	r.mask.Pix, r.mask.Stride, r.mask.Rect = grown(r.mask.Pix, w*h), w, image.Rect(0, 0, w, h)
	r.small.Draw(&r.mask, r.mask.Rect, image.Opaque, image.Point{})
	for i, a := range r.mask.Pix {
		if a > 0 {
			lay(i%w, i/w, 1, a)
		}
	}
}

// layOver lays a colour over pixels of which a of 255 is covered. It is not inlined: the garbage collector,
// which comes when a picture gets its memory, can stop a loop where that calls a function, but not within
// the copies that take nearly all of its time.
//
//go:noinline
func layOver(to []byte, c color.NRGBA, a uint8) {
	if a == 0xFF {
		for n := copy(to, []byte{c.R, c.G, c.B}); n < len(to); n *= 2 {
			copy(to[n:], to[:n])
		}
		return
	}
	k := int(a)
	for ; len(to) > 0; to = to[3:] {
		to[0] += uint8((int(c.R) - int(to[0])) * k / 0xFF)
		to[1] += uint8((int(c.G) - int(to[1])) * k / 0xFF)
		to[2] += uint8((int(c.B) - int(to[2])) * k / 0xFF)
	}
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

// each calls f for each of them.
func (s *polygons) each(f func(pts [][2]float32)) {
	start := 0
	for _, end := range s.ends {
		f(s.at[start:end])
		start = end
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

// join fills the outer side of a corner: to the point where the edges meet, unless that is far (as SVG and
// PDF do).
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
