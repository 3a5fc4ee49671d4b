// Package figure draws the results of runs at the size at which a paper prints
// them: one column wide, letters of at least 7 pt, colours that the colour-blind
// can tell apart and that are never the only difference, units on every axis,
// legends outside of the data. The bytes of a figure depend on the result alone.
//
// A kind of figure is one file with one call of register.
package figure

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"mpsim/experiment/record"
)

// ColumnWidth is the width of a column of ACM and USENIX papers, in inches.
const ColumnWidth = 3.33

// ErrNoData says that a result has nothing that the figure could show.
var ErrNoData = errors.New("no data")

// Request says what to draw.
type Request struct {
	Kind  string
	Title string   // above the figure; "" for none
	Flows []string // to draw; empty: all
	Links []string // to draw; empty: all
	Width float64  // in inches; 0: ColumnWidth

	Fluid bool // draw what the fluid model predicts, too, if the result has it

	X, Y      string    // of a sweep: axis of [vary], and metric of a flow
	Reference []Formula // of a sweep: what to compare with
	Rows      string    // of a matrix: axis of [vary]
}

// A Formula is a closed form, and how people write it.
type Formula interface {
	At(x float64) float64
	String() string
}

// A Kind is a kind of figure.
type Kind struct{ Name, Doc string }

type kind struct {
	Kind
	draw func(*source) ([]*panel, error)
}

var registry = map[string]kind{}

// register adds a kind of figure. draw makes its panels, from top to bottom.
func register(name, doc string, draw func(*source) ([]*panel, error)) {
	if _, dup := registry[name]; dup {
		panic("figure: " + name + " registered twice")
	}
	registry[name] = kind{Kind{name, doc}, draw}
}

// Kinds returns all kinds, sorted by name.
func Kinds() []Kind {
	var list []Kind
	for _, k := range registry {
		list = append(list, k.Kind)
	}
	slices.SortFunc(list, func(a, b Kind) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// Draw draws one figure of a result, without what is no number in it. The error is an ErrNoData if the result
// has nothing to show.
func Draw(res *record.Result, req Request) (fig *Figure, err error) {
	defer notDrawn(&err)
	k, ok := registry[req.Kind]
	if !ok {
		var names []string
		for _, k := range Kinds() {
			names = append(names, k.Name)
		}
		return nil, fmt.Errorf("unknown kind of figure %q (have %s)", req.Kind, strings.Join(names, ", "))
	}
	src := &source{res: drawable(res), req: req}
	if err := src.check(); err != nil {
		return nil, fmt.Errorf("figure %s: %w", req.Kind, err)
	}
	panels, err := k.draw(src)
	if err == nil && len(panels) == 0 {
		err = fmt.Errorf("%w: the result has no such series", ErrNoData)
	}
	if err != nil {
		return nil, fmt.Errorf("figure %s: %w", req.Kind, err)
	}
	width := req.Width
	if width == 0 {
		width = ColumnWidth
	}
	return layOut(panels, req.Title, width), nil
}
