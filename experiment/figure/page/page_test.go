package page

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/image/font/sfnt"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
)

// lines are texts with characters beyond ASCII that figures have: units, signs and names of cities.
var lines = []string{"35.9 ± 0.2 ms", "RTT (µs)", "Zürich–Łódź", "Αθήνα, Київ", "≤ 1 → ∞", "(a \\ b) <c> & d"}

// written returns a page with the lines.
func written(lines ...string) *Page {
	p := New(300, vg.Length(20*len(lines)+20))
	style := text.Style{Color: color.Black, Font: font.Font{Size: 10}, Handler: Text{}}
	for i, s := range lines {
		Text{}.Draw(p, s, style, vg.Point{X: 10, Y: vg.Length(20*(len(lines)-i) - 10)})
	}
	return p
}

// Text that is read back from a PDF is that which was written: by a reader of the format's own tables, and by
// pdftotext where there is one.
func TestPDFText(t *testing.T) {
	data := written(lines...).PDF()
	if got := readPDF(t, data); !slices.Equal(got, lines) {
		t.Errorf("the file says %q; want %q", got, lines)
	}
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Log("no pdftotext")
		return
	}
	file := filepath.Join(t.TempDir(), "a.pdf")
	if err := os.WriteFile(file, data, 0o666); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("pdftotext", "-layout", file, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	solid := func(s string) string { return strings.Join(strings.Fields(s), "") } // it guesses the spaces
	for _, s := range lines {
		if !strings.Contains(solid(string(out)), solid(s)) {
			t.Errorf("pdftotext does not find %q in\n%s", s, out)
		}
	}
}

// The embedded font has the glyphs of the text and no others: it is small, and other readers of fonts find
// in it the shapes of the whole font, in order. Composite glyphs, such as ü, have their parts.
func TestSubset(t *testing.T) {
	const text = "Wi-Fi ± üŁ"
	f := sans()
	chars := written(text).characters()
	data := f.subset(chars)
	if len(data) > 30_000 {
		t.Errorf("the font of %q takes %d bytes", text, len(data))
	}
	got, err := sfnt.Parse(withNames(data))
	if err != nil {
		t.Fatal(err)
	}
	var buf, whole sfnt.Buffer
	em := f.parsed.UnitsPerEm()
	for i, r := range chars {
		a, err := got.LoadGlyph(&buf, sfnt.GlyphIndex(i+1), 64*26, nil)
		if err != nil {
			t.Fatalf("%c: %v", r, err)
		}
		b, err := f.parsed.LoadGlyph(&whole, f.glyph(r).index, 64*26, nil)
		if err != nil || !slices.Equal(a, b) {
			t.Errorf("%c (of %d units) has another shape: %v", r, em, err)
		}
	}
}

// withNames adds the tables that the reader asks for and a PDF does not need.
func withNames(data []byte) []byte {
	t := map[string][]byte{}
	for i := range 6 {
		e := data[12+16*i:]
		at, n := uint32(e[8])<<24|uint32(e[9])<<16|uint32(e[10])<<8|uint32(e[11]), uint32(e[14])<<8|uint32(e[15])|uint32(e[13])<<16
		t[string(e[:4])] = data[at : at+n]
	}
	for _, name := range []string{"cmap", "name", "OS/2", "post"} {
		t[name] = sans().table(name)
	}
	return tables(t)
}

// What the font has no glyph for is named, and the PDF still says it.
func TestMissing(t *testing.T) {
	p := written("日本 µ", "日\U0001F680")
	if got := string(p.Missing()); got != "日本\U0001F680" {
		t.Errorf("missing %q", got)
	}
	if got := readPDF(t, p.PDF()); !slices.Equal(got, []string{"日本 µ", "日\U0001F680"}) {
		t.Errorf("the file says %q", got)
	}
	if len(written(lines...).Missing()) != 0 {
		t.Errorf("%q are missing", written(lines...).Missing())
	}
}

var (
	streams = regexp.MustCompile(`(?s)/Length (\d+)>>\nstream\n`)
	shown   = regexp.MustCompile(`<([0-9A-F]*)> Tj`)
	mapped  = regexp.MustCompile(`(?m)^<([0-9A-F]{4})> <([0-9A-F]+)>$`)
)

