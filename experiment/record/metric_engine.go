package record

// What the run took.
func init() {
	RegisterMetric(
		Metric{
			Name: "events", Label: "Events", Unit: Count, Doc: "events of the engine",
			Run: func(s *Summary) float64 { return float64(s.Events) },
		},
		Metric{
			Name: "packet-hops", Label: "Packet hops", Unit: Count, Doc: "packets that crossed a link, once for each link",
			Run: func(s *Summary) float64 { return float64(s.PacketHops) },
		},
	)
}
