package experiment

import (
	"context"
	"testing"

	"mpsim/scenarios"
)

// Subflows beside each other on one path have names of their own; one that comes
// after another on the same path takes over its name.
func TestSubflowNames(t *testing.T) {
	const link = `
duration = "4s"
[[link]]
name = "l"
between = ["a", "b"]
rate = "10Mbps"
delay = "10ms"
[[link]]
name = "m"
between = ["a", "b"]
rate = "10Mbps"
delay = "10ms"
[[flow]]
name = "f"
from = "a"
to = "b"
`
	for _, c := range []struct {
		what, text string
		want       []string
	}{
		{"beside", link + `path_manager = { kind = "ndiffports", subflows = 3 }`, []string{"l", "l#2", "l#3"}},
		{"after", link + "[[event]]\nat = \"1s\"\nlink = \"l\"\nup = false\n[[event]]\nat = \"2s\"\nlink = \"l\"\nup = true", []string{"l", "m"}},
	} {
		s, err := scenarios.Parse(c.what, []byte(c.text), nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := Run(context.Background(), s, nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, sf := range res.Flows[0].Subflows {
			got = append(got, sf.Name)
			if *sf.Goodput == 0 {
				t.Errorf("%s: %s carried nothing", c.what, sf.Name)
			}
		}
		if len(got) != len(c.want) || got[0] != c.want[0] || got[len(got)-1] != c.want[len(c.want)-1] {
			t.Errorf("%s: subflows %v, want %v", c.what, got, c.want)
		}
		if res.Flows[0].Second == nil {
			t.Errorf("%s: no second subflow was noted", c.what)
		}
	}
}
