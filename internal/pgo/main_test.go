package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/google/pprof/profile"
)

// The profile of the command names the functions of the model, and no path, time or address.
func TestProfile(t *testing.T) {
	data, err := os.ReadFile("../../cmd/mpsim/default.pgo")
	if err != nil {
		t.Fatal(err)
	}
	p, err := profile.Parse(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if p.TimeNanos != 0 || len(p.Mapping) > 0 {
		t.Errorf("taken at %d, from %d files; want neither", p.TimeNanos, len(p.Mapping))
	}
	seen := make(map[string]bool)
	for _, f := range p.Function {
		if f.Filename != "" {
			t.Errorf("%s has the path %s", f.Name, f.Filename)
		}
		seen[f.Name] = true
	}
	for _, name := range []string{
		"mpsim/sim.(*Engine).Run", "mpsim/sim/netem.(*Link).HandleEvent", "mpsim/mptcp/tcp.(*Endpoint).predicted",
		"mpsim/mptcp.(*Conn).pushFor", "mpsim/cc.(*LIA).OnAck", "mpsim/sched.(*MinRTT).Next",
	} {
		if !seen[name] {
			t.Errorf("the profile lacks %s: is it of these sources? `make pgo` takes it again", name)
		}
	}
}

// What is stripped of a profile is not what the compiler reads: functions, lines, samples.
func TestStrip(t *testing.T) {
	f := &profile.Function{ID: 1, Name: "f", SystemName: "f", Filename: "x.go", StartLine: 7}
	m := &profile.Mapping{ID: 1, File: "a.out"}
	l := &profile.Location{ID: 1, Mapping: m, Address: 99, Line: []profile.Line{{Function: f, Line: 9}}}
	p := &profile.Profile{
		SampleType: []*profile.ValueType{{Type: "samples", Unit: "count"}}, TimeNanos: 5, DurationNanos: 6,
		Sample: []*profile.Sample{{Location: []*profile.Location{l}, Value: []int64{3}}}, Mapping: []*profile.Mapping{m},
		Location: []*profile.Location{l}, Function: []*profile.Function{f},
	}
	strip(p)
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	p, err := profile.ParseData(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Sample[0]; got.Value[0] != 3 || got.Location[0].Line[0].Line != 9 || got.Location[0].Line[0].Function.StartLine != 7 {
		t.Errorf("samples, lines or functions are not as they were: %v", p)
	}
	if text := p.String(); strings.Contains(text, "x.go") || strings.Contains(text, "a.out") || p.TimeNanos != 0 {
		t.Errorf("paths or times are left: %s", text)
	}
}
