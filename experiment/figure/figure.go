// Package figure draws the results of runs at the size at which a paper prints
// them: one column wide, letters of at least 7 pt, colours that the colour-blind
// can tell apart and that are never the only difference, units on every axis,
// legends outside of the data. The bytes of a figure depend on the result alone.
//
// A kind of figure is one file: a struct whose fields are the keys that it takes, and a method that makes panels.
package figure

import (
	"errors"
	"fmt"

	"mpsim/experiment/record"
)

// ColumnWidth is the width of a column of ACM and USENIX papers, in inches: that of the venue acm.
const ColumnWidth = 3.33

// ErrNoData says that a result has nothing that the figure could show.
var ErrNoData = errors.New("no data")

// Request says what to draw.
type Request struct {
	Name  string  // of the kind
	Kind  Kind    // with its keys; nil: none are given
	Title string  // above the figure; "" for none
	Width float64 // in inches; 0: ColumnWidth
}

// Draw draws one figure of a result, without what is no number in it. The error is an ErrNoData if the result
// has nothing to show.
func Draw(res *record.Result, req Request) (fig *Figure, err error) {
	defer notDrawn(&err)
	kind := req.Kind
	if kind == nil {
		if kind, err = Registry.New(req.Name); err != nil {
			return nil, err
		}
	}
	width := req.Width
	if width == 0 {
		width = ColumnWidth
	}
	src := newSource(drawable(res))
	panels, err := src.draw(kind, width)
	if err != nil {
		return nil, fmt.Errorf("figure %s: %w", req.Name, err)
	}
	return layOut(panels, req.Title, width), nil
}

// draw makes the panels of a figure, at least one.
func (s *source) draw(k Kind, width float64) ([]*panel, error) {
	if err := s.check(k, width); err != nil {
		return nil, err
	}
	panels, err := k.panels(s)
	if err == nil && len(panels) == 0 {
		err = fmt.Errorf("%w: the result has no such series", ErrNoData)
	}
	return panels, err
}
