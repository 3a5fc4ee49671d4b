package record

import (
	"fmt"
	"path/filepath"
)

// Read returns the result that dir holds, and its manifest.
func Read(dir string) (*Result, *Manifest, error) {
	m, err := readManifest(dir)
	if err != nil {
		return nil, nil, err
	}
	if m.Schema != Schema {
		return nil, nil, fmt.Errorf("%s has a result of schema %d; this program reads %d: run the scenario again", dir, m.Schema, Schema)
	}
	var res Result
	if err := decode(filepath.Join(dir, "summary.json"), &res.Summary); err != nil {
		return nil, nil, err
	}
	if err := decode(filepath.Join(dir, "series.json"), &res.Trace); err != nil {
		return nil, nil, err
	}
	return &res, m, nil
}
