package scenarios

import (
	"os"
	"regexp"
	"strings"
	"testing"
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
