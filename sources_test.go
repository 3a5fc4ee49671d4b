package mpsim_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"mpsim"
)

// Every package of the model is among the sources whose hash names a program.
func TestSources(t *testing.T) {
	if hash := mpsim.Sources(); !regexp.MustCompile("^[0-9a-f]{64}$").MatchString(hash) || hash != mpsim.Sources() {
		t.Errorf("hash %q", hash)
	}
	text, err := os.ReadFile("sources.go")
	if err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(string(text), "//go:embed ")
	line, _, _ = strings.Cut(line, "\n")
	for pkg := range layers {
		if !isModel(pkg) {
			continue
		}
		embedded := false
		for _, pattern := range strings.Fields(line) {
			ok, _ := filepath.Match(pattern, pkg+"/x.go")
			embedded = embedded || ok
		}
		if !embedded {
			t.Errorf("%s is not embedded by sources.go", pkg)
		}
	}
}
