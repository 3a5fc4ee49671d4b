// Package mpsim_test proves the rules of ARCHITECTURE.md that a compiler does
// not know.
package mpsim_test

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "mpsim/"

// The packages that many others may import.
var (
	network  = []string{"sim", "sim/course", "sim/probe", "sim/rare", "sim/units", "sim/words"}
	part     = []string{"sim", "sim/plugin", "sim/units", "sim/words"}
	endpoint = concat(network, "sim/plugin", "sim/rng", "sim/netem", "sim/app", "cc", "mptcp/seqnum", "mptcp/wire")
	conn     = concat(endpoint, "mptcp/tcp", "mptcp/pathmgr", "sched")
	layout   = concat(conn, "mptcp", "mptcp/udp", "mptcp/middlebox", "sim/netem/qdisc", "sim/netem/channel")
	language = concat(layout, "topology", "scenarios/formula")
	scenario = concat(language, "scenarios/language", "scenarios/build", "scenarios")
	run      = concat(scenario, "experiment/grid", "experiment/record", "experiment/figure", "experiment/capture", "experiment/prediction", "cc/fluid")
)

// layers lists, for each package, the packages of this module it may import:
// the table "Rooms" of ARCHITECTURE.md.
var layers = map[string][]string{
	".":                      {},
	"sim":                    {},
	"sim/words":              {},
	"sim/units":              {"sim/words"},
	"sim/rng":                {},
	"sim/plugin":             {},
	"sim/probe":              {},
	"sim/course":             {},
	"sim/rare":               {"sim/course"},
	"sim/netem":              network,
	"sim/netem/qdisc":        concat(network, "sim/netem", "sim/plugin"),
	"sim/netem/channel":      concat(network, "sim/netem", "sim/plugin"),
	"sim/app":                concat(part, "sim/rng"),
	"cc":                     part,
	"cc/cctest":              concat(part, "cc"),
	"cc/fluid":               {},
	"sched":                  part,
	"sched/schedtest":        concat(part, "sched"),
	"mptcp/seqnum":           {},
	"mptcp/wire":             {"sim/course"},
	"mptcp/tcp":              endpoint,
	"mptcp/udp":              concat(network, "sim/netem", "sim/app", "mptcp/wire"),
	"mptcp/pathmgr":          part,
	"mptcp/middlebox":        concat(network, "sim/plugin", "sim/netem", "mptcp/seqnum", "mptcp/wire"),
	"mptcp":                  conn,
	"topology":               layout,
	"scenarios/formula":      {"sim/words"},
	"scenarios/language":     concat(language, "experiment/record", "experiment/figure"),
	"scenarios/build":        concat(language, "scenarios/language"),
	"scenarios":              {"scenarios/language", "scenarios/build", "sim/words"},
	"experiment/grid":        {},
	"experiment/record":      {"sim", "experiment/grid"},
	"experiment/capture":     concat(network, "sim/netem", "mptcp/wire"),
	"experiment/figure":      {"sim/units", "sim/plugin", "scenarios/formula", "experiment/record", "experiment/stats", "experiment/figure/page"},
	"experiment/figure/page": {},
	"experiment":             run,
	"experiment/story":       {"sched", "sim/words", "experiment/record"},
	"experiment/prediction":  concat(scenario, "experiment/record", "cc/fluid"),
	"experiment/stats":       {},
	"experiment/campaign":    concat(run, "experiment"),
	"experiment/compare":     concat(run, "experiment", "experiment/campaign", "experiment/stats"),
	"experiment/reproduce":   concat(run, "experiment", "experiment/campaign", "experiment/prediction", "experiment/stats", "results"),
	"results":                {},
	"internal/draw":          concat(run, "experiment"),
	"internal/trial":         {"internal/draw"},
	"internal/mutate":        {},
	"internal/pgo":           {},
	"validate":               concat(run, "experiment"),
	"cmd/mpsim":              concat(run, "experiment", "experiment/campaign", "experiment/compare", "experiment/reproduce", "experiment/stats", "experiment/story"),
}

// isModel reports whether pkg is part of the simulated world, in which the same
// inputs must take the same course.
func isModel(pkg string) bool {
	room, _, _ := strings.Cut(pkg, "/")
	return slices.Contains([]string{"sim", "cc", "sched", "mptcp", "topology"}, room)
}

// banned lists imports that make the model depend on more than its inputs.
var banned = map[string]string{
	"math/rand":    "take a *rand.Rand of math/rand/v2, which sim/rng makes",
	"crypto/rand":  "take a *rand.Rand of math/rand/v2, which sim/rng makes",
	"os":           "the model does not see the machine it runs on",
	"net":          "the model does not see the machine it runs on",
	"log":          "the model reports by probes",
	"unsafe":       "addresses differ from run to run",
	"hash/maphash": "its seeds differ from run to run",
}

