package scenarios

import (
	"bytes"
	"io/fs"
	"strings"
	"testing"
)

// The scenario as run, read again, is the same scenario, whatever a shorter duration leaves behind.
func TestMarshal(t *testing.T) {
	for _, name := range Names() {
		whole, err := Load(name)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		shorter, err := Load(name, "duration="+(whole.Duration/10).String())
		if err != nil {
			t.Errorf("a tenth of %s: %v", name, err)
			continue
		}
		for _, s := range []*Scenario{whole, shorter} {
			open := func(name string) ([]byte, error) {
				if b, ok := s.Files()[name]; ok {
					return b, nil
				}
				return nil, fs.ErrNotExist
			}
			again, err := Parse(name+".toml", s.Marshal(), open)
			if err != nil {
				t.Errorf("%s as run for %v: %v\n%s", name, s.Duration, err, s.Marshal())
			} else if !bytes.Equal(again.Marshal(), s.Marshal()) {
				t.Errorf("%s as run for %v:\n%s\nread again:\n%s", name, s.Duration, s.Marshal(), again.Marshal())
			}
		}
	}
}

// The scenarios of papers can be loaded, in their short form, too.
func TestPapers(t *testing.T) {
	for _, name := range Papers() {
		s, err := Load(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if len(s.Targets) == 0 {
			t.Errorf("%s has no target", name)
		}
		if _, err := Load(name, s.Quick...); err != nil {
			t.Errorf("%s --quick: %v", name, err)
		}
		text, err := Text(name)
		if err != nil || !strings.HasPrefix(string(text), "# ") {
			t.Errorf("%s does not begin with a comment that cites its source (%v)", name, err)
		}
	}
	if _, err := Load("papers/K"); err == nil || !strings.Contains(err.Error(), "there is no scenario") {
		t.Errorf("papers/K: %v", err)
	}
}

func TestTemplate(t *testing.T) {
	if _, err := Parse("template", Template, nil); err != nil {
		t.Error(err)
	}
}
