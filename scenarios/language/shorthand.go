package language

import (
	"maps"
	"slices"
)

// A short form stands for a part of one kind: a text, a number, or a table without
// a kind that has a telling key.
type shortForm struct {
	registry string // kind of the registry
	want     string // for messages
	text     func(s string) map[string]any
	number   func(x any) map[string]any
	keys     []string // a table without a kind that has this key is of this kind
}

var shortForms = []shortForm{
	{
		registry: "rate process", want: `a rate such as "8Mbps", or a table such as { trace = "lte.down" }`,
		text: func(s string) map[string]any { return map[string]any{"kind": "constant", "rate": s} },
		keys: []string{"trace", "steps"},
	},
	{
		registry: "delay process", want: `a time such as "25ms", or a table such as { kind = "jitter", ... }`,
		text: func(s string) map[string]any { return map[string]any{"kind": "constant", "delay": s} },
		keys: []string{"steps"},
	},
	{
		registry: "queue", want: `an amount such as "100pkt", or a table such as { kind = "droptail", limit = "100pkt" }`,
		text: func(s string) map[string]any {
			if s == "" || s[0] >= '0' && s[0] <= '9' || s[0] == '-' {
				return map[string]any{"kind": "droptail", "limit": s}
			}
			return map[string]any{"kind": s}
		},
	},
	{
		registry: "loss process", want: `a probability such as 0.001, or a table such as { kind = "bernoulli", p = 0.001 }`,
		number: func(x any) map[string]any { return map[string]any{"kind": "bernoulli", "p": x} },
	},
}

// shortFormOf returns the short form of the parts of a registry; most have none.
func shortFormOf(registry string) shortForm {
	if i := slices.IndexFunc(shortForms, func(f shortForm) bool { return f.registry == registry }); i >= 0 {
		return shortForms[i]
	}
	return shortForm{want: `a name in quotes, or a table such as { kind = "name", ... }`}
}

// longForm returns v as a table with a kind, if it is a part in any form.
func longForm(registry string, v any) (map[string]any, bool) {
	f := shortFormOf(registry)
	switch v := v.(type) {
	case string:
		if f.text != nil {
			return f.text(v), true
		}
		return map[string]any{"kind": v}, true
	case int64, float64:
		if f.number != nil {
			return f.number(v), true
		}
	case map[string]any:
		t := maps.Clone(v)
		if _, ok := t["kind"]; !ok {
			for _, k := range f.keys {
				if _, ok := t[k]; ok {
					t["kind"] = k
				}
			}
		}
		return t, true
	}
	return nil, false
}
