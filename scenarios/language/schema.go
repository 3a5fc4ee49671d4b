package language

import (
	"maps"
	"reflect"

	"mpsim/sim/words"
)

// decode implements selfDecoder.
func (x *Duplex[T]) decode(d *document, path string, v any) {
	if t, ok := v.(map[string]any); ok && t["kind"] == nil && (t["up"] != nil || t["down"] != nil) {
		d.decodeDirections(path, t, &x.Up, &x.Down)
		return
	}
	before := d.failures
	x.Up.decode(d, path, v)
	if d.failures == before {
		x.Down = x.Up
	}
}

// part returns the type of the part that each direction has.
func (Duplex[T]) part() reflect.Type { return reflect.TypeFor[Part[T]]() }

// decode implements selfDecoder.
func (x *Limit) decode(d *document, path string, v any) {
	if t, ok := v.(map[string]any); ok {
		d.decodeDirections(path, t, &x.Up, &x.Down)
		return
	}
	d.decode(path, v, &x.Up)
	x.Down = x.Up
}

// decodeDirections reads a table with up and down.
func (d *document) decodeDirections(path string, t map[string]any, up, down any) {
	for _, k := range keys(t) {
		switch k {
		case "up":
			d.decode(join(path, k), t[k], up)
		case "down":
			d.decode(join(path, k), t[k], down)
		default:
			d.fail(join(path, k), "unknown key %q; %s", clip(k), words.Suggest(k, []string{"up", "down"}))
		}
	}
}

// decode implements selfDecoder.
func (s *Scenario) decode(d *document, _ string, v any) {
	d.decodeStruct("", v.(map[string]any), reflect.ValueOf(s).Elem(), nil)
}

// decode implements selfDecoder.
func (l *Link) decode(d *document, path string, v any) {
	t, ok := v.(map[string]any)
	if !ok {
		d.fail(path, "got %s; want a table", describe(v))
		return
	}
	d.decodeStruct(path, t, reflect.ValueOf(l).Elem(), nil)
	for _, k := range []string{"rate", "delay", "queue", "loss"} {
		if x, ok := t[k].(map[string]any); ok && x["kind"] == nil && (x["up"] == nil) != (x["down"] == nil) && !d.failedIn(join(path, k)) {
			d.fail(join(path, k), "is given in one direction; want up and down, or one value for both")
		}
	}
}

// decode implements selfDecoder. What is no key of all middleboxes is a parameter of the
// kind.
func (m *Middlebox) decode(d *document, path string, v any) {
	t, ok := v.(map[string]any)
	if !ok {
		d.fail(path, "got %s; want a table", describe(v))
		return
	}
	m.When.Probability = 1
	own := make(map[string]any)
	params := maps.Clone(t)
	for _, k := range tags(reflect.TypeFor[Middlebox]()) {
		if x, ok := t[k]; ok {
			own[k] = x
			delete(params, k)
		}
	}
	before := d.failures
	d.decodeStruct(path, own, reflect.ValueOf(m).Elem(), nil)
	m.Model.decode(d, path, params)
	if d.failures > before {
		return
	}
	c := m.Config()
	if err := c.ValidateDirection(); err != nil {
		d.fail(join(path, "direction"), "%v", err)
	}
	if err := c.ValidateWhen(); err != nil {
		d.fail(join(path, "when"), "%v", err)
	}
}

// decode implements selfDecoder.
func (f *Flow) decode(d *document, path string, v any) {
	*f = Flow{Count: 1}
	t, ok := v.(map[string]any)
	if !ok {
		d.fail(path, "got %s; want a table", describe(v))
		return
	}
	kind := ""
	if cc, ok := longForm(registryOf[Controller]().Kind(), t["cc"]); ok {
		kind, _ = cc["kind"].(string)
	}
	f.Host = d.host(join(path, "host"), t["host"], Hosts[0].Name)
	f.TCP, f.Options = HostDefaults(f.Host, kind)
	t = maps.Clone(t)
	server := t["server"]
	delete(t, "server") // it starts from what the rest says
	delete(t, "host")
	d.decodeStruct(path, t, reflect.ValueOf(f).Elem(), nil)
	f.decodeServer(d, path, t, server)
	f.Server.CC = d.underHost(join(path, "cc"), f.Server.Host, f.CC)
	f.CC = d.underHost(join(path, "cc"), f.Host, f.CC)
}

// decodeServer reads the table server, v, of the flow t. What it leaves out is as in the
// flow; what both leave out, as its host has it.
func (f *Flow) decodeServer(d *document, path string, t map[string]any, v any) {
	f.Server = Server{Host: f.Host, Options: f.Options, PathManager: f.PathManager, TCP: f.TCP}
	if v == nil {
		return
	}
	own, ok := v.(map[string]any)
	if !ok {
		d.fail(join(path, "server"), "got %s; want a table", describe(v))
		return
	}
	own = maps.Clone(own)
	host := d.host(join(path, "server.host"), own["host"], f.Host)
	delete(own, "host")
	if host != f.Host {
		f.Server.Host = host
		f.Server.TCP, f.Server.Options = HostDefaults(host, f.CC.Kind)
		for key, into := range map[string]any{"tcp": &f.Server.TCP, "mptcp": &f.Server.Options} {
			if v, given := t[key]; given {
				d.decode(join(path, key), v, into)
			}
		}
	}
	d.decodeStruct(join(path, "server"), own, reflect.ValueOf(&f.Server).Elem(), nil)
}
