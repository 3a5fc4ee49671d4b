package page

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"sync"

	"codeberg.org/go-fonts/liberation/liberationsansregular"
	xfont "golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A face is the font of all text. It is read when the first text is measured, and what is asked of it is kept.
type face struct {
	data   []byte            // the file, TrueType
	tables map[string][]byte // of the file
	parsed *sfnt.Font
	units  float64 // of an em

	ascent, descent vg.Length // of an em of a point
	height          vg.Length

	mu     sync.Mutex
	glyphs map[rune]*glyph
}

// A glyph is one character.
type glyph struct {
	index   sfnt.GlyphIndex // 0: the font has none
	advance float64         // in units of the font
	outline path            // in ems of a point
}

var sans = sync.OnceValue(func() *face {
	f := &face{data: liberationsansregular.TTF, tables: map[string][]byte{}, glyphs: map[rune]*glyph{}}
	be := binary.BigEndian
	for i := range int(be.Uint16(f.data[4:])) { // the table directory (OpenType, "Font file")
		entry := f.data[12+16*i:]
		f.tables[string(entry[:4])] = f.data[be.Uint32(entry[8:]):][:be.Uint32(entry[12:])]
	}
	var err error
	if f.parsed, err = opentype.Parse(f.data); err != nil {
		panic("page: " + err.Error())
	}
	f.units = float64(f.parsed.UnitsPerEm())
	m, err := f.parsed.Metrics(new(sfnt.Buffer), fixed.Int26_6(f.units), xfont.HintingNone)
	if err != nil {
		panic("page: " + err.Error())
	}
	em := func(x fixed.Int26_6) vg.Length { return vg.Length(float64(x) / f.units) }
	f.ascent, f.descent, f.height = em(m.Ascent), em(m.Descent), em(m.Height)
	return f
})

// glyph returns that of r, or the box that stands for those that are missing.
func (f *face) glyph(r rune) *glyph {
	f.mu.Lock()
	defer f.mu.Unlock()
	if g := f.glyphs[r]; g != nil {
		return g
	}
	var buf sfnt.Buffer
	g := &glyph{}
	em := fixed.Int26_6(f.units)
	g.index, _ = f.parsed.GlyphIndex(&buf, r)
	advance, _ := f.parsed.GlyphAdvance(&buf, g.index, em, xfont.HintingNone)
	g.advance = float64(advance)
	segments, _ := f.parsed.LoadGlyph(&buf, g.index, em, nil)
	at := func(p fixed.Point26_6) vg.Point {
		return vg.Point{X: vg.Length(float64(p.X) / f.units), Y: -vg.Length(float64(p.Y) / f.units)}
	}
	for _, s := range segments {
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			g.outline.add('M', at(s.Args[0]))
		case sfnt.SegmentOpLineTo:
			g.outline.add('L', at(s.Args[0]))
		case sfnt.SegmentOpQuadTo: // as a cubic one
			from, c, to := g.outline.points[len(g.outline.points)-1], at(s.Args[0]), at(s.Args[1])
			third := func(p vg.Point) vg.Point { return vg.Point{X: (p.X + 2*c.X) / 3, Y: (p.Y + 2*c.Y) / 3} }
			g.outline.add('C', third(from), third(to), to)
		}
	}
	f.glyphs[r] = g
	return g
}

func (f *face) has(r rune) bool { return f.glyph(r).index != 0 }

// width returns that of a line of text.
func (f *face) width(s string, size vg.Length) vg.Length {
	sum := 0.0
	for _, r := range s {
		sum += f.glyph(r).advance
	}
	return size * vg.Length(sum/f.units)
}

// Text measures and draws text in the face of all pages, whatever font a style names. It implements text.Handler.
type Text struct{}

// Cache implements text.Handler; there is none.
func (Text) Cache() *font.Cache { return nil }

// Extents implements text.Handler.
func (Text) Extents(f font.Font) font.Extents {
	s := sans()
	return font.Extents{Ascent: f.Size * s.ascent, Descent: f.Size * s.descent, Height: f.Size * s.height}
}

// Lines implements text.Handler.
func (Text) Lines(s string) []string { return strings.Split(strings.TrimRight(s, "\n"), "\n") }

// Box implements text.Handler.
func (Text) Box(line string, f font.Font) (width, height, depth vg.Length) {
	s := sans()
	return s.width(line, f.Size), f.Size * s.ascent, f.Size * s.descent
}

// Draw implements text.Handler, as text.Plain does.
func (t Text) Draw(c vg.Canvas, s string, style text.Style, pt vg.Point) {
	lines := t.Lines(s)
	face := font.Face{Font: style.Font}
	if p := pageOf(c); p != nil {
		p.align = float64(style.XAlign)
		defer func() { p.align = 0 }()
	}
	c.SetColor(style.Color)
	if style.Rotation != 0 {
		c.Push()
		defer c.Pop()
		c.Rotate(style.Rotation)
	}
	sin, cos := math.Sincos(style.Rotation)
	pt = vg.Point{X: pt.Y*vg.Length(sin) + pt.X*vg.Length(cos), Y: pt.Y*vg.Length(cos) - pt.X*vg.Length(sin)}
	pt.Y += style.Height(s)*vg.Length(style.YAlign) - t.Extents(style.Font).Ascent
	for i, line := range lines {
		x := vg.Length(style.XAlign) * sans().width(line, style.Font.Size)
		c.FillString(face, pt.Add(vg.Point{X: x, Y: vg.Length(len(lines)-i) * style.Font.Size}), line)
	}
}

// pageOf returns the page that a canvas draws on, or nil.
func pageOf(c vg.Canvas) *Page {
	switch c := c.(type) {
	case *Page:
		return c
	case draw.Canvas:
		return pageOf(c.Canvas)
	case *draw.Canvas:
		return pageOf(c.Canvas)
	}
	return nil
}

// table returns one of the file; a font without it is a defect.
func (f *face) table(name string) []byte {
	t, ok := f.tables[name]
	if !ok {
		panic(fmt.Sprintf("page: the font has no table %q", name))
	}
	return t
}
