package reproduce

import (
	"context"
	"fmt"
	"io"
	"math"
	"path"
	"strconv"
	"strings"

	"mpsim/experiment"
	"mpsim/experiment/figure"
	"mpsim/experiment/grid"
	"mpsim/experiment/record"
)

// Simulated writes the mean over the runs with its interval.
func (j *Judgement) Simulated() string {
	factor, unit := j.scale()
	mean, half := j.Mean*factor, j.Half*factor
	switch {
	case math.IsNaN(mean):
		return "–"
	case half == 0:
		return number(mean) + unit
	}
	// As many decimals as two digits of the interval have; those that many zeros go before have a power of ten.
	decimals := max(0, 1-int(math.Floor(math.Log10(half))))
	if size := max(math.Abs(mean), half); decimals > 6 && size < 1e-3 {
		power := int(math.Floor(math.Log10(size)))
		ten := math.Pow(10, float64(power))
		return fmt.Sprintf("(%.*f ± %.*f)e%d", decimals+power, mean/ten, decimals+power, half/ten, power) + unit
	}
	return fmt.Sprintf("%.*f ± %.*f", decimals, mean, decimals, half) + unit
}

// Wanted writes the values that reproduce the target.
func (j *Judgement) Wanted() string {
	factor, unit := j.scale()
	low, high := j.Low*factor, j.High*factor
	switch {
	case math.IsInf(low, 0):
		return "≤ " + number(high) + unit
	case math.IsInf(high, 0):
		return "≥ " + number(low) + unit
	case low == high:
		return number(low) + unit
	}
	return number(low) + " to " + number(high) + unit
}

// predicted writes what the fluid model says.
func (j *Judgement) predicted() string {
	factor, unit := j.scale()
	if math.IsNaN(j.Predicted) {
		return "–"
	}
	return number(j.Predicted*factor) + unit
}

// A step is a prefix of a unit, for amounts from some size on.
type step struct {
	from   float64
	factor float64
	unit   string
}

// steps has those of units whose amounts people do not write as they are, from large to small.
var steps = map[record.Unit][]step{
	record.BitRate: {{1e9, 1e-9, " Gb/s"}, {1e6, 1e-6, " Mb/s"}, {1e3, 1e-3, " kb/s"}},
	record.Octets:  {{1e9, 1e-9, " GB"}, {1e6, 1e-6, " MB"}, {1e3, 1e-3, " kB"}},
	record.Seconds: {{0.1, 1, ""}, {1e-3, 1e3, " ms"}, {0, 1e6, " µs"}},
}

// scale returns by what the numbers of the target are multiplied, and their unit then, after a space: where the value
// is of a metric and they are so large or small that one would count their digits.
func (j *Judgement) scale() (factor float64, unit string) {
	if j.Target == nil || j.Target.Formula == nil {
		return 1, ""
	}
	names := j.Target.Formula.Metrics()
	if len(names) == 0 {
		return 1, ""
	}
	of := record.LookUp(names[0]).Unit
	for _, name := range names {
		if record.LookUp(name).Unit != of {
			return 1, ""
		}
	}
	size := 0.0
	for _, x := range []float64{j.Low, j.High, j.Mean, j.Predicted} {
		if !math.IsNaN(x) && !math.IsInf(x, 0) {
			size = max(size, math.Abs(x))
		}
	}
	for _, s := range steps[of] {
		if size >= s.from && size > 0 {
			return s.factor, s.unit
		}
	}
	return 1, ""
}

// number writes x with four significant digits.
func number(x float64) string {
	if math.IsNaN(x) {
		return "–"
	}
	if a := math.Abs(x); a >= 1000 && a < 1e9 {
		return strconv.FormatFloat(x, 'f', 0, 64)
	}
	return strconv.FormatFloat(x, 'g', 4, 64)
}

// columns are those of the tables for people.
var columns = []string{"target", "published", "wanted", "fluid model", "simulated", "verdict"}

func (j *Judgement) cells() []string {
	published := j.Target.Published
	if published == "" {
		published = "–"
	} else {
		published += " (" + j.Target.Evidence + ")"
	}
	return []string{j.Target.ID, published, j.Wanted(), j.predicted(), j.Simulated(), string(j.Verdict)}
}

