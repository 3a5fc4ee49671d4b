package topology

import "fmt"

func init() {
	Registry.Register("parking-lot", "Floyd, Connections with multiple congested gateways in packet-switched networks, CCR 1991", func() Preset {
		return &ParkingLot{Hops: 3, Rate: "10Mbps", Delay: "10ms", Queue: "1BDP"}
	})
}

// ParkingLot is bottlenecks in a row. Between source and sink lie all, between source1 and
// sink1 the first alone, and so on.
type ParkingLot struct {
	Hops  int     `toml:"hops" doc:"number of bottlenecks: hop1, hop2, ..."`
	Rate  Setting `toml:"rate" doc:"rate of every bottleneck, or a list"`
	Delay Setting `toml:"delay" doc:"one-way delay of every bottleneck, or a list"`
	Queue Setting `toml:"queue" doc:"queue of every bottleneck, or a list"`
}

// Expand implements Preset. The link of a host has its name.
func (t *ParkingLot) Expand() ([]Link, error) {
	if err := size("hops", t.Hops, 1); err != nil {
		return nil, err
	}
	if err := lists(t.Hops, "hops", keyed{"rate", t.Rate}, keyed{"delay", t.Delay}, keyed{"queue", t.Queue}); err != nil {
		return nil, err
	}
	router := func(i int) string { return fmt.Sprintf("r%d", i) }
	links := []Link{wire("source", "source", router(1), none), wire("sink", router(t.Hops+1), "sink", none)}
	for i := range t.Hops {
		source, sink := fmt.Sprintf("source%d", i+1), fmt.Sprintf("sink%d", i+1)
		links = append(links,
			Link{
				Name: fmt.Sprintf("hop%d", i+1), Between: [2]string{router(i + 1), router(i + 2)},
				Rate: pick(t.Rate, i), Delay: pick(t.Delay, i), Queue: pick(t.Queue, i),
			},
			wire(source, source, router(i+1), none), wire(sink, router(i+2), sink, none))
	}
	return links, nil
}
