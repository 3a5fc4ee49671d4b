package record

// What became of transfers and connections.
func init() {
	for _, k := range []struct {
		name, label, doc string
		unit             Unit
		only             []string
		of               func(*Flow) float64
	}{
		{"transfers", "Transfers", "completed transfers, warm-up included", Count, Acknowledged, func(f *Flow) float64 { return float64(f.Transfers.Count) }},
		{"unfinished", "Transfers under way", "transfers under way at the end", Count, Acknowledged, func(f *Flow) float64 { return float64(f.Unfinished) }},
		{"fallback", "Fallback", "part of the connections that became plain TCP", Ratio, Multipath, func(f *Flow) float64 { return f.part(f.fallen()) }},
		{"joined", "Joined", "part of the connections that had a second subflow", Ratio, Multipath, func(f *Flow) float64 { return f.part(f.Joined) }},
		{"failed", "Failed", "part of the connections that ended with an error", Ratio, Acknowledged, func(f *Flow) float64 { return f.part(f.Failed) }},
		{"stalled", "Stalled", "part of the connections that neither finished their transfer nor failed", Ratio, Acknowledged,
			func(f *Flow) float64 { return f.part(f.Stalled) }},
		{"corrupt", "Corrupt", "bytes delivered in the wrong place, or changed on the way", Octets, nil,
			func(f *Flow) float64 { return float64(f.CorruptBytes) }},
		{"joins", "Joins", "MP_JOIN handshakes begun by either end", Count, Multipath, func(f *Flow) float64 { return float64(f.Joins) }},
		{"joins-refused", "Joins refused", "MP_JOIN handshakes that the other end refused", Count, Multipath,
			func(f *Flow) float64 { return float64(f.Refused) }},
		{"add-addrs", "ADD_ADDR options", "ADD_ADDR options sent, repetitions included", Count, Multipath,
			func(f *Flow) float64 { return float64(f.AddAddrs) }},
		{"api-failures", "Calls that failed", "calls of the application interface that failed", Count, Multipath,
			func(f *Flow) float64 { return float64(f.CallFailures) }},
	} {
		RegisterMetric(Metric{Name: k.name, Label: k.label, Unit: k.unit, Doc: k.doc, Only: k.only, Flow: k.of})
	}
}

// part returns n of the connections as a part of 1.
func (f *Flow) part(n int) float64 { return float64(n) / float64(max(f.Connections, 1)) }

// fallen returns how many connections became plain TCP, whatever else happened to them.
func (f *Flow) fallen() (n int) {
	for _, c := range f.Causes {
		n += c.Connections
	}
	return n
}
