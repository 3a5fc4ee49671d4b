package main

import (
	"cmp"
	"encoding"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mpsim/experiment/grid"
	"mpsim/experiment/record"
	"mpsim/scenarios"
	"mpsim/scenarios/language"
	"mpsim/sim/plugin"
	"mpsim/sim/words"
)

// A section is all that a scenario can name of one kind.
type section struct {
	Title   string  `json:"kind"`
	Entries []entry `json:"entries"`
}

// A kind can make its section. Most commands, and list of a kind, do without the others.
type kind struct {
	title   string
	entries func() []entry
}

// section returns all that k has.
func (k kind) section() section { return section{k.title, k.entries()} }

type entry struct {
	Name   string  `json:"name"`
	Source string  `json:"source"` // RFC or paper, or what it shows
	Params []param `json:"parameters,omitempty"`
	*metric
}

// A metric is what an entry has besides if it is one.
type metric struct {
	Of        string   `json:"of"`                      // "flow", "subflow", "flow or subflow", "link" or "run"
	Unit      string   `json:"unit"`                    // as in files, or "count" or "ratio"
	Protocols []string `json:"protocols,omitempty"`     // of flows that it is of; left out: all
	None      string   `json:"no_value_with,omitempty"` // left out: it always has one
}

type param struct {
	Name    string `json:"name"`
	Default string `json:"default"`
	Doc     string `json:"doc"`
}

func listCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "list [KIND]",
		Short:   "List what a scenario can name: controllers, schedulers, queues, ...",
		Long:    "List prints every part that a scenario can name, with the RFC or paper that defines\nit and its parameters, with their defaults in parentheses. KIND is the name of a part, such as lia, or one of:\n  " + strings.Join(titles(), "\n  "),
		Example: "  mpsim list\n  mpsim list queues\n  mpsim list lia\n  mpsim list metrics --json",
		Args:    args(cobra.MaximumNArgs(1)),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return titles(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, kinds []string) error {
			var all []section
			if len(kinds) == 1 {
				all = named(kinds[0])
				if len(all) == 0 {
					return usageError{fmt.Errorf("there is no kind %q; %s", kinds[0], suggestion(kinds[0]))}
				}
			} else {
				all = sections()
			}
			for _, s := range all {
				s.describe()
			}
			if asJSON {
				e := json.NewEncoder(c.OutOrStdout())
				e.SetIndent("", "  ")
				return e.Encode(struct {
					Schema int       `json:"schema"`
					Kinds  []section `json:"kinds"`
				}{schema, all})
			}
			for i, s := range all {
				if i > 0 {
					fmt.Fprintln(c.OutOrStdout())
				}
				if err := s.print(c.OutOrStdout()); err != nil {
					return err
				}
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON instead of text")
	return c
}

// named returns what a word names: a kind as list prints it or as a scenario writes it, else the entries of that
// name.
func named(word string) (found []section) {
	all := listed()
	for _, k := range all {
		if k.title == word {
			return []section{k.section()}
		}
	}
	for _, k := range all {
		if called(k.title, word) {
			found = append(found, k.section())
		}
	}
	if len(found) > 0 {
		return found
	}
	for _, k := range all {
		for _, e := range k.entries() {
			if e.Name == word {
				found = append(found, section{k.title, []entry{e}})
			}
		}
	}
	return found
}

// called reports whether a word is a form of a title: its first or last word, in the singular or the plural, or
// the key of a scenario.
func called(title, word string) bool {
	if word == "cc" {
		word = "congestion"
	}
	word = strings.ReplaceAll(word, "_", "-")
	return slices.Contains(forms(title), word) || slices.Contains(forms(title), plural(word))
}

// forms returns a title, and its first and last word.
func forms(title string) []string {
	words := strings.Split(title, "-")
	return []string{title, words[0], words[len(words)-1]}
}

// suggestion says which name was probably meant, or which kinds there are.
func suggestion(word string) string {
	var names []string
	for _, s := range sections() {
		names = append(names, forms(s.Title)...)
		for _, e := range s.Entries {
			names = append(names, e.Name)
		}
	}
	if text := words.Suggest(word, names); strings.HasPrefix(text, "did") {
		return text
	}
	return words.Suggest("", titles())
}

// plural names the section of a registry.
func plural(kind string) string {
	switch {
	case strings.HasSuffix(kind, "y"):
		kind = strings.TrimSuffix(kind, "y") + "ies"
	case strings.HasSuffix(kind, "s"), strings.HasSuffix(kind, "x"):
		kind += "es"
	default:
		kind += "s"
	}
	return strings.ReplaceAll(kind, " ", "-")
}

// shippedTitle is that of the section of scenarios that come with mpsim.
const shippedTitle = "scenarios"

// describe says what the scenarios of a section show. Only those that are shown are read.
func (s section) describe() {
	for i := range s.Entries {
		if e := &s.Entries[i]; s.Title == shippedTitle {
			e.Source, _ = scenarios.Describe(e.Name) // tests read each of them
		}
	}
}

// sections gathers everything, but for what describe adds.
func sections() (all []section) {
	for _, k := range listed() {
		all = append(all, k.section())
	}
	return all
}

// listed returns all kinds, in order.
func listed() (all []kind) {
	for _, r := range language.Registries() {
		all = append(all, kind{plural(r.Kind()), func() []entry { return registered(r) }})
	}
	return append(all,
		kind{"hosts", hosts},
		kind{"tcp", func() []entry {
			config, _ := language.HostDefaults(language.Hosts[0].Name, "")
			return table("tcp", "RFC 9293, with the defaults of host linux: the table tcp of a flow, and of its server", config)
		}},
		kind{"mptcp", func() []entry {
			_, protocol := language.HostDefaults(language.Hosts[0].Name, "")
			return table("mptcp", "RFC 8684, with the defaults of host linux: the table mptcp of a flow, and of its server", protocol)
		}},
		kind{"metrics", func() (all []entry) {
			for _, m := range record.Metrics() {
				unit := cmp.Or(m.Unit.Symbol(), map[record.Unit]string{record.Count: "count", record.Ratio: "ratio"}[m.Unit])
				all = append(all, entry{Name: m.Name, Source: m.Says(), metric: &metric{m.Where(), unit, m.Only, m.None}})
			}
			return all
		}},
		kind{shippedTitle, func() (all []entry) {
			for _, name := range scenarios.Names() {
				all = append(all, entry{Name: name})
			}
			return all
		}})
}

// registered has what a registry has, with the parameters of each.
func registered(r language.Registry) (all []entry) {
	for _, name := range r.Names() {
		e := entry{Name: name, Source: r.Source(name)}
		for _, p := range r.Params(name) {
			e.Params = append(e.Params, param{p.Name, value(p.Default), p.Doc})
		}
		all = append(all, e)
	}
	return all
}

// hosts has the defaults in which hosts differ.
func hosts() (all []entry) {
	for i, h := range language.Hosts {
		e := entry{Name: h.Name, Source: h.Source}
		for _, k := range language.Knobs {
			e.Params = append(e.Params, param{k.Key, value(k.Values[i]), k.Says()})
		}
		all = append(all, e)
	}
	return all
}

// table has the parameters of a table whose defaults are those of v.
func table[T any](name, source string, v T) []entry {
	r := plugin.NewRegistry[*T](name)
	r.Register(name, source, func() *T { c := v; return &c })
	e := entry{Name: name, Source: source}
	for _, p := range r.Params(name) {
		if p.Name != "-" {
			e.Params = append(e.Params, param{p.Name, value(p.Default), p.Doc})
		}
	}
	return []entry{e}
}

// value formats the default of a parameter as a scenario would have it.
func value(v any) string {
	if m, ok := v.(encoding.TextMarshaler); ok {
		if text, err := m.MarshalText(); err == nil {
			v = string(text)
		}
	}
	s := fmt.Sprint(v)
	if v == nil || s == "" || s == "[]" {
		return "-"
	}
	return s
}

// titles returns those of all kinds.
func titles() (all []string) {
	for _, k := range listed() {
		all = append(all, k.title)
	}
	return all
}

// print writes s for people.
func (s section) print(w io.Writer) error {
	t := grid.Table{Lines: [][]string{{strings.ToUpper(s.Title), ""}}}
	for _, e := range s.Entries {
		t.Lines = append(t.Lines, []string{"  " + e.Name, e.Source})
		for _, p := range e.Params {
			t.Lines = append(t.Lines, []string{"    " + p.Name, fmt.Sprintf("%s (%s)", p.Doc, p.Default)})
		}
	}
	return t.Write(w)
}
