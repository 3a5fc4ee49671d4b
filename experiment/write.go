package experiment

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mpsim/experiment/figure"
	"mpsim/experiment/record"
)

// ScenarioText is a scenario as it was run: all options, defaults and traces
// included, so that running it again gives the same result.
type ScenarioText struct {
	Name   string
	Source []byte           // TOML
	Extra  []record.File    // what the source refers to, such as traces
	Draw   []figure.Request // figures to draw
}

// WriteOptions say how a result is written.
type WriteOptions struct {
	Force bool          // replace a directory that holds something else
	Wall  time.Duration // that the run took; it goes to timing.json alone
	Warn  func(error)   // is told which figures were not drawn, and why; may be nil
}

// Write makes dir the result of a run: summary, series and marks as CSV and
// JSON, figures as PNG, SVG and PDF, the scenario, a manifest, and how long it
// took. It replaces an older result as a whole and leaves it alone on an error;
// see record.Replace. A figure for which the result has no data is left out.
func Write(dir string, sc ScenarioText, res *record.Result, opts WriteOptions) error {
	if err := record.CheckTarget(dir, opts.Force); err != nil {
		return err
	}
	files, err := record.Files(res)
	if err != nil {
		return err
	}
	files = append(files, record.File{Name: "scenario.toml", Data: sc.Source})
	files = append(files, sc.Extra...)
	pictures, skipped, err := drawAll(res, sc.Draw)
	if err != nil {
		return err
	}
	files = append(files, pictures...)
	slices.SortFunc(files, func(a, b record.File) int { return strings.Compare(a.Name, b.Name) })

	manifest := record.NewManifest(&res.Summary, sc.Source, files)
	for _, err := range skipped {
		manifest.Skipped = append(manifest.Skipped, err.Error())
		if opts.Warn != nil {
			opts.Warn(err)
		}
	}
	for _, doc := range []struct {
		name string
		of   any
	}{{record.ManifestName, manifest}, {record.TimingName, record.NewTiming(&res.Summary, opts.Wall)}} {
		f, err := record.Document(doc.name, doc.of)
		if err != nil {
			return err
		}
		files = append(files, f)
	}
	return record.Replace(dir, files, opts.Force)
}

// drawAll draws the figures in every format. Skipped has those without data.
func drawAll(res *record.Result, requests []figure.Request) (files []record.File, skipped []error, err error) {
	names := map[string]int{}
	for _, req := range requests {
		f, err := figure.Draw(res, req)
		if errors.Is(err, figure.ErrNoData) {
			skipped = append(skipped, err)
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		name := req.Kind
		if names[req.Kind]++; names[req.Kind] > 1 {
			name = fmt.Sprintf("%s-%d", req.Kind, names[req.Kind])
		}
		for _, format := range figure.Formats {
			data, err := f.Encode(format)
			if err != nil {
				return nil, nil, fmt.Errorf("figure %s: %w", name, err)
			}
			files = append(files, record.File{Name: "figures/" + name + "." + format, Data: data})
		}
	}
	return files, skipped, nil
}
