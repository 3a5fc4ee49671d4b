package record

func init() {
	RegisterMetric(
		Metric{
			Name: "goodput", Label: "Goodput", Unit: BitRate,
			Doc: "bytes received in order by the application, over the time from the opening to the last byte of a file, to the stop " +
				"of a flow and its last byte after that, else to the end of the run", None: NoSamples,
			Flow:    func(f *Flow) float64 { return known(f.Goodput) },
			Subflow: func(s *Subflow) float64 { return known(s.Goodput) },
		},
		Metric{
			Name: "share", Label: "Share of the throughput", Unit: Ratio,
			Doc:     "part of the throughput of the flow that a subflow carried; of a flow: of that of all flows",
			None:    "nothing arrived",
			Flow:    func(f *Flow) float64 { return known(f.Share) },
			Subflow: func(s *Subflow) float64 { return known(s.Share) },
		},
		Metric{
			Name: "received", Label: "Received", Unit: Octets,
			Doc:     "bytes received in order by the application, warm-up included",
			Flow:    func(f *Flow) float64 { return float64(f.Received) },
			Subflow: func(s *Subflow) float64 { return float64(s.Received) },
		},
		Metric{
			Name: "gap-max", Label: "Longest gap", Unit: Seconds,
			Doc:  "longest time after the first byte in which the application could read nothing new",
			None: NoSamples,
			Flow: func(f *Flow) float64 { return known(f.Gap) },
		},
		Metric{
			Name: "jain", Label: "Jain's index", Unit: Ratio,
			Doc: "Jain's fairness index of the goodputs of all flows that have one", None: "no goodput",
			Run: func(s *Summary) float64 { return known(s.Jain) },
		},
	)
	for _, k := range []struct {
		name, label, doc string
		of               func(*Rates) float64
	}{
		{"mean", "mean", "mean of the goodputs of the connections, if there are several", func(r *Rates) float64 { return r.Mean }},
		{"min", "least", "least of the goodputs of the connections", func(r *Rates) float64 { return r.Min }},
		{"p10", "10th percentile", "10th percentile of the goodputs of the connections", func(r *Rates) float64 { return r.P10 }},
		{"p50", "median", "median of the goodputs of the connections", func(r *Rates) float64 { return r.P50 }},
		{"max", "greatest", "greatest of the goodputs of the connections", func(r *Rates) float64 { return r.Max }},
	} {
		RegisterMetric(Metric{
			Name: "connection-goodput-" + k.name, Label: "Goodput of connections, " + k.label, Unit: BitRate,
			Doc: k.doc, None: oneConnection,
			Flow: func(f *Flow) float64 { return some(f.Rates.Count > 0, k.of(&f.Rates)) },
		})
	}
	RegisterMetric(Metric{
		Name: "connection-jain", Label: "Jain's index of connections", Unit: Ratio,
		Doc: "Jain's fairness index of the goodputs of the connections", None: oneConnection + " or no goodput",
		Flow: func(f *Flow) float64 { return known(f.Rates.Jain) },
	})
}

// oneConnection says why there are no numbers over connections.
const oneConnection = "one connection"
