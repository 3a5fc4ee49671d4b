package experiment_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"mpsim/experiment"
	"mpsim/experiment/record"
	"mpsim/scenarios"
)

// Two equal paths, the first of which has an outage from 2 s to 4 s.
const away = `
duration = "8s"
[defaults.link]
between = ["c", "s"]
rate = "10Mbps"
delay = "10ms"
[[link]]
name = "one"
LINK
[[link]]
name = "two"
[[flow]]
name = "f"
from = "c"
to = "s"
cc = "cubic"
[[event]]
at = "2s"
link = "one"
BEGIN
[[event]]
at = "4s"
link = "one"
END
[[figure]]
kind = "throughput"
`

// runAway runs it with the keys of the link and of the two events.
func runAway(t *testing.T, link, begin, end string) *record.Result {
	t.Helper()
	text := strings.NewReplacer("LINK", link, "BEGIN", begin, "END", end).Replace(away)
	s, err := scenarios.Parse("away.toml", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := scenarios.Parse("again.toml", s.Marshal(), nil); err != nil || string(again.Marshal()) != string(s.Marshal()) {
		t.Errorf("the scenario as it is run is another one, or none: %v", err)
	}
	res, err := experiment.Run(context.Background(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// longestGap returns the longest time in which nothing came, in seconds.
func longestGap(t *testing.T, res *record.Result) float64 {
	t.Helper()
	v, ok := res.Metric("flow", "f", "", "gap-max")
	if !ok {
		t.Fatal("no gap-max")
	}
	return v
}

// An interface that goes down is seen: what was on its way goes again sooner than any timeout, which takes
// 200 ms. A silent path is found out by one. Both are incidents, and a loss of 1 is what silence is but for them.
func TestOutages(t *testing.T) {
	down := runAway(t, "", "up = false", "up = true")
	silent := runAway(t, "", "silent = true", "silent = false")
	lost := runAway(t, "", "loss = 1", "loss = 0")
	if g := longestGap(t, down); g >= 0.2 {
		t.Errorf("told: nothing comes for %.3f s", g)
	}
	if g := longestGap(t, silent); g < 0.2 || g > 0.8 {
		t.Errorf("silent: nothing comes for %.3f s, want about an RTO", g)
	}
	if down.Course == silent.Course || silent.Course != lost.Course {
		t.Errorf("courses: down %x, silent %x, with a loss of 1 %x; want the last two to be one", down.Course, silent.Course, lost.Course)
	}
	for _, x := range []struct {
		res  *record.Result
		want string
	}{{down, "2 link-down one, 4 link-up one"}, {silent, "2 link-silent one, 4 link-heard one"}, {lost, "2 change one, 4 change one"}} {
		var got []string
		for _, m := range x.res.Incidents {
			if slices.Contains([]string{record.LinkUp, record.LinkDown, record.Silent, record.Heard, record.Change}, m.Kind) {
				got = append(got, fmt.Sprintf("%g %s %s", m.T, m.Kind, m.Link))
			}
		}
		if strings.Join(got, ", ") != x.want {
			t.Errorf("incidents %v, want %s", got, x.want)
		}
	}
}

// A link begins down or silent if it says so, and carries nothing before the event that ends that. A connection
// tries for its SYN; path managers that see an interface come up join at once.
func TestBeginsAway(t *testing.T) {
	for _, link := range []string{"up = false", "silent = true"} {
		key, value, _ := strings.Cut(link, " = ")
		end := key + " = " + map[string]string{"false": "true", "true": "false"}[value]
		res := runAway(t, link, link, end)
		i := slices.IndexFunc(res.Series, func(s record.Series) bool {
			return s.Name == record.Throughput && s.Flow == "f" && s.Subflow == "one"
		})
		if i < 0 {
			t.Fatalf("%s: no throughput of one", link)
		}
		first := -1.0
		for k, v := range res.Series[i].V {
			if v > 0 {
				first = res.Series[i].T[k]
				break
			}
		}
		if first < 3.9 || first > 8 {
			t.Errorf("%s: the first path carries from %g s on, want after 4 s", link, first)
		}
	}
}
