package record

func init() {
	RegisterMetric(
		Metric{
			Name: "cwnd-mean", Label: "Congestion window, mean", Unit: Octets,
			Doc:  "mean congestion window of the first connection, of all its subflows together or of one",
			None: NoSamples, Only: Acknowledged,
			Flow:    func(f *Flow) float64 { return f.Window.mean() },
			Subflow: func(s *Subflow) float64 { return s.Window.mean() },
		},
		Metric{
			Name: "cwnd-sd", Label: "Congestion window, standard deviation", Unit: Octets,
			Doc: "standard deviation of that window over time", None: NoSamples, Only: Acknowledged,
			Flow:    func(f *Flow) float64 { return f.Window.deviation() },
			Subflow: func(s *Subflow) float64 { return s.Window.deviation() },
		},
	)
}

func (m Moments) mean() float64      { return some(m.Count > 0, m.Mean) }
func (m Moments) deviation() float64 { return some(m.Count > 0, m.Deviation) }
