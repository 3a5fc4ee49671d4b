package draw

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Load reads a scenario from a file, with the files beside it that it refers to.
func Load(name string) (*Scenario, error) {
	source, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	s, err := Read(source, make(map[string][]byte))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	s.Mild = strings.Contains(string(source), mildNote)
	for _, file := range named(s.tree) {
		data, err := os.ReadFile(filepath.Join(filepath.Dir(name), file))
		switch {
		case err == nil:
			s.Files[file] = data
		case !errors.Is(err, fs.ErrNotExist):
			return nil, err
		}
	}
	return s, nil
}

// named returns the texts in v that may be names of files.
func named(v any) (list []string) {
	switch v := v.(type) {
	case tree:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if s, ok := v[k].(string); ok && (k == "trace" || k == "file") {
				list = append(list, s)
			}
			list = append(list, named(v[k])...)
		}
	case []any:
		for _, e := range v {
			list = append(list, named(e)...)
		}
	}
	return list
}

// mildNote marks the file of a mild scenario.
const mildNote = "# all of this has to end"

// Save writes s and its files to a directory, with a note on top, and returns the name of the scenario.
func (s *Scenario) Save(dir, name, note string) (string, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	top := "# " + strings.ReplaceAll(note, "\n", "\n# ") + "\n"
	if s.Mild {
		top += mildNote + "\n"
	}
	file := filepath.Join(dir, name+".toml")
	if err := os.WriteFile(file, append([]byte(top), s.Text()...), 0o666); err != nil {
		return "", err
	}
	for _, name := range slices.Sorted(maps.Keys(s.Files)) {
		beside := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(beside), 0o777); err != nil {
			return "", err
		}
		if err := os.WriteFile(beside, s.Files[name], 0o666); err != nil {
			return "", err
		}
	}
	return file, nil
}
