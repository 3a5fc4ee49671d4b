package app

import (
	"fmt"

	"mpsim/sim"
	"mpsim/sim/units"
)

func init() {
	Registry.Register("file", "a transfer of known size, as a web object", func() Pattern { return &File{Size: 1_000_000} })
}

// File sends Size bytes and closes. The Transfer ends when the reader has read
// the last one.
type File struct {
	Size units.Bytes `toml:"size" doc:"size of the file"`
}

// Validate reports a size that is no file.
func (f *File) Validate() error {
	if f.Size < 1 {
		return fmt.Errorf("size %d: want at least 1B", f.Size)
	}
	return nil
}

// Pair implements Pattern.
func (f *File) Pair(env Env, opened sim.Time) (from, to Workload) {
	r := &reader{}
	// With the last byte, not with the end of the stream: that may come later, or be lost.
	// A middlebox may have made the stream longer.
	done := false
	r.took = func() {
		if r.read >= f.Size && !done && env.Report != nil {
			done = true
			env.Report(Transfer{Start: opened, End: env.Engine.Now(), Bytes: r.read})
		}
	}
	return &file{left: f.Size}, r
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
