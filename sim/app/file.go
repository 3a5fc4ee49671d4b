package app

import (
	"fmt"
	"math"
	"math/rand/v2"

	"mpsim/sim"
	"mpsim/sim/units"
	"mpsim/sim/words"
)

func init() {
	Registry.Register("file", "a transfer of known size, as a web object", func() Pattern {
		return &File{Size: 1_000_000, Distribution: "fixed", Shape: 1.5}
	})
}

// File sends Size bytes and closes. The Transfer ends when the reader has read
// the last one.
type File struct {
	Size         units.Bytes `toml:"size" doc:"size of the file; with a distribution: its mean"`
	Distribution string      `toml:"distribution" doc:"of the sizes: fixed, exponential or pareto"`
	Shape        float64     `toml:"shape" doc:"of pareto: exponent of the tail; the smaller, the heavier"`
}

// maxFile bounds the size of a file: a heavy tail has no end.
const maxFile = 1 << 50

// Validate reports a size that is no file.
func (f *File) Validate() error {
	switch {
	case f.Size < 1 || f.Size > maxFile:
		return fmt.Errorf("size %v: want 1B to %v", f.Size, units.Bytes(maxFile))
	case !(f.Shape > 1 && f.Shape <= 100):
		return fmt.Errorf("shape %g: want more than 1, below which there is no mean, and at most 100", f.Shape)
	}
	return words.Check("distribution", f.Distribution, "fixed", "exponential", "pareto")
}

// Pair implements Pattern.
func (f *File) Pair(env Env, opened sim.Time) (from, to Workload) {
	size := f.draw(env.Rand)
	r := &reader{}
	// With the last byte, not with the end of the stream: that may come later, or be lost.
	// A middlebox may have made the stream longer.
	done := false
	r.took = func() {
		if r.read >= size && !done {
			done = true
			env.complete(opened, r.read)
		}
	}
	env.begin(opened, size)
	return &file{left: size}, r
}

// draw returns the size of one file. That of a Pareto distribution is s·u^(-1/Shape), with u uniform and
// s the smallest size, Size·(Shape-1)/Shape.
func (f *File) draw(r *rand.Rand) units.Bytes {
	x := float64(f.Size)
	switch f.Distribution {
	case "exponential":
		x *= r.ExpFloat64()
	case "pareto":
		x *= (f.Shape - 1) / f.Shape / power(1-r.Float64(), 1/f.Shape)
	default:
		return f.Size
	}
	return units.Bytes(min(max(x, 1), maxFile))
}

// power returns u to the power of a, both from 0 to 1. Square roots are rounded alike on all
// processors; math.Pow is not.
func power(u, a float64) float64 {
	p := 1.0
	for range 52 {
		if a >= 1 {
			p *= u
			a--
		}
		u, a = math.Sqrt(u), 2*a
	}
	return p
}

type file struct {
	s    Stream
	left units.Bytes
}

func (f *file) Start(s Stream) { f.s = s; f.Writable() }
func (f *file) Readable()      { f.s.Read(everything) }
func (f *file) Closed(error)   { f.left = 0 }

func (f *file) Writable() {
	if f.left > 0 {
		f.left -= f.s.Write(f.left)
		if f.left == 0 {
			f.s.CloseWrite()
		}
	}
}
