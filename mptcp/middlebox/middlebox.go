package middlebox

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/plugin"
	"mpsim/sim/units"
	"mpsim/sim/words"
)

// Registry has every kind by name.
var Registry = plugin.NewRegistry[Model]("middlebox")

// A Model is a kind of middlebox. Its exported fields are its parameters.
type Model interface {
	// Make returns a fresh box for one link.
	Make(env Env) Box
}

// Env is what a box has to work with.
type Env struct {
	Engine *sim.Engine
	Rand   *rand.Rand // the box's own random stream
	// Acts tells in which directions the box acts, by Passage.Dir. Of a box with
	// an inside it is true for the direction that leads out.
	Acts [2]bool
}

// A Box is a middlebox at work at one link.
type Box interface {
	// Take takes ownership of the packet of x, and reports whether it did more
	// than let it pass. Another segment may come before it returns: the answer to what
	// it forwards.
	Take(x Passage) bool
}

// A whole model has to see connections as a whole, in both directions from the
// first packet: conditions cannot pick some of their packets.
type whole interface{ whole() }

// entire makes a model a whole one.
type entire struct{}

func (entire) whole() {}

// An oriented model has an inside, where the packets of its direction come from.
type oriented interface {
	whole
	inside()
}

// outbound makes a model an oriented one.
type outbound struct{ entire }

func (outbound) inside() {}

// A translator is a box that changes addresses: it knows which connection a packet
// to an address of its own belongs to.
type translator interface {
	// translate returns the connection of p, or nil if there is none, and whether p
	// is for an address of the box.
	translate(p *netem.Packet, t *netem.Tap) (f *flow, own bool)
}

// AltersPayload reports whether boxes of model m may change the bytes that
// applications receive: see netem.Network.Altered.
func AltersPayload(m Model) bool {
	a, ok := m.(interface{ altersPayload() })
	if ok {
		a.altersPayload()
	}
	return ok
}

// Direction says which packets of a link a box acts on.
type Direction string

// The directions.
const (
	Both Direction = "both"
	Up   Direction = "up"   // from the first node of the link to the second
	Down Direction = "down" // from the second to the first
)

// acts returns d by the index of Passage.Dir.
func (d Direction) acts() [2]bool { return [2]bool{d != Down, d != Up} }

// Config describes a middlebox.
type Config struct {
	Model     Model
	Direction Direction // "": Up if the box has an inside, else Both
	When      When
}

// Validate reports what makes no sense together. Models validate themselves.
func (c Config) Validate() error {
	if err := c.ValidateDirection(); err != nil {
		return err
	}
	return c.ValidateWhen()
}

// ValidateDirection reports a direction that the model cannot have.
func (c Config) ValidateDirection() error {
	if _, ok := c.Model.(oriented); ok && c.Direction == Both {
		return errors.New(`"both": the box has an inside and an outside; want "up" or "down", the way out`)
	}
	if c.Direction == "" {
		return nil
	}
	return words.Check("direction", string(c.Direction), string(Up), string(Down), string(Both))
}

// ValidateWhen reports conditions that make no sense, or not with the model.
func (c Config) ValidateWhen() error {
	if _, ok := c.Model.(whole); ok && (len(c.When.Packets) > 0 || c.When.AfterBytes != 0) {
		return errors.New("packets and after_bytes: the box needs all packets of a connection; want after, until, probability or port")
	}
	return c.When.Validate()
}

// An Element is a box and the conditions under which it acts. It is a
// netem.Middlebox.
type Element struct {
	// Packets counts those that the conditions select, Hits those of them with
	// which the box did more than let them pass: first those that go up.
	Packets, Hits [2]uint64

	box        Box
	translator translator // the box, if it is one
	when       condition
	acts       [2]bool // for a whole model both
	whole      bool
	rand       *rand.Rand // for the draws of when
	flows      map[tuple]*flow
	last       *flow // of the latest packet
}

// New makes a middlebox that draws from choices which connections it acts on. What
// Validate refuses panics.
func New(c Config, e *sim.Engine, choices, own *rand.Rand) *Element {
	if err := c.Validate(); err != nil {
		panic("middlebox: " + err.Error())
	}
	if _, ok := c.Model.(oriented); ok && c.Direction == "" {
		c.Direction = Up
	}
	acts := c.Direction.acts()
	el := &Element{
		box:  c.Model.Make(Env{Engine: e, Rand: own, Acts: acts}),
		when: c.When.condition(), acts: acts, rand: choices, flows: make(map[tuple]*flow),
	}
	el.translator, _ = el.box.(translator)
	if _, el.whole = c.Model.(whole); el.whole {
		el.acts = [2]bool{true, true}
	}
	return el
}

