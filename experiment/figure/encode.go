package figure

import (
	"bytes"
	"fmt"
	"image/color"
	"io"
	"sync"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgpdf"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Formats has the formats that Encode knows.
var Formats = []string{"pdf", "png", "svg"}

// dpi is the resolution of PNG that printers of papers ask for.
const dpi = 300

// Encode returns the figure as a file of a format.
func (f *Figure) Encode(format string) (data []byte, err error) {
	defer notDrawn(&err)
	var canvas interface {
		vg.CanvasSizer
		io.WriterTo
	}
	switch format {
	case "png":
		canvas = vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(f.width, f.height), vgimg.UseDPI(dpi), vgimg.UseBackgroundColor(color.White))}
	case "svg":
		canvas = vgsvg.New(f.width, f.height)
	case "pdf":
		fixPDFDates()
		canvas = vgpdf.New(f.width, f.height)
	default:
		return nil, fmt.Errorf("unknown format %q (have pdf, png, svg)", format)
	}
	f.draw(draw.New(canvas))
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("%s: %w", format, err)
	}
	return b.Bytes(), nil
}

// fixPDFDates takes the clock, and the order of maps, out of PDF files.
var fixPDFDates = sync.OnceFunc(func() {
	epoch := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	fpdf.SetDefaultCreationDate(epoch)
	fpdf.SetDefaultModificationDate(epoch)
	fpdf.SetDefaultCatalogSort(true)
})