// Table writes all targets for a terminal.
func Table(w io.Writer, reports []Report) error {
	for _, r := range reports {
		head := []string{r.ID}
		for _, c := range columns[1:] {
			head = append(head, strings.ToUpper(c))
		}
		t := grid.Table{Lines: [][]string{head}}
		for _, j := range r.Judgements {
			cells := j.cells()
			cells[0] = "  " + cells[0]
			t.Lines = append(t.Lines, cells)
		}
		if err := t.Write(w); err != nil {
			return err
		}
		if _, err := io.WriteString(w, "\n"); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(w, Count(reports))
	return err
}

// Count says how many targets have which verdict.
func Count(reports []Report) string {
	counts := make(map[Verdict]int)
	total := 0
	for _, r := range reports {
		for _, j := range r.Judgements {
			counts[j.Verdict]++
			total++
		}
	}
	text := fmt.Sprintf("%d targets", total)
	if total == 1 {
		text = "1 target"
	}
	sep := ": "
	for _, v := range []Verdict{Reproduced, Undecided, Explained, Missed, Unmeasured} {
		if counts[v] > 0 {
			text += fmt.Sprintf("%s%d %s", sep, counts[v], v)
			sep = "; "
		}
	}
	return text
}

// Schema is the version of the JSON that Document returns.
const Schema = 1

// An Entry is a target and what came of it, as JSON has it. A number that there is none of is null.
type Entry struct {
	Paper        string    `json:"paper"`         // ID, as in mpsim reproduce --list
	Target       string    `json:"target"`        // ID in the scenario
	Published    string    `json:"published"`     // what the source prints
	Evidence     string    `json:"evidence"`      // how that is known
	Low          float64   `json:"low"`           // least value that counts as a reproduction
	High         float64   `json:"high"`          // greatest such value
	Predicted    float64   `json:"predicted"`     // by the fluid model
	Replications int       `json:"replications"`  // that yield the number
	Mean         float64   `json:"mean"`          // of the replications
	Half         float64   `json:"half_width_95"` // half width of its 95 % interval
	Samples      []float64 `json:"samples"`       // the number of each replication
	Verdict      Verdict   `json:"verdict"`       // "reproduced", "undecided", "missed", "missed, explained" or "not measured"
}

// A Document is what reports say, to be written as JSON.
type Document struct {
	Schema  int     `json:"schema"`  // version of these fields
	Targets []Entry `json:"targets"` // in the order of the papers
	Record  Match   `json:"record"`  // how the means compare with those on record
}

// NewDocument returns the document of reports and of how they match the record.
func NewDocument(reports []Report, m Match) *Document {
	d := &Document{Schema: Schema, Record: m}
	for _, r := range reports {
		for _, j := range r.Judgements {
			t := j.Target
			d.Targets = append(d.Targets, Entry{
				Paper: r.ID, Target: t.ID, Published: t.Published, Evidence: t.Evidence,
				Low: j.Low, High: j.High, Predicted: j.Predicted, Replications: len(j.Samples),
				Mean: j.Mean, Half: j.Half, Samples: j.Samples, Verdict: j.Verdict,
			})
		}
	}
	return d
}

// A List says what can be reproduced, to be written as JSON.
type List struct {
	Schema int      `json:"schema"`
	Papers []Listed `json:"papers"`
}

// Listed is a scenario and how much of it there is.
type Listed struct {
	ID           string `json:"id"`
	Targets      int    `json:"targets"`
	Replications int    `json:"replications"`
	Shows        string `json:"shows"`
}

// NewList returns the list of papers.
func NewList(papers []*Paper) *List {
	l := &List{Schema: Schema}
	for _, p := range papers {
		l.Papers = append(l.Papers, Listed{p.ID, len(p.Scenario.Targets), max(p.Scenario.Replications, 1), p.Scenario.Description})
	}
	return l
}

// Targets returns all targets as a table, with all digits.
func Targets(reports []Report) record.Dataset {
	text := func(name, doc string) record.Column { return record.Column{Name: name, Doc: doc, Kind: record.Text} }
	number := func(name, doc string) record.Column {
		return record.Column{Name: name, Doc: doc, Kind: record.Number}
	}
	return record.Dataset{
		Name: "targets", Doc: "a target of a scenario",
		Columns: []record.Column{
			text("paper", "ID of the scenario"), text("target", "name"), text("source", "that has it: a figure, a table, a law"),
			text("value", "formula of metrics, in SI units"), text("published", "as printed, in the unit of the formula"),
			text("evidence", "how that is known"), number("low", "least value that reproduces it; empty: none"),
			number("high", "greatest value that does; empty: none"), number("predicted", "by the fluid model; empty: it does not know it"),
			{Name: "replications", Doc: "that have a value", Kind: record.Integer}, number("mean", "over them"),
			number("half_width_95", "of the 95 % interval of the mean"), text("verdict", "reproduced, undecided, explained, missed or not measured"),
			text("because", "why these values count as a reproduction"), text("finding", "that explains a miss"),
		},
		Rows: func(_ *record.Result, row func(...any)) {
			for _, r := range reports {
				for _, j := range r.Judgements {
					t := j.Target
					row(r.ID, t.ID, t.Of, t.Value, t.Published, t.Evidence, j.Low, j.High, j.Predicted,
						len(j.Samples), j.Mean, j.Half, string(j.Verdict), t.Because, t.Finding)
				}
			}
		},
	}
}

// Files returns the record of reports: README.md, the targets in the formats named, or CSV, and a figure of the
// targets of each paper beside those that its scenario asks for.
func Files(ctx context.Context, reports []Report, formats ...string) ([]record.File, error) {
	targets := Targets(reports)
	files, err := targets.Files(&record.Summary{Scenario: "papers"}, formats...)
	if err != nil {
		return nil, err
	}
	var text strings.Builder
	text.WriteString(preamble)
	if len(reports) == len(IDs()) {
		text.WriteString(absent)
	}
	fmt.Fprintf(&text, "\n%s.\n", Count(reports))
	for i := range reports {
		r := &reports[i]
		pictures, err := r.figures(ctx)
		if err != nil {
			return nil, err
		}
		files = append(files, pictures...)
		r.markdown(&text, pictures)
	}
	return append(files, record.File{Name: "README.md", Data: []byte(text.String())}), nil
}

const preamble = `# Published results, reproduced

Written by ` + "`mpsim reproduce`" + `; the scenarios of papers are in ` + "`scenarios/papers`" + `, and ` + "`targets.csv`" + ` has all digits.

*Published* is what the source prints, and how that is known; *wanted* are the values that count as a reproduction; *simulated* is the mean over the
replications with its 95 % confidence interval. A target is *reproduced* if the interval lies within what is wanted, *missed* if it lies outside,
*undecided* in between.
`

// absent is what the record of all papers does not have.
const absent = `
Left out, because the model has no such part: videos, pages and blocks of applications (B2, S2 to S4, and of S1 all but the bulk
transfer), the design space of 253 points (S9), and captures of a campaign over real networks (H3). The queueing
laws L5 and L6 are judged by tests of the links. TP2 of N10 takes too long.
`

// markdown writes the section of a paper.
func (r *Report) markdown(w *strings.Builder, pictures []record.File) {
	fmt.Fprintf(w, "\n## %s: %s\n\n%s\n\n", r.ID, r.Scenario.Description, r.Header)
	row := func(cells []string) {
		for _, c := range cells {
			w.WriteString("| " + strings.ReplaceAll(c, "|", `\|`) + " ")
		}
		w.WriteString("|\n")
	}
	row(columns)
	w.WriteString(strings.Repeat("|---", len(columns)) + "|\n")
	for _, j := range r.Judgements {
		row(j.cells())
	}
	fmt.Fprintf(w, "\n%s. %s.\n", runs(r.Replications), length(r.Scenario.Duration.Seconds(), r.Scenario.Warmup.Seconds()))
	noted := ""
	for _, j := range r.Judgements {
		if f := j.Target.Finding; f != "" && f != noted && j.Verdict == Explained {
			fmt.Fprintf(w, "\n*%s*: %s\n", j.Target.ID, f)
			noted = f
		}
	}
	for _, p := range pictures {
		if path.Ext(p.Name) == ".svg" {
			fmt.Fprintf(w, "\n![%s](%s)\n", strings.TrimSuffix(path.Base(p.Name), ".svg"), p.Name)
		}
	}
}

func runs(n int) string {
	if n == 1 {
		return "One run"
	}
	return fmt.Sprintf("%d replications", n)
}

func length(duration, warmup float64) string {
	if warmup == 0 {
		return fmt.Sprintf("Simulated time %g s", duration)
	}
	return fmt.Sprintf("Simulated time %g s, of which %g s are warm-up", duration, warmup)
}

// figures draws the targets, and of the first replication what the scenario asks for.
func (r *Report) figures(ctx context.Context) ([]record.File, error) {
	list := make([]figure.Target, len(r.Judgements))
	for i, j := range r.Judgements {
		list[i] = figure.Target{
			Name: j.Target.ID, Low: j.Low, High: j.High, Mean: j.Mean, Half: j.Half, Predicted: j.Predicted, Published: math.NaN(),
		}
		if x, err := strconv.ParseFloat(j.Target.Published, 64); err == nil {
			list[i].Published = x
		}
	}
	files, err := experiment.EncodeFigure(ctx, figure.Targets("", list), r.ID, nil)
	if err != nil {
		return nil, err
	}
	own, _, err := experiment.Figures(ctx, r.Scenario, r.First)
	for _, f := range own {
		files = append(files, record.File{Name: "figures/" + r.ID + "-" + path.Base(f.Name), Data: f.Data})
	}
	return files, err
}
