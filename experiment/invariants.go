package experiment

import (
	"fmt"
	"math"
	"reflect"

	"mpsim/experiment/record"
	"mpsim/mptcp/tcp"
	"mpsim/sim"
	"mpsim/sim/netem"
)

// checkEndpoints checks the laws of all endpoints that send the data of flows.
func (o *observer) checkEndpoints(t sim.Time) {
	kept := o.senders[:0]
	for _, s := range o.senders {
		if s.e.State() == tcp.Closed {
			continue
		}
		if err := s.e.Check(); err != nil {
			o.violated(t, "%v: flow %s, connection %d, subflow %s", err, s.c.Flow.Name, s.c.Index, s.name)
			continue // once
		}
		kept = append(kept, s)
	}
	clear(o.senders[len(kept):])
	o.senders = kept
}

// sender is an endpoint that sends the data of a flow.
type sender struct {
	e    *tcp.Endpoint
	c    *conn
	name string
}

// checkResult checks that the numbers of a result are possible.
func (o *observer) checkResult(t sim.Time, res *record.Result) {
	for i := range res.Flows {
		f := &res.Flows[i]
		o.checkNumbers(t, "flow "+f.Name, f)
		o.checkShares(t, f)
	}
	for i := range res.Links {
		l := &res.Links[i]
		what := fmt.Sprintf("link %s %s", l.Name, l.Direction)
		o.checkNumbers(t, what, l)
		o.within(t, what, "loss", l.Loss, 1)
		o.within(t, what, "utilization", l.Utilisation, 1)
	}
	o.within(t, "run", "jain", res.Jain, 1+rounding)
	sum, any := 0.0, false
	for i := range res.Flows {
		sum += record.OrZero(res.Flows[i].Share)
		any = any || record.OrZero(res.Flows[i].Throughput) > 0
	}
	if any && math.Abs(sum-1) > rounding {
		o.violated(t, "the shares of the flows sum to %g", sum)
	}
	o.checkHosts(t)
}

// rounding is what sums and quotients of some thousand numbers may be off, in parts.
const rounding = 1e-9

func (o *observer) within(t sim.Time, what, name string, x *float64, most float64) {
	if x != nil && !(*x >= 0 && *x <= most) {
		o.violated(t, "%s of %s is %g, want 0 to %g", name, what, *x, most)
	}
}

// checkShares checks the shares of the subflows of f. They are of what arrived.
func (o *observer) checkShares(t sim.Time, f *record.Flow) {
	o.within(t, "flow "+f.Name, "share", f.Share, 1+rounding)
	o.within(t, "flow "+f.Name, "jain of connections", f.Rates.Jain, 1+rounding)
	sum := 0.0
	for i := range f.Subflows {
		s := &f.Subflows[i]
		o.within(t, "flow "+f.Name+" subflow "+s.Name, "share", s.Share, 1+rounding)
		sum += record.OrZero(s.Share)
	}
	if len(f.Subflows) > 0 && record.OrZero(f.Throughput) > 0 && math.Abs(sum-1) > rounding {
		o.violated(t, "the shares of the subflows of %s sum to %g", f.Name, sum)
	}
}

// checkNumbers checks that all numbers in *numbers are finite and not negative, and distributions in order.
func (o *observer) checkNumbers(t sim.Time, of string, numbers any) {
	impossible(reflect.ValueOf(numbers).Elem(), func(path, how string) { o.violated(t, "%s%s is %s", of, path, how) })
}

// impossible reports the numbers in v that cannot be. The path of one is made on the way back to the root, since
// almost none is.
func impossible(v reflect.Value, report func(path, how string)) {
	switch v.Kind() {
	case reflect.Float64:
		if x := v.Float(); !(x >= 0 && x <= math.MaxFloat64) {
			report("", fmt.Sprint(x))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			impossible(v.Elem(), report)
		}
	case reflect.Slice:
		for i := range v.Len() {
			impossible(v.Index(i), func(path, how string) { report(fmt.Sprint(" ", i, path), how) })
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[record.Distribution]() {
			if d := v.Addr().Interface().(*record.Distribution); !inOrder(d) {
				report("", fmt.Sprintf("out of order: %+v", *d))
			}
		}
		for i := range v.NumField() {
			impossible(v.Field(i), func(path, how string) { report(" "+v.Type().Field(i).Name+path, how) })
		}
	}
}

// inOrder reports whether the numbers of a distribution are.
func inOrder(d *record.Distribution) bool {
	const off = 1 + 1./16384 // quantiles are of bins
	return d.Min <= d.Mean*(1+rounding) && d.Mean <= d.Max*(1+rounding) &&
		d.P50 <= d.P95 && d.P95 <= d.P99 && d.P99 <= d.Max*off && d.Min <= d.P50*off
}

// checkHosts checks that no application could read more than links have brought to its host, less
// the headers that each packet has.
func (o *observer) checkHosts(t sim.Time) {
	const headers = 20 + 8 // of IPv4 and UDP; those of TCP are longer
	brought := make(map[string]float64)
	for _, l := range o.links {
		c := l.Stats().Delivered
		brought[l.To().Name] += float64(c.Bytes) - headers*float64(c.Packets)
	}
	read := make(map[string]float64)
	for _, f := range o.flows {
		for _, c := range f.conns {
			read[c.Hosts().From] += float64(c.ends[from].received)
			read[c.Hosts().To] += float64(c.ends[to].received)
		}
	}
	for _, n := range o.m.Network.Nodes() {
		if read[n.Name] > brought[n.Name] {
			o.violated(t, "the applications of %s read %.0f bytes, links brought %.0f", n.Name, read[n.Name], brought[n.Name])
		}
	}
}

// dropped counts the packets that the links of a route and of its way back have dropped; clean tells
// whether packets can cross all of them, and none makes them wait for long.
func dropped(r *netem.Route) (n uint64, clean bool) {
	clean = true
	for _, way := range [...]*netem.Route{r, r.Reverse} {
		for _, l := range way.Links() {
			n += l.Dropped()
			clean = clean && l.Clean() && l.QueueDelay() < longQueue
		}
	}
	return n, clean
}
