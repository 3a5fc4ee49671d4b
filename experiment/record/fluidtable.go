package record

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"mpsim/experiment/grid"
)

// assumptions hold for every prediction.
const assumptions = "congestion avoidance alone: no slow start, no timeouts, losses spread over time, full buffers at both ends; ACKs are not lost and cost nothing"

// FluidTable writes what is predicted of flows, subflows and links, and what
// is assumed and left out.
func FluidTable(w io.Writer, p *Prediction) error {
	var flows grid.Table
	row := func(cells ...string) { flows.Lines = append(flows.Lines, cells) }
	row("FLOW", "GOODPUT", "WINDOW", "RTT", "LOSS")
	for i := range p.Flows {
		f := &p.Flows[i]
		switch {
		case f.Outside != "":
			row(f.Name, none, none, none, none)
			continue
		case len(f.Subflows) == 1:
			row(append([]string{f.Name}, f.Subflows[0].cells()...)...)
			continue
		}
		row(f.Name, bitRate(f.Goodput), "", "", "")
		for k := range f.Subflows {
			row(append([]string{"  " + f.Subflows[k].Name}, f.Subflows[k].cells()...)...)
		}
	}
	if err := flows.Write(w); err != nil {
		return err
	}
	links := grid.Table{Lines: [][]string{{"LINK", "USED", "QUEUE", "LOSS"}}}
	for _, l := range p.Links {
		if l.Utilisation == 0 {
			continue
		}
		queue := none
		if l.Bottleneck {
			queue = Duration(l.Wait)
		}
		links.Lines = append(links.Lines, []string{l.Name + " " + l.Direction, percent(l.Utilisation), queue, lossText(l.Loss)})
	}
	if err := below(w, links); err != nil {
		return err
	}
	return fluidNotes(w, p)
}

// cells are the numbers of a subflow.
func (s *FluidSubflow) cells() []string {
	window := none
	if isFinite(s.Window) {
		window = strconv.FormatFloat(s.Window, 'f', 1, 64) + " segments"
	}
	return []string{bitRate(s.Goodput), window, Duration(s.RTT), lossText(s.Loss)}
}

// lossText writes a probability with three significant digits.
func lossText(p float64) string {
	if !isFinite(p) {
		return none
	}
	return strconv.FormatFloat(100*p, 'g', 3, 64) + " %"
}

// fluidNotes writes what is not in the model.
func fluidNotes(w io.Writer, p *Prediction) error {
	lines := []string{"", "assumed: " + assumptions}
	for _, n := range p.Notes {
		lines = append(lines, "note: "+n)
	}
	_, err := fmt.Fprintln(w, strings.Join(lines, "\n"))
	return err
}

// predicted writes the goodputs of a run beside those of the fluid model.
func predicted(w io.Writer, s *Summary) error {
	if s.Prediction == nil {
		return nil
	}
	t := grid.Table{Lines: [][]string{{"FLOW", "GOODPUT", "PREDICTED", "DEVIATION"}}}
	row := func(name string, got, want float64) {
		deviation := none
		if want > 0 && isFinite(got/want) {
			deviation = fmt.Sprintf("%+.1f %%", 100*(got/want-1))
		}
		t.Lines = append(t.Lines, []string{name, bitRate(got), bitRate(want), deviation})
	}
	for i := range s.Flows {
		f := &s.Flows[i]
		x := s.Prediction.Flow(f.Name)
		if x == nil {
			t.Lines = append(t.Lines, []string{f.Name, bitRate(known(f.Goodput)), none, ""})
			continue
		}
		row(f.Name, known(f.Goodput), x.Goodput)
		for k := range x.Subflows {
			if len(x.Subflows) > 1 && k < len(f.Subflows) {
				row("  "+f.Subflows[k].Name, known(f.Subflows[k].Goodput), x.Subflows[k].Goodput)
			}
		}
	}
	if err := below(w, t); err != nil {
		return err
	}
	return fluidNotes(w, s.Prediction)
}
