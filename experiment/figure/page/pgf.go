package page

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/plot/vg"
)

// PGF returns the page as a picture of PGF, for \input in a document of TeX that has the package pgf. The letters are
// those of the document: what is flush right, or centred, stays so in any font.
func (p *Page) PGF() []byte {
	b := fmt.Appendf(nil, "%% \\usepackage{pgf} in the preamble, then \\input this file.\n"+
		"\\begingroup\n\\begin{pgfpicture}\n\\pgfpathrectangle{\\pgfpointorigin}{\\pgfqpoint{%[1]sbp}{%[2]sbp}}\n"+
		"\\pgfusepath{use as bounding box}\n", number(nil, p.width), number(nil, p.height))
	var now op // state of the picture
	now.color.A = 0
	for i := range p.ops {
		o := &p.ops[i]
		if o.color != now.color {
			now.color = o.color
			b = fmt.Appendf(b, "\\definecolor{mpsim}{RGB}{%d,%d,%d}\\pgfsetcolor{mpsim}\n", o.color.R, o.color.G, o.color.B)
		}
		switch {
		case o.text != "":
			b = p.pgfText(b, o)
			continue
		case o.line > 0:
			b = fmt.Appendf(b, "\\pgfsetlinewidth{%sbp}\\pgfsetdash{", number(nil, o.line))
			for _, d := range o.dashes {
				b = fmt.Appendf(b, "{%sbp}", number(nil, d))
			}
			b = append(b, "}{0pt}\n"...)
		}
		b = pgfPath(b, &o.path)
		if o.line > 0 {
			b = append(b, "\\pgfusepath{stroke}\n"...)
		} else {
			b = append(b, "\\pgfusepath{fill}\n"...)
		}
	}
	return append(b, "\\end{pgfpicture}\n\\endgroup\n"...)
}

// pgfPath writes the commands that make a path.
func pgfPath(b []byte, of *path) []byte {
	command := map[byte]string{'M': `\pgfpathmoveto`, 'L': `\pgfpathlineto`, 'C': `\pgfpathcurveto`, 'Z': `\pgfpathclose`}
	of.each(func(verb byte, pts []vg.Point) {
		b = append(b, command[verb]...)
		for _, pt := range pts {
			b = append(b, `{\pgfqpoint{`...)
			b = append(number(b, pt.X), `bp}{`...)
			b = append(number(b, pt.Y), `bp}}`...)
		}
		b = append(b, '\n')
	})
	return b
}

// pgfText writes a text at its left end, its centre or its right end, as it was aligned.
func (p *Page) pgfText(b []byte, o *op) []byte {
	side := ""
	switch o.align {
	case 0:
		side = "left,"
	case -1:
		side = "right,"
	}
	along := -o.align * float64(sans().width(o.text, o.size)) // from the left end to where it is held
	x, y := o.m.e+along*o.m.a, o.m.f+along*o.m.b
	size := float64(o.size) * 72.27 / 72 // in points of TeX
	return fmt.Appendf(b, "\\pgftext[%sbase,rotate=%s,x=%sbp,y=%sbp]{\\fontsize{%.2f}{%.2f}\\selectfont\\sffamily %s}\n",
		side, number(nil, math.Atan2(o.m.b, o.m.a)*180/math.Pi), number(nil, x), number(nil, y), size, 1.2*size, texText(o.text))
}

// texText writes text so that TeX shows it as it is.
func texText(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch tex, special := specials[r]; {
		case special:
			b.WriteString(tex)
		case r < ' ' || r == 0x7f:
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// specials are the characters that mean something to TeX, and those of figures that its fonts have in mathematics
// alone.
var specials = map[rune]string{
	'\\': `\textbackslash{}`, '{': `\{`, '}': `\}`, '$': `\$`, '&': `\&`, '#': `\#`, '%': `\%`, '_': `\_`,
	'^': `\textasciicircum{}`, '~': `\textasciitilde{}`, '<': `\textless{}`, '>': `\textgreater{}`, '|': `\textbar{}`, '"': `{\char34}`,
	'\u00b5': `\ensuremath{\mu}`, '\u03bc': `\ensuremath{\mu}`, '\u00b1': `\ensuremath{\pm}`, '\u2264': `\ensuremath{\le}`,
	'\u2265': `\ensuremath{\ge}`, '\u2192': `\ensuremath{\to}`, '\u2191': `\ensuremath{\uparrow}`, '\u221e': `\ensuremath{\infty}`,
	'\u03b5': `\ensuremath{\varepsilon}`, '\u00d7': `\ensuremath{\times}`, '\u00b7': `\ensuremath{\cdot}`, '\u2248': `\ensuremath{\approx}`,
	'\u2212': `\ensuremath{-}`,
}
