package figure

import (
	"fmt"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"mpsim/experiment/figure/page"
)

// Usual has the formats that figures have unless others are asked for.
var Usual = []string{"pdf", "png", "svg"}

// Formats returns the names of the formats that Encode knows.
func Formats() (names []string) {
	for _, f := range page.Formats {
		names = append(names, f.Name)
	}
	return names
}

// Encode returns the figure as a file of a format. It is drawn once for all formats.
func (f *Figure) Encode(format string) (data []byte, err error) {
	defer notDrawn(&err)
	for _, x := range page.Formats {
		if x.Name == format {
			return x.Encode(f.paint())
		}
	}
	return nil, fmt.Errorf("unknown format %q (have %s)", format, strings.Join(Formats(), ", "))
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
