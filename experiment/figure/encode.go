package figure

import (
	"fmt"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"mpsim/experiment/figure/page"
)

// Formats has the formats that Encode knows.
var Formats = []string{"pdf", "png", "svg"}

// dpi is the resolution of PNG that printers of papers ask for.
const dpi = 300

// Encode returns the figure as a file of a format. It is drawn once for all formats.
func (f *Figure) Encode(format string) (data []byte, err error) {
	defer notDrawn(&err)
	p := f.paint()
	switch format {
	case "png":
		return p.PNG(dpi)
	case "svg":
		return p.SVG(), nil
	case "pdf":
		return p.PDF(), nil
	}
	return nil, fmt.Errorf("unknown format %q (have pdf, png, svg)", format)
}

// Warning says which characters of the figure its font has no glyph for, or is nil. PNG and PDF show boxes for them.
func (f *Figure) Warning() error {
	missing := f.paint().Missing()
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("the font has no glyph for %q: a box stands for each in PNG and PDF", string(missing))
}

// paint returns the drawing.
func (f *Figure) paint() *page.Page {
	if f.page == nil {
		p := page.New(f.width, f.height)
		f.draw(draw.Canvas{Canvas: p, Rectangle: vg.Rectangle{Max: vg.Point{X: f.width, Y: f.height}}})
		f.page = p
	}
	return f.page
}
