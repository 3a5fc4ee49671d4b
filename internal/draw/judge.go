package draw

import (
	"bytes"
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"mpsim/experiment"
	"mpsim/experiment/capture"
	"mpsim/experiment/record"
	"mpsim/scenarios"
	"mpsim/scenarios/language"
	"mpsim/sim"
	"mpsim/sim/app"
	"mpsim/sim/rare"
)

// A Failure is what is wrong with the run of a scenario.
type Failure struct {
	// Class is alike for failures of one cause, as far as that can be seen.
	Class string
	Text  string
}

// Error implements error.
func (f *Failure) Error() string { return f.Class + "\n" + f.Text }

// limit is the time of the machine that a run may take: a drawn one takes some milliseconds.
const limit = 30 * time.Second

// Depth says how much of a run is judged.
type Depth struct {
	Files   bool // write the results as files in memory, and compare these
	Figures bool // draw the figures that the scenario asks for
	Wire    bool // send every packet through its bytes
	Tshark  bool // have tshark read a capture
	// Rare, if not 0, is the seed of rare cases that are forced: see rare.Force.
	Rare uint64
}

// DepthOf returns what is judged of the run of a seed: some things take long, and are done now and then.
func DepthOf(seed uint64) Depth {
	d := Depth{Files: seed%10 == 5, Figures: seed%50 == 7, Wire: seed%4 == 1, Tshark: seed%100 == 3}
	if seed%3 == 2 {
		d.Rare = seed
	}
	return d
}

// Judge runs s twice, as it was drawn, and as its result has it written and without prediction, in two
// goroutines at a time, and says what is wrong with the results, or nil. A scenario that is refused is well:
// ErrRefused.
func Judge(ctx context.Context, s *Scenario, depth Depth) error {
	ctx, cancel := context.WithTimeout(ctx, 2*limit)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- guard(func() error { return judge(ctx, s, depth) }) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return &Failure{"hang", "the run does not end, and does not heed being told to"}
	}
}

// ErrRefused says that a scenario is not valid.
var ErrRefused = errors.New("the scenario is refused")

func judge(ctx context.Context, s *Scenario, depth Depth) error {
	parsed, err := s.Parse()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	again, err := rewritten(parsed)
	if err != nil {
		return &Failure{"the written scenario is refused", err.Error()}
	}
	if depth.Rare != 0 {
		parsed.Force = rare.New(depth.Rare)
	}
	again.Force = parsed.Force.With(rare.Unpredicted)
	type outcome struct {
		res *record.Result
		err error
	}
	second := make(chan outcome, 1)
	go func() {
		var o outcome
		o.err = guard(func() (err error) {
			var watchers []experiment.Watcher
			if depth.Wire {
				watchers = append(watchers, &capture.Check{})
			}
			o.res, err = run(ctx, again, watchers...)
			return err
		})
		second <- o
	}()
	res, err := run(ctx, parsed)
	other := <-second
	switch {
	case err != nil:
		return err
	case other.err != nil:
		return other.err
	}
	for _, check := range []func() error{
		func() error { return ranges(res) },
		func() error { return same(res, other.res, depth) },
		func() error { return capacity(parsed, res) },
		func() error { return decisions(parsed, res) },
		func() error { return s.ended(parsed, res) },
		func() error { return figures(parsed, res, depth) },
		func() error { return dissected(ctx, s, depth) },
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// rewritten parses s again as its result has it.
func rewritten(s *scenarios.Scenario) (*scenarios.Scenario, error) {
	files := s.Files()
	copy := Scenario{Files: files}
	return scenarios.Parse("scenario.toml", s.Marshal(), copy.open)
}

// run runs s.
func run(ctx context.Context, s *scenarios.Scenario, watchers ...experiment.Watcher) (*record.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	res, err := experiment.Run(ctx, s, nil, watchers...)
	var defect *experiment.PanicError
	var problems scenarios.Problems
	switch {
	case errors.As(err, &problems) && located(problems): // what only the run can tell, such as limits of the fluid model
		return nil, fmt.Errorf("%w: %w", ErrRefused, err)
	case errors.As(err, &defect):
		return nil, &Failure{classOf(fmt.Sprint(defect.Value), defect.Stack), fmt.Sprintf("%v\n%s", err, defect.Stack)}
	case err != nil:
		return nil, &Failure{"error of the run: " + plain(err.Error()), err.Error()}
	case res.Interrupted:
		return nil, &Failure{"too long", fmt.Sprintf("at %g s of %v after %v", res.Duration, s.Duration, limit)}
	}
	res.Overrides = nil // the scenario as written has none
	res.Warnings = nil  // which speak of its text: of other keys, or of what an override leaves behind
	return res, nil
}

// located reports whether each problem has a line or an option.
func located(problems scenarios.Problems) bool {
	return !slices.ContainsFunc(problems, func(p scenarios.Problem) bool { return p.Line == 0 && !strings.HasPrefix(p.File, "--") })
}

// guard turns a panic into a Failure.
func guard(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			stack := debug.Stack()
			err = &Failure{classOf(fmt.Sprint(v), stack), fmt.Sprintf("panic: %v\n%s", v, stack)}
		}
	}()
	return f()
}

// classOf names the class of a panic: what it says, and where it was.
func classOf(value string, stack []byte) string {
	where := ""
	after := false
	for line := range strings.Lines(string(stack)) {
		if strings.HasPrefix(line, "panic(") {
			after = true
			continue
		}
		if f, ok := strings.CutPrefix(line, "mpsim/"); ok && (after || !strings.Contains(string(stack), "\npanic(")) {
			where = " in " + f[:strings.LastIndexByte(f, '(')]
			break
		}
	}
	return "panic: " + plain(value) + where
}

