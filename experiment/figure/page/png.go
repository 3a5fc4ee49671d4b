package page

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"math"
)

// A picture is rows of pixels, as runs of one colour: drawings are mostly paper.
type picture struct {
	width, height int
	runs          []run
}

// A run is some pixels of a row, red, green and blue.
type run struct {
	x [3]byte
	n uint16
}

// reset begins a picture.
func (p *picture) reset(width, height int) { p.width, p.height, p.runs = width, height, p.runs[:0] }

// add appends a row, three bytes a pixel. Pixels are equal for as long as bytes are that are three apart.
func (p *picture) add(row []byte) {
	ne := binary.NativeEndian
	for len(row) > 0 {
		n := 3
		for n+8 <= len(row) && ne.Uint64(row[n:]) == ne.Uint64(row[n-3:]) {
			n += 8
		}
		for n < len(row) && row[n] == row[n-3] {
			n++
		}
		n = min(n/3, math.MaxUint16)
		p.runs = append(p.runs, run{[3]byte(row), uint16(n)})
		row = row[3*n:]
	}
}

// encode returns the picture as a PNG file, with a palette unless that is nil. Its rows are not filtered:
// those of drawings are equal to others in long pieces, which filters take longer to find and compress no
// better.
func (p *picture) encode(c *palette) []byte {
	const bits, trueColour, indexed, noFilter = 8, 2, 3, 0
	var file bytes.Buffer
	file.WriteString("\x89PNG\r\n\x1a\n")
	header := binary.BigEndian.AppendUint32(nil, uint32(p.width))
	header = binary.BigEndian.AppendUint32(header, uint32(p.height))
	if c == nil {
		chunk(&file, "IHDR", append(header, bits, trueColour, 0, 0, 0))
	} else {
		chunk(&file, "IHDR", append(header, bits, indexed, 0, 0, 0))
		chunk(&file, "PLTE", c.list)
	}
	chunks := bufio.NewWriterSize(pixels{&file}, 1<<15)
	z := packers.Get().(*zlib.Writer)
	defer packers.Put(z)
	z.Reset(chunks)
	row := []byte{noFilter}
	for x, runs := 0, p.runs; len(runs) > 0; runs = runs[1:] {
		if pixel := runs[0].x[:]; c == nil {
			row = again(row, runs[0].n, pixel...)
		} else {
			row = again(row, runs[0].n, byte(c.place(runs[0].x)))
		}
		if x += int(runs[0].n); x == p.width {
			_, _ = z.Write(row) // to a buffer: there is no error
			x, row = 0, row[:1]
		}
	}
	z.Close()
	chunks.Flush()
	chunk(&file, "IEND", nil)
	return file.Bytes()
}

// again appends a pixel n times.
func again(to []byte, n uint16, pixel ...byte) []byte {
	start := len(to)
	to = append(to, pixel...)
	end := start + int(n)*len(pixel)
	for len(to) < end {
		to = append(to, to[start:min(len(to), start+end-len(to))]...)
	}
	return to
}

// chunk appends one to a file (PNG specification, section 5.3).
func chunk(file *bytes.Buffer, name string, data []byte) {
	be := binary.BigEndian
	file.Write(append(be.AppendUint32(nil, uint32(len(data))), name...))
	file.Write(data)
	file.Write(be.AppendUint32(nil, crc32.Update(crc32.ChecksumIEEE([]byte(name)), crc32.IEEETable, data)))
}

// pixels makes a chunk of each write.
type pixels struct{ file *bytes.Buffer }

func (p pixels) Write(data []byte) (int, error) {
	chunk(p.file, "IDAT", data)
	return len(data), nil
}

// A palette has the colours of a picture of which each pixel is a byte, which takes a third of the time to
// compress.
type palette struct {
	list   []byte          // three a colour, as pixels have them
	level  [1 << 8]uint16  // of a value of a channel
	places [1 << 12]uint16 // in list, plus 1, of the levels of a colour
}

// paletteOf returns a palette of the picture of a drawing, or nil. The few colours of a figure and their
// shades fit in it if those that differ by less than a sixteenth of a channel share one, that of the
// drawing where there is one. The shades of many bands of intervals share one if they differ by less than
// an eighth: they are at edges alone. A picture that has more, or in which two colours of the drawing are
// as near, keeps them all.
func paletteOf(p *picture, ops []op) *palette {
	if c := newPalette(p, ops, 16); c != nil {
		return c
	}
	return newPalette(p, ops, 8)
}

// newPalette returns one in which as many levels of a channel differ, or nil if it has no room for all
// colours.
func newPalette(p *picture, ops []op, levels int) *palette {
	c := &palette{}
	step := 0xFF / (levels - 1)
	for v := range c.level {
		c.level[v] = uint16(min((v+step/2)/step, levels-1))
	}
	paper := [3]byte{0xFF, 0xFF, 0xFF}
	c.place(paper)
	for i := range ops {
		x := [3]byte{ops[i].color.R, ops[i].color.G, ops[i].color.B}
		if at := c.place(x); levels < 16 && [3]byte(c.list[3*at:]) != x {
			return nil // one sees that this is another colour of the drawing, or the paper
		}
	}
	for _, r := range p.runs {
		if c.place(r.x) > 0xFF {
			return nil
		}
	}
	return c
}

// place returns where in the list a colour is. It gets a place if none has one that is as near.
func (c *palette) place(x [3]byte) int {
	at := &c.places[c.level[x[0]]<<8|c.level[x[1]]<<4|c.level[x[2]]]
	if *at == 0 {
		c.list = append(c.list, x[:]...)
		*at = uint16(len(c.list) / 3)
	}
	return int(*at - 1)
}
