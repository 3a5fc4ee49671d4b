package topology

func init() {
	Registry.Register("olia-b", khalili+"3.2, scenario B", func() Preset {
		return &OliaB{RateX: "27Mbps", RateT: "36Mbps", Delay: "40ms", Queue: "khalili-red"}
	})
}

// OliaB is scenario B: four providers, of which X and T limit the rates. Blue users
// have a path through X and one through T; red users have one through T and, after
// their upgrade, another through both. All users of a colour are connections
// between two hosts.
type OliaB struct {
	RateX Setting `toml:"rate_x" doc:"capacity of provider X"`
	RateT Setting `toml:"rate_t" doc:"capacity of provider T"`
	Delay Setting `toml:"delay" doc:"one-way delay of every path"`
	Queue Setting `toml:"queue" doc:"queue of the bottlenecks"`
}

// Expand implements Preset. The paths are blue-core+y+z+x+blue-x and
// blue-core+to-t+t+blue-t, red-core+t+red-t and, with the upgrade,
// red-core+t+peering+x+red-x. Y and Z limit nobody.
func (t *OliaB) Expand() ([]Link, error) {
	return []Link{
		{Name: "x", Between: [2]string{"x-in", "x-out"}, Rate: t.RateX, Delay: none, Queue: t.Queue},
		{Name: "t", Between: [2]string{"t-in", "t-out"}, Rate: t.RateT, Delay: none, Queue: t.Queue},
		wire("peering", "t-out", "x-in", none),
		wire("blue-core", "blue-server", "core", none),
		wire("y", "core", "y-z", none),
		wire("z", "y-z", "x-in", none),
		wire("to-t", "core", "t-in", none),
		wire("blue-x", "x-out", "blue", t.Delay),
		wire("blue-t", "t-out", "blue", t.Delay),
		wire("red-core", "red-server", "t-in", none),
		wire("red-t", "t-out", "red", t.Delay),
		wire("red-x", "x-out", "red", t.Delay),
	}, nil
}