// generators are what may be used of math/rand/v2: everything but the functions
// that draw from the generator of the process.
var generators = []string{"New", "NewPCG", "NewChaCha8", "NewZipf", "Rand", "Source", "PCG", "ChaCha8", "Zipf"}

// constants are what may be used of sync in the model: they make what is the same in all runs once, when it
// is needed. All else is for several goroutines.
var constants = []string{"OnceValue", "OnceValues"}

// clocks are the functions of package time that look at the clock of the machine.
var clocks = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}

// seesClock lists the packages outside the model that may look at the clock: to
// show progress, and to sweep up old files.
var seesClock = []string{"cmd/mpsim", "experiment/record", "internal/trial"}

// unordered is the comment that allows a range over a map in the model.
const unordered = "// order does not matter"

func concat(list []string, more ...string) []string { return slices.Concat(list, more) }

// A source is a Go file of the module and the package it belongs to.
type source struct {
	pkg  string // path below the module
	test bool
	ast  *ast.File
}

// parse reads every Go file of the module that is built.
func parse(t *testing.T) (*token.FileSet, []source) {
	fset := token.NewFileSet()
	var files []source
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		switch name := d.Name(); {
		case err != nil:
			return err
		case d.IsDir() && p != "." && (name == "testdata" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go"):
			return nil
		}
		if ok, err := build.Default.MatchFile(filepath.Split(p)); err != nil || !ok {
			return err
		}
		f, err := parser.ParseFile(fset, p, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files = append(files, source{
			pkg:  path.Dir(filepath.ToSlash(p)),
			test: strings.HasSuffix(p, "_test.go"),
			ast:  f,
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return fset, files
}

// pathOf returns the path that spec imports.
func pathOf(spec *ast.ImportSpec) string {
	p, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		panic(err)
	}
	return p
}

// byName are functions that look methods up by name, those of Cobra through text/template. Where one is
// called, the linker cannot leave out a method of any package, and the program is a quarter larger.
var byName = []string{"MethodByName", "AddTemplateFunc", "AddTemplateFuncs", "SetHelpTemplate", "SetUsageTemplate", "SetVersionTemplate"}

// Every command waits for what all packages do before main: none that takes long is linked.
func TestStart(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "./cmd/mpsim").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, pkg := range []string{"net/http", "crypto/tls", "encoding/xml", "google.golang.org/protobuf/proto"} {
		if slices.Contains(strings.Fields(string(out)), pkg) {
			t.Errorf("the command links %s: go mod why -m shows for whom", pkg)
		}
	}
	fset, files := parse(t)
	for _, f := range files {
		if f.test || strings.HasPrefix(f.pkg, "internal/") { // not linked
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if x, ok := n.(*ast.SelectorExpr); ok && slices.Contains(byName, x.Sel.Name) {
				t.Errorf("%s: %s looks methods up by name: the linker keeps all there are", fset.Position(n.Pos()), x.Sel.Name)
			}
			return true
		})
	}
}

// Packages import only what the table allows.
func TestImportDAG(t *testing.T) {
	fset, files := parse(t)
	for _, f := range files {
		if f.test {
			continue
		}
		allowed, known := layers[f.pkg]
		if !known {
			t.Errorf("%s: package %s is not in the table", fset.Position(f.ast.Package), f.pkg)
			continue
		}
		for _, spec := range f.ast.Imports {
			p := pathOf(spec)
			if dep, ours := strings.CutPrefix(p, module); ours && !slices.Contains(allowed, dep) {
				t.Errorf("%s: %s may not import %s", fset.Position(spec.Pos()), f.pkg, dep)
			}
			if why := banned[p]; why != "" && isModel(f.pkg) {
				t.Errorf("%s: the model may not import %s: %s", fset.Position(spec.Pos()), p, why)
			}
		}
	}
}

// ARCHITECTURE.md says what every package is.
func TestRooms(t *testing.T) {
	text, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	_, files := parse(t)
	seen := make(map[string]bool)
	for _, f := range files {
		if f.test || seen[f.pkg] || strings.HasSuffix(f.pkg, "test") { // cc/cctest is explained by cc
			continue
		}
		seen[f.pkg] = true
		name := strings.TrimPrefix(f.pkg, "experiment/")
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("ARCHITECTURE.md does not mention `%s`", name)
		}
	}
}

