package figure

import "strings"

// words says what a metric is called in a label: "rtt-p95" is "RTT, 95th percentile".
func words(metric string) string {
	base, of, _ := cutLast(metric)
	statistic, ok := statistics[of]
	if !ok {
		base, statistic = metric, ""
	}
	switch whole, known := quantities[base]; {
	case known:
		base = whole
	case strings.ContainsAny(base, " ,.()="):
		return metric // a title already
	default:
		base = strings.ReplaceAll(base, "-", " ")
		if base != "" {
			base = strings.ToUpper(base[:1]) + base[1:]
		}
	}
	return base + statistic
}

// cutLast parts a metric at its last hyphen, or the last space of its title.
func cutLast(metric string) (base, statistic string, ok bool) {
	if i := strings.LastIndexAny(metric, "- "); i >= 0 {
		return metric[:i], metric[i+1:], true
	}
	return metric, "", false
}

var statistics = map[string]string{
	"mean": ", mean", "min": ", least", "max": ", greatest", "p10": ", 10th percentile", "p50": ", median",
	"p95": ", 95th percentile", "p99": ", 99th percentile", "sd": ", standard deviation",
}

// quantities are those whose names are abbreviations.
var quantities = map[string]string{
	"rtt": "RTT", "RTT": "RTT", "fct": "Completion time", "FCT": "Completion time", "cwnd": "Congestion window", "ooo-delay": "Out-of-order delay",
	"jain": "Jain's fairness index", "joins": "MP_JOIN handshakes", "add-addrs": "ADD_ADDR options", "longest-gap": "Longest gap",
}
