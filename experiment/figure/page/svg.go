package page

import (
	"fmt"
	"html"
	"math"
	"strings"
	"unicode/utf8"

	"gonum.org/v1/plot/vg"
)

// SVG returns the page as SVG 1.1, with text as text.
func (p *Page) SVG() []byte {
	w, h := number(nil, p.width), number(nil, p.height)
	b := fmt.Appendf(nil, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"+
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%spt\" height=\"%spt\" viewBox=\"0 0 %s %s\" "+
		"font-family=\"Liberation Sans, Arial, Helvetica, sans-serif\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n", w, h, w, h)
	for i := range p.ops {
		o := &p.ops[i]
		switch {
		case o.text != "":
			b = p.svgText(b, o)
		case o.line > 0:
			b = append(b, `<path fill="none" stroke="`...)
			b = appendColor(b, o)
			b = append(b, `" stroke-width="`...)
			b = number(b, o.line)
			if len(o.dashes) > 0 {
				b = append(b, `" stroke-dasharray="`...)
				for i, d := range o.dashes {
					if i > 0 {
						b = append(b, ' ')
					}
					b = number(b, d)
				}
			}
			b = p.svgPath(b, &o.path)
		default:
			b = append(b, `<path fill="`...)
			b = appendColor(b, o)
			b = p.svgPath(b, &o.path)
		}
	}
	return append(b, "</svg>\n"...)
}

// svgPath ends an element with the path.
func (p *Page) svgPath(b []byte, of *path) []byte {
	b = append(b, `" d="`...)
	of.each(func(verb byte, pts []vg.Point) {
		b = append(b, verb)
		for i, pt := range pts {
			if i > 0 {
				b = append(b, ' ')
			}
			b = number(b, pt.X)
			b = append(b, ' ')
			b = number(b, p.height-pt.Y)
		}
	})
	return append(b, "\"/>\n"...)
}

func (p *Page) svgText(b []byte, o *op) []byte {
	b = append(b, `<text lengthAdjust="spacingAndGlyphs" font-size="`...)
	b = number(b, o.size)
	b = append(b, `" fill="`...)
	b = appendColor(b, o)
	b = append(b, `" textLength="`...) // whatever font the reader has
	b = number(b, sans().width(o.text, o.size))
	x, y := number(nil, o.m.e), number(nil, float64(p.height)-o.m.f)
	if o.m.b == 0 {
		b = fmt.Appendf(b, `" x="%s" y="%s">`, x, y)
	} else {
		b = fmt.Appendf(b, `" transform="translate(%s %s) rotate(%s)">`, x, y, number(nil, -math.Atan2(o.m.b, o.m.a)*180/math.Pi))
	}
	return append(append(b, escape(o.text)...), "</text>\n"...)
}

// escape writes text in XML 1.0, section 2.2, which has no control characters. Unlike encoding/xml it costs
// programs that draw nothing no time when they begin.
func escape(text string) string {
	return html.EscapeString(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0xFFFE || r == 0xFFFF {
			return utf8.RuneError
		}
		return r
	}, text))
}

func appendColor(b []byte, o *op) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '#')
	for _, c := range []byte{o.color.R, o.color.G, o.color.B} {
		b = append(b, hex[c>>4], hex[c&15])
	}
	return b
}
