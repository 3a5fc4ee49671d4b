package main

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mpsim/experiment/record"
	"mpsim/mptcp"
	"mpsim/mptcp/tcp"
	"mpsim/scenarios"
	"mpsim/scenarios/language"
	"mpsim/sim/words"
	"mpsim/topology"
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

// A setting is a key of a scenario that --set can give a value: of a table it ends with a point.
type setting struct {
	key string
	of  reflect.Type
}

// completeSet offers the keys of the scenario that the command line names and, behind an equals sign, the words
// that a key may have.
func completeSet(_ *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	const directive = cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	if len(args) == 0 {
		return nil, directive
	}
	s, err := scenarios.Load(args[0])
	if err != nil {
		return nil, directive
	}
	key, value, valued := strings.Cut(begun, "=")
	var offers []string
	for _, x := range settings(s, key) {
		switch {
		case valued && x.key == key:
			words, _ := list(func() []string { return wordsOf(x) })(nil, nil, value)
			for _, w := range words {
				offers = append(offers, key+"="+w)
			}
		case valued || !strings.HasPrefix(x.key, begun):
		case strings.HasSuffix(x.key, "."):
			offers = append(offers, x.key)
		default:
			offers = append(offers, x.key+"=")
		}
	}
	return offers, directive
}

// settings returns what can be set in a scenario. The keys of a table are there if what has begun names it.
func settings(s *scenarios.Scenario, begun string) (all []setting) {
	for _, key := range []string{"duration", "warmup", "seed", "fluid", "explain", "replications"} {
		all = append(all, setting{key: key})
	}
	if kind := s.Preset(); kind != "" {
		all = append(all, setting{key: "topology.kind"})
		for _, p := range topology.Registry.Params(kind) {
			all = append(all, setting{"topology." + p.Name, reflect.TypeOf(p.Default)})
		}
	}
	add := func(name string, table any) { all = append(all, keysOf(name+".", reflect.TypeOf(table), begun)...) }
	for i := range s.Links {
		add("link."+s.Links[i].Name, s.Links[i])
	}
	for i := range s.Flows {
		add("flow."+s.Flows[i].Name, s.Flows[i])
	}
	for i := range s.Events {
		add(fmt.Sprintf("event[%d]", i), s.Events[i])
	}
	for i := range s.Calls {
		add(fmt.Sprintf("api[%d]", i), s.Calls[i])
	}
	for _, key := range []string{"defaults.link.", "defaults.flow."} {
		if !strings.HasPrefix(begun, key) {
			all = append(all, setting{key: key})
		}
	}
	if strings.HasPrefix(begun, "defaults.") {
		add("defaults.link", language.Link{})
		add("defaults.flow", language.Flow{})
	}
	return all
}

// tables are those of a flow whose keys can be set one by one.
var tables = []reflect.Type{reflect.TypeFor[tcp.Config](), reflect.TypeFor[mptcp.Protocol](), reflect.TypeFor[language.Server]()}

// keysOf returns the keys of a table of type t.
func keysOf(before string, t reflect.Type, begun string) (all []setting) {
	for i := range t.NumField() {
		f := t.Field(i)
		key := f.Tag.Get("toml")
		switch {
		case key == "" || key == "-" || key == "name":
		case !slices.Contains(tables, f.Type):
			all = append(all, setting{before + key, f.Type})
		case strings.HasPrefix(begun, before+key+"."):
			all = append(all, keysOf(before+key+".", f.Type, begun)...)
		default:
			all = append(all, setting{before + key + ".", f.Type})
		}
	}
	return all
}

// wordsOf returns the words that a setting may have: parts, or choices, which are in the error for what is none.
func wordsOf(x setting) []string {
	last := x.key[strings.LastIndexByte(x.key, '.')+1:]
	switch {
	case x.key == "topology.kind":
		return topology.Registry.Names()
	case kinds[last] != "":
		return parts(kinds[last])()
	case last == "protocol":
		return language.Protocols
	case last == "host":
		return hostNames()
	case x.of == nil:
		return nil
	}
	t := x.of
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() == reflect.Bool {
		return []string{"true", "false"}
	}
	v, ok := reflect.New(t).Interface().(encoding.TextUnmarshaler)
	if !ok {
		return nil
	}
	err := v.UnmarshalText([]byte("?????????????????"))
	if err == nil {
		return nil
	}
	return slices.DeleteFunc(words.Offered(err.Error()), func(w string) bool { return v.UnmarshalText([]byte(w)) != nil })
}

func hostNames() (names []string) {
	for _, h := range language.Hosts {
		names = append(names, h.Name)
	}
	return names
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
