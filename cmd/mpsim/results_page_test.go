package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"mpsim/experiment/capture"
	"mpsim/experiment/compare"
	"mpsim/experiment/record"
	"mpsim/experiment/reproduce"
	"mpsim/experiment/story"
)

// A resultFile is a line of the table of all files of results.
type resultFile struct {
	name     string // as of path.Match; EXT is a format of tables, PICTURE one of figures
	commands string // that write it
	doc      string
}

// resultFiles returns all files of results, those of tables first.
func resultFiles() (list []resultFile) {
	for _, d := range record.Datasets {
		list = append(list, resultFile{d.Name + ".EXT", "run", "table: " + d.Doc})
	}
	for _, d := range compareTables() {
		list = append(list, resultFile{d.Name + ".EXT", "compare", "table: " + d.Doc})
	}
	targets := reproduce.Targets(nil)
	list = append(list, resultFile{targets.Name + ".EXT", "reproduce", "table: " + targets.Doc})
	return append(list,
		resultFile{"summary.json", "run", "the numbers of the run"},
		resultFile{"series.json", "run", "what happened over time"},
		resultFile{"comparison.json", "compare", "the numbers and the differences, with the value of each replication"},
		resultFile{record.ManifestName, "run, compare, reproduce",
			"of what the result was made, and of which files it consists"},
		resultFile{record.TimingName, "run", "how long the run took: the only file that differs from run to run"},
		resultFile{"scenario.toml", "run", "the scenario as run, with overrides, topology and defaults written out"},
		resultFile{"traces/*", "run", "the traces of rates that it refers to"},
		resultFile{"variants/*.toml", "compare", "each variant as run"},
		resultFile{"variants/traces/*", "compare", "the traces of rates that they refer to"},
		resultFile{"report.md", "compare", "the comparison for people"},
		resultFile{"README.md", "reproduce", "the targets for people"},
		resultFile{"figures/*.PICTURE", "run, compare, reproduce", "a figure"},
		resultFile{capture.FileName, "run", "all packets, with `--pcap`"},
		resultFile{capture.Directory + "/*.pcapng", "run", "the packets that a node sees, with `--pcap-by-node`"})
}

// anyFactor stands in the documentation for the columns of the factors.
const anyFactor = "OPTION"

// compareTables returns the tables of a comparison.
func compareTables() []record.Dataset {
	return (&compare.Comparison{Factors: []string{anyFactor}}).Datasets()
}

// A document is a JSON file, or what a command prints with --json.
type document struct {
	name, doc string
	of        any
}

func documents() []document {
	return []document{
		{"summary.json", "`mpsim run --json` prints the same after `schema`, the version of these fields.", record.Summary{}},
		{"series.json", "", record.Trace{}},
		{"comparison.json", "`mpsim compare --json` prints the same after `schema`.", compare.Comparison{}},
		{record.ManifestName, "", record.Manifest{}},
		{record.TimingName, "", record.Timing{}},
		{"mpsim reproduce --json", "What the command prints.", reproduce.Document{}},
		{"mpsim explain --json", "What the command prints, after `schema`.", story.Story{}},
	}
}

// resultsPage returns docs/results.md.
func resultsPage(t *testing.T) string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	p("# The files of a result\n\n")
	p("Written by `go test ./cmd/mpsim -run ResultsPage -update`. A run, a comparison and a reproduction write a\n")
	p("directory each. `EXT` is a format of tables and `PICTURE` one of figures; `*` is any name.\n\n")
	p("| file | of | is |\n|---|---|---|\n")
	for _, f := range resultFiles() {
		p("| `%s` | %s | %s |\n", f.name, f.commands, f.doc)
	}
	p("\nBeside the result of a comparison or a reproduction is a directory whose name ends in `%s`. It has the\n",
		storeSuffix)
	p("finished runs as JSON Lines, is no part of the result, and may be deleted.\n")
	p("\n## Formats of tables\n\n")
	p("Each table is a file of its name, in each format that `--format` names. Without it that is CSV and, for a\n")
	p("table of more than 1 048 576 rows, Parquet beside it. Of the tables of a run all but `summary` and `series`\n")
	p("are left out where they have no row.\n\n| format | is |\n|---|---|\n")
	for _, f := range record.Formats() {
		p("| `%s` | %s |\n", f.Name, f.Doc)
	}
	p("\n## Tables of `mpsim run`\n")
	for _, d := range record.Datasets {
		tablePart(&b, d)
	}
	p("\n## Tables of `mpsim compare`\n\n")
	p("In place of `%s` there is a column for each option that has several values, such as `cc`.\n", anyFactor)
	for _, d := range compareTables() {
		tablePart(&b, d)
	}
	p("\n## The table of `mpsim reproduce`\n")
	tablePart(&b, reproduce.Targets(nil))
	p("%s", captureDoc)
	jsonPart(t, &b)
	metricsPart(&b)
	return b.String()
}

func tablePart(b *strings.Builder, d record.Dataset) {
	fmt.Fprintf(b, "\n### %s\n\nA row is %s.\n\n| column | holds |\n|---|---|\n", d.Name, d.Doc)
	for _, c := range d.Columns {
		fmt.Fprintf(b, "| `%s` | %s |\n", c.Name, c.Doc)
	}
}

