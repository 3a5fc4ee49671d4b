package language

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"time"

	"mpsim/sim"
	"mpsim/sim/app"
	"mpsim/sim/netem"
	"mpsim/sim/netem/qdisc"
	"mpsim/sim/units"
)

// The bounds of a run.
const (
	// maxWork bounds its packet-hops, and what its applications do: at ten million a second they take a day.
	maxWork = 1e12
	// maxHeld bounds the packets that links hold at a time: with their segments they take some 250 bytes
	// each.
	maxHeld = 1e8
)

// checkWork refuses a run that would not end in this life.
func (s *Scenario) checkWork(d *document) {
	if hops, most := s.hops(); hops > maxWork {
		d.fail("duration", "the links could carry %.2g packets of %v in %v, most of them %s: such a run would never end; want at most %.0g (shorten it or lower the rates)",
			hops, s.leastPacket(), s.Duration, most, maxWork)
	}
	connections := 0
	for i := range s.Flows {
		f := &s.Flows[i]
		if connections += f.connections(); connections > maxCount {
			d.fail(at("flow", i, "count"), "%d connections in all: there are ports for %d", connections, maxCount)
			return
		}
		w, ok := f.Workload.Look().(app.Waker)
		if !ok {
			continue
		}
		if n := w.Wakes() * float64(f.connections()) * s.Duration.Seconds(); n > maxWork {
			d.fail(at("flow", i, "workload"), "it acts %.2g times in %v: such a run would never end; want at most %.0g", n, s.Duration, maxWork)
		}
	}
}

// hops returns how many packets the links could carry, and which of them the most, since when.
func (s *Scenario) hops() (total float64, where string) {
	var most float64
	for i := range s.Links {
		for _, down := range []bool{false, true} {
			for _, c := range s.course(i, down) {
				total += c.bits
				if c.bits > most {
					most, where = c.bits, c.where
				}
			}
		}
	}
	return total / float64(s.leastPacket()*8), where
}

// connections returns how many the flow has.
func (f *Flow) connections() int { return f.Count * max(1, len(f.Pairs)) }

// leastPacket returns the size of the smallest of the packets that flows fill links with. One that is
// smaller, such as an ACK, comes with one that is not.
func (s *Scenario) leastPacket() units.Bytes {
	least := units.Bytes(1500)
	for i := range s.Flows {
		f := &s.Flows[i]
		there, back := f.packets()
		least = min(least, max(there, back))
	}
	return least
}

// A course is what one direction of a link can carry while its rate is one process.
type course struct {
	bits  float64
	from  time.Duration
	rate  netem.Rate
	where string // what set the rate, for messages
}

// course returns what a direction of link i can carry, under one rate after the other: the first is its own,
// the others are those of events.
func (s *Scenario) course(i int, down bool) []course {
	l := &s.Links[i]
	of := func(r Duplex[Rate]) Part[Rate] {
		if down {
			return r.Down
		}
		return r.Up
	}
	rate := func(p Part[Rate]) netem.Rate { return p.Look().Make(nil) }
	list := []course{{rate: rate(of(l.Rate)), where: "link " + l.Name}}
	for k := range s.Events {
		if e := &s.Events[k]; e.Link == l.Name && !of(e.Rate).IsZero() {
			where := fmt.Sprintf("link %s from %v on (%s)", l.Name, e.At, at("event", k, "rate"))
			list = append(list, course{from: e.At, rate: rate(of(e.Rate)), where: where})
		}
	}
	slices.SortStableFunc(list[1:], func(a, b course) int { return int(a.from.Nanoseconds() - b.from.Nanoseconds()) })
	for k := range list {
		end := s.Duration
		if k+1 < len(list) {
			end = list[k+1].from
		}
		list[k].bits = list[k].rate.Capacity(sim.Time(list[k].from), sim.Time(end))
	}
	return list
}

// checkMemory refuses a run whose packets under way would not fit the memory of a computer: links that can
// hold them, and flows that have them.
func (s *Scenario) checkMemory(d *document) {
	datagrams, segments := 0.0, 0.0
	for i := range s.Flows {
		if f := &s.Flows[i]; f.UDP() {
			datagrams += f.underway(s.Duration)
		} else {
			segments += f.underway(s.Duration)
		}
	}
	if datagrams+segments <= maxHeld {
		return
	}
	hops, _ := s.hops()
	flows := datagrams + min(segments, 2*hops) // an ACK lets out two segments at most
	links, worst, most := 0.0, 0, 0.0
	for i := range s.Links {
		n := s.holds(i, false) + s.holds(i, true)
		if links += n; n > most {
			worst, most = i, n
		}
	}
	if held := min(links, flows); held > maxHeld {
		d.fail(at("link", worst, "queue"), "links could hold %.2g packets at a time, link %s most of them: they do not fit into memory; want at most %.0g (smaller queues, buffers, rates or delays)",
			held, s.Links[worst].Name, maxHeld)
	}
}

// underway returns how many packets of f there can be at a time: what waits for acknowledgements, or all
// datagrams.
func (f *Flow) underway(duration time.Duration) float64 {
	if f.UDP() {
		chunk, rate := f.Workload.Look().(app.Source).Offers()
		return float64(f.connections()) * float64(rate) * duration.Seconds() / (float64(chunk) * 8)
	}
	return float64(f.connections()) * float64(f.TCP.SendBuffer+f.Server.TCP.SendBuffer) / float64(f.mtu()-f.headers())
}

// holds returns how many packets a direction of link i can have at a time: queued, and on their way.
func (s *Scenario) holds(i int, down bool) float64 {
	l := &s.Links[i]
	delay, queue := l.Delay.Up, l.Queue.Up
	if down {
		delay, queue = l.Delay.Down, l.Queue.Down
	}
	delays := []time.Duration{delay.Look().Min()}
	for k := range s.Events {
		e := &s.Events[k]
		later := e.Delay.Up
		if down {
			later = e.Delay.Down
		}
		if e.Link == l.Name && !later.IsZero() {
			delays = append(delays, later.Look().Min())
		}
	}
	flying := 0.0
	for _, c := range s.course(i, down) {
		flying = max(flying, float64(c.rate.Mean())*slices.Max(delays).Seconds())
	}
	limit, _ := reflect.ValueOf(queue.Look()).Elem().FieldByName("Limit").Interface().(units.Quantity)
	waiting := s.limitOf(limit, l.QueueLink(down))
	for k := range s.Events {
		if e := &s.Events[k]; e.Link == l.Name && !e.Limit.Of(down).IsZero() {
			waiting = max(waiting, s.limitOf(e.Limit.Of(down), l.QueueLink(down)))
		}
	}
	return flying/float64(s.leastPacket()*8) + waiting
}

// limitOf returns how many packets may wait in a queue; +Inf without a limit.
func (s *Scenario) limitOf(limit units.Quantity, l qdisc.Link) float64 {
	switch packets, bytes := limit.Limit(l.Rate, l.RTT); {
	case packets > 0:
		return float64(packets)
	case bytes > 0:
		return float64(bytes) / float64(s.leastPacket())
	}
	return math.Inf(1)
}
