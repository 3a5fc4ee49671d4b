package topology

func init() {
	Registry.Register("two-path", "Wischik et al., NSDI 2011, section 3, scenario of two links", func() Preset {
		return &TwoPath{From: "client", To: "server"}
	})
}

// TwoPath is two hosts joined by disjoint paths of one link each, two of them
// unless the parameters say otherwise.
type TwoPath struct {
	Paths int      `toml:"paths" doc:"number of paths; 0: as many as the longest list, or 2"`
	Names []string `toml:"names" doc:"name of the link of each path; path1, path2, ..."`
	From  string   `toml:"client" doc:"first host; from it is up"`
	To    string   `toml:"server" doc:"second host; from it is down"`
	Rate  Setting  `toml:"rate" doc:"rate of every path, or a list with one a path"`
	Delay Setting  `toml:"delay" doc:"one-way delay of every path, or a list"`
	Queue Setting  `toml:"queue" doc:"queue of every path, or a list"`
	Loss  Setting  `toml:"loss" doc:"loss process of every path, or a list"`
}

// Expand implements Preset.
func (t *TwoPath) Expand() ([]Link, error) {
	n, err := count(t.Paths, 2, t.Names, map[string]Setting{
		"rate": t.Rate, "delay": t.Delay, "queue": t.Queue, "loss": t.Loss,
	})
	if err != nil {
		return nil, err
	}
	links := make([]Link, n)
	for i := range links {
		links[i] = Link{
			Name: name(t.Names, "path", i), Between: [2]string{t.From, t.To},
			Rate: pick(t.Rate, i), Delay: pick(t.Delay, i), Queue: pick(t.Queue, i), Loss: pick(t.Loss, i),
		}
	}
	return links, nil
}
