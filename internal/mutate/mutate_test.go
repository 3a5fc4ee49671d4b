package main

import (
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Each kind of fault, and what is left alone: texts, types, capacities, imports.
func TestFaults(t *testing.T) {
	const src = `package p

import "fmt"

type t struct {
	a [4]int ` + "`toml:\"7\"`" + `
}

func (t) String() string { return fmt.Sprint(8) }

func f(a, b int, x float64) (n int) {
	s := make([]int, 0, 9)
	if a < 3 && !g() {
		n = max(a, 2)
	} else if b == 0x10 {
		n += a - b
		panic(fmt.Sprintf("%d", 5))
	}
	switch {
	case a > b:
		n++
	case true:
		s[a] *= b
	}
	for x > 0.5 {
		h(s)
		break
	}
	return n
}
`
	want := `12 0 → 1
13 && → || in if a < 3 && !g() {
13 < → <= in if a < 3 && !g() {
13 < → >= in if a < 3 && !g() {
13 3 → 0
13 3 → 2
13 3 → 4
13 3 → 6
13 the condition a < 3 && !g() negated
14 2 → 0
14 2 → 1
14 2 → 3
14 2 → 4
14 max → min
14 without n = max(a, 2)
15 0x10 → 0
15 0x10 → 15
15 0x10 → 17
15 0x10 → 32
15 == → != in } else if b == 0x10 {
16 += → -= in n += a - b
16 - → + in n += a - b
16 without n += a - b
20 > → <= in case a > b:
20 > → >= in case a > b:
21 ++ → -- in n++
21 the bodies of this case and the next exchanged
21 without n++
22 true → false
23 *= → /= in s[a] *= b
23 without s[a] *= b
25 0.5 → (0.5/2)
25 0.5 → (2*0.5)
25 > → <= in for x > 0.5 {
25 > → >= in for x > 0.5 {
26 without h(s)
27 without break`
	list, err := faults("p", "p/p.go", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range list {
		got = append(got, strconv.Itoa(f.line)+" "+f.what)
		planted := string(f.plant([]byte(src)))
		if planted == src {
			t.Errorf("%v changes nothing", f)
		}
		if _, err := faults("p", "p/p.go", []byte(planted)); err != nil {
			t.Errorf("%v is no Go: %v", f, err)
		}
	}
	wanted := strings.Split(want, "\n")
	slices.Sort(got)
	slices.Sort(wanted)
	if !slices.Equal(got, wanted) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(wanted, "\n"))
	}
}

