package compare

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"mpsim/experiment/record"
)

// Write makes dir the result of the comparison: a report, the numbers as CSV and JSON,
// figures as PNG, SVG and PDF, each variant as run, and a manifest with the command that
// makes it again. The numbers are tables in the formats named, or CSV. It replaces an older result as a whole; see
// record.Replace. If ctx ends while figures are drawn, the error is its own, and nothing is written.
func (c *Comparison) Write(ctx context.Context, dir, command string, force bool, formats ...string) error {
	files, skipped, err := c.files(ctx, command, formats)
	if err != nil {
		return err
	}
	m := record.NewManifest(c.summary(), slices.Concat(c.text...), files)
	m.Command, m.Skipped = command, append(m.Skipped, skipped...)
	doc, err := record.Document(record.ManifestName, m)
	if err != nil {
		return err
	}
	return record.Replace(dir, append(files, doc), force)
}

// summary says of which scenario and seed the comparison is.
func (c *Comparison) summary() *record.Summary {
	return &record.Summary{Scenario: c.Scenario, Seed: c.Seed, Random: c.Random}
}

// files returns all files but the manifest, sorted by name.
func (c *Comparison) files(ctx context.Context, command string, formats []string) (files []record.File, skipped []string, err error) {
	pictures, skipped, err := c.draw(ctx)
	if err != nil {
		return nil, nil, err
	}
	doc, err := record.Document("comparison.json", c)
	if err != nil {
		return nil, nil, err
	}
	files = append(pictures, doc, record.File{Name: "report.md", Data: []byte(c.markdown(command, pictures))})
	for _, d := range c.Datasets() {
		tables, err := d.Files(c.summary(), formats...)
		if err != nil {
			return nil, nil, err
		}
		files = append(files, tables...)
	}
	beside := make(map[string][]byte)
	for i, text := range c.text {
		files = append(files, record.File{Name: fmt.Sprintf("variants/%d.toml", i+1), Data: text})
		maps.Copy(beside, c.beside[i])
	}
	for name, data := range beside { // sorted below
		files = append(files, record.File{Name: "variants/" + name, Data: data})
	}
	slices.SortFunc(files, func(a, b record.File) int { return strings.Compare(a.Name, b.Name) })
	return files, skipped, nil
}

// markdown writes the report.
func (c *Comparison) markdown(command string, pictures []record.File) string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	p("# %s: %s\n\n```sh\n%s\n```\n\n", c.Scenario, escape(strings.Join(c.names(), ", ")), command)
	for _, line := range c.preamble() {
		p("%s.\n", line)
	}
	if len(c.Notes) > 0 {
		p("\n")
	}
	for _, n := range c.Notes {
		p("> %s\n", escape(n))
	}
	if v := c.verdicts(); len(v) > 0 {
		p("\n## Verdicts\n")
		for _, v := range v {
			p("\n**%s**\n\n", escape(v.name))
			for _, s := range v.sentences {
				p("- %s\n", escape(s))
			}
		}
	}
	p("\n## Numbers\n")
	for _, g := range c.grids() {
		p("\n")
		for i, line := range g.lines {
			for k := range line {
				p("| %s ", escape(line[k]))
			}
			p("|\n")
			if i == 0 {
				p("|---|%s\n", strings.Repeat("---:|", len(line)-1))
			}
		}
	}
	if l := c.legend(); l != "" {
		p("\n%s\n", strings.ReplaceAll(l, "*", `\*`))
	}
	p("\n## Figures\n")
	for _, f := range pictures {
		if name, ok := strings.CutSuffix(f.Name, ".png"); ok {
			p("\n![%s](%s)\n", strings.TrimPrefix(name, "figures/"), f.Name)
		}
	}
	p("\n## Variants\n\n| | options | as run |\n|---|---|---|\n")
	for i, v := range c.Variants {
		p("| %s | %s | [variants/%d.toml](variants/%d.toml) |\n", escape(v.Name), code(strings.Join(v.Set, " ")), i+1, i+1)
	}
	if len(c.Failures) > 0 {
		p("\n## Failures\n")
		for _, f := range c.Failures {
			p("\n```\n%s\n```\n", f)
		}
	}
	return b.String()
}

// names returns the names of the variants.
func (c *Comparison) names() []string {
	list := make([]string, len(c.Variants))
	for i, v := range c.Variants {
		list[i] = v.Name
	}
	return list
}

// escape returns text that Markdown shows as it is, in a cell of a table, too.
func escape(s string) string {
	return strings.NewReplacer("\\", `\\`, "|", `\|`, "*", `\*`, "`", "\\`", "<", `\<`, "[", `\[`).Replace(s)
}

// code returns text in the type of code, in a cell of a table.
func code(s string) string {
	fence := "`"
	if strings.Contains(s, fence) {
		fence, s = "``", " "+s+" "
	}
	return fence + strings.ReplaceAll(strings.Join(strings.Split(s, "\n"), " "), "|", `\|`) + fence
}
