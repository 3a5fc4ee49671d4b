package main

import (
	"reflect"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mpsim/experiment/record"
	"mpsim/scenarios"
	"mpsim/scenarios/language"
)

// A completion offers what an argument or the value of an option may be.
type completion = func(c *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective)

// completes gives an option its completion. An option that the command does not have is a mistake in the program.
func completes(c *cobra.Command, option string, f completion) {
	if err := c.RegisterFlagCompletionFunc(option, f); err != nil {
		panic(err)
	}
}

// list completes the last of several words with commas between them. Words that are there are not offered again.
func list(words func() []string) completion {
	return func(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		before := begun[:strings.LastIndexByte(begun, ',')+1]
		taken := strings.Split(before, ",")
		var offers []string
		for _, w := range words() {
			if !slices.Contains(taken, w) {
				offers = append(offers, before+w)
			}
		}
		return offers, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
}

// parts names the parts of a kind, such as "scheduler".
func parts(kind string) func() []string {
	return func() []string {
		for _, r := range language.Registries() {
			if r.Kind() == kind {
				return r.Names()
			}
		}
		return nil
	}
}

func metricNames() (names []string) {
	for _, m := range record.Metrics() {
		names = append(names, m.Name)
	}
	return names
}

// kinds are the parts that values of keys of a scenario name.
var kinds = map[string]string{
	"cc": "congestion controller", "scheduler": "scheduler", "path_manager": "path manager", "workload": "workload",
	"queue": "queue", "path_choice": "path choice",
}

// completeSet offers the keys of the scenario that the command line names and, behind an equals sign, the parts
// that a key may have.
func completeSet(_ *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	const directive = cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	if key, value, found := strings.Cut(begun, "="); found {
		last := key[strings.LastIndexByte(key, '.')+1:]
		offers, _ := list(parts(kinds[last]))(nil, nil, value)
		for i := range offers {
			offers[i] = key + "=" + offers[i]
		}
		return offers, directive
	}
	if len(args) == 0 {
		return nil, directive
	}
	s, err := scenarios.Load(args[0])
	if err != nil {
		return nil, directive
	}
	offers := []string{"duration=", "warmup=", "seed=", "fluid="}
	for i := range s.Links {
		offers = append(offers, keys("link."+s.Links[i].Name+".", s.Links[i])...)
	}
	for i := range s.Flows {
		offers = append(offers, keys("flow."+s.Flows[i].Name+".", s.Flows[i])...)
	}
	return offers, directive
}

// keys returns the keys of a table of a scenario, to be given a value.
func keys(before string, table any) (list []string) {
	t := reflect.TypeOf(table)
	for i := range t.NumField() {
		if key := t.Field(i).Tag.Get("toml"); key != "" && key != "-" && key != "name" {
			list = append(list, before+key+"=")
		}
	}
	return list
}

// completeFlow offers the flows of the scenario.
func completeFlow(_ *cobra.Command, args []string, _ string) (names []string, _ cobra.ShellCompDirective) {
	if len(args) > 0 {
		if s, err := scenarios.Load(args[0]); err == nil {
			for i := range s.Flows {
				names = append(names, s.Flows[i].Name)
			}
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
