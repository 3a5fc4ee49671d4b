package scenarios

import (
	"maps"
	"reflect"

	"mpsim/mptcp"
	"mpsim/mptcp/tcp"
)

// decode implements selfDecoder.
func (x *Duplex[T]) decode(d *document, path string, v any) {
	if t, ok := v.(map[string]any); ok && t["kind"] == nil && (t["up"] != nil || t["down"] != nil) {
		for _, k := range keys(t) {
			switch k {
			case "up":
				x.Up.decode(d, join(path, k), t[k])
			case "down":
				x.Down.decode(d, join(path, k), t[k])
			default:
				d.fail(join(path, k), "unknown key %q; %s", clip(k), suggest(k, []string{"up", "down"}))
			}
		}
		return
	}
	before := d.failures
	x.Up.decode(d, path, v)
	if d.failures == before {
		x.Down = x.Up
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
	*f = Flow{Count: 1, TCP: tcp.DefaultConfig(), Options: mptcp.DefaultProtocol()}
	t, ok := v.(map[string]any)
	if !ok {
		d.fail(path, "got %s; want a table", describe(v))
		return
	}
	t = maps.Clone(t)
	server := t["server"]
	delete(t, "server") // it starts from what the rest says
	d.decodeStruct(path, t, reflect.ValueOf(f).Elem(), nil)
	f.Server = Server{Options: f.Options, PathManager: f.PathManager, TCP: f.TCP}
	if server != nil {
		d.decodeValue(join(path, "server"), server, reflect.ValueOf(&f.Server).Elem())
	}
}

// columnWidth is the width of one column of a two-column paper, in inches.
const columnWidth = 3.33

// decode implements selfDecoder.
func (f *Figure) decode(d *document, path string, v any) {
	f.Width = columnWidth
	if t, ok := v.(map[string]any); ok {
		d.decodeStruct(path, t, reflect.ValueOf(f).Elem(), nil)
	} else {
		d.fail(path, "got %s; want a table", describe(v))
	}
}
