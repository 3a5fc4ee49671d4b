package record

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Decision is what the scheduler of a connection decided, as far as it was carried out. Positions count the bytes of
// the stream from 0.
type Decision struct {
	T        float64 `json:"t_s"`                // simulated time, s
	Flow     string  `json:"flow"`               // its name
	Job      string  `json:"job"`                // why it was asked: fresh, lost, blocked or spare; pull: it was not
	Act      string  `json:"act"`                // wait, send, queue or recall
	Subflows string  `json:"subflows,omitempty"` // that act, or whose room a wait is for; spaces between them
	From     uint64  `json:"from_bytes"`         // of the bytes that were given to them; of wait: those at hand
	To       uint64  `json:"to_bytes"`           // behind the last of them
	Acked    uint64  `json:"acked_bytes"`        // all before is acknowledged at the level of the connection
	Until    float64 `json:"until_s,omitzero"`   // when it wants to be asked again at the latest; 0: no wish
	Reason   string  `json:"reason"`             // its name
	About    string  `json:"about,omitempty"`    // the subflow that the reason is about
	A        float64 `json:"a"`                  // the first number of the reason
	B        float64 `json:"b"`                  // the second one
	C        float64 `json:"c"`                  // the third one
}

// The acts of a Decision.
const (
	Waits   = "wait"
	Sends   = "send"
	Queues  = "queue"
	Recalls = "recall"
)

// The jobs of a Decision.
const (
	Fresh   = "fresh"
	Lost    = "lost"
	Blocked = "blocked"
	Spare   = "spare"
	Pull    = "pull"
)

// Gives reports whether d has subflows carry bytes.
func (d *Decision) Gives() bool { return d.Act == Sends || d.Act == Queues }

// On returns the subflows of d.
func (d *Decision) On() []string { return strings.Fields(d.Subflows) }

// Has reports whether the byte at pos is among those of d.
func (d *Decision) Has(pos uint64) bool { return d.From <= pos && pos < d.To }

// Reason counts the decisions for one reason, with the warm-up.
type Reason struct {
	Name      string  `json:"reason"`    // as in decisions
	Decisions uint64  `json:"decisions"` // all of them
	Waited    float64 `json:"waited_s"`  // while bytes were at hand: each wait until the next decision, s
}

var decisions = Dataset{
	"decisions", "a decision of the scheduler of the first connection of a flow; of more than 262 144 in a run a sample. Only with " +
		"`--explain`, and always as CSV too, which `mpsim explain` reads",
	[]Column{
		{"t_s", "simulated time, s", Instant}, {"flow", "name", Text},
		{"job", "why it was asked: fresh (new bytes are at hand), lost (bytes must go again), blocked (bytes hold up the rest), " +
			"spare (nothing is at hand); pull: it was not, a subflow took the next bytes itself", Text},
		{"act", "wait, send, queue (as send; the part that the window does not take waits), recall (of what is queued)", Text},
		{"subflows", "that act, or whose room a wait is for: names with spaces between", Text},
		{"from_bytes", "position in the stream of the first byte that they were given; of wait: that is at hand, B", Integer},
		{"to_bytes", "position behind the last one, B", Integer},
		{"acked_bytes", "position before which all is acknowledged at the level of the connection, B", Integer},
		{"until_s", "when it wants to be asked again at the latest, s; empty: no wish", Instant},
		{"reason", "name; `mpsim explain` has the words", Text}, {"about", "subflow that the reason is about", Text},
		{"a", "number of the reason", Number}, {"b", "number of the reason", Number}, {"c", "number of the reason", Number},
	},
	func(res *Result, row func(...any)) {
		for i := range res.Decisions {
			d := &res.Decisions[i]
			row(d.T, d.Flow, d.Job, d.Act, d.Subflows, d.From, d.To, d.Acked, nonzero(d.Until), d.Reason, d.About, d.A, d.B, d.C)
		}
	},
}

