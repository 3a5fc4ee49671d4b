package pathmgr

import (
	"reflect"
	"testing"
	"time"
)

// The defaults are those of the sources: two subflows of ndiffports (SIGCOMM 2011), ten segments for delayed
// joins as for the initial window, two more subflows as in a new network namespace of Linux
// (net/mptcp/pm_netlink.c).
func TestDefaults(t *testing.T) {
	for name, want := range map[string]Manager{ // order does not matter
		"backup":      &Backup{RetryAfter: time.Second, RetryMax: time.Minute},
		"delayed":     &Delayed{Bytes: 14600, Subflows: 8},
		"fullmesh":    &FullMesh{RetryAfter: time.Second, RetryMax: time.Minute, Subflows: 8, Joins: 8},
		"linux":       &Linux{Subflows: 2},
		"ndiffports":  &NDiffPorts{N: 2},
		"single-path": &SinglePath{BringUp: time.Second, Revert: true, RetryAfter: 10 * time.Second, RetryMax: 5 * time.Minute},
	} {
		if got, err := Registry.New(name); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v (%v), want %+v", name, got, err, want)
		}
	}
}

// Each range ends where its message says: the last value passes, the next does not.
func TestRanges(t *testing.T) {
	endpoints := func(n int) *Linux {
		m := &Linux{}
		for range n {
			m.Endpoints = append(m.Endpoints, Endpoint{Link: "l", Flags: []Flag{FlagSubflow}})
		}
		return m
	}
	for name, m := range map[string]struct{ in, out interface{ Validate() error } }{ // order does not matter
		"ndiffports, least":   {&NDiffPorts{N: 1}, &NDiffPorts{N: 0}},
		"ndiffports, most":    {&NDiffPorts{N: MaxSubflows}, &NDiffPorts{N: MaxSubflows + 1}},
		"fullmesh, least":     {&FullMesh{Subflows: 1, Joins: 1, RetryAfter: 1, RetryMax: 1}, &FullMesh{Subflows: 0, Joins: 1, RetryAfter: 1, RetryMax: 1}},
		"fullmesh, most":      {&FullMesh{Subflows: MaxSubflows, Joins: 1, RetryAfter: 1, RetryMax: 1}, &FullMesh{Subflows: MaxSubflows + 1, Joins: 1, RetryAfter: 1, RetryMax: 1}},
		"fullmesh, joins":     {&FullMesh{Subflows: 1, Joins: 1, RetryAfter: 1, RetryMax: 1}, &FullMesh{Subflows: 1, Joins: 0, RetryAfter: 1, RetryMax: 1}},
		"delayed, by bytes":   {&Delayed{Bytes: 1, Subflows: 1}, &Delayed{Subflows: 1}},
		"delayed, by time":    {&Delayed{After: 1, Subflows: 1}, &Delayed{Bytes: 1, After: -1, Subflows: 1}},
		"delayed, by both":    {&Delayed{Bytes: 1, After: 1, Both: true, Subflows: 1}, &Delayed{Bytes: 1, Both: true, Subflows: 1}},
		"delayed, most":       {&Delayed{Bytes: 1, Subflows: MaxSubflows}, &Delayed{Bytes: 1, Subflows: MaxSubflows + 1}},
		"delayed, least":      {&Delayed{Bytes: 1, Subflows: 1}, &Delayed{Bytes: 1, Subflows: 0}},
		"linux, subflows 0":   {&Linux{Subflows: 0}, &Linux{Subflows: -1}},
		"linux, subflows 8":   {&Linux{Subflows: 8}, &Linux{Subflows: 9}},
		"linux, accepted 0":   {&Linux{Accepted: 0}, &Linux{Accepted: -1}},
		"linux, accepted 8":   {&Linux{Accepted: 8}, &Linux{Accepted: 9}},
		"linux, endpoints":    {endpoints(8), endpoints(9)},
		"linux, an endpoint":  {endpoints(1), &Linux{Endpoints: []Endpoint{{Flags: []Flag{FlagSubflow}}}}},
		"linux, two purposes": {endpoints(1), &Linux{Endpoints: []Endpoint{{Link: "l", Flags: []Flag{FlagSignal, FlagFullmesh}}}}},
	} {
		if err := m.in.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if m.out.Validate() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// The initial path from an address leads to the peer's initial one (ID 0), known and usable; else it is the
// first usable one from there.
func TestInitialPath(t *testing.T) {
	to := func(local, remote AddrID) Path { return Path{Local: local, Remote: remote, Known: true, Up: true} }
	unknown := to(1, 0)
	unknown.Known = false
	down := to(1, 0)
	down.Up = false
	for _, tt := range []struct {
		name  string
		paths []Path
		want  int
	}{
		{"none", nil, -1},
		{"none from there", []Path{to(0, 0), to(2, 0)}, -1},
		{"the first of all", []Path{to(1, 0), to(1, 1)}, 0},
		{"not the first", []Path{to(1, 1), to(1, 0)}, 1},
		{"to another address", []Path{to(0, 0), to(1, 1), to(1, 2)}, 1},
		{"the initial one is unknown", []Path{to(1, 2), unknown}, 0},
		{"the initial one is down", []Path{down, to(1, 2)}, 1},
	} {
		if got := initialPath(tt.paths, 1); got != tt.want {
			t.Errorf("%s: path %d, want %d", tt.name, got, tt.want)
		}
	}
}
