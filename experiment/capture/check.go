package capture

import (
	"bytes"
	"fmt"
	"reflect"

	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/netem"
)

// A Check sends every packet of a run through its bytes and back, at both ends of each
// link, and compares what comes out with what went in. The zero Check is ready.
type Check struct {
	engine *sim.Engine
	buf    []byte
	err    error
}

// Watch makes c check the packets that cross n from now on.
func (c *Check) Watch(n *netem.Network) {
	c.engine = n.Engine()
	look := func(e netem.PacketEvent) { c.look(e.Link, e.Packet) }
	for _, d := range n.Links() {
		for _, l := range []*netem.Link{d.Up, d.Down} {
			l.Points.Offered.Observe(look)
			l.Points.Delivered.Observe(look)
		}
	}
}

// Err returns what differed first: when, on which link, in which field.
func (c *Check) Err() error { return c.err }

func (c *Check) look(l *netem.Link, p *netem.Packet) {
	if c.err != nil {
		return
	}
	if err := c.roundTrip(p); err != nil {
		c.err = fmt.Errorf("at %v on %s, %v:%d to %v:%d: %w", c.engine.Now(), l.Name, p.Src, p.SrcPort, p.Dst, p.DstPort, err)
	}
}

// roundTrip encodes and parses p.
func (c *Check) roundTrip(p *netem.Packet) error {
	if d, ok := p.Payload.(*wire.Datagram); ok {
		return c.datagram(p, d)
	}
	sent := p.Payload.(*wire.Segment)
	if n := sent.OptionLen(); n > wire.OptionSpace {
		return fmt.Errorf("%d bytes of options, there is room for %d", n, wire.OptionSpace)
	}
	if err := c.encode(p); err != nil {
		return err
	}
	var h wire.IP
	var got wire.Segment
	src, dst, payload, err := wire.ParsePacket(c.buf, &h, &got)
	if err != nil {
		return err
	}
	want := wire.AppendContent(nil, sent.Pos, int(sent.Len))
	if sent.Opt != nil && sent.Opt.Payload != nil {
		want = sent.Opt.Payload
	}
	if err := compare(p, &h, src, dst, payload, want); err != nil {
		return err
	}
	return differ("", reflect.ValueOf(onWire(sent)), reflect.ValueOf(onWire(&got)))
}

// datagram is roundTrip for p with d.
func (c *Check) datagram(p *netem.Packet, d *wire.Datagram) error {
	if err := c.encode(p); err != nil {
		return err
	}
	var h wire.IP
	var got wire.Datagram
	src, dst, payload, err := wire.ParseUDP(c.buf, &h, &got)
	if err != nil {
		return err
	}
	return compare(p, &h, src, dst, payload, wire.AppendContent(nil, d.Pos, int(d.Len)))
}

// encode sets c.buf to the bytes of p.
func (c *Check) encode(p *netem.Packet) error {
	c.buf = appendPacket(c.buf[:0], p)
	if n := len(c.buf); n != int(p.Size) {
		return fmt.Errorf("the size is %d bytes, on the wire %d", p.Size, n)
	}
	return nil
}

// compare compares p and its payload, want, with what was on the wire.
func compare(p *netem.Packet, h *wire.IP, src, dst uint16, payload, want []byte) error {
	if h.Src != p.Src.Netip() || h.Dst != p.Dst.Netip() || src != p.SrcPort || dst != p.DstPort {
		return fmt.Errorf("the addresses are %v:%d to %v:%d on the wire", h.Src, src, h.Dst, dst)
	}
	if h.TOS != uint8(p.ECN) {
		return fmt.Errorf("the ECN field is %d, on the wire %d", p.ECN, h.TOS)
	}
	if !bytes.Equal(payload, want) {
		return fmt.Errorf("the %d bytes of payload differ on the wire, where they are %d", len(want), len(payload))
	}
	return nil
}

// differ names the first field in which the structs a and b differ.
func differ(path string, a, b reflect.Value) error {
	if reflect.DeepEqual(a.Interface(), b.Interface()) {
		return nil
	}
	if a.Kind() == reflect.Pointer && !a.IsNil() && !b.IsNil() {
		a, b = a.Elem(), b.Elem()
	}
	if a.Kind() != reflect.Struct || !a.Type().Field(0).IsExported() {
		return fmt.Errorf("%s is %v, on the wire %v", path, show(a), show(b))
	}
	for i := range a.NumField() {
		name := a.Type().Field(i).Name
		if path != "" {
			name = path + "." + name
		}
		if err := differ(name, a.Field(i), b.Field(i)); err != nil {
			return err
		}
	}
	return nil
}

func show(v reflect.Value) any {
	if v.Kind() != reflect.Pointer {
		return v.Interface()
	}
	if v.IsNil() {
		return "absent"
	}
	return fmt.Sprintf("%+v", v.Elem().Interface())
}
