package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A fate is what became of a fault.
type fate int

const (
	survived fate = iota
	killed        // a test failed, panicked or did not end in time
	unbuilt       // it does not compile, so that nobody has to find it
)

func (f fate) String() string { return [...]string{"survived", "killed", "does not build"}[f] }

// A judge is a package whose tests have to find faults.
type judge struct {
	pkg  string
	skip string // a regular expression: tests that take long and find nothing that others do not
}

// A court plants faults in a module and asks its tests.
type court struct {
	root    string // of the module
	scratch string // a directory of its own
	cache   string // the build cache
	limits  map[judge]time.Duration
}

// newCourt asks all judges of the trials about the module without a fault: they must pass, and the
// time that they take says how long they may take later on.
func newCourt(root, scratch, cache string, trials []trial) (*court, error) {
	c := &court{root, scratch, cache, map[judge]time.Duration{}}
	var judges []judge
	for _, t := range trials {
		for _, j := range t.judges {
			if !slices.Contains(judges, j) {
				judges = append(judges, j)
			}
		}
	}
	for _, j := range judges {
		c.limits[j] = 10 * time.Minute
		fate, spent, err := c.ask(scratch, j, "")
		if err != nil {
			return nil, err
		}
		if fate != survived {
			return nil, fmt.Errorf("the tests of %s fail without a fault", j.pkg)
		}
		c.limits[j] = limit(spent)
	}
	return c, nil
}

// limit is the time that the tests may take when they take spent without a fault: a
// loaded machine is several times slower, and most faults that stop a test stop it for ever.
func limit(spent time.Duration) time.Duration { return 10*time.Second + 5*spent }

// try plants a fault and asks one judge after the other, until one finds it.
func (c *court) try(f fault, judges []judge) (fate, error) {
	dir, err := os.MkdirTemp(c.scratch, "fault")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	overlay, err := c.overlay(dir, f)
	if err != nil {
		return 0, err
	}
	for _, j := range judges {
		if fate, _, err := c.ask(dir, j, overlay); fate != survived || err != nil {
			return fate, err
		}
	}
	return survived, nil
}

// overlay writes the file with the fault, and the map that the go command takes in its stead.
func (c *court) overlay(dir string, f fault) (string, error) {
	path := filepath.Join(c.root, filepath.FromSlash(f.file))
	src, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	planted := filepath.Join(dir, "fault.go")
	if err := os.WriteFile(planted, f.plant(src), 0o666); err != nil {
		return "", err
	}
	text, err := json.Marshal(map[string]any{"Replace": map[string]string{path: planted}})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, text, 0o666)
}

// ask builds and runs the short tests of a package, and returns the time they took.
func (c *court) ask(dir string, j judge, overlay string) (fate, time.Duration, error) {
	binary := filepath.Join(dir, "tests")
	build := exec.Command("go", "test", "-c", "-ldflags=-s -w", "-overlay", overlay, "-o", binary, "./"+j.pkg)
	build.Dir = c.root
	build.Env = c.environment()
	if text, err := build.CombinedOutput(); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			return 0, 0, err
		}
		if overlay == "" {
			return 0, 0, fmt.Errorf("%s does not build: %s", j.pkg, text)
		}
		return unbuilt, 0, nil
	}
	limit := c.limits[j]
	// The context is for a test that the time-out of package testing does not reach.
	ctx, cancel := context.WithTimeout(context.Background(), limit+10*time.Second)
	defer cancel()
	// A fault may ask for memory without end.
	run := exec.CommandContext(ctx, "sh", "-c", `ulimit -v 4000000; exec "$0" "$@"`,
		binary, "-test.failfast", "-test.short", "-test.timeout", limit.String(), "-test.skip", j.skip)
	run.Dir = filepath.Join(c.root, filepath.FromSlash(j.pkg))
	run.Env = c.environment()
	err := run.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) && ctx.Err() == nil {
		return 0, 0, err
	}
	spent := run.ProcessState.UserTime() + run.ProcessState.SystemTime()
	if err != nil {
		return killed, spent, nil
	}
	return survived, spent, nil
}

// environment is that of this process, with short tests and a build cache of its own: what is
// built of faults is never wanted again.
func (c *court) environment() []string {
	var env []string
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); name != "MPSIM_LONG" && name != "GOCACHE" && name != "GOFLAGS" {
			env = append(env, v)
		}
	}
	return append(env, "GOCACHE="+c.cache)
}
