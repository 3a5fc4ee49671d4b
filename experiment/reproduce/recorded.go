package reproduce

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"strconv"
	"strings"

	"mpsim/results"
)

// A Match says how runs compare with the record that comes with mpsim: the same scenario and seeds give the
// same numbers, as long as neither the model nor the scenario has changed.
type Match struct {
	Same         int      `json:"same"`                 // targets whose mean is that of the record
	Compared     int      `json:"compared"`             // targets that the record has, too
	Replications int      `json:"replications"`         // over which the means are compared: those of the record; 0 if papers differ
	Moved        []string `json:"moved,omitempty"`      // targets with another mean, and both of them
	Uncompared   []string `json:"uncompared,omitempty"` // papers of which the record has nothing, or more replications
}

// closeness is how far the means of the same samples may differ, as a part: processors with fused
// multiply-add round once less.
const closeness = 1e-9

// Recorded compares reports with the record of long forms. Replication r has the same seed in both, so that
// those that the record has are compared, whatever comes after them.
func Recorded(reports []Report) (Match, error) { return match(reports, results.Targets) }

func match(reports []Report, record []byte) (m Match, err error) {
	known, err := readRecord(record)
	if err != nil {
		return m, err
	}
	for _, r := range reports {
		if !r.shipped() {
			continue // nobody has recorded it
		}
		for i := range r.Judgements {
			j := &r.Judgements[i]
			was, ok := known[[2]string{r.ID, j.Target.ID}]
			switch {
			case !ok:
				m.skip(r.ID + ": the record does not have it")
				continue
			case was.n > len(j.Samples):
				m.skip(fmt.Sprintf("%s: the record has %s, here %s", r.ID, replications(was.n), replications(len(j.Samples))))
				continue
			}
			mean, _ := interval(j.Samples[:was.n])
			if m.Compared++; m.Compared == 1 {
				m.Replications = was.n
			} else if m.Replications != was.n {
				m.Replications = 0
			}
			if same(mean, was.mean) {
				m.Same++
			} else {
				m.Moved = append(m.Moved, fmt.Sprintf("%s, %s: %v, in the record %v", r.ID, j.Target.ID, mean, was.mean))
			}
		}
	}
	return m, nil
}

// skip notes once why something was not compared.
func (m *Match) skip(why string) {
	if n := len(m.Uncompared); n == 0 || m.Uncompared[n-1] != why {
		m.Uncompared = append(m.Uncompared, why)
	}
}

// String says it in lines: "same as the record: 7 of 7".
func (m Match) String() string {
	var lines []string
	if m.Compared > 0 {
		over := ""
		if m.Replications > 0 {
			over = ", over " + replications(m.Replications)
		}
		lines = append(lines, fmt.Sprintf("same as the record: %d of %d%s", m.Same, m.Compared, over))
		for _, t := range m.Moved {
			lines = append(lines, "  "+t)
		}
	}
	for _, t := range m.Uncompared {
		lines = append(lines, "not compared with the record: "+t)
	}
	return strings.Join(lines, "\n")
}

func same(a, b float64) bool {
	if math.IsNaN(a) || math.IsNaN(b) {
		return math.IsNaN(a) && math.IsNaN(b)
	}
	return math.Abs(a-b) <= closeness*max(math.Abs(a), math.Abs(b))
}

func replications(n int) string {
	if n == 1 {
		return "1 replication"
	}
	return fmt.Sprintf("%d replications", n)
}

// recorded is what the record has of a target.
type recorded struct {
	n    int     // replications
	mean float64 // NaN: it could not be measured
}

// readRecord reads what CSV has written.
func readRecord(text []byte) (map[[2]string]recorded, error) {
	lines, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("the record: %w", err)
	}
	at := make(map[string]int)
	known := make(map[[2]string]recorded)
	for i, line := range lines {
		if i == 0 {
			for k, name := range line {
				at[name] = k
			}
			continue
		}
		r := recorded{mean: math.NaN()}
		if r.n, err = strconv.Atoi(line[at["replications"]]); err != nil {
			return nil, fmt.Errorf("the record, line %d: %w", i+1, err)
		}
		if text := line[at["mean"]]; text != "" {
			if r.mean, err = strconv.ParseFloat(text, 64); err != nil {
				return nil, fmt.Errorf("the record, line %d: %w", i+1, err)
			}
		}
		known[[2]string{line[at["paper"]], line[at["target"]]}] = r
	}
	return known, nil
}
