package main

import (
	"encoding"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mpsim/scenarios"
	"mpsim/scenarios/language"
	"mpsim/sim/plugin"
)

// A section is all that a scenario can name of one kind.
type section struct {
	Title   string  `json:"kind"`
	Entries []entry `json:"entries"`
}

type entry struct {
	Name   string  `json:"name"`
	Source string  `json:"source"` // RFC or paper, or what it shows
	Params []param `json:"parameters,omitempty"`
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
		Long:    "List prints every part that a scenario can name, with the RFC or paper that defines\nit and its parameters, with their defaults in parentheses. KIND is one of:\n  " + strings.Join(titles(), "\n  "),
		Example: "  mpsim list\n  mpsim list queues\n  mpsim list metrics --json",
		Args:    args(cobra.MaximumNArgs(1)),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return titles(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, kinds []string) error {
			all := sections()
			if len(kinds) == 1 {
				i := slices.IndexFunc(all, func(s section) bool { return s.Title == kinds[0] })
				if i < 0 {
					return usageError{fmt.Errorf("there is no kind %q; want one of %s", kinds[0], strings.Join(titles(), ", "))}
				}
				all = all[i : i+1]
			}
			if asJSON {
				e := json.NewEncoder(c.OutOrStdout())
				e.SetIndent("", "  ")
				return e.Encode(all)
			}
			for i, s := range all {
				if i > 0 {
					fmt.Fprintln(c.OutOrStdout())
				}
				s.print(c.OutOrStdout())
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON instead of text")
	return c
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

// sections gathers everything.
func sections() []section {
	var all []section
	for _, r := range language.Registries() {
		s := section{Title: plural(r.Kind())}
		for _, name := range r.Names() {
			e := entry{Name: name, Source: r.Source(name)}
			for _, p := range r.Params(name) {
				e.Params = append(e.Params, param{p.Name, value(p.Default), p.Doc})
			}
			s.Entries = append(s.Entries, e)
		}
		all = append(all, s)
	}
	figures, metrics, shipped := section{Title: "figures"}, section{Title: "metrics"}, section{Title: "scenarios"}
	for _, f := range language.FigureKinds {
		figures.Entries = append(figures.Entries, entry{Name: f.Name, Source: f.Doc})
	}
	for _, m := range language.Metrics {
		metrics.Entries = append(metrics.Entries, entry{Name: m.Name, Source: fmt.Sprintf("of a %v, %v: %s", m.Scope, m.Unit, m.Doc)})
	}
	for _, name := range scenarios.Names() {
		e := entry{Name: name}
		if s, err := scenarios.Load(name); err == nil {
			e.Source = s.Description
		}
		shipped.Entries = append(shipped.Entries, e)
	}
	endpoint, protocol := language.HostDefaults(language.Hosts[0].Name, "")
	return append(all, hosts(),
		table("tcp", "RFC 9293, with the defaults of host linux: the table tcp of a flow, and of its server", endpoint),
		table("mptcp", "RFC 8684, with the defaults of host linux: the table mptcp of a flow, and of its server", protocol),
		figures, metrics, shipped)
}

// hosts has the defaults in which hosts differ.
func hosts() section {
	s := section{Title: "hosts"}
	for i, h := range language.Hosts {
		e := entry{Name: h.Name, Source: h.Source}
		for _, k := range language.Knobs {
			e.Params = append(e.Params, param{k.Key, value(k.Values[i]), k.Says()})
		}
		s.Entries = append(s.Entries, e)
	}
	return s
}

// table has the parameters of a table whose defaults are those of v.
func table[T any](name, source string, v T) section {
	r := plugin.NewRegistry[*T](name)
	r.Register(name, source, func() *T { c := v; return &c })
	e := entry{Name: name, Source: source}
	for _, p := range r.Params(name) {
		if p.Name != "-" {
			e.Params = append(e.Params, param{p.Name, value(p.Default), p.Doc})
		}
	}
	return section{Title: r.Kind(), Entries: []entry{e}}
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

func titles() []string {
	var names []string
	for _, r := range language.Registries() {
		names = append(names, plural(r.Kind()))
	}
	return append(names, "hosts", "tcp", "mptcp", "figures", "metrics", "scenarios")
}

// print writes s for people.
func (s section) print(w io.Writer) {
	fmt.Fprintln(w, strings.ToUpper(s.Title))
	for _, e := range s.Entries {
		fmt.Fprintf(w, "  %-22s %s\n", e.Name, e.Source)
		for _, p := range e.Params {
			fmt.Fprintf(w, "    %-20s %s (%s)\n", p.Name, p.Doc, p.Default)
		}
	}
}
