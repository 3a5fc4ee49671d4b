package record

// What arrived on subflows. It is less than the links carry, and what waits for a hole counts when it comes.
func init() {
	RegisterMetric(
		Metric{
			Name: "throughput", Label: "Throughput", Unit: BitRate,
			Doc:     "bytes that arrived on subflows, in order or not, over time: never more than the links carry",
			None:    NoSamples,
			Flow:    func(f *Flow) float64 { return known(f.Throughput) },
			Subflow: func(s *Subflow) float64 { return known(s.Throughput) },
		},
		Metric{
			Name: "arrived", Label: "Arrived", Unit: Octets,
			Doc:     "bytes that arrived on subflows, in order or not, warm-up included; what came on two counts twice",
			Flow:    func(f *Flow) float64 { return float64(f.Arrived) },
			Subflow: func(s *Subflow) float64 { return float64(s.Arrived) },
		},
	)
}
