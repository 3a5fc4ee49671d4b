package scenarios

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/BurntSushi/toml"

	"mpsim/scenarios/language"
	"mpsim/sim/words"
)

//go:embed *.toml traces papers
var shipped embed.FS

// Template is a commented scenario to start from.
//
//go:embed template.txt
var Template []byte

// Names returns the names of the scenarios that come with mpsim, sorted.
func Names() []string {
	entries, _ := fs.Glob(shipped, "*.toml")
	for i, e := range entries {
		entries[i] = strings.TrimSuffix(e, ".toml")
	}
	return entries
}

// Papers returns the names of the scenarios that come with mpsim and have targets
// of published results, such as "papers/KA", sorted.
func Papers() []string {
	entries, _ := fs.Glob(shipped, papers+"*.toml")
	for i, e := range entries {
		entries[i] = strings.TrimSuffix(e, ".toml")
	}
	return entries
}

// papers is the directory of the scenarios with targets.
const papers = "papers/"

// Text returns the text of the scenario name that comes with mpsim.
func Text(name string) ([]byte, error) { return shipped.ReadFile(name + ".toml") }

// Describe returns the description of the scenario name that comes with mpsim, without reading the rest.
func Describe(name string) (string, error) {
	text, err := Text(name)
	if err != nil {
		return "", err
	}
	var s struct {
		Description string `toml:"description"`
	}
	err = toml.Unmarshal(text, &s)
	return s.Description, err
}

// Load reads a scenario from a file or, if there is none and name is one of Names,
// the one that comes with mpsim. Each set is a "path.to.key=value" that overrides the
// file. The error is Problems unless the file cannot be read.
func Load(name string, set ...string) (*Scenario, error) {
	text, err := readFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		if text, err := Text(name); err == nil {
			beside := func(file string) ([]byte, error) { return shipped.ReadFile(path.Join(path.Dir(name), file)) }
			return Parse(name+".toml", text, beside, set...)
		}
		all := append(Names(), Papers()...)
		if !strings.ContainsAny(strings.TrimPrefix(name, papers), `/\.`) {
			return nil, fmt.Errorf("there is no scenario %q; %s", name, words.Suggest(name, all))
		}
	}
	if err != nil {
		return nil, err
	}
	dir := filepath.Dir(name)
	open := func(file string) ([]byte, error) {
		if !filepath.IsAbs(file) {
			file = filepath.Join(dir, file)
		}
		return readFile(file)
	}
	return Parse(name, text, open, set...)
}

// readFile reads a regular file, but not much more of it than a scenario may have.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, fmt.Errorf("%s is a directory; want a file", name)
	}
	if info.Size() > language.MaxSize {
		return nil, Problems{{File: name, Message: fmt.Sprintf("the file has %d bytes; want at most %d", info.Size(), language.MaxSize)}}
	}
	return io.ReadAll(io.LimitReader(f, language.MaxSize+1))
}