var numbers = regexp.MustCompile(`0x[0-9a-f]+|[0-9]+(\.[0-9]+)?`)

// plain returns the first line of a message with N for every number.
func plain(message string) string {
	message, _, _ = strings.Cut(message, "\n")
	message = numbers.ReplaceAllString(message, "N")
	if len(message) > 160 {
		message = message[:160]
	}
	return message
}

// same compares two results: as files, byte by byte, or what these are made from.
func same(a, b *record.Result, depth Depth) error {
	if !depth.Files {
		if reflect.DeepEqual(a, b) {
			return nil
		}
	}
	was, err := record.Files(a)
	if err != nil {
		return &Failure{"the result cannot be written: " + plain(err.Error()), err.Error()}
	}
	is, err := record.Files(b)
	if err != nil {
		return &Failure{"the result cannot be written: " + plain(err.Error()), err.Error()}
	}
	const class = "another result when run again"
	if len(was) != len(is) {
		return &Failure{class, fmt.Sprintf("%d files, then %d", len(was), len(is))}
	}
	for i := range was {
		if !bytes.Equal(was[i].Data, is[i].Data) {
			return &Failure{class, was[i].Name + firstDifference(was[i].Data, is[i].Data)}
		}
	}
	if !depth.Files {
		return &Failure{class, "the same files, of results that differ"}
	}
	return nil
}

// firstDifference shows the first line that differs.
func firstDifference(a, b []byte) string {
	la, lb := bytes.Split(a, []byte("\n")), bytes.Split(b, []byte("\n"))
	for k := range min(len(la), len(lb)) {
		if !bytes.Equal(la[k], lb[k]) {
			return fmt.Sprintf(", line %d:\n%.300s\n%.300s", k+1, la[k], lb[k])
		}
	}
	return ": one is longer"
}

// figures draws what the scenario asks for: pictures of vectors are well-formed.
func figures(s *scenarios.Scenario, res *record.Result, depth Depth) error {
	if !depth.Figures {
		return nil
	}
	files, _, err := experiment.Figures(context.Background(), s, res)
	if err != nil {
		return &Failure{"a figure is not drawn: " + plain(err.Error()), err.Error()}
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name, ".svg") {
			continue
		}
		for d := xml.NewDecoder(bytes.NewReader(f.Data)); err == nil; {
			_, err = d.Token()
		}
		if err != io.EOF {
			return &Failure{"a figure is not well-formed", fmt.Sprintf("%s: %v", f.Name, err)}
		}
		err = nil
	}
	return nil
}

// heals reports whether every link that goes down comes up again.
func heals(s *scenarios.Scenario) bool {
	for i := range s.Links {
		l := &s.Links[i]
		down, silent := l.Up != nil && !*l.Up, l.Silent
		events := slices.Clone(s.Events)
		slices.SortStableFunc(events, func(a, b language.Event) int { return cmp.Compare(a.At, b.At) })
		for _, e := range events {
			if e.Link == l.Name && e.Up != nil {
				down = !*e.Up
			}
			if e.Link == l.Name && e.Silent != nil {
				silent = *e.Silent
			}
		}
		if down || silent {
			return false
		}
	}
	return true
}

// outage reports whether a link goes down.
func outage(s *scenarios.Scenario) bool {
	return slices.ContainsFunc(s.Links, func(l language.Link) bool { return l.Up != nil && !*l.Up }) ||
		slices.ContainsFunc(s.Events, func(e language.Event) bool { return e.Up != nil && !*e.Up })
}

// finite reports whether every workload comes to its end.
func finite(s *scenarios.Scenario) bool {
	return !slices.ContainsFunc(s.Flows, func(f scenarios.Flow) bool {
		rpc, ok := f.Workload.New().(*app.RPC)
		return f.Workload.Kind != "file" && f.Stop == 0 && !(ok && rpc.Count > 0)
	})
}

// ample is a time in which every timer of a mild scenario has run out.
const ample = 1500 * time.Second

// ended checks that what has time enough has come to its end: all transfers of a mild scenario
// are complete, and no timer is left.
func (s *Scenario) ended(run *scenarios.Scenario, res *record.Result) error {
	if !s.Mild || run.Duration < ample || !heals(run) || !finite(run) {
		return nil
	}
	for i := range res.Flows {
		f, got := &run.Flows[i], &res.Flows[i]
		switch {
		case got.Unfinished > 0 && got.Failed == 0:
			return &Failure{"a transfer does not end", fmt.Sprintf("%d of %d files of flow %s are not there", got.Unfinished, got.Connections, f.Name)}
		case got.Failed > 0 && outage(run): // an interface that goes away takes its subflows along, perhaps the last
		case got.Unfinished > 0:
			return &Failure{"a transfer fails", fmt.Sprintf("%d of %d connections of flow %s failed", got.Failed, got.Connections, f.Name)}
		case got.Received == 0 && got.Connections > 0:
			return &Failure{"nothing is received", fmt.Sprintf("flow %s: %d connections", f.Name, got.Connections)}
		}
	}
	m, err := scenarios.Build(run)
	if err != nil {
		return err
	}
	m.Engine.Run(sim.Time(run.Duration))
	if hash := fmt.Sprintf("%016x", m.Engine.Hash()); hash != res.Hash {
		return &Failure{"another course when nobody looks", fmt.Sprintf("event hash %s when observed, else %s", res.Hash, hash)}
	}
	if course := fmt.Sprintf("%016x", m.Network.Course()); course != res.Course {
		return &Failure{"another course when nobody looks", fmt.Sprintf("hash of the course %s when observed, else %s", res.Course, course)}
	}
	if next := m.Engine.Next(); next != sim.Never {
		return &Failure{"a timer is left", fmt.Sprintf("there is still something to do, at %v", next)}
	}
	return nil
}
