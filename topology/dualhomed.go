package topology

func init() {
	Registry.Register("dual-homed", nsdi11, func() Preset {
		return &DualHomed{Rate: "100Mbps", Delay: "5ms", Queue: "1BDP"}
	})
}

// DualHomed is a server with two links. Clients at host left reach it over link1, those
// at right over link2, those at both over either. All clients of a kind are
// connections of one host.
type DualHomed struct {
	Rate  Setting `toml:"rate" doc:"rate of both links, or a list of two"`
	Delay Setting `toml:"delay" doc:"one-way delay of both links, or a list of two"`
	Queue Setting `toml:"queue" doc:"queue of both links, or a list of two"`
}

// Expand implements Preset. The paths of both are link1+both1 and link2+both2.
func (t *DualHomed) Expand() ([]Link, error) {
	if err := lists(2, "links", keyed{"rate", t.Rate}, keyed{"delay", t.Delay}, keyed{"queue", t.Queue}); err != nil {
		return nil, err
	}
	return []Link{
		{Name: "link1", Between: [2]string{"server", "net1"}, Rate: pick(t.Rate, 0), Delay: pick(t.Delay, 0), Queue: pick(t.Queue, 0)},
		{Name: "link2", Between: [2]string{"server", "net2"}, Rate: pick(t.Rate, 1), Delay: pick(t.Delay, 1), Queue: pick(t.Queue, 1)},
		wire("left", "net1", "left", none),
		wire("right", "net2", "right", none),
		wire("both1", "net1", "both", none),
		wire("both2", "net2", "both", none),
	}, nil
}
