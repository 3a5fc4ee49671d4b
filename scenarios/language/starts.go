package language

// checkStarts checks when the connections of flow i open, as far as that is not drawn.
func (s *Scenario) checkStarts(d *document, i int) {
	f := &s.Flows[i]
	fail := func(key, format string, args ...any) { d.fail(at("flow", i, key), format, args...) }
	if f.Count < 1 || f.Count > maxCount {
		fail("count", "got %d; want 1 to %d", f.Count, maxCount)
	}
	last := f.Start.Seconds() + f.Spread.Seconds() + float64(max(f.Count, 1)-1)*f.Stagger.Seconds()
	if last >= s.Duration.Seconds() && s.Duration > 0 {
		fail("start", "the last connection would open at %gs, after the end of the run at %v", last, s.Duration)
	}
	if f.Gap > maxDuration {
		fail("gap", "%v is too long; want at most %v", f.Gap, maxDuration)
	}
	if f.Stop != 0 && f.Stop <= f.Start {
		fail("stop", "%v is not after the start at %v", f.Stop, f.Start)
	}
}
