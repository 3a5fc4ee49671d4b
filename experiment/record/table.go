package record

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"mpsim/experiment/grid"
)

// Table writes what people look at first: per connection and subflow goodput,
// share, RTT, repetitions, and the time to the second subflow; then completion
// times and what the scenario expects, if there are any.
func Table(w io.Writer, s *Summary) error {
	var t grid.Table
	row := func(cells ...string) { t.Lines = append(t.Lines, cells) }
	row("FLOW", "GOODPUT", "SHARE", "RTT", "P95", "RETRANSMITTED", "REINJECTED", "2ND SUBFLOW")
	for i := range s.Flows {
		f := &s.Flows[i]
		var segments, retransmitted uint64
		var reinjected *uint64
		for _, sf := range f.Subflows {
			segments += sf.Segments
			retransmitted += sf.Retransmitted
			if sf.Reinjected != nil {
				reinjected = new(OrZero(reinjected) + *sf.Reinjected)
			}
		}
		row(f.title(), bitRate(known(f.Goodput)), percent(known(f.Share)), mean(f.RTT), p95(f.RTT),
			repeated(segments, retransmitted), again(reinjected), f.second())
		if len(f.Subflows) < 2 && f.Protocol != "mptcp" {
			continue
		}
		for _, sf := range f.Subflows {
			row("  "+sf.Name, bitRate(known(sf.Goodput)), percent(known(sf.Share)), mean(sf.RTT), p95(sf.RTT),
				repeated(sf.Segments, sf.Retransmitted), again(sf.Reinjected), "")
		}
	}
	if err := t.Write(w); err != nil {
		return err
	}
	if err := transfers(w, s); err != nil {
		return err
	}
	if err := below(w, grid.Table{Lines: decided(s)}); err != nil {
		return err
	}
	if err := predicted(w, s); err != nil {
		return err
	}
	if err := expectations(w, s); err != nil {
		return err
	}
	return warnings(w, s)
}

// warnings writes what of the scenario has no effect that its writer may want.
func warnings(w io.Writer, s *Summary) error {
	if len(s.Warnings) == 0 {
		return nil
	}
	_, err := fmt.Fprintf(w, "\nWARNINGS\n  %s\n", strings.Join(s.Warnings, "\n  "))
	return err
}

// transfers writes the completion times of the flows that have some.
func transfers(w io.Writer, s *Summary) error {
	var t grid.Table
	for i := range s.Flows {
		f := &s.Flows[i]
		if f.Transfers.Count == 0 && f.Unfinished == 0 {
			continue
		}
		if len(t.Lines) == 0 {
			t.Lines = append(t.Lines, []string{"TRANSFERS OF", "COMPLETED", "UNFINISHED", "MEAN", "MEDIAN", "P95", "P99"})
		}
		d := f.Transfers
		t.Lines = append(t.Lines, []string{f.Name, strconv.FormatUint(d.Count, 10), strconv.FormatUint(f.Unfinished, 10),
			seconds(d, d.Mean), seconds(d, d.P50), seconds(d, d.P95), seconds(d, d.P99)})
	}
	return below(w, t)
}

// below writes a table, if there is one, below something else.
func below(w io.Writer, t grid.Table) error {
	if len(t.Lines) == 0 {
		return nil
	}
	if _, err := io.WriteString(w, "\n"); err != nil {
		return err
	}
	return t.Write(w)
}

// expectations writes the bounds that the scenario sets and whether they hold.
func expectations(w io.Writer, s *Summary) error {
	if len(s.Expectations) == 0 {
		return nil
	}
	t := grid.Table{Lines: [][]string{{"EXPECTED", "GOT", "MET"}}}
	for _, e := range s.Expectations {
		met := "no"
		if e.Met {
			met = "yes"
		}
		t.Lines = append(t.Lines, []string{e.Text, e.Got(), met})
	}
	return below(w, t)
}

// Got formats the value in a unit that people read, or says why there is none.
func (e *Expectation) Got() string {
	switch {
	case e.Value == nil:
		return e.None
	case !isFinite(*e.Value):
		return none
	}
	switch e.Unit {
	case "bit/s":
		return bitRate(*e.Value)
	case "B":
		return scaled(*e.Value, byteUnits...)
	case "s":
		return Duration(*e.Value)
	}
	return strconv.FormatFloat(*e.Value, 'g', 6, 64)
}

// title names a flow and what it runs.
func (f *Flow) title() string {
	kind := []string{f.Protocol}
	if f.CC != "" {
		kind = append(kind, f.CC)
	}
	if f.Scheduler != "" {
		kind = append(kind, f.Scheduler)
	}
	if f.Connections > 1 {
		kind = append(kind, strconv.Itoa(f.Connections)+" connections")
	}
	return f.Name + " (" + strings.Join(kind, ", ") + ")"
}

func (f *Flow) second() string {
	switch {
	case f.Protocol != "mptcp":
		return ""
	case f.Second == nil:
		return "never"
	}
	return Duration(*f.Second)
}

func mean(d Distribution) string { return seconds(d, d.Mean) }
func p95(d Distribution) string  { return seconds(d, d.P95) }

// none stands in a table for a number that there is not.
const none = "–"

func isFinite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// seconds formats x, a number of the distribution d.
func seconds(d Distribution, x float64) string {
	if d.Count == 0 {
		return none
	}
	return Duration(x)
}

func repeated(segments, bytes uint64) string {
	if segments == 0 {
		return "0"
	}
	return fmt.Sprintf("%d (%s)", segments, Size(bytes))
}

// again formats what was reinjected.
func again(bytes *uint64) string {
	if bytes == nil {
		return none
	}
	return Size(*bytes)
}

func percent(share float64) string {
	if !isFinite(share) {
		return none
	}
	return strconv.FormatFloat(100*share, 'f', 1, 64) + " %"
}

func bitRate(bps float64) string { return scaled(bps, "bit/s", "kb/s", "Mb/s", "Gb/s") }

// Size writes a number of bytes with three significant digits.
func Size(n uint64) string { return scaled(float64(n), byteUnits...) }

var byteUnits = []string{"B", "kB", "MB", "GB", "TB"}

// scaled writes x with three significant digits in the largest unit, each a
// thousand times the one before, that leaves at least 1.
func scaled(x float64, names ...string) string {
	if !isFinite(x) {
		return none
	}
	i := 0
	for i < len(names)-1 && x >= 999.5 {
		x /= 1000
		i++
	}
	if i == 0 && x == math.Trunc(x) {
		return strconv.FormatFloat(x, 'f', 0, 64) + " " + names[i]
	}
	return digits(x) + " " + names[i]
}

// Duration writes s seconds with three significant digits.
func Duration(s float64) string {
	switch {
	case !isFinite(s):
		return none
	case s == 0:
		return "0 s"
	case s < 999.5e-6:
		return digits(s*1e6) + " µs"
	case s < 0.9995:
		return digits(s*1e3) + " ms"
	}
	return digits(s) + " s"
}

// digits writes x, which is below 1000 or large, with three significant digits.
func digits(x float64) string {
	decimals := 0
	switch {
	case x < 9.995:
		decimals = 2
	case x < 99.95:
		decimals = 1
	}
	return strconv.FormatFloat(x, 'f', decimals, 64)
}