// The model has no goroutine, and nothing that makes results looks at the clock
// or at a random number that no seed determines. Tests draw from seeds, too.
func TestInputsOnly(t *testing.T) {
	fset, files := parse(t)
	for _, f := range files {
		names := imports(f.ast)
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				if isModel(f.pkg) && !f.test {
					t.Errorf("%s: go statement in the model", fset.Position(n.Pos()))
				}
			case *ast.SelectorExpr:
				x, ok := n.X.(*ast.Ident)
				if !ok {
					break
				}
				switch names[x.Name] {
				case "math/rand":
					t.Errorf("%s: math/rand: want math/rand/v2", fset.Position(n.Pos()))
				case "math/rand/v2":
					if !slices.Contains(generators, n.Sel.Name) {
						t.Errorf("%s: rand.%s draws from the generator of the process", fset.Position(n.Pos()), n.Sel.Name)
					}
				case "sync":
					if isModel(f.pkg) && !f.test && !slices.Contains(constants, n.Sel.Name) {
						t.Errorf("%s: sync.%s: the model runs in one goroutine", fset.Position(n.Pos()), n.Sel.Name)
					}
				case "time":
					if slices.Contains(clocks, n.Sel.Name) && !f.test && !slices.Contains(seesClock, f.pkg) {
						t.Errorf("%s: time.%s looks at the clock of the machine", fset.Position(n.Pos()), n.Sel.Name)
					}
				}
			}
			return true
		})
	}
}

// imports returns the import path of each package name of f.
func imports(f *ast.File) map[string]string {
	names := make(map[string]string)
	for _, spec := range f.Imports {
		p := pathOf(spec)
		name := baseName(p)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = p
	}
	return names
}

// baseName guesses the name of the package at p.
func baseName(p string) string {
	dir, base := path.Split(p)
	if n, ok := strings.CutPrefix(base, "v"); ok && dir != "" {
		if _, err := strconv.Atoi(n); err == nil {
			return path.Base(dir)
		}
	}
	return base
}

// Where the model ranges over a map, a comment asserts that the order does not
// matter.
func TestMapOrder(t *testing.T) {
	fset, files := parse(t)
	c := checker{fset: fset, files: files, done: make(map[string]*types.Package),
		info: types.Info{Types: make(map[ast.Expr]types.TypeAndValue)}}
	ranges := 0
	for _, f := range files {
		if !isModel(f.pkg) || f.test {
			continue
		}
		c.Import(module + f.pkg)
		excused := excuses(fset, f.ast)
		names := imports(f.ast)
		ast.Inspect(f.ast, func(n ast.Node) bool {
			r, ok := n.(*ast.RangeStmt)
			if !ok {
				return true
			}
			ranges++
			if (isMap(c.info.TypeOf(r.X)) || callsMaps(r.X, names)) && !excused[fset.Position(r.Pos()).Line] {
				t.Errorf("%s: range over a map without %q", fset.Position(r.Pos()), unordered)
			}
			return true
		})
	}
	if ranges == 0 {
		t.Error("no range statement found")
	}
}

// excuses returns the lines of f that carry the comment.
func excuses(fset *token.FileSet, f *ast.File) map[int]bool {
	lines := make(map[int]bool)
	for _, g := range f.Comments {
		for _, c := range g.List {
			if strings.HasPrefix(c.Text, unordered) {
				lines[fset.Position(c.Pos()).Line] = true
			}
		}
	}
	return lines
}

func isMap(t types.Type) bool {
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Map)
	return ok
}

// callsMaps reports whether x is a call of a function of package maps, all of
// whose sequences have the order of a map.
func callsMaps(x ast.Expr, names map[string]string) bool {
	call, ok := x.(*ast.CallExpr)
	if !ok {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	id, ok := sel.X.(*ast.Ident)
	return ok && names[id.Name] == "maps"
}

// checker finds the types of the module's packages. Other packages are taken to
// be empty: what their types are is unknown then, but the maps of the module
// are maps, and the test needs neither a compiler nor their source.
type checker struct {
	fset  *token.FileSet
	files []source
	done  map[string]*types.Package
	info  types.Info
}

// Import implements types.Importer.
func (c *checker) Import(p string) (*types.Package, error) {
	if pkg, ok := c.done[p]; ok {
		if pkg == nil {
			return nil, fmt.Errorf("%s imports itself", p)
		}
		return pkg, nil
	}
	c.done[p] = nil // under way
	dir, ours := strings.CutPrefix(p, module)
	if !ours {
		pkg := types.NewPackage(p, baseName(p))
		pkg.MarkComplete()
		c.done[p] = pkg
		return pkg, nil
	}
	var files []*ast.File
	for _, f := range c.files {
		if f.pkg == dir && !f.test {
			files = append(files, f.ast)
		}
	}
	if files == nil {
		return nil, fmt.Errorf("no package %s", p)
	}
	config := types.Config{Importer: c, Error: func(error) {}}
	pkg, _ := config.Check(p, c.fset, files, &c.info)
	c.done[p] = pkg
	return pkg, nil
}
