package page

import (
	"image"
	"image/draw"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"golang.org/x/image/vector"
)

// A coat covers each pixel as the rasterizer of golang.org/x/image does, whatever the polygons are: thin,
// large, across each other, beyond the box. Away from amd64 that one sums up in another order, and may be
// off by one of 255.
func TestCoat(t *testing.T) {
	next := rand.New(rand.NewPCG(3, 4))
	var c coat
	for range 300 {
		w, h := 513+next.IntN(300), 1+next.IntN(90)
		if next.IntN(4) == 0 {
			w, h = h, w
		}
		var z vector.Rasterizer
		z.Reset(w, h)
		z.DrawOp = draw.Src
		c.reset(w, h)
		for range 1 + next.IntN(20) {
			var pts [][2]float32
			at := [2]float32{float32(w) * (1.4*next.Float32() - 0.2), float32(h) * (1.4*next.Float32() - 0.2)}
			for range 3 + next.IntN(5) {
				switch next.IntN(4) {
				case 0:
					at[0] = float32(int(at[0])) // an edge along pixels
				case 1:
					at[1] += next.Float32() // a flat one
				default:
					at[0] += float32(w) * (next.Float32() - 0.5)
					at[1] += float32(h) * (next.Float32() - 0.5)
				}
				pts = append(pts, at)
			}
			c.polygon(pts)
			z.MoveTo(pts[0][0], pts[0][1])
			for _, p := range pts[1:] {
				z.LineTo(p[0], p[1])
			}
			z.ClosePath()
		}
		want := image.NewAlpha(image.Rect(0, 0, w, h))
		z.Draw(want, want.Rect, image.Opaque, image.Point{})
		got := make([]uint8, w*h)
		c.each(func(x, y, n int, a uint8) {
			for i := range n {
				got[y*w+x+i] = a
			}
		})
		if runtime.GOARCH == "amd64" && !slices.Equal(got, want.Pix) {
			t.Fatalf("box of %d by %d: another coverage", w, h)
		}
		for i, a := range got {
			if max(a, want.Pix[i])-min(a, want.Pix[i]) > 1 {
				t.Fatalf("box of %d by %d: pixel %d is covered by %d; want %d", w, h, i, a, want.Pix[i])
			}
		}
		if slices.ContainsFunc(c.cells, func(x float32) bool { return x != 0 }) || slices.ContainsFunc(c.marks, func(m uint64) bool { return m != 0 }) {
			t.Fatal("something is left for the next shape")
		}
	}
}
