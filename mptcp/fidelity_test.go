package mptcp_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A requirement is one sentence of RFC 8684 with a key word, or a rule without one.
// testdata/requirements.txt has all of them.
type requirement struct {
	id, level, section, who, words, observe string

	tests    []string // that show it
	status   string   // "" until it is known
	reason   string   // why it is not implemented as written
	statedAt string   // where that is said
}

// readRequirements returns the rows of the table, in the order of the RFC.
func readRequirements(t *testing.T) []*requirement {
	text, err := os.ReadFile("testdata/requirements.txt")
	if err != nil {
		t.Fatal(err)
	}
	var list []*requirement
	for n, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		f := strings.Split(line, "\t")
		if len(f) != 6 {
			t.Fatalf("requirements.txt:%d: %d columns; want id, level, section, who, words, how to observe", n+1, len(f))
		}
		list = append(list, &requirement{id: f[0], level: f[1], section: f[2], who: f[3], words: f[4], observe: f[5]})
	}
	return list
}

// A tag is a line of a comment that says what becomes of requirements: in the comment
// of a test or inside it
//
//	Req: R8684-3.1-02, R8684-3.1-03
//
// says that the test shows them. In other code
//
//	Deviates: R8684-3.1-21 — reason
//
// says what is done instead; so do Simplified, for less than the whole, and Absent. A
// list of ids and a reason go on until an empty line or the next tag.
type tag struct {
	kind   string
	ids    []string
	reason string
	test   string // package and function
	pos    string
}

var (
	tagLine   = regexp.MustCompile(`^(Req|Simplified|Deviates|Absent):\s*(.*)$`)
	requireID = regexp.MustCompile(`R8684-[0-9A-D.]+-[0-9]+`)
)

// tagsIn returns the tags of a comment.
func tagsIn(g *ast.CommentGroup) []tag {
	var tags []tag
	open := false
	for _, line := range strings.Split(g.Text(), "\n") {
		switch m := tagLine.FindStringSubmatch(line); {
		case m != nil:
			tags = append(tags, tag{kind: m[1], reason: m[2]})
			open = true
		case strings.TrimSpace(line) == "":
			open = false
		case open:
			tags[len(tags)-1].reason += " " + strings.TrimSpace(line)
		}
	}
	for i := range tags {
		ids, reason := tags[i].reason, ""
		if tags[i].kind != "Req" {
			ids, reason, _ = strings.Cut(ids, "—")
		}
		tags[i].ids = requireID.FindAllString(ids, -1)
		tags[i].reason = strings.TrimSpace(reason)
	}
	return tags
}