// A fault that a test notices is found, as is one that stops the test; one that nobody notices survives,
// and one that does not compile is none.
func TestFates(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{ // order does not matter
		"go.mod":      "module m\n\ngo 1.26\n",
		"p/p.go":      "package p\n\nfunc Sum(n int) (s int) {\n\tfor i := 0; i < n; i++ {\n\t\ts += i\n\t}\n\tif n > 100 {\n\t\ts = s + 0\n\t}\n\tm := n\n\tm++\n\treturn s\n}\n",
		"p/p_test.go": "package p\n\nimport \"testing\"\n\nfunc TestSum(t *testing.T) {\n\tif Sum(5) != 10 {\n\t\tt.Error(\"sum\")\n\t}\n}\n",
	} {
		file := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	cache, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	list, err := faultsOf(root, "p")
	if err != nil {
		t.Fatal(err)
	}
	own := judge{pkg: "p"}
	c, err := newCourt(root, t.TempDir(), strings.TrimSpace(string(cache)), []trial{{list[0], []judge{own}}})
	if err != nil {
		t.Fatal(err)
	}
	c.limits[own] = time.Second
	want := map[string]fate{
		"p/p.go:4: 0 → 1": survived, // adds 0
		"p/p.go:4: < → <= in for i := 0; i < n; i++ {":  killed,
		"p/p.go:4: ++ → -- in for i := 0; i < n; i++ {": killed, // never ends
		"p/p.go:5: without s += i":                      killed,
		"p/p.go:7: 100 → 200":                           survived,
		"p/p.go:11: without m++":                        unbuilt,
	}
	for _, f := range list {
		w, ok := want[f.String()]
		if !ok {
			continue
		}
		delete(want, f.String())
		if got, err := c.try(f, []judge{own}); err != nil || got != w {
			t.Errorf("%v: %v %v, want %v", f, got, err, w)
		}
	}
	for f := range want { // order does not matter
		t.Errorf("%s is not planted", f)
	}
}

// The interval of Wilson for 15 of 20, and its limits without and with all.
func TestInterval(t *testing.T) {
	for _, tt := range []struct {
		s         score
		low, high float64
	}{{score{15, 20}, 0.5313, 0.8881}, {score{0, 10}, 0, 0.2775}, {score{10, 10}, 0.7225, 1}} {
		if low, high := tt.s.interval(); math.Abs(low-tt.low) > 1e-4 || math.Abs(high-tt.high) > 1e-4 {
			t.Errorf("%v: %.4f to %.4f, want %.4f to %.4f", tt.s, low, high, tt.low, tt.high)
		}
	}
}

// recorded reads the scores of CONTRIBUTING.md.
func recorded(t *testing.T) map[string]score {
	t.Helper()
	text, err := os.ReadFile("../../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	scores := map[string]score{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z/]+)` \\| (\\d+) \\| (\\d+) % \\|").FindAllStringSubmatch(string(text), -1) {
		planted, err := strconv.Atoi(m[2])
		if err != nil {
			t.Fatal(err)
		}
		percent, err := strconv.Atoi(m[3])
		if err != nil {
			t.Fatal(err)
		}
		scores[m[1]] = score{int(math.Round(float64(planted*percent) / 100)), planted}
	}
	return scores
}

// Every package of the model has judges, and nothing else has: a new one gets a line in the table of judges,
// and its score when scores are recorded again.
func TestEveryPackageIsJudged(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	list := exec.Command("go", "list", "./sim/...", "./cc/...", "./sched/...", "./mptcp/...")
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	var packages []string
	for _, pkg := range strings.Fields(string(out)) {
		pkg = strings.TrimPrefix(pkg, "mpsim/")
		if strings.HasSuffix(pkg, "test") { // cctest, schedtest
			continue
		}
		packages = append(packages, pkg)
	}
	for pkg := range recorded(t) { // order does not matter
		if !slices.Contains(packages, pkg) {
			t.Errorf("CONTRIBUTING.md has a score of %s, which is no package of the model", pkg)
		}
	}
	slices.Sort(packages)
	if got := allPackages(); !slices.Equal(got, packages) {
		t.Errorf("judged are %v, want %v", got, packages)
	}
}

// Of a sample of faults the short tests find no fewer than the recorded scores promise, less the 95 %
// interval of what two such samples may differ by: 1.96 standard deviations of a sum of differences of
// binomials, with the shares of Agresti and Coull (American Statistician 52(2), 1998), which are never 0 or
// 1.
func TestScore(t *testing.T) {
	if os.Getenv("MPSIM_LONG") == "" {
		t.Skip("a long test: set MPSIM_LONG=1")
	}
	scores, err := measure("../..", options{seed: seed, n: sample, jobs: 2}, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("scores\n%s", table(scores))
	record := recorded(t)
	found, mean, variance := 0, 0., 0.
	for pkg, s := range scores { // order does not matter
		n, of := float64(s.planted), record[pkg]
		if of.planted == 0 {
			t.Logf("%s has no recorded score yet", pkg)
			continue
		}
		p := float64(of.found+2) / float64(of.planted+4)
		found += s.found
		mean += n * of.share()
		variance += n * p * (1 - p) * (1 + n/float64(of.planted))
	}
	if least := mean - 1.96*math.Sqrt(variance); float64(found) < least {
		t.Errorf("%d faults found, want %.1f or more: the recorded scores let expect %.1f", found, least, mean)
	}
}
