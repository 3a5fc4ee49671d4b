package figure

import (
	"image/color"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"mpsim/experiment/figure/page"
)

// palette has the colours of Okabe and Ito ("Color Universal Design", 2008),
// told apart with any kind of colour vision. Yellow comes last: it is faint on
// white.
var palette = []color.NRGBA{
	{0x00, 0x72, 0xB2, 0xFF}, // blue
	{0xD5, 0x5E, 0x00, 0xFF}, // vermilion
	{0x00, 0x9E, 0x73, 0xFF}, // bluish green
	{0xCC, 0x79, 0xA7, 0xFF}, // reddish purple
	{0xE6, 0x9F, 0x00, 0xFF}, // orange
	{0x56, 0xB4, 0xE9, 0xFF}, // sky blue
	{0x00, 0x00, 0x00, 0xFF}, // black
	{0xF0, 0xE4, 0x42, 0xFF}, // yellow
}

// dashes and markers repeat with other periods than the colours, so that curves
// of the same colour differ otherwise.
var dashes = [][]vg.Length{nil, {4, 1.5}, {1.5, 1.5}, {5, 1.5, 1, 1.5}, {8, 2}}

var markers = []draw.GlyphDrawer{
	draw.CircleGlyph{}, draw.BoxGlyph{}, draw.PyramidGlyph{}, draw.RingGlyph{}, draw.SquareGlyph{}, draw.TriangleGlyph{}, draw.CrossGlyph{},
}

var (
	black = color.NRGBA{A: 0xFF}
	grey  = color.NRGBA{0x60, 0x60, 0x60, 0xFF}
	light = color.NRGBA{0xD8, 0xD8, 0xD8, 0xFF}
)

const (
	lineWidth   = vg.Length(0.75)
	thinWidth   = vg.Length(0.5)
	glyphRadius = vg.Length(1.7)
)

// eventLine marks an instant.
var eventLine = draw.LineStyle{Color: grey, Width: thinWidth, Dashes: []vg.Length{1, 1.5}}

// colourOf returns the colour of item i.
func colourOf(i int) color.NRGBA { return palette[i%len(palette)] }

// tint returns c mixed with white: for areas. Unlike an alpha channel it looks
// the same in all formats, and areas do not shine through each other.
func tint(c color.NRGBA) color.NRGBA {
	mix := func(x uint8) uint8 { return uint8((int(x) + 2*0xFF) / 3) }
	return color.NRGBA{mix(c.R), mix(c.G), mix(c.B), 0xFF}
}

// lineOf returns the line of item i.
func lineOf(i int) draw.LineStyle { return plain(i).line() }

// glyphOf returns the marker of item i.
func glyphOf(i int) draw.GlyphStyle { return plain(i).glyph() }

// letters returns a text style of a size in points.
func letters(size vg.Length) text.Style {
	return text.Style{Color: black, Font: font.Font{Size: size}, Handler: page.Text{}, XAlign: text.XLeft, YAlign: text.YBottom}
}

var (
	labelText  = letters(8)
	smallText  = letters(7)
	headText   = letters(8)
	eventText  = coloured(letters(7), grey)
	lineHeight = vg.Length(9.5)
)

func coloured(s text.Style, c color.Color) text.Style {
	s.Color = c
	return s
}
