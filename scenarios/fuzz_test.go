package scenarios

import (
	_ "embed"
	"errors"
	"slices"
	"strings"
	"testing"

	"mpsim/scenarios/language"
)

// Test scenarios of the language: one as short as can be, and one with tables for each combination of values.
var (
	//go:embed language/testdata/ten.toml
	ten string
	//go:embed language/testdata/varied.toml
	varied string
)

// maxFuzzed bounds the texts that are fuzzed: of longer ones a second is spent on few.
const maxFuzzed = 4 << 10

// small returns the shipped scenarios that are short and whose networks are small, so that thousands are read
// in a second.
func small() (names []string) {
	for _, n := range append(Names(), Papers()...) {
		text, _ := Text(n)
		if s, err := Load(n); err == nil && len(text) <= maxFuzzed && len(s.Links) <= 8 && len(s.Flows) <= 4 && len(s.Files()) == 0 {
			names = append(names, n)
		}
	}
	return names
}

// judge checks what Parse made of a text: problems that say where they are, or a scenario that is the same
// when it is read again, and can be built.
func judge(t *testing.T, s *Scenario, err error) {
	t.Helper()
	if err != nil {
		var ps Problems
		if !errors.As(err, &ps) || len(ps) == 0 {
			t.Fatalf("error %v, want problems", err)
		}
		for _, p := range ps {
			if p.Message == "" || p.File == "" || p.Line < 0 {
				t.Errorf("problem %#v", p)
			}
		}
		if text := err.Error(); text != language.Shown(text) {
			t.Errorf("a terminal takes %q for an order", text)
		}
		return
	}
	written := s.Marshal()
	again, err := Parse("again.toml", written, shipped.ReadFile)
	if err != nil {
		t.Fatalf("as run: %v\n%s", err, written)
	}
	if !slices.Equal(again.Marshal(), written) {
		t.Errorf("as run, it is\n%s, and that is\n%s", written, again.Marshal())
	}
	if len(written)%8 != 0 || len(s.Links) > 20 || len(s.Flows) > 20 || slices.ContainsFunc(s.Flows, func(f Flow) bool { return f.Count*len(f.Pairs) > 20 }) {
		return // to build takes longer than all else
	}
	if _, err := Build(s); err != nil {
		t.Errorf("cannot be built: %v\n%s", err, written)
	}
}

// FuzzParse reads any text.
func FuzzParse(f *testing.F) {
	for _, n := range small() {
		text, _ := Text(n)
		f.Add(text, "seed=2")
	}
	f.Add([]byte(ten), "flow.f.cc=lia")
	f.Add([]byte("[topology]\nkind='dumbbell'\npairs=3"), "topology.pairs=-1")
	f.Fuzz(func(t *testing.T, text []byte, set string) {
		if len(text) > maxFuzzed {
			t.Skip("long")
		}
		s, err := Parse("fuzz.toml", text, shipped.ReadFile, set)
		judge(t, s, err)
	})
}

// values are what an edit may put after a key: what is at an end of a range, beyond it, or of another type.
var values = []string{
	"0", "-1", "1", "2", "1e308", "-0.0", "nan", "inf", "9223372036854775807", "0.5", "true", "false", `""`, `"x"`, "[]", "{}", "[[]]", "[1, 2]", `["a"]`, `[["0s", "0bps"]]`,
	`"0s"`, `"1ns"`, `"10ms"`, `"1000000s"`, `"2562047h"`, `"0bps"`, `"1bps"`, `"8Mbps"`, `"100000Gbps"`, `"0B"`, `"1B"`, `"1MB"`, `"1GiB"`, `"0pkt"`, `"1pkt"`, `"1000000000pkt"`, `"0.001BDP"`, `"1000BDP"`,
	`"\u001b"`, `"\u202e"`, `"${a}"`, `{ kind = "x" }`, `{ up = "1Mbps" }`, `{ steps = [["0s", "1Mbps"], ["1s", "0bps"]] }`, `{ trace = "traces/none" }`, `"mptcp"`, `"tcp"`, `"udp"`,
	`"bulk"`, `"rpc"`, `"file"`, `"cbr"`, `{ kind = "cbr", rate = "1Mbps", chunk = "1B" }`, `{ kind = "fq-codel", limit = "1500B" }`, `{ kind = "fullmesh", announce = true }`, "1979-05-27",
}

// edited returns text after edits, each of four bytes: what to do, with which line, and with what.
func edited(text string, program []byte) string {
	lines := strings.Split(text, "\n")
	for ; len(program) >= 4 && len(lines) > 1 && len(lines) < 200; program = program[4:] {
		i, arg := int(program[1])%len(lines), int(program[2])<<8|int(program[3])
		other := lines[arg%len(lines)]
		key, _, assigns := strings.Cut(lines[i], "=")
		switch program[0] % 8 {
		case 0:
			lines = slices.Delete(lines, i, i+1)
		case 1:
			lines = slices.Insert(lines, i, other)
		case 2:
			lines[i], lines[arg%len(lines)] = other, lines[i]
		case 3, 4:
			if assigns {
				lines[i] = key + "= " + values[arg%len(values)]
			}
		case 5:
			if _, value, ok := strings.Cut(other, "="); ok && assigns {
				lines[i] = key + "=" + value
			}
		case 6:
			if name, _, ok := strings.Cut(other, "="); ok && assigns {
				lines[i] = name + "= " + values[arg%len(values)]
			}
		case 7:
			at := arg % (len(lines[i]) + 1)
			lines[i] = lines[i][:at] + string(rune(program[0])) + lines[i][at:]
		}
	}
	return strings.Join(lines, "\n")
}

// FuzzEdited reads scenarios in which lines are gone, doubled, exchanged, and have other values: texts that
// are still TOML, most of them, and mean something else.
func FuzzEdited(f *testing.F) {
	bases := []string{ten, varied}
	for _, n := range small() {
		text, _ := Text(n)
		bases = append(bases, string(text))
	}
	for i := range bases {
		f.Add(uint8(i), []byte{3, byte(i), 0, byte(7 * i), 6, 5, 1, byte(i), 1, 2, 0, 9})
	}
	f.Fuzz(func(t *testing.T, base uint8, program []byte) {
		text := edited(bases[int(base)%len(bases)], program)
		s, err := Parse("fuzz.toml", []byte(text), shipped.ReadFile)
		judge(t, s, err)
	})
}

// FuzzSet carries out options.
func FuzzSet(f *testing.F) {
	for _, s := range []string{"flow.f.cc=lia", "link[0].rate=1Mbps", "link.0.queue.kind=red", "a..b=1", "=", "flow=[]", "x", "topology={kind='torus'}", "vary.a=[1]", "defaults.flow.tcp.mtu=9000", "flow.f.tcp={mtu=1}", "event=[{at='1s',link='l',up=false}]"} {
		f.Add(s, "seed=3")
	}
	f.Fuzz(func(t *testing.T, one, two string) {
		if len(one)+len(two) > maxFuzzed {
			t.Skip("long")
		}
		s, err := Parse("fuzz.toml", []byte(ten), shipped.ReadFile, one, two)
		judge(t, s, err)
	})
}
