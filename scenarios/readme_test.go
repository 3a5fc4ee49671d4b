package scenarios

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mpsim/experiment/figure"
	"mpsim/mptcp"
	"mpsim/mptcp/middlebox"
	"mpsim/mptcp/tcp"
	"mpsim/scenarios/language"
	"mpsim/sim/plugin"
	"mpsim/topology"
)

// Every example of the README is a scenario, once what it leaves out is added.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := regexp.MustCompile("(?s)```toml\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(examples) < 15 {
		t.Errorf("found %d examples", len(examples))
	}
	for _, e := range examples {
		s := e[1]
		if !strings.Contains(s, "duration") {
			s = "duration = \"30s\"\n" + s
		}
		if !strings.Contains(s, "[[link]]") && !strings.Contains(s, "[topology]") {
			for _, name := range []string{"wifi", "lte"} {
				s += "\n[[link]]\nname = \"" + name + "\"\nbetween = [\"phone\", \"server\"]\nrate = \"10Mbps\"\n"
			}
		}
		if !strings.Contains(s, "[[flow]]") {
			s += "\n[[flow]]\nname = \"download\"\nfrom = \"server\"\nto = \"phone\"\n"
		}
		if _, err := Parse("README.md", []byte(s), shipped.ReadFile); err != nil {
			t.Errorf("%v\nin\n%s", err, s)
		}
	}
}

// The README has every key of a scenario, and every figure and preset.
func TestReadmeIsComplete(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	mentions := func(word string) bool {
		return regexp.MustCompile(`\b` + regexp.QuoteMeta(word) + `\b`).Match(text)
	}
	for _, table := range []any{Scenario{}, language.Link{}, Flow{}, language.Event{}, language.Call{}, language.Figure{}, language.Expect{}, language.Target{},
		tcp.Config{}, mptcp.Protocol{}, language.Server{}, language.Middlebox{}, middlebox.When{}} {
		typ := reflect.TypeOf(table)
		for i := range typ.NumField() {
			if key := typ.Field(i).Tag.Get("toml"); key != "" && key != "-" && !mentions(key) {
				t.Errorf("README.md does not mention %s of %v", key, typ)
			}
		}
	}
	for _, name := range figure.Registry.Names() {
		for _, p := range append(figure.Registry.Params(name), plugin.Param{Name: name}) {
			if !mentions(p.Name) {
				t.Errorf("README.md does not mention %s of the figure %s", p.Name, name)
			}
		}
	}
	for _, name := range append(Names(), slices.Concat(topology.Registry.Names(), middlebox.Registry.Names())...) {
		if !mentions(name) {
			t.Errorf("README.md does not mention %s", name)
		}
	}
}
