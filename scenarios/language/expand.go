package language

import (
	"mpsim/topology"
)

// Preset returns the kind of the topology that links of s are from; "" if it has none.
func (s *Scenario) Preset() string { return s.document.preset }

// expand replaces the table [topology] by the links of its preset. They come after
// the links of the scenario itself.
func (d *document) expand() {
	v, ok := d.root["topology"]
	if !ok {
		return
	}
	delete(d.root, "topology")
	var preset Part[topology.Preset]
	before := d.failures
	preset.decode(d, "topology", v)
	if d.failures > before {
		return
	}
	d.preset = preset.Kind
	network := preset.New()
	if _, relay := network.(topology.Relay); relay {
		if _, given := d.root["forwarding"]; !given {
			d.root["forwarding"] = true
		}
	}
	links, err := network.Expand()
	if err != nil {
		d.fail("topology", "%v", err)
		return
	}
	list, ok := d.root["link"].([]any)
	if _, there := d.root["link"]; there && !ok {
		return // reported when it is decoded
	}
	for _, l := range links {
		t := map[string]any{"name": l.Name, "between": []any{l.Between[0], l.Between[1]}}
		for k, s := range map[string]topology.Setting{"rate": l.Rate, "delay": l.Delay, "queue": l.Queue, "loss": l.Loss} {
			if s != nil {
				t[k] = d.clone(s)
			}
		}
		list = append(list, t)
	}
	d.root["link"] = list
}
