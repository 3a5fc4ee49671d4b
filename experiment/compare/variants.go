package compare

import (
	"fmt"
	"slices"
	"strings"

	"mpsim/scenarios"
	"mpsim/scenarios/language"
	"mpsim/sim/words"
)

// A Variant is one way to run the scenario.
type Variant struct {
	Name     string // of the values that tell it from others
	File     string // name or file of the scenario
	Set      []string
	Levels   []FactorLevel // of each factor, in the order of the factors
	Scenario *scenarios.Scenario
}

// A Factor is something that differs between variants.
type Factor struct {
	Name   string   // "cc", "scheduler", or the key of a --set option
	Keys   []string // of the scenario, that are set alike
	Values []string
}

// A FactorLevel is the value of a factor in a variant.
type FactorLevel struct {
	Factor string `json:"factor"` // its name
	Value  string `json:"value"`  // as given
	Label  string `json:"-"`      // the value as names of variants have it
}

// Spread returns the factor of the values of an option of all MPTCP flows, such as cc, or
// of some of them by name. A value is one of a list with commas between them.
func Spread(s *scenarios.Scenario, option, values string, flows []string) (Factor, error) {
	f := Factor{Name: option, Values: Split(values)}
	if len(f.Values) == 0 {
		return f, fmt.Errorf("--%s has no values; want a list such as --%s %s", option, option, map[string]string{"cc": "lia,olia", "scheduler": "minrtt,roundrobin"}[option])
	}
	var names []string
	for i := range s.Flows {
		names = append(names, s.Flows[i].Name)
	}
	wanted := make(map[string]bool)
	for _, name := range flows {
		if !slices.Contains(names, name) {
			return f, fmt.Errorf("--flow %s: there is no such flow; %s", name, words.Suggest(name, names))
		}
		wanted[name] = true
	}
	for i := range s.Flows {
		flow := &s.Flows[i]
		if len(flows) == 0 && flow.MPTCP() || wanted[flow.Name] {
			f.Keys = append(f.Keys, "flow."+language.Quoted(flow.Name)+"."+option)
		}
	}
	if len(f.Keys) == 0 {
		return f, fmt.Errorf("--%s concerns MPTCP flows, and %s has none; --flow NAME names flows of TCP (have %s)", option, s.Name, strings.Join(names, ", "))
	}
	return f, nil
}

// ParseSet reads a --set option "key=value,value". One of a single value is no factor:
// ok is false then.
func ParseSet(option string) (f Factor, ok bool, err error) {
	key, values, found := strings.Cut(option, "=")
	f = Factor{Name: strings.TrimSpace(key), Keys: []string{strings.TrimSpace(key)}, Values: Split(values)}
	if !found || f.Name == "" || len(f.Values) == 0 {
		return f, false, fmt.Errorf("--set %s has no values; want path.to.key=value,value", option)
	}
	return f, len(f.Values) > 1, nil
}

// Split cuts a list at its commas, but for those in brackets, braces and quotes. Blanks
// around values go, and so do empty ones.
func Split(list string) []string {
	var values []string
	depth, start := 0, 0
	quote := rune(0)
	add := func(end int) {
		if v := strings.TrimSpace(list[start:end]); v != "" {
			values = append(values, v)
		}
	}
	for i, r := range list {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '"' || r == '\'':
			quote = r
		case r == '[' || r == '{':
			depth++
		case r == ']' || r == '}':
			depth--
		case r == ',' && depth == 0:
			add(i)
			start = i + 1
		}
	}
	add(len(list))
	return values
}

// maxVariants bounds how many combinations a comparison may have.
const maxVariants = 200

// Variants returns one variant for each combination of the values of the factors, that of
// the last changing fastest; without factors there is one. common has options of all. The
// scenarios are read, so that an error speaks before anything runs.
func Variants(file string, common []string, factors []Factor) ([]Variant, error) {
	total := 1
	for _, f := range factors {
		if total *= len(f.Values); total > maxVariants {
			return nil, fmt.Errorf("more than %d variants", maxVariants)
		}
	}
	var list []Variant
	text := make(map[string]string)
	for k := range total {
		v := combination(k, file, common, factors)
		if err := v.load(v.Set); err != nil {
			return nil, err
		}
		is := string(v.Scenario.Marshal())
		if other, taken := text[is]; taken {
			return nil, fmt.Errorf("%s and %s are the same scenario: nothing to compare", other, v.Name)
		}
		text[is] = v.Name
		list = append(list, v)
	}
	return list, nil
}

// load reads the scenario with the options.
func (v *Variant) load(set []string) (err error) {
	v.Scenario, err = scenarios.Load(v.File, set...)
	return err
}

// combination returns variant k, without its scenario.
func combination(k int, file string, common []string, factors []Factor) Variant {
	v := Variant{File: file, Set: append([]string{}, common...)}
	chosen := make([]string, len(factors))
	for i := len(factors) - 1; i >= 0; i-- {
		n := len(factors[i].Values)
		chosen[i] = factors[i].Values[k%n]
		k /= n
	}
	var names []string
	for i, f := range factors {
		for _, key := range f.Keys {
			v.Set = append(v.Set, key+"="+chosen[i])
		}
		label := f.label(chosen[i], factors)
		names = append(names, label)
		v.Levels = append(v.Levels, FactorLevel{f.Name, chosen[i], label})
	}
	v.Name = strings.Join(names, ", ")
	if v.Name == "" {
		v.Name = "as it is"
	}
	return v
}

// label names a value. Controllers and schedulers need no key; others have the end of
// theirs, or all of it where that is not clear.
func (f *Factor) label(value string, factors []Factor) string {
	value = strings.Trim(strings.Join(strings.Fields(value), " "), `"'`) // on one line
	if f.Name == "cc" || f.Name == "scheduler" || len(factors) == 1 && strings.HasSuffix(f.Name, ".cc") {
		return value
	}
	short := f.Name[strings.LastIndexByte(f.Name, '.')+1:]
	for _, other := range factors {
		if other.Name != f.Name && strings.HasSuffix("."+other.Name, "."+short) {
			return f.Name + "=" + value
		}
	}
	return short + "=" + value
}
