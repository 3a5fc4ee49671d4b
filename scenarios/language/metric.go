package language

import (
	"fmt"

	"mpsim/experiment/record"
	"mpsim/sim/units"
)

// A Named is something that a scenario may name and that has no parameters.
type Named struct{ Name, Doc string }

// names returns the names of a list.
func names(list []Named) []string {
	s := make([]string, len(list))
	for i, n := range list {
		s[i] = n.Name
	}
	return s
}

// amount reads what a scenario gives in the unit of a metric.
func amount(u record.Unit, v any) (float64, error) {
	s, text := v.(string)
	switch u {
	case record.BitRate:
		if text {
			b, err := units.ParseBandwidth(s)
			return float64(b), err
		}
		return 0, fmt.Errorf(`got %s; want a rate such as "8Mbps", in quotes`, describe(v))
	case record.Seconds:
		if text {
			t, err := units.ParseDuration(s)
			return t.Seconds(), err
		}
		return 0, fmt.Errorf(`got %s; want a time such as "25ms", in quotes`, describe(v))
	case record.Octets:
		if text {
			b, err := units.ParseBytes(s)
			return float64(b), err
		}
		return 0, fmt.Errorf(`got %s; want a size such as "64KiB", in quotes`, describe(v))
	}
	switch n := v.(type) {
	case int64:
		return float64(n), nil
	case float64:
		return n, nil
	}
	return 0, fmt.Errorf("got %s; want a number", describe(v))
}
