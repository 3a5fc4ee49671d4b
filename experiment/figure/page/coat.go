package page

import (
	"math"
	"math/bits"
)

// A coat says how much of each pixel of a box polygons cover. A line is a few pixels of its box: only those
// are looked at where an outline passes, and where coverage changes.
//
// Its arithmetic is that of the vector.Rasterizer of golang.org/x/image for boxes of its size, pixel by
// pixel, on any processor. That one looks at all pixels, and sets the rounding mode of the processor twice
// for each four, which takes some processors ten times as long as the rest, depending on where the stack
// is.
type coat struct {
	width, height int
	cells         []float32 // change of coverage from the pixel to the left, row by row; 0 between two shapes
	marks         []uint64  // a bit for each four cells that an outline has passed; 0 between two shapes
	x, y          float32   // of the pen
}

// reset begins a shape in a box.
func (c *coat) reset(width, height int) {
	c.width, c.height = width, height
	if n := width * height; n > len(c.cells) {
		c.cells = make([]float32, n+n/4)
		c.marks = make([]uint64, len(c.cells)/256+1)
	}
}

// polygon adds a closed outline.
func (c *coat) polygon(pts [][2]float32) {
	c.x, c.y = pts[0][0], pts[0][1]
	for _, p := range pts[1:] {
		c.line(p[0], p[1])
	}
	c.line(pts[0][0], pts[0][1])
}

// line adds one from the pen, which goes to its end: what lies to the right of it is covered, in one
// direction, or no longer covered. Conversions to float32 keep compilers from fused operations, which round
// otherwise.
func (c *coat) line(bx, by float32) {
	ax, ay := c.x, c.y
	c.x, c.y = bx, by
	sign := float32(1)
	if ay > by {
		sign, ax, ay, bx, by = -1, bx, by, ax, ay
	}
	if by-ay <= 0.000001 {
		return
	}
	slope := (bx - ax) / (by - ay)
	x := ax
	for y := floor(ay); y < min(ceil(by), c.height); y++ {
		dy := min(float32(y+1), by) - max(float32(y), ay)
		next := x + float32(dy*slope)
		if y >= 0 {
			c.cross(y, x, next, float32(dy*sign))
		}
		x = next
	}
}

// cross adds the piece of a line within a row, which changes the coverage by d in all.
func (c *coat) cross(y int, from, to, d float32) {
	left, right := min(from, to), max(from, to)
	first, end := floor(left), ceil(right)
	if end <= first+1 { // within a pixel
		part := float32(0.5*(from+to)) - float32(first)
		c.add(y, first, d-float32(d*part))
		c.add(y, first+1, float32(d*part))
		return
	}
	k := 1 / (right - left)
	in := left - float32(first)
	rest := 1 - in
	a0 := float32(0.5 * k * rest * rest)
	out := right - float32(end) + 1
	am := float32(0.5 * k * out * out)
	c.add(y, first, float32(d*a0))
	if end == first+2 {
		c.add(y, first+1, float32(d*(1-a0-am)))
	} else {
		a1 := float32(k * (1.5 - in))
		c.add(y, first+1, float32(d*(a1-a0)))
		each := float32(d * k)
		for x := first + 2; x < end-1; x++ {
			c.add(y, x, each)
		}
		a2 := a1 + float32(k*float32(end-first-3))
		c.add(y, end-1, float32(d*(1-a2-am)))
	}
	c.add(y, end, float32(d*am))
}

// add adds to a cell of a row; one beyond its ends is the nearest, at the right the first of the next row.
func (c *coat) add(y, x int, d float32) {
	if i := y*c.width + min(max(x, 0), c.width); i < c.width*c.height {
		c.cells[i] += d
		c.marks[i/256] |= 1 << (i / 4 % 64)
	}
}

func floor(x float32) int { return int(math.Floor(float64(x))) }
func ceil(x float32) int  { return int(math.Ceil(float64(x))) }

// each calls paint for the pieces of rows that are covered, by a of 255. It ends the shape.
func (c *coat) each(paint func(x, y, n int, a uint8)) {
	cells := c.cells[:c.width*c.height]
	at, sum := 0, float32(0)
	fill := func(end int) { // coverage does not change until there
		if a := coverage(sum); a > 0 {
			for at < end {
				x, y := at%c.width, at/c.width
				n := min(end-at, c.width-x)
				paint(x, y, n, a)
				at += n
			}
		}
		at = end
	}
	for k := range len(cells)/256 + 1 {
		for m := c.marks[k]; m != 0; m &= m - 1 {
			i := 256*k + 4*bits.TrailingZeros64(m)
			four := cells[i:min(i+4, len(cells))]
			fill(i)
			for _, sum = range running(four, sum) {
				fill(at + 1)
			}
			clear(four)
		}
		c.marks[k] = 0
	}
	fill(len(cells))
}

// running returns the running sums of cells that follow those whose sum is given.
func running(cells []float32, sum float32) []float32 {
	if len(cells) < 4 {
		var list []float32
		for _, x := range cells {
			sum += x
			list = append(list, sum)
		}
		return list
	}
	x1, x2, x3 := cells[1]+cells[0], cells[2]+cells[1], cells[3]+cells[2]
	return []float32{cells[0] + sum, x1 + sum, x2 + cells[0] + sum, x3 + x1 + sum}
}

// coverage returns how much of a pixel is covered, of 255.
func coverage(sum float32) uint8 {
	return uint8(int32(min(max(sum, -sum), 1)*65535.996) >> 8)
}