// captureDoc is about captures; the tests of experiment/capture say the same.
const captureDoc = "\n## Captures\n\n" +
	"`" + capture.FileName + "` is pcapng: IP packets with genuine payload and checksums, in Ethernet frames with " +
	"made-up\n" +
	"addresses (02:00 and the IP address of the end), at simulated time in nanoseconds since 1970.\n\n" +
	"| interface | has |\n|---|---|\n" +
	"| `NODE:LINK` | packets that the node sends, when it offers them to the link, before queue and middleboxes; " +
	"and packets that it receives, when they arrive |\n" +
	"| `LINK.up`, `LINK.down` | packets that are dropped in that direction, when that is known, with a comment that " +
	"says why; they are at the sending end, too |\n\n" +
	"A file of `" + capture.Directory + "` has the interfaces of one node alone. Characters that no file name " +
	"should have are\n" +
	"escaped as in URLs.\n"

func metricsPart(b *strings.Builder) {
	b.WriteString("\n## Metrics\n\n" +
		"What `summary` has, and `[[expect]]`, targets, sweeps and `mpsim compare --metric` can name. Where nothing else is\n" +
		"said, the warm-up is left out. Metrics that name protocols can be asked of flows of those\nalone; of others they are 0, or have no value.\n\n" +
		"| metric | of | unit | is | no value with | protocols |\n|---|---|---|---|---|---|\n")
	for _, m := range record.Metrics() {
		fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s | %s |\n",
			m.Name, m.Where(), m.Unit, m.Doc, m.None, strings.Join(m.Only, ", "))
	}
}

// jsonPart documents the JSON files: their fields are those of types, and what they hold is what the comments of
// these fields say.
func jsonPart(t *testing.T, b *strings.Builder) {
	b.WriteString("\n## JSON\n\n" +
		"Numbers are in SI units, which the end of a name says: `_s` is seconds, `_bps` bit/s, `_bytes` bytes. A number that\n" +
		"was not measured is null. A field in *italics* is left out where it would be 0, false or empty.\n")
	says := comments(t, "record", "compare", "reproduce", "story")
	at := map[reflect.Type]string{} // where a type is described
	for _, d := range documents() {
		fmt.Fprintf(b, "\n### %s\n\n", d.name)
		if d.doc != "" {
			b.WriteString(d.doc + "\n\n")
		}
		todo := []reflect.Type{reflect.TypeOf(d.of)}
		for i := 0; i < len(todo); i++ {
			typ := todo[i]
			if i > 0 {
				fmt.Fprintf(b, "\n#### %s of %s\n\n%s\n\n", typ.Name(), d.name, says[typ.String()])
			}
			b.WriteString("| field | type | holds |\n|---|---|---|\n")
			for _, f := range fieldsOf(typ) {
				elem := element(f.Type)
				if elem.Kind() == reflect.Struct && at[elem] == "" && elem != typ {
					at[elem] = d.name
					todo = append(todo, elem)
				}
				name := "`" + f.name + "`"
				if f.omitted {
					name = "*" + name + "*"
				}
				if says[f.key] == "" {
					t.Errorf("%s: its declaration says nothing", f.key)
				}
				fmt.Fprintf(b, "| %s | %s | %s |\n", name, jsonType(f.Type, at), says[f.key])
			}
		}
	}
}

// A jsonField is a field as JSON has it.
type jsonField struct {
	reflect.StructField
	name    string
	omitted bool   // where it says nothing
	key     string // among comments
}

// fieldsOf returns the fields that JSON has of a type, those of embedded types among them.
func fieldsOf(typ reflect.Type) (list []jsonField) {
	for i := range typ.NumField() {
		f := typ.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			list = append(list, fieldsOf(f.Type)...)
		case f.IsExported() && name != "-":
			list = append(list, jsonField{f, name, options != "", typ.String() + "." + f.Name})
		}
	}
	return list
}

// element returns the type of which a list or a pointer is.
func element(typ reflect.Type) reflect.Type {
	for typ.Kind() == reflect.Slice || typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	return typ
}

// jsonType names a type as JSON has it.
func jsonType(typ reflect.Type, at map[reflect.Type]string) string {
	switch typ.Kind() {
	case reflect.Slice:
		return "list of " + strings.TrimPrefix(jsonType(typ.Elem(), at), "a ")
	case reflect.Pointer:
		return jsonType(typ.Elem(), at) + " or null"
	case reflect.Struct:
		return typ.Name() + " of " + at[typ]
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "truth"
	case reflect.Float32, reflect.Float64:
		return "number"
	}
	return "integer"
}

// comments returns what the sources of packages below experiment say of their types and of the fields of these, in
// the words of JSON.
func comments(t *testing.T, packages ...string) map[string]string {
	says := map[string]string{}
	for _, name := range packages {
		files, err := filepath.Glob(filepath.Join(root, "experiment", name, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: no sources (%v)", name, err)
		}
		for _, file := range files {
			tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(tree, func(n ast.Node) bool {
				if d, ok := n.(*ast.GenDecl); ok && d.Tok == token.TYPE && len(d.Specs) == 1 {
					typ := d.Specs[0].(*ast.TypeSpec)
					says[name+"."+typ.Name.Name] = inJSON(d.Doc)
					commentsOf(name+"."+typ.Name.Name, typ, says)
				}
				return true
			})
		}
	}
	return says
}

// commentsOf adds the comments of the fields of a type.
func commentsOf(name string, typ *ast.TypeSpec, says map[string]string) {
	s, ok := typ.Type.(*ast.StructType)
	if !ok {
		return
	}
	for _, f := range s.Fields.List {
		for _, n := range f.Names {
			says[name+"."+n.Name] = inJSON(f.Doc, f.Comment)
		}
	}
}

// inJSON returns comments as a line of a table.
func inJSON(list ...*ast.CommentGroup) string {
	var words []string
	for _, c := range list {
		words = append(words, strings.Fields(c.Text())...)
	}
	text := strings.ReplaceAll(strings.Join(words, " "), "|", `\|`)
	return regexp.MustCompile(`\bnil\b`).ReplaceAllString(text, "null")
}
