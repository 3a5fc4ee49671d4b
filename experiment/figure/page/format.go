package page

// A Format is a way to write a page as a file.
type Format struct {
	Name, Doc string // the name is the extension of files, too
	Encode    func(p *Page) ([]byte, error)
}

// dpi is the resolution of PNG that printers of papers ask for.
const dpi = 300

// Formats are all there are. The first ones are what a result has unless others are asked for.
var Formats = []Format{
	{"pdf", "for pdfLaTeX, with the glyphs that it needs", func(p *Page) ([]byte, error) { return p.PDF(), nil }},
	{"png", "300 pixels to the inch", func(p *Page) ([]byte, error) { return p.PNG(dpi), nil }},
	{"svg", "for browsers and Inkscape, with text as text", func(p *Page) ([]byte, error) { return p.SVG(), nil }},
	{"pgf", `for \input in TeX, with the letters of the document`, func(p *Page) ([]byte, error) { return p.PGF(), nil }},
}