var reasons = Dataset{
	"reasons", "a reason of decisions of the scheduler of the first connection of a flow, with the warm-up. Only with `--explain`",
	[]Column{
		{"flow", "name", Text}, {"reason", "name", Text}, {"decisions", "number, all of them", Integer},
		{"waited_s", "time waited for it while bytes were at hand: from each wait to the next decision, or to the end, s", Instant},
	},
	func(res *Result, row func(...any)) {
		for i := range res.Flows {
			for _, r := range res.Flows[i].Reasons {
				row(res.Flows[i].Name, r.Name, r.Decisions, r.Waited)
			}
		}
	},
}

// ErrNoDecisions is that of a result of a run without --explain.
var ErrNoDecisions = errors.New("no decisions")

// ReadDecisions returns the decisions that the result in dir holds.
func ReadDecisions(dir string) ([]Decision, error) {
	name := filepath.Join(dir, decisions.Name+".csv")
	data, err := ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, ErrNoDecisions
	case err != nil:
		return nil, err
	}
	list, err := parseDecisions(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return list, nil
}

// parseDecisions reads a table of decisions as encodeCSV writes it.
func parseDecisions(data []byte) (list []Decision, err error) {
	r := csv.NewReader(bytes.NewReader(data))
	r.ReuseRecord = true
	names, err := r.Read()
	if err != nil {
		return nil, err
	}
	for i, c := range decisions.Columns {
		if i >= len(names) || names[i] != c.Name {
			return nil, fmt.Errorf("column %d is not %s: another version of mpsim has written it", i+1, c.Name)
		}
	}
	p := rowReader{words: map[string]string{}}
	for {
		p.cells, err = r.Read()
		if err == io.EOF {
			return list, nil
		}
		if err == nil {
			list = append(list, p.decision())
			err = p.err
		}
		if err != nil {
			line, _ := r.FieldPos(0)
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
	}
}

// rowReader takes the cells of a row one after the other. Words that come again are kept once.
type rowReader struct {
	cells []string
	words map[string]string
	err   error
}

func (p *rowReader) decision() Decision {
	return Decision{
		T: p.number(), Flow: p.word(), Job: p.word(), Act: p.word(), Subflows: p.word(),
		From: p.count(), To: p.count(), Acked: p.count(), Until: p.time(),
		Reason: p.word(), About: p.word(), A: p.number(), B: p.number(), C: p.number(),
	}
}

func (p *rowReader) take() string {
	cell := p.cells[0]
	p.cells = p.cells[1:]
	return cell
}

func (p *rowReader) word() string {
	w := p.take()
	if known, ok := p.words[w]; ok {
		return known
	}
	w = strings.Clone(w)
	p.words[w] = w
	return w
}

// number reads a number; an empty cell, which stands for one that is not finite, is none.
func (p *rowReader) number() float64 {
	cell := p.take()
	if cell == "" {
		return math.NaN()
	}
	x, err := strconv.ParseFloat(cell, 64)
	p.err = cmp.Or(p.err, err)
	return x
}

// time reads a time; an empty cell is 0.
func (p *rowReader) time() float64 {
	if p.cells[0] == "" {
		p.take()
		return 0
	}
	return p.number()
}

func (p *rowReader) count() uint64 {
	n, err := strconv.ParseUint(p.take(), 10, 64)
	p.err = cmp.Or(p.err, err)
	return n
}

// decided writes the reasons of decisions, if they were recorded.
func decided(s *Summary) [][]string {
	var lines [][]string
	for i := range s.Flows {
		for k, r := range s.Flows[i].Reasons {
			name, waited := "", ""
			if k == 0 {
				name = s.Flows[i].Name
			}
			if r.Waited > 0 {
				waited = Duration(r.Waited)
			}
			lines = append(lines, []string{name, r.Name, strconv.FormatUint(r.Decisions, 10), waited})
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return slices.Insert(lines, 0, []string{"DECISIONS OF", "REASON", "NUMBER", "WAITED"})
}