// Process implements netem.Middlebox.
func (e *Element) Process(p *netem.Packet, t *netem.Tap) {
	s, ok := p.Payload.(*wire.Segment)
	if !ok {
		t.Forward(p)
		return
	}
	x := Passage{Packet: p, Seg: s, Tap: t, Now: t.Engine().Now()}
	if !t.Up() {
		x.Dir = 1
	}
	if x.flow = e.find(x); x.flow == nil {
		e.Packets[x.Dir]++
		e.Hits[x.Dir]++
		t.Drop(p)
		return
	}
	selected := x.flow.chosen && e.acts[x.Dir] && (e.whole || e.when.holds(x))
	x.flow.note(x)
	if !selected {
		t.Forward(p)
		return
	}
	e.Packets[x.Dir]++
	if e.box.Take(x) {
		e.Hits[x.Dir]++
	}
}

// find returns the connection of x, or nil if it is for an address of the box that
// stands for none.
func (e *Element) find(x Passage) *flow {
	if e.translator != nil {
		if f, own := e.translator.translate(x.Packet, x.Tap); own {
			return f
		}
	}
	key := x.tuple()
	f := e.last
	if f == nil || f.tuple != key {
		f = e.flows[key]
	}
	if f == nil || f.another(x) {
		f = &flow{tuple: key, chosen: e.choose(x)}
		e.flows[key] = f
	}
	e.last = f
	return f
}

// choose decides whether the box acts on the new connection of x.
func (e *Element) choose(x Passage) bool {
	if e.when.probability < 1 && e.rand.Float64() >= e.when.probability {
		return false
	}
	return e.when.port(x) && (!e.whole || e.when.within(x.Now))
}

// A Counter is what a box counts of its own.
type Counter struct {
	Name  string
	Value uint64
}

// Counters returns what the box counts besides Packets and Hits; most count nothing.
func (e *Element) Counters() []Counter {
	if c, ok := e.box.(interface{ counters() []Counter }); ok {
		return c.counters()
	}
	return nil
}

// A Passage is one segment on its way past a box.
type Passage struct {
	*netem.Packet
	Seg *wire.Segment
	Tap *netem.Tap
	Now sim.Time
	Dir int // 0 up, 1 down

	flow *flow
}

// Forward sends the packet on its way.
func (x Passage) Forward() { forward(x.Tap, x.Packet) }

// forward sends p on its way. What a box has made of it must still be a packet:
// its size is that of its bytes.
func forward(t *netem.Tap, p *netem.Packet) {
	s := segment(p)
	if n := size(s); n != p.Size || s.Opt != nil && s.Opt.Payload != nil && len(s.Opt.Payload) != int(s.Len) {
		panic(fmt.Sprintf("middlebox: a packet of %d bytes leaves with a segment of %d: %+v, options %+v", p.Size, n, *s, s.Opt))
	}
	t.Forward(p)
}

// Drop drops the packet.
func (x Passage) Drop() { x.Tap.Drop(x.Packet) }

// Absorb takes the packet out of the network.
func (x Passage) Absorb() { x.Tap.Absorb(x.Packet) }

// fit corrects the size of the packet after a change of a segment that took before
// bytes.
func (x Passage) fit(before units.Bytes) {
	if d := size(x.Seg) - before; d != 0 {
		x.Tap.Resize(x.Packet, x.Size+d)
	}
}

// clone returns a packet that t holds and that has the same segment as p, of size
// bytes. They share the options.
func clone(t *netem.Tap, p *netem.Packet) (*netem.Packet, *wire.Segment) {
	q := t.New(p, p.Size)
	s := segment(q)
	*s = *segment(p)
	return q, s
}

// reply sends s back to the source of the packet.
func (x Passage) reply(s wire.Segment) {
	if r := x.Tap.Reply(x.Packet, size(&s)); r != nil {
		*segment(r) = s
		forward(x.Tap.Other(), r)
	}
}

// reset answers the segment with a RST (RFC 9293, section 3.10.7.1).
func (x Passage) reset() {
	s := x.Seg
	if s.Flags.Has(wire.RST) {
		return
	}
	if s.Flags.Has(wire.ACK) {
		x.reply(wire.Segment{Flags: wire.RST, Seq: s.Ack})
	} else {
		x.reply(wire.Segment{Flags: wire.RST | wire.ACK, Ack: s.Seq + space(s)})
	}
}

// segment returns what p carries.
func segment(p *netem.Packet) *wire.Segment { return p.Payload.(*wire.Segment) }

// ipHeader is the length of an IPv4 header without options, in bytes.
const ipHeader = 20

// size returns the size of the packet that carries s.
func size(s *wire.Segment) units.Bytes { return units.Bytes(ipHeader + s.HeaderLen() + int(s.Len)) }

// space returns the sequence numbers that s takes.
func space(s *wire.Segment) uint32 {
	n := uint32(s.Len)
	if s.Flags.Has(wire.SYN) {
		n++
	}
	if s.Flags.Has(wire.FIN) {
		n++
	}
	return n
}
