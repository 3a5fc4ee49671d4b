package campaign

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"strconv"
	"testing"
)

// victim is the variable of the environment that makes TestKilled the program that is killed: it has the
// directory of the store.
const victim = "MPSIM_CAMPAIGN_VICTIM"

// A campaign that is killed, at any moment, loses the runs in flight alone: whatever it has reported as done
// is in the store, as it was.
func TestKilled(t *testing.T) {
	jobs := replications(200, load(t))
	if dir := os.Getenv(victim); dir != "" {
		report := func(p Progress) { os.Stdout.WriteString(strconv.Itoa(p.Done) + "\n") }
		_, err := Run(context.Background(), jobs, Options{Workers: 2, Store: OpenStore(dir), Progress: report})
		t.Fatalf("not killed: %v", err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	stored := 0
	for i := range 5 {
		c := exec.Command(self, "-test.run", "^TestKilled$")
		c.Env = append(os.Environ(), victim+"="+dir)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		reported := 0
		for lines := bufio.NewScanner(out); lines.Scan(); { // also what it has written before it died
			if reported, err = strconv.Atoi(lines.Text()); err != nil {
				t.Fatal(err)
			}
			if reported > stored+5*i {
				c.Process.Kill() // SIGKILL
			}
		}
		c.Wait()
		store := OpenStore(dir)
		store.look()
		found := 0
		for k := range jobs {
			if store.get(keyOf(&jobs[k])) != nil {
				found++
			}
		}
		// Of each worker a run may have been kept and not yet reported.
		if found < reported || found > reported+2 || found <= stored {
			t.Errorf("killed %d: %d runs were reported, %d are found, %d were there before", i, reported, found, stored)
		}
		stored = found
	}
	jobs = jobs[:20]
	got, err := Run(context.Background(), jobs, Options{Store: OpenStore(dir)})
	if err != nil {
		t.Fatal(err)
	}
	want, err := Run(context.Background(), jobs, Options{})
	if err != nil || encode(t, got) != encode(t, want) {
		t.Errorf("a campaign that was killed and goes on has other outcomes (%v)", err)
	}
}
