package page

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"slices"
	"sync"
	"unicode/utf16"

	"gonum.org/v1/plot/vg"
)

// PDF returns the page as PDF 1.7 (ISO 32000-1) with an embedded font that has the glyphs of its text alone, and with
// the characters that they stand for, so that text can be searched and copied.
func (p *Page) PDF() []byte {
	chars := p.characters()
	d := document{[]byte("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n"), nil}
	d.object(1, "<</Type /Catalog /Pages 2 0 R>>")
	d.object(2, "<</Type /Pages /Kids [3 0 R] /Count 1>>")
	resources := ""
	if len(chars) > 0 {
		resources = "/Font <</F 5 0 R>>"
	}
	d.object(3, "<</Type /Page /Parent 2 0 R /MediaBox [0 0 %s %s] /Resources <<%s>> /Contents 4 0 R>>",
		number(nil, p.width), number(nil, p.height), resources)
	d.stream(4, "", p.content(chars))
	if len(chars) > 0 {
		d.font(chars)
	}
	return d.end()
}

// characters returns those of all texts, sorted. Their places, from 1 on, are their numbers in the file.
func (p *Page) characters() []rune {
	var all []rune
	for i := range p.ops {
		all = append(all, []rune(p.ops[i].text)...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// content returns the operators that paint the page.
func (p *Page) content(chars []rune) []byte {
	var b []byte
	var now op // state of the page
	now.color.A = 0xFF
	now.line = 1
	put := func(operator string, values ...vg.Length) {
		for _, v := range values {
			b = append(number(b, v), ' ')
		}
		b = append(append(b, operator...), '\n')
	}
	for i := range p.ops {
		o := &p.ops[i]
		if o.color != now.color {
			now.color = o.color
			r, g, bl := vg.Length(o.color.R)/0xFF, vg.Length(o.color.G)/0xFF, vg.Length(o.color.B)/0xFF
			b = fmt.Appendf(b, "%.4g %.4g %.4g rg %.4g %.4g %.4g RG\n", r, g, bl, r, g, bl)
		}
		if o.text != "" {
			b = p.pdfText(b, o, chars)
			continue
		}
		if o.line > 0 && o.line != now.line {
			now.line = o.line
			put("w", o.line)
		}
		if o.line > 0 && !slices.Equal(o.dashes, now.dashes) {
			now.dashes = o.dashes
			b = append(b, '[')
			for _, d := range o.dashes {
				b = append(number(b, d), ' ')
			}
			b = append(b, "] 0 d\n"...)
		}
		o.path.each(func(verb byte, pts []vg.Point) {
			for _, pt := range pts {
				b = append(number(b, pt.X), ' ')
				b = append(number(b, pt.Y), ' ')
			}
			b = append(b, verb|0x20, '\n')
			if verb == 'Z' {
				b[len(b)-2] = 'h'
			}
		})
		if o.line > 0 {
			put("S")
		} else {
			put("f")
		}
	}
	return b
}

func (p *Page) pdfText(b []byte, o *op, chars []rune) []byte {
	b = append(b, "BT /F "...)
	b = append(number(b, o.size), " Tf "...)
	for _, x := range []float64{o.m.a, o.m.b, o.m.c, o.m.d, o.m.e, o.m.f} {
		b = append(number(b, x), ' ')
	}
	b = append(b, "Tm <"...)
	for _, r := range o.text {
		i, _ := slices.BinarySearch(chars, r)
		b = fmt.Appendf(b, "%04X", i+1)
	}
	return append(b, "> Tj ET\n"...)
}

// font writes objects 5 to 9: a font of two-byte codes, which are numbers of glyphs (9.7), with what they stand for.
func (d *document) font(chars []rune) {
	f := sans()
	const name = "MPSIMA+LiberationSans"
	milli := 1000 / f.units
	widths := []byte("[1 [")
	for _, r := range chars {
		widths = append(number(widths, f.glyph(r).advance*milli), ' ')
	}
	widths = append(widths, "]]"...)
	d.object(5, "<</Type /Font /Subtype /Type0 /BaseFont /%s /Encoding /Identity-H /DescendantFonts [6 0 R] /ToUnicode 9 0 R>>", name)
	d.object(6, "<</Type /Font /Subtype /CIDFontType2 /BaseFont /%s /CIDSystemInfo <</Registry (Adobe) /Ordering (Identity) "+
		"/Supplement 0>> /FontDescriptor 7 0 R /CIDToGIDMap /Identity /DW 0 /W %s>>", name, widths)
	d.object(7, "<</Type /FontDescriptor /FontName /%s /Flags 32 /FontBBox [-544 -303 1302 980] /ItalicAngle 0 /Ascent %d "+
		"/Descent %d /CapHeight 729 /StemV 80 /FontFile2 8 0 R>>", name, int(1000*f.ascent), -int(1000*f.descent))
	data := f.subset(chars)
	d.stream(8, fmt.Sprintf("/Length1 %d ", len(data)), data)
	d.stream(9, "", toUnicode(chars))
}

// toUnicode returns the map from codes to characters (9.10.3), in blocks of at most 100.
func toUnicode(chars []rune) []byte {
	b := []byte("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) " +
		"/Supplement 0>> def\n/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n")
	code := 0
	for block := range slices.Chunk(chars, 100) {
		b = fmt.Appendf(b, "%d beginbfchar\n", len(block))
		for _, r := range block {
			code++
			b = fmt.Appendf(b, "<%04X> <", code)
			for _, u := range utf16.AppendRune(nil, r) {
				b = fmt.Appendf(b, "%04X", u)
			}
			b = append(b, ">\n"...)
		}
		b = append(b, "endbfchar\n"...)
	}
	return append(b, "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"...)
}

// A document is a file under way, with the places of its objects.
type document struct {
	b  []byte
	at []int
}

// object writes the next object, which is number n.
func (d *document) object(n int, format string, args ...any) {
	d.at = append(d.at, len(d.b))
	d.b = fmt.Appendf(d.b, "%d 0 obj\n"+format+"\nendobj\n", append([]any{n}, args...)...)
}

// packers are reused: each has tables of 600 kB.
var packers = sync.Pool{New: func() any { w, _ := zlib.NewWriterLevel(nil, zlib.BestSpeed); return w }}

// stream writes an object of compressed data.
func (d *document) stream(n int, entries string, data []byte) {
	var packed bytes.Buffer
	w := packers.Get().(*zlib.Writer)
	defer packers.Put(w)
	w.Reset(&packed)
	_, _ = w.Write(data) // to a buffer: there is no error
	w.Close()
	d.object(n, "<</Filter /FlateDecode %s/Length %d>>\nstream\n%s\nendstream", entries, packed.Len(), packed.Bytes())
}

// end writes the table of objects.
func (d *document) end() []byte {
	table := len(d.b)
	d.b = fmt.Appendf(d.b, "xref\n0 %d\n0000000000 65535 f \n", len(d.at)+1)
	for _, at := range d.at {
		d.b = fmt.Appendf(d.b, "%010d 00000 n \n", at)
	}
	return fmt.Appendf(d.b, "trailer\n<</Size %d /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(d.at)+1, table)
}