// collectTags returns the tags of all Go files of the module. A Req outside of a test
// has no test.
func collectTags(t *testing.T, root string) (all []tag) {
	set := token.NewFileSet()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || len(d.Name()) > 2 && d.Name()[0] == '.') {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		file, err := parser.ParseFile(set, path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		for _, g := range file.Comments {
			for _, x := range tagsIn(g) {
				x.pos = fmt.Sprintf("%s:%d", filepath.ToSlash(rel), set.Position(g.Pos()).Line)
				if f := testAround(file, g); f != "" {
					x.test = filepath.ToSlash(filepath.Dir(rel)) + "." + f
				}
				all = append(all, x)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// testAround returns the test or fuzz test whose comment g is, or that has g inside.
func testAround(file *ast.File, g *ast.CommentGroup) string {
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Recv != nil || !strings.HasPrefix(f.Name.Name, "Test") && !strings.HasPrefix(f.Name.Name, "Fuzz") {
			continue
		}
		if f.Doc == g || f.Pos() <= g.Pos() && g.End() <= f.End() {
			return f.Name.Name
		}
	}
	return ""
}

// The states of a requirement.
const implemented = "implemented"

var states = map[string]string{"Simplified": "simplified", "Deviates": "deviates", "Absent": "absent"}

// judge gives every requirement the status that the tags say, and reports tags that
// make no sense.
func judge(t *testing.T, list []*requirement, tags []tag) {
	byID := make(map[string]*requirement)
	for _, r := range list {
		if byID[r.id] != nil {
			t.Errorf("requirements.txt has %s twice", r.id)
		}
		byID[r.id] = r
	}
	for _, x := range tags {
		switch {
		case len(x.ids) == 0:
			t.Errorf("%s: %s names no requirement; want ids such as R8684-3.1-02", x.pos, x.kind)
		case x.kind == "Req" && x.test == "":
			t.Errorf("%s: Req stands neither above a test nor in one", x.pos)
			continue
		case x.kind != "Req" && x.test != "":
			t.Errorf("%s: %s belongs to the code, not to a test", x.pos, x.kind)
		case x.kind != "Req" && x.reason == "":
			t.Errorf("%s: %s gives no reason; want one after a dash (—)", x.pos, x.kind)
		}
		for _, id := range x.ids {
			r := byID[id]
			switch {
			case r == nil:
				t.Errorf("%s: there is no requirement %s", x.pos, id)
			case x.kind == "Req":
				if !slices.Contains(r.tests, x.test) {
					r.tests = append(r.tests, x.test)
				}
			case r.statedAt != "":
				t.Errorf("%s: %s is %s already at %s", x.pos, id, r.status, r.statedAt)
			default:
				r.status, r.reason, r.statedAt = states[x.kind], x.reason, x.pos
			}
		}
	}
	for _, r := range list {
		slices.Sort(r.tests)
		switch {
		case r.status == "" && len(r.tests) > 0:
			r.status = implemented
		case r.status == "absent" && len(r.tests) > 0:
			t.Errorf("%s is absent at %s, but shown by %s", r.id, r.statedAt, r.tests[0])
		case r.status == "absent" && strings.HasPrefix(r.level, "MUST"):
			t.Errorf("%s is absent at %s, but a %s", r.id, r.statedAt, r.level)
		}
	}
}

// Every requirement of RFC 8684 has a test that shows it, or a reason why it is
// simplified, not followed or left out; no MUST is left out. docs/fidelity.md tells
// which; -update writes it again, and the summary in ARCHITECTURE.md.
func TestFidelity(t *testing.T) {
	list := readRequirements(t)
	judge(t, list, collectTags(t, ".."))
	open := make(map[string][]string) // by section
	var sections []string
	for _, r := range list {
		if !slices.Contains(sections, r.section) {
			sections = append(sections, r.section)
		}
		if r.status == "" {
			open[r.section] = append(open[r.section], r.id[strings.LastIndexByte(r.id, '-')+1:])
		}
	}
	for _, s := range sections {
		if len(open[s]) > 0 {
			t.Errorf("section %s: no test shows and no comment explains %s", s, strings.Join(open[s], " "))
		}
	}
	golden(t, "../docs/fidelity.md", []byte(document(list, sections)))
	page, err := os.ReadFile("../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok1 := bytes.Cut(page, []byte(summaryBegin))
	_, after, ok2 := bytes.Cut(rest, []byte(summaryEnd))
	if !ok1 || !ok2 {
		t.Fatalf("ARCHITECTURE.md has no place for the summary, between %s and %s", summaryBegin, summaryEnd)
	}
	golden(t, "../ARCHITECTURE.md", slices.Concat(before, []byte(summaryBegin+summary(list, sections)+summaryEnd), after))
}

const (
	summaryBegin = "<!-- fidelity: written by go test ./mptcp -run Fidelity -update -->\n"
	summaryEnd   = "<!-- end of fidelity -->\n"
)

// golden compares a file with what it should be, or writes it.
func golden(t *testing.T, name string, want []byte) {
	t.Helper()
	got, err := os.ReadFile(name)
	if *update && !bytes.Equal(got, want) {
		if err := os.WriteFile(name, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is out of date: run go test ./mptcp -run Fidelity -update", name)
	}
}

// columns are the states in the order of the summary.
var columns = []string{implemented, "simplified", "deviates", "absent", ""}

// summary counts the states by section.
func summary(list []*requirement, sections []string) string {
	var b strings.Builder
	b.WriteString("| § | implemented | simplified | deviates | absent | open |\n|---|---|---|---|---|---|\n")
	count := func(name string, in func(r *requirement) bool) {
		fmt.Fprintf(&b, "| %s |", name)
		for _, status := range columns {
			n := 0
			for _, r := range list {
				if r.status == status && in(r) {
					n++
				}
			}
			if n == 0 {
				b.WriteString(" |")
			} else {
				fmt.Fprintf(&b, " %d |", n)
			}
		}
		b.WriteByte('\n')
	}
	for _, s := range sections {
		count(s, func(r *requirement) bool { return r.section == s })
	}
	count("all", func(*requirement) bool { return true })
	count("of these MUST (NOT)", func(r *requirement) bool { return strings.HasPrefix(r.level, "MUST") })
	return b.String()
}

// document returns docs/fidelity.md.
func document(list []*requirement, sections []string) string {
	var b strings.Builder
	b.WriteString("# Fidelity to RFC 8684\n\n" +
		"One row for each sentence of the RFC with a key word, and for each rule without one (level RULE); the words are ours, the RFC decides.\n" +
		"*Implemented* means that the tests named show it; *simplified*, that less than the whole is done; *deviates*, that\n" +
		"something else is done on purpose; *absent*, that nothing is. This page is written by `go test ./mptcp -run Fidelity -update`\n" +
		"from `mptcp/testdata/requirements.txt` and from comments in the code and its tests.\n\n")
	b.WriteString(summary(list, sections))
	for _, s := range sections {
		fmt.Fprintf(&b, "\n## §%s\n\n| id | level | requirement | status | shown by, or why not |\n|---|---|---|---|---|\n", s)
		for _, r := range list {
			if r.section != s {
				continue
			}
			status, why := r.status, strings.Join(r.tests, ", ")
			if status == "" {
				status = "open"
			}
			if r.reason != "" {
				why = strings.TrimSuffix(r.reason+" ("+why+")", " ()")
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", r.id, r.level, cell(r.words), status, cell(why))
		}
	}
	return b.String()
}

// cell protects the text of a cell.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

// A wrong tag is found.
func TestFidelityTags(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "x.go", `package x

// Absent: R8684-3.1-05, R8684-3.1-06 — nobody
// wants it
//
// More text.
var x int

// TestX shows.
//
// Req: R8684-3-01 R8684-3-02,
// R8684-A-01
func TestX() {
	// Req: R8684-3.1-01
}
`, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, g := range file.Comments {
		for _, x := range tagsIn(g) {
			got = append(got, fmt.Sprintf("%s %v %q %s", x.kind, x.ids, x.reason, testAround(file, g)))
		}
	}
	want := []string{
		`Absent [R8684-3.1-05 R8684-3.1-06] "nobody wants it" `,
		`Req [R8684-3-01 R8684-3-02 R8684-A-01] "" TestX`,
		`Req [R8684-3.1-01] "" TestX`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
