package language

import "time"

// checkStarts checks when the connections of flow i open, as far as that is not drawn.
func (s *Scenario) checkStarts(d *document, i int) {
	f := &s.Flows[i]
	fail := func(key, format string, args ...any) { d.fail(at("flow", i, key), format, args...) }
	if f.Count < 0 || f.Count > maxCount {
		fail("count", "got %d; want 0 to %d", f.Count, maxCount)
	}
	if n := f.timely(s.Duration); n < f.Count && s.Duration > 0 {
		s.checkLate(d, i, n)
	}
	if n := f.Count - 1; n >= 0 && f.Spread > 0 && f.Gap == 0 && f.Start+time.Duration(n)*f.Stagger >= s.Duration-f.Spread {
		s.warn(d, at("flow", i, "spread"), "up to %v later is after the end of the run at %v: connections of flow %s that would open then do not",
			f.Spread, s.Duration, f.Name)
	}
	if f.Gap > maxDuration {
		fail("gap", "%v is too long; want at most %v", f.Gap, maxDuration)
	}
	if f.Stop != 0 && f.Stop <= f.Start {
		fail("stop", "%v is not after the start at %v", f.Stop, f.Start)
	}
}

// timely returns how many of the connections of f open before end if their spread is drawn as 0.
func (f *Flow) timely(end time.Duration) int {
	left := end - f.Start
	switch {
	case left <= 0:
		return 0
	case f.Stagger == 0:
		return f.Count
	}
	return min(f.Count, int((left-1)/f.Stagger)+1)
}

// checkLate is told that connections of flow i, all but the first n, would open after the end of the run.
// They do not open if an option has left them behind.
func (s *Scenario) checkLate(d *document, i, n int) {
	f := &s.Flows[i]
	of := func(key string) string { return at("flow", i, key) }
	behind := true
	for _, key := range []string{"start", "count", "stagger"} {
		behind = behind && d.behind(of(key))
	}
	switch {
	case !behind:
		last := f.Start.Seconds() + float64(f.Count-1)*f.Stagger.Seconds()
		d.fail(of("start"), "the last connection would open at %gs, after the end of the run at %v", last, s.Duration)
		return
	case n == 0:
		s.warn(d, of("start"), "%v is after the end of the run at %v: flow %s does not run", f.Start, s.Duration, f.Name)
	default:
		s.warn(d, of("count"), "%d of the %d connections of flow %s would open after the end of the run at %v: they do not",
			f.Count-n, f.Count, f.Name, s.Duration)
	}
	f.Count = n
	if table, ok := d.root["flow"].([]any)[i].(map[string]any); ok {
		table["count"] = int64(n)
	}
}
