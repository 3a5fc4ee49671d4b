package language

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// An Opener reads a file that a scenario refers to, by its name there.
type Opener func(name string) ([]byte, error)

// files has the files that a scenario refers to, each read once.
type files struct {
	open Opener
	read map[string][]byte
}

// get returns the contents of the file.
func (f *files) get(name string) ([]byte, error) {
	if b, ok := f.read[name]; ok {
		return b, nil
	}
	if f.open == nil {
		return nil, fmt.Errorf("cannot read %q: this scenario may not refer to files", clip(name))
	}
	b, err := f.open(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no file %q (names are relative to the scenario)", clip(name))
	case err != nil:
		return nil, fmt.Errorf("cannot read %q: %w", clip(name), err)
	case len(b) > MaxSize:
		return nil, fmt.Errorf("%q has %d bytes; want at most %d", clip(name), len(b), MaxSize)
	}
	f.read[name] = b
	return b, nil
}

// names returns under which name each file is kept beside the scenario as run: its
// own if that is in a directory below, else its last element in traces/, where the files of
// a result do not have its name.
func (f *files) names() map[string]string {
	taken := make(map[string]bool)
	kept := make(map[string]string)
	for _, name := range slices.Sorted(maps.Keys(f.read)) {
		k := filepath.ToSlash(filepath.Clean(name))
		if dir, _, below := strings.Cut(k, "/"); !filepath.IsLocal(name) || !below || dir == "figures" {
			k = "traces/" + path.Base(k)
		}
		for taken[k] {
			k = path.Join(path.Dir(k), "_"+path.Base(k))
		}
		taken[k] = true
		kept[name] = k
	}
	return kept
}
