package page

import (
	"encoding/binary"
	"maps"
	"math/bits"
	"slices"
)

// subset returns the font as TrueType with the glyphs of the characters alone, in their order after the box that
// stands for missing ones, and without instructions for screens (OpenType, "glyf", "loca", "head", "hhea", "hmtx",
// "maxp").
func (f *face) subset(chars []rune) []byte {
	be := binary.BigEndian
	loca, glyf, hmtx := f.table("loca"), f.table("glyf"), f.table("hmtx")
	head, hhea, maxp := slices.Clone(f.table("head")), slices.Clone(f.table("hhea")), slices.Clone(f.table("maxp"))
	metrics := int(be.Uint16(hhea[34:])) // glyphs from there on have the advance of the last
	offset := func(glyph int) uint32 {
		if be.Uint16(head[50:]) == 0 {
			return 2 * uint32(be.Uint16(loca[2*glyph:]))
		}
		return be.Uint32(loca[4*glyph:])
	}
	glyphs := []int{0}
	for _, r := range chars {
		glyphs = append(glyphs, int(f.glyph(r).index))
	}
	var outlines, places, widths []byte
	for i := 0; i < len(glyphs); i++ { // which grows by the parts of composite ones
		places = be.AppendUint32(places, uint32(len(outlines)))
		g := glyphs[i]
		outline := plain(slices.Clone(glyf[offset(g):offset(g+1)]), func(part int) int {
			at := slices.Index(glyphs[1+len(chars):], part)
			if at < 0 {
				at, glyphs = len(glyphs)-1-len(chars), append(glyphs, part)
			}
			return 1 + len(chars) + at
		})
		outlines = append(outlines, outline...)
		outlines = append(outlines, make([]byte, (4-len(outlines)%4)%4)...)
		widths = append(widths, hmtx[4*min(g, metrics-1):][:2]...)
		if g < metrics {
			widths = append(widths, hmtx[4*g+2:][:2]...)
		} else {
			widths = append(widths, hmtx[4*metrics+2*(g-metrics):][:2]...)
		}
	}
	places = be.AppendUint32(places, uint32(len(outlines)))
	n := uint16(len(glyphs))
	be.PutUint32(head[8:], 0) // of the whole file; readers of PDF do not look at it
	be.PutUint16(head[50:], 1)
	be.PutUint16(hhea[34:], n)
	be.PutUint16(maxp[4:], n)
	return tables(map[string][]byte{"glyf": outlines, "head": head, "hhea": hhea, "hmtx": widths, "loca": places, "maxp": maxp})
}

// plain takes the instructions from an outline, and gives the parts of a composite one other numbers.
func plain(g []byte, number func(part int) int) []byte {
	be := binary.BigEndian
	if len(g) == 0 {
		return g
	}
	contours := int16(be.Uint16(g))
	if contours >= 0 {
		at := 10 + 2*int(contours)
		n := int(be.Uint16(g[at:]))
		be.PutUint16(g[at:], 0)
		return slices.Delete(g, at+2, at+2+n)
	}
	const words, scale, more, scaleXY, matrix, instructions = 1, 8, 0x20, 0x40, 0x80, 0x100
	for at := 10; ; {
		flags := be.Uint16(g[at:])
		be.PutUint16(g[at:], flags&^instructions)
		be.PutUint16(g[at+2:], uint16(number(int(be.Uint16(g[at+2:])))))
		at += 6
		if flags&words != 0 {
			at += 2
		}
		switch {
		case flags&scale != 0:
			at += 2
		case flags&scaleXY != 0:
			at += 4
		case flags&matrix != 0:
			at += 8
		}
		if flags&more == 0 {
			return g[:at]
		}
	}
}

// tables makes a file of tables, by name.
func tables(of map[string][]byte) []byte {
	be := binary.BigEndian
	names := slices.Sorted(maps.Keys(of))
	n := len(names)
	b := be.AppendUint32(nil, 0x00010000)
	b = be.AppendUint16(b, uint16(n))
	power := bits.Len(uint(n)) - 1
	for _, x := range []int{16 << power, power, 16*n - 16<<power} { // for a search by halves
		b = be.AppendUint16(b, uint16(x))
	}
	at := 12 + 16*n
	var data []byte
	for _, name := range names {
		t := of[name]
		padded := append(slices.Clone(t), make([]byte, (4-len(t)%4)%4)...)
		sum := uint32(0)
		for i := 0; i < len(padded); i += 4 {
			sum += be.Uint32(padded[i:])
		}
		b = append(b, name...)
		for _, x := range []uint32{sum, uint32(at + len(data)), uint32(len(t))} {
			b = be.AppendUint32(b, x)
		}
		data = append(data, padded...)
	}
	return append(b, data...)
}
