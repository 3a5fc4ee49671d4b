package experiment

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mpsim/experiment/record"
	"mpsim/scenarios"
	"mpsim/sim"
)

// Scenarios drawn from seeds run without a violated invariant (packets are
// conserved, every byte arrives once and in order), end, deliver what they have
// time for, and do not deliver more than the links carry. Numbers of seeds: 150,
// or 3000 with MPSIM_LONG=1.
func TestRandomScenarios(t *testing.T) {
	n := uint64(150)
	if os.Getenv("MPSIM_LONG") == "1" {
		n = 3000
	}
	for seed := uint64(1); seed <= n; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			d := draw(seed)
			if err := d.check(t.Context()); err != nil {
				t.Errorf("seed %d: %v\nrun it again: %s", seed, err, d.replay(t))
			}
		})
	}
}

// otherThanRoom returns err, unless it says no more than that drawn queues are too small for drawn packets.
func otherThanRoom(err error) error {
	for line := range strings.Lines(err.Error()) {
		if !strings.Contains(line, "do not fit in, even when it is empty") {
			return err
		}
	}
	return nil
}

// check runs d and says what is wrong with the result.
func (d *drawn) check(ctx context.Context) error {
	s, err := scenarios.Parse("random.toml", []byte(d.text), d.open)
	if err != nil {
		return otherThanRoom(err)
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	res, err := Run(ctx, s, nil)
	var defect *PanicError
	switch {
	case errors.As(err, &defect):
		return fmt.Errorf("%w\n%s", err, defect.Stack)
	case err != nil:
		return err
	case res.Interrupted:
		return fmt.Errorf("only at %g s after half a minute", res.Duration)
	}
	var all []error
	for i := range res.Flows {
		all = append(all, d.checkFlow(&s.Flows[i], &res.Flows[i]))
	}
	for i := range res.Series {
		all = append(all, d.checkSeries(&res.Series[i]))
	}
	return errors.Join(append(all, d.checkCourse(s, res))...)
}

// checkCourse runs s again without an observer: the course is the same. When
// all is delivered and every connection has ended, no timer is left.
func (d *drawn) checkCourse(s *scenarios.Scenario, res *record.Result) error {
	m, err := s.Build()
	if err != nil {
		return err
	}
	m.Engine.Run(sim.Time(s.Duration))
	if hash := fmt.Sprintf("%016x", m.Engine.Hash()); hash != res.Hash {
		return fmt.Errorf("event hash %s when observed, else %s", res.Hash, hash)
	}
	if course := fmt.Sprintf("%016x", m.Network.Course()); course != res.Course {
		return fmt.Errorf("hash %s of the course when observed, else %s", res.Course, course)
	}
	if next := m.Engine.Next(); d.ends && next != sim.Never {
		return fmt.Errorf("there is still something to do, at %v", next)
	}
	return nil
}

func (d *drawn) checkFlow(f *scenarios.Flow, got *record.Flow) error {
	if got.Goodput > d.bound() {
		return fmt.Errorf("flow %s gets %g bit/s, but all links together have %g", f.Name, got.Goodput, d.bound())
	}
	if !d.ends {
		return nil
	}
	if got.Unfinished > 0 {
		return fmt.Errorf("%d of %d files of flow %s are not there", got.Unfinished, f.Count, f.Name)
	}
	if f.Workload.Kind == "rpc" && got.Transfers.Count%uint64(f.Count) != 0 || got.Received == 0 && f.Workload.Kind != "onoff" {
		return fmt.Errorf("flow %s received %d bytes in %d transfers of %d connections", f.Name, got.Received, got.Transfers.Count, f.Count)
	}
	return nil
}

// checkSeries checks that a congestion window is never less than a segment. That of
// a subflow that is gone is 0.
func (d *drawn) checkSeries(x *record.Series) error {
	if x.Name != record.Cwnd {
		return nil
	}
	const headers = 100 // more than those and options that every segment has
	for i, v := range x.V {
		if v != 0 && v < float64(d.mtu[x.Flow]-headers) {
			return fmt.Errorf("cwnd of %s %s is %g at %g s", x.Flow, x.Subflow, v, x.T[i])
		}
	}
	return nil
}

// replay writes d to files that outlive the test and returns the command that runs it.
func (d *drawn) replay(t *testing.T) string {
	dir, err := os.MkdirTemp("", fmt.Sprintf("mpsim-random-%d-", d.seed))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{"random.toml": d.text}
	for name, text := range d.traces {
		files[name] = text
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return fmt.Sprintf("mpsim run %s --out %s", filepath.Join(dir, "random.toml"), filepath.Join(dir, "result"))
}