// readPDF returns the strings of a page by the map to Unicode that the file has.
func readPDF(t *testing.T, data []byte) (list []string) {
	t.Helper()
	to := map[string]string{}
	var content string
	for _, m := range streams.FindAllSubmatchIndex(data, -1) {
		n, _ := strconv.Atoi(string(data[m[2]:m[3]]))
		r, err := zlib.NewReader(bytes.NewReader(data[m[1] : m[1]+n]))
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case bytes.Contains(b, []byte("begincmap")):
			for _, x := range mapped.FindAllStringSubmatch(string(b), -1) {
				var u []uint16
				for i := 0; i < len(x[2]); i += 4 {
					v, _ := strconv.ParseUint(x[2][i:i+4], 16, 16)
					u = append(u, uint16(v))
				}
				to[x[1]] = string(utf16.Decode(u))
			}
		case bytes.Contains(b, []byte(" Tj")):
			content = string(b)
		}
	}
	for _, m := range shown.FindAllStringSubmatch(content, -1) {
		var s strings.Builder
		for i := 0; i < len(m[1]); i += 4 {
			s.WriteString(to[m[1][i:i+4]])
		}
		list = append(list, s.String())
	}
	return list
}

// Lines, corners, dashes and discs cover what geometry says, to within the shades of their edges: a pixel
// of PNG is a point at 72 dots per inch.
func TestCoverage(t *testing.T) {
	line := func(pts ...vg.Point) (p vg.Path) {
		p.Move(pts[0])
		for _, pt := range pts[1:] {
			p.Line(pt)
		}
		return p
	}
	for _, tt := range []struct {
		name string
		draw func(*Page)
		want float64 // area in square points
	}{
		{"square", func(p *Page) { p.Fill(rectangle(10, 10, 30, 30)) }, 400},
		{"half a pixel", func(p *Page) { p.Fill(rectangle(10.5, 10, 30, 30)) }, 390},
		{"disc", func(p *Page) { var a vg.Path; a.Arc(vg.Point{X: 50, Y: 50}, 20, 0, 6.283185307); a.Close(); p.Fill(a) }, 1256.6},
		{"line", func(p *Page) { p.SetLineWidth(4); p.Stroke(line(vg.Point{X: 10, Y: 50}, vg.Point{X: 90, Y: 50})) }, 320},
		{"frame with mitres", func(p *Page) { p.SetLineWidth(4); p.Stroke(rectangle(20, 20, 80, 80)) }, 64*64 - 56*56},
		{"dashes", func(p *Page) {
			p.SetLineWidth(4)
			p.SetLineDash([]vg.Length{6, 4}, 0)
			p.Stroke(line(vg.Point{X: 10, Y: 50}, vg.Point{X: 90, Y: 50}))
		}, 192},
		{"beyond the page", func(p *Page) { p.Fill(rectangle(90, 90, 200, 200)) }, 100},
		{"two that overlap", func(p *Page) { p.Fill(rectangle(10, 10, 30, 30)); p.Fill(rectangle(20, 10, 40, 30)) }, 600},
	} {
		p := New(100, 100)
		tt.draw(p)
		for _, scale := range []float64{1, 10} { // small shapes are drawn otherwise
			got := ink(decode(t, p.PNG(72*scale))) / (scale * scale)
			if got < tt.want-0.02*tt.want || got > tt.want+0.02*tt.want { // of shades of a sixteenth
				t.Errorf("%s, %g pixels a point, covers %.1f; want %.1f", tt.name, scale, got, tt.want)
			}
		}
	}
}

