package experiment

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"mpsim/experiment/figure"
	"mpsim/experiment/record"
	"mpsim/scenarios"
)

// WriteOptions say how a result is written.
type WriteOptions struct {
	Force bool          // replace a directory that holds something else
	Wall  time.Duration // that the run took; it goes to timing.json alone
	Warn  func(error)   // is told which figures were not drawn, and why; may be nil

	Formats []string // of tables, by name; nil: CSV
	Figures []string // formats of figures, by name; nil: figure.Usual

	// Staging, if not nil, has files that were written during the run. They become
	// part of the result; Write commits it.
	Staging *record.Staging
}

// Write makes dir the result of a run of s: summary, series and incidents as CSV and
// JSON, figures in their formats, the scenario as run, a manifest, and how long
// it took. It replaces an older result as a whole and leaves it alone on an error;
// see record.Replace. A figure for which the result has no data is left out, and so is one that cannot be drawn: the
// error is then a FigureError, and the result is there. If ctx ends before all are drawn, the error is its own, and
// nothing is written.
func Write(ctx context.Context, dir string, s *scenarios.Scenario, res *record.Result, opts WriteOptions) error {
	return write(ctx, dir, textOf(s), res, opts)
}

// text is a scenario as it was run: options, defaults and traces included, so
// that running it again gives the same result.
type text struct {
	source []byte           // TOML
	beside []record.File    // what the source refers to, such as traces
	draw   []figure.Request // figures to draw
}

func textOf(s *scenarios.Scenario) text {
	t := text{source: s.Marshal()}
	files := s.Files()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		t.beside = append(t.beside, record.File{Name: name, Data: files[name]})
	}
	t.draw = Requests(s)
	return t
}

// Requests returns the figures that s asks for.
func Requests(s *scenarios.Scenario) (list []figure.Request) {
	for _, f := range s.Figures {
		list = append(list, figure.Request{Name: f.Model.Kind, Kind: f.Model.Look(), Title: f.Title, Width: float64(f.Width)})
	}
	return list
}

// FileNames gives figures their names: the kind, with a number from the second of a kind.
type FileNames map[string]int

// Next returns the name of the next figure of a kind.
func (n FileNames) Next(kind string) string {
	if n[kind]++; n[kind] > 1 {
		return fmt.Sprintf("%s-%d", kind, n[kind])
	}
	return kind
}

func write(ctx context.Context, dir string, sc text, res *record.Result, opts WriteOptions) error {
	if err := record.CheckTarget(dir, opts.Force); err != nil {
		return err
	}
	files, err := record.Files(res, opts.Formats...)
	if err != nil {
		return err
	}
	files = append(files, record.File{Name: "scenario.toml", Data: sc.source})
	files = append(files, sc.beside...)
	pictures, skipped, undrawn := drawAll(ctx, res, sc.draw, opts.Figures)
	if err := ctx.Err(); err != nil {
		return err
	}
	files = append(files, pictures...)

	manifest := record.NewManifest(&res.Summary, sc.source, files)
	manifest.Thinned = append(manifest.Thinned, res.Parts()...)
	stage := opts.Staging
	if stage != nil {
		manifest.Files = append(manifest.Files, stage.Written()...)
	}
	slices.SortFunc(manifest.Files, func(a, b record.FileRecord) int { return strings.Compare(a.Name, b.Name) })
	for _, err := range skipped {
		manifest.Skipped = append(manifest.Skipped, err.Error())
		if opts.Warn != nil {
			opts.Warn(err)
		}
	}
	if undrawn != nil {
		manifest.Skipped = append(manifest.Skipped, strings.Split(undrawn.Error(), "\n")...)
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
	if stage != nil {
		err = stage.Commit(files)
	} else {
		err = record.Replace(dir, files, opts.Force)
	}
	if err != nil {
		return err
	}
	return undrawn
}

// Figures draws the figures that s asks for, of the result of a run, in the usual formats.
// Skipped has those for which there is no data.
func Figures(ctx context.Context, s *scenarios.Scenario, res *record.Result) (files []record.File, skipped []error, err error) {
	return drawAll(ctx, res, textOf(s).draw, nil)
}

// A FigureError says which figures could not be drawn. The result is there without them.
type FigureError struct{ error }

// Unwrap returns the errors of the figures.
func (e *FigureError) Unwrap() error { return e.error }

// drawAll draws the figures in some formats, or in the usual ones. Skipped has those without data, and what the font of
// others lacks; the error is a FigureError, and files has all other figures, or it is that of ctx.
func drawAll(ctx context.Context, res *record.Result, requests []figure.Request, formats []string) (files []record.File, skipped []error, err error) {
	names := FileNames{}
	for _, req := range requests {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		f, failed := figure.Draw(res, req)
		if errors.Is(failed, figure.ErrNoData) {
			skipped = append(skipped, failed)
			continue
		}
		name := names.Next(req.Name)
		var drawn []record.File
		if failed == nil {
			if drawn, failed = EncodeFigure(ctx, f, name, formats); failed != nil {
				failed = fmt.Errorf("figure %s: %w", name, failed)
			}
			if w := f.Warning(); w != nil {
				skipped = append(skipped, fmt.Errorf("figure %s: %w", name, w))
			}
		}
		err = errors.Join(err, failed)
		files = append(files, drawn...)
	}
	if stopped := ctx.Err(); stopped != nil {
		return nil, nil, stopped
	}
	if err != nil {
		err = &FigureError{err}
	}
	return files, skipped, err
}

// EncodeFigure returns the files of a figure in some formats, or in the usual ones: all of them, or none.
// An error may be that of ctx.
func EncodeFigure(ctx context.Context, f *figure.Figure, name string, formats []string) (files []record.File, err error) {
	if formats == nil {
		formats = figure.Usual
	}
	for _, format := range formats {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		data, err := f.Encode(format)
		if err != nil {
			return nil, err
		}
		files = append(files, record.File{Name: "figures/" + name + "." + format, Data: data})
	}
	return files, nil
}
