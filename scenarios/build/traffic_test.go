package build

import (
	"fmt"
	"testing"

	"mpsim/scenarios/language"
)

// tree is a fat tree of 16 hosts.
const tree = `duration = "10s"
[topology]
kind = "fattree"
k = 4
`

// A connection has its own hosts, paths and port, pair by pair.
func TestConnectionsOfTraffic(t *testing.T) {
	s, err := language.Parse("x.toml", []byte(tree+`[[flow]]
name = "f"
client = "to"
count = 2
traffic = { kind = "stride", hosts = "h*", stride = 4 }
path_choice = { kind = "random", paths = 2 }
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	m, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Connections) != 32 {
		t.Fatalf("%d connections, want 2 for each of 16 hosts", len(m.Connections))
	}
	for i, c := range m.Connections {
		client, server := fmt.Sprintf("h%d", (i/2+4)%16), fmt.Sprintf("h%d", i/2)
		if c.Index != i || c.Paths() != 2 {
			t.Errorf("connection %d: index %d, %d paths", i, c.Index, c.Paths())
		}
		for _, r := range c.routes {
			l := r.Links()
			if l[0].From().Name != client || l[len(l)-1].To().Name != server {
				t.Errorf("connection %d: a path from %s to %s, want from %s to %s", i, l[0].From().Name, l[len(l)-1].To().Name, client, server)
			}
		}
	}
}