// The shades of many bands do not fit a palette as finely as those of lines do. With half as many of them
// they do: areas have the colour that was drawn, and edges are off by the distance of two shades at most.
func TestManyShades(t *testing.T) {
	p := New(400, 400)
	for i := range 12 {
		p.SetColor(color.NRGBA{uint8(60 + 16*i), uint8(230 - 18*i), uint8(40 + 53*i%200), 0xFF})
		var band vg.Path
		for k, pt := range [][2]float64{{0, 30 * float64(i)}, {400, 400 - 33*float64(i)}, {400, 370 - 33*float64(i)}, {0, 30*float64(i) + 45}} {
			if at := (vg.Point{X: vg.Length(pt[0]), Y: vg.Length(pt[1])}); k == 0 {
				band.Move(at)
			} else {
				band.Line(at)
			}
		}
		band.Close()
		p.Fill(band)
	}
	r := drawn(p)
	if newPalette(&r.picture, p.ops, 16) != nil {
		t.Fatal("the colours fit: the test needs more")
	}
	colours := paletteOf(&r.picture, p.ops)
	if colours == nil {
		t.Fatal("no palette")
	}
	all, few := decode(t, r.encode(nil)), decode(t, r.encode(colours))
	drawn := map[color.Color]bool{}
	for _, o := range p.ops {
		drawn[color.RGBA(o.color)] = true
	}
	for y := range 400 {
		for x := range 400 {
			want, got := all.At(x, y).(color.RGBA), few.At(x, y).(color.RGBA)
			off := func(a, b uint8) bool { return max(a, b)-min(a, b) > 0xFF/7 }
			if drawn[want] && got != want || off(want.R, got.R) || off(want.G, got.G) || off(want.B, got.B) {
				t.Fatalf("at %d, %d is %v; drawn was %v", x, y, got, want)
			}
		}
	}
}

// However many shades there are, colours that are drawn stay apart: tints of each other, and of the paper.
func TestNearColours(t *testing.T) {
	p := New(400, 400)
	near := []color.NRGBA{{0xF0, 0xF0, 0xF0, 0xFF}, {0xF6, 0xDF, 0xAA, 0xFF}, {0xF1, 0xC9, 0xAA, 0xFF}}
	for i := range 40 {
		c := color.NRGBA{uint8(60 + 4*i), uint8(230 - 5*i), uint8(40 + 53*i%200), 0xFF}
		if i < len(near) {
			c = near[i]
		}
		p.SetColor(c)
		var bar vg.Path
		y := vg.Length(10*i) + 0.3
		bar.Move(vg.Point{X: 1.5, Y: y})
		bar.Line(vg.Point{X: 398.5, Y: y})
		bar.Line(vg.Point{X: 398.5, Y: y + 6.4})
		bar.Line(vg.Point{X: 1.5, Y: y + 6.4})
		bar.Close()
		p.Fill(bar)
	}
	r := drawn(p)
	picture, seen := decode(t, r.encode(paletteOf(&r.picture, p.ops))), map[color.NRGBA]bool{}
	for y := range 400 {
		seen[color.NRGBAModel.Convert(picture.At(200, y)).(color.NRGBA)] = true
	}
	for _, c := range near {
		if !seen[c] {
			t.Errorf("%v is drawn, and not in the picture", c)
		}
	}
}

// Readers of PNG see the pixels that were drawn, with and without a palette, also in a file with several
// chunks of them.
func TestPNG(t *testing.T) {
	var p picture
	p.reset(211, 307)
	next := rand.New(rand.NewPCG(1, 2))
	var pix []byte
	for range p.height {
		for x := 0; x < p.width; {
			pixel := make([]byte, 3) // of 216 colours, further from each other than what shares a place
			for i := range pixel {
				pixel[i] = 0xFF - 17*byte(next.IntN(6))
			}
			n := min(1+next.IntN(9), p.width-x)
			pix = append(pix, bytes.Repeat(pixel, n)...)
			x += n
		}
		p.add(pix[len(pix)-3*p.width:])
	}
	colours := paletteOf(&p, nil)
	if colours == nil || len(colours.list) != 3*216 {
		t.Fatalf("palette of 216 colours: %v", colours)
	}
	for _, c := range []*palette{nil, colours} {
		file := p.encode(c)
		img := decode(t, file)
		if n := bytes.Count(file, []byte("IDAT")); n < 2 {
			t.Errorf("%d chunk: the test needs more", n)
		}
		if img.Bounds() != image.Rect(0, 0, p.width, p.height) {
			t.Fatalf("size %v", img.Bounds())
		}
		if _, indexed := img.(*image.Paletted); indexed != (c != nil) {
			t.Errorf("the file has a palette: %v", indexed)
		}
		for i := range p.width * p.height {
			want := color.RGBA{pix[3*i], pix[3*i+1], pix[3*i+2], 0xFF}
			if got := img.At(i%p.width, i/p.width); got != want {
				t.Fatalf("pixel %d is %v; want %v", i, got, want)
			}
		}
	}
}

