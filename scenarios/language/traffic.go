package language

import (
	"maps"
	"math/rand/v2"
	"path"
	"reflect"
	"slices"
	"strings"

	"mpsim/sim/rng"
	"mpsim/sim/words"
	"mpsim/topology"
)

// Traffic makes one flow stand for many pairs of hosts. In a scenario the parameters of its
// kind are beside the keys that all kinds have.
type Traffic struct {
	Model   Part[topology.Matrix]
	Hosts   string     `toml:"hosts" doc:"pattern of the names of the hosts that take part, such as h*"`
	Senders [2]float64 `toml:"senders" doc:"part of the hosts that send, in an order that is drawn once for all flows; left out: [0, 1], all"`
}

// IsZero reports whether the flow is between two named hosts.
func (t *Traffic) IsZero() bool { return t.Model.IsZero() }

// decode implements selfDecoder. What is no key of all kinds is a parameter of the kind.
func (t *Traffic) decode(d *document, path string, v any) {
	table, ok := v.(map[string]any)
	if !ok {
		d.fail(path, `got %s; want a table such as { kind = "permutation", hosts = "h*" }`, describe(v))
		return
	}
	t.Senders = [2]float64{0, 1}
	own := make(map[string]any)
	params := maps.Clone(table)
	for _, k := range tags(reflect.TypeFor[Traffic]()) {
		if x, ok := table[k]; ok {
			own[k] = x
			delete(params, k)
		}
	}
	d.decodeStruct(path, own, reflect.ValueOf(t).Elem(), nil)
	t.Model.decode(d, path, params)
}

// A Pair is two hosts of a flow, between which it has Count connections.
type Pair struct {
	From, To string
	// Routes are the paths of each connection, from the client to the other end, the
	// first for the initial subflow; those of connection j are Routes[j % len(Routes)].
	Routes [][][]topology.Hop

	drawn topology.Pair // of a traffic matrix
}

// Of returns the paths of connection j of the pair.
func (p *Pair) Of(j int) [][]topology.Hop { return p.Routes[j%len(p.Routes)] }

// stream returns a random stream of what a flow draws before the run.
func (s *Scenario) stream(name string) *rand.Rand { return rng.New(s.Seed, 0).Stream(name) }

// draw sets the pairs of the flows with traffic, and returns the hosts that take part.
func (s *Scenario) draw(d *document, nodes []string) (hosts []string) {
	for i := range s.Flows {
		if f := &s.Flows[i]; !f.Traffic.IsZero() {
			hosts = append(hosts, s.drawPairs(d, i, nodes)...)
		}
	}
	return hosts
}

// drawPairs sets the pairs of flow i, which has traffic.
func (s *Scenario) drawPairs(d *document, i int, nodes []string) []string {
	f := &s.Flows[i]
	key := at("flow", i, "traffic")
	fail := func(sub, format string, args ...any) []string {
		d.fail(strings.TrimSuffix(join(key, sub), "."), format, args...)
		return nil
	}
	if f.Traffic.Hosts == "" {
		return fail("hosts", `missing; want a pattern of the names of hosts, such as "h*"`)
	}
	var hosts []string
	for _, n := range nodes {
		ok, err := path.Match(f.Traffic.Hosts, n)
		if err != nil {
			return fail("hosts", `%q is no pattern; want letters of names, * and ?, such as "h*"`, clip(f.Traffic.Hosts))
		}
		if ok {
			hosts = append(hosts, n)
		}
	}
	if len(hosts) < 2 {
		return fail("hosts", "%d nodes match %q; want two or more; %s", len(hosts), clip(f.Traffic.Hosts), words.Suggest(f.Traffic.Hosts, nodes))
	}
	from, to := f.Traffic.Senders[0], f.Traffic.Senders[1]
	if !(0 <= from && from < to && to <= 1) {
		return fail("senders", "got [%g, %g]; want two numbers from 0 to 1, the smaller first", from, to)
	}
	senders := s.senders(len(hosts), from, to)
	if len(senders) == 0 {
		return fail("senders", "[%g, %g] of %d hosts is none of them; want a larger part", from, to, len(hosts))
	}
	pairs, err := f.Traffic.Model.New().Pairs(len(hosts), senders, s.stream("flow/"+f.Name+"/traffic"))
	if err != nil {
		return fail("", "%v", err)
	}
	if len(pairs) == 0 {
		return fail("", "it has no pair of hosts")
	}
	for _, p := range pairs {
		f.Pairs = append(f.Pairs, Pair{From: hosts[p.From], To: hosts[p.To], drawn: p})
	}
	return hosts
}

// senders returns part of n hosts, in their order. Which part is drawn alike for all flows: those of
// [0, 0.3] and of [0.3, 1] have no sender in common.
func (s *Scenario) senders(n int, from, to float64) []int {
	all := s.stream("traffic/senders").Perm(n)
	some := slices.Clone(all[int(from*float64(n)+0.5):int(to*float64(n)+0.5)])
	slices.Sort(some)
	return some
}

// checkTraffic checks flow i, which has traffic, and finds the paths of its pairs.
func (s *Scenario) checkTraffic(d *document, i int) {
	f := &s.Flows[i]
	for _, x := range []struct {
		key   string
		given bool
	}{{"from", f.From != ""}, {"to", f.To != ""}, {"paths", f.Paths != nil}} {
		if x.given {
			d.fail(at("flow", i, x.key), "a flow with traffic is between many hosts: leave it out")
		}
	}
	switch f.Client {
	case "":
		f.Client = "from"
	case "from", "to":
	default:
		d.fail(at("flow", i, "client"), "%v", words.Check("end", f.Client, "from", "to"))
	}
	if len(f.Pairs)*max(f.Count, 1) > maxCount {
		d.fail(at("flow", i, "count"), "%d connections of %d pairs are too many: there are ports for %d", f.Count, len(f.Pairs), maxCount)
		return
	}
	s.checkRoutes(d, i)
	f.checkManagers(d, i)
}
