package record

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"os"
	"path/filepath"
)

// A Staging is a result in the making. It is a directory next to the one that it
// will replace, under a hidden name, and takes files that are too large for memory
// while a run goes on.
type Staging struct {
	target, dir string
	force       bool
	written     []FileRecord
}

// Stage makes a place for a result in dir. What stands there must pass CheckTarget.
func Stage(dir string, force bool) (*Staging, error) {
	if err := CheckTarget(dir, force); err != nil {
		return nil, err
	}
	dir, err := resolve(dir)
	if err != nil {
		return nil, err
	}
	parent, base := filepath.Split(dir)
	if err := os.MkdirAll(parent, 0o777); err != nil {
		return nil, err
	}
	fresh, err := siblingDir(parent, base)
	if err != nil {
		return nil, err
	}
	return &Staging{target: dir, dir: fresh, force: force}, nil
}

// Create makes a file of the result, of a name with slashes. It is part of it once it has been
// closed without an error.
func (s *Staging) Create(name string) (io.WriteCloser, error) {
	file := filepath.Join(s.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, err
	}
	return &stagedFile{file: f, name: name, of: s, sum: sha256.New()}, nil
}

// Written describes the files that were created and closed.
func (s *Staging) Written() []FileRecord { return s.written }

// Commit adds the files, and makes all the result. If there is an error, what stood
// there before stays, and everything else is gone.
func (s *Staging) Commit(files []File) (err error) {
	defer func() { err = errors.Join(err, s.Discard()) }()
	if err := writeAll(s.dir, files); err != nil {
		return err
	}
	// Nothing may have moved in while we were writing.
	if err := CheckTarget(s.target, s.force); err != nil {
		return err
	}
	if err := swap(s.dir, s.target); err != nil {
		return err
	}
	s.dir = ""
	sweep(filepath.Split(s.target))
	return nil
}

// Discard removes what was written. After a Commit it does nothing.
func (s *Staging) Discard() error {
	if s.dir == "" {
		return nil
	}
	dir := s.dir
	s.dir = ""
	return os.RemoveAll(dir)
}

// stagedFile sums up what it writes.
type stagedFile struct {
	file *os.File
	name string
	of   *Staging
	sum  hash.Hash
	n    int
}

func (f *stagedFile) Write(b []byte) (int, error) {
	n, err := f.file.Write(b)
	f.sum.Write(b[:n])
	f.n += n
	return n, err
}

// Close has the system store the file.
func (f *stagedFile) Close() error {
	err := errors.Join(f.file.Sync(), f.file.Close())
	syncDir(filepath.Dir(f.file.Name()))
	if err == nil {
		f.of.written = append(f.of.written, FileRecord{f.name, f.n, hex.EncodeToString(f.sum.Sum(nil))})
	}
	return err
}