// A page is drawn in strips. Where they begin and end makes no difference, and the memory of one is used
// for the next.
func TestStrips(t *testing.T) {
	next := rand.New(rand.NewPCG(5, 6))
	var used raster
	for range 20 {
		p := New(300, vg.Length(1+next.IntN(900)))
		for range next.IntN(30) {
			p.SetColor(color.NRGBA{uint8(next.IntN(256)), uint8(next.IntN(256)), uint8(next.IntN(256)), 0xFF})
			p.SetLineWidth(vg.Length(1 + next.IntN(9)))
			var line vg.Path
			at := vg.Point{X: vg.Length(300 * next.Float64()), Y: p.height * vg.Length(1.2*next.Float64()-0.1)}
			line.Move(at)
			line.Line(vg.Point{X: vg.Length(300 * next.Float64()), Y: at.Y + vg.Length(90*next.Float64())})
			p.Stroke(line)
		}
		whole := New(p.width, p.height)
		whole.SetColor(color.White)
		whole.Fill(rectangle(0, 0, p.width, p.height)) // joins all rows
		whole.ops = slices.Concat(whole.ops, p.ops)
		used.draw(p, 1)
		if !slices.Equal(used.runs, drawn(whole).runs) {
			t.Fatalf("a page %v points high differs when it is drawn in strips", p.height)
		}
	}
}

func rectangle(x0, y0, x1, y1 vg.Length) (p vg.Path) {
	p.Move(vg.Point{X: x0, Y: y0})
	p.Line(vg.Point{X: x1, Y: y0})
	p.Line(vg.Point{X: x1, Y: y1})
	p.Line(vg.Point{X: x0, Y: y1})
	p.Close()
	return p
}

// drawn returns a page as a picture with a pixel a point.
func drawn(p *Page) *raster {
	r := new(raster)
	r.draw(p, 1)
	return r
}

func decode(t *testing.T, file []byte) image.Image {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// ink returns how many pixels are black, shades counted by how dark they are.
func ink(img image.Image) (sum float64) {
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			sum += 1 - float64(color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y)/0xFF
		}
	}
	return sum
}

func TestNumber(t *testing.T) {
	for _, x := range []struct {
		v    float64
		want string
	}{{0, "0"}, {1, "1"}, {-1.5, "-1.5"}, {0.05, "0.05"}, {-0.004, "0"}, {123.456, "123.46"}, {0.999, "1"}} {
		if got := string(number(nil, x.v)); got != x.want {
			t.Errorf("%g is written %s; want %s", x.v, got, x.want)
		}
	}
	if fmt.Sprint(matrix{a: 2, d: 3, e: 1}.after(matrix{a: 1, d: 1, e: 5, f: 7}).at(vg.Point{X: 1, Y: 1})) != "{13 24}" {
		t.Error("a matrix after a shift")
	}
}

// What is flush right or centred stays so in the font of a document: its place is that of its right end, or
// middle.
func TestPGFText(t *testing.T) {
	p := New(300, 100)
	for i, align := range []text.XAlignment{text.XLeft, text.XCenter, text.XRight} {
		style := text.Style{Color: color.Black, Font: font.Font{Size: 10}, Handler: Text{}, XAlign: align}
		Text{}.Draw(p, "50 %_\\", style, vg.Point{X: 100, Y: vg.Length(20 * i)})
	}
	got := string(p.PGF())
	for _, want := range []string{`[left,base,rotate=0,x=100bp,`, `[base,rotate=0,x=100bp,`, `[right,base,rotate=0,x=100bp,`, `50 \%\_\textbackslash{}}`} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no %s in\n%s", want, got)
		}
	}
}

// A document of TeX takes the picture, where there is a TeX.
func TestPGFCompiles(t *testing.T) {
	latex, err := exec.LookPath("pdflatex")
	if err != nil {
		t.Skip("no pdflatex; TestTextInAllFormats of figure looks at the structure")
	}
	dir := t.TempDir()
	document := "\\documentclass{article}\\usepackage{pgf}\\begin{document}\\input{a.pgf}\\end{document}\n"
	for name, data := range map[string][]byte{"a.pgf": written("35.9 ± 0.2 ms", "RTT (µs)", "{100} $% & #_^~\\", "≤ 1 → ∞").PGF(), "a.tex": []byte(document)} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.Command(latex, "-interaction=nonstopmode", "-halt-on-error", "a.tex")
	c.Dir = dir
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
