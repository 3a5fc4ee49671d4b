package experiment

import (
	"fmt"
	"io/fs"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"mpsim/cc"
	"mpsim/sched"
)

// A drawn scenario is a function of its seed. Either it ends by itself: all its
// workloads are finite, losses are at most 5 %, outages pass, and there is ample
// time, so that everything must be delivered. Or anything may happen to it.
type drawn struct {
	seed   uint64
	ends   bool
	text   string
	traces map[string]string
	// capacity is the most that each link may carry at any time, bit/s, by name.
	capacity map[string]float64
	mtu      map[string]int // of each flow
}

// open is the scenarios.Opener of the traces.
func (d *drawn) open(name string) ([]byte, error) {
	if text, ok := d.traces[name]; ok {
		return []byte(text), nil
	}
	return nil, fs.ErrNotExist
}

// drawer draws a scenario.
type drawer struct {
	*rand.Rand
	drawn
	duration time.Duration
	links    []string
	shared   bool // all paths end in the link "bottleneck"
	multi    []string
	b        strings.Builder
}

// draw returns the scenario of a seed.
func draw(seed uint64) *drawn {
	g := &drawer{Rand: rand.New(rand.NewPCG(seed, 0x6d7073696d))}
	g.drawn = drawn{seed: seed, ends: g.chance(0.4), traces: map[string]string{}, capacity: map[string]float64{}, mtu: map[string]int{}}
	g.duration = g.between(2*time.Second, 6*time.Second)
	if g.ends {
		g.duration = 2000 * time.Second
	}
	fmt.Fprintf(&g.b, "# drawn from %d\nname = \"random-%d\"\nduration = %q\nseed = %d\n", seed, seed, g.duration, seed)
	g.shared = g.chance(0.25)
	for i := range 1 + g.IntN(4) {
		g.link(fmt.Sprintf("p%d", i), g.shared)
	}
	if g.shared {
		g.link("bottleneck", false)
	}
	for i := range 1 + g.IntN(4) {
		g.flow(fmt.Sprintf("f%d", i))
	}
	for range g.IntN(6) {
		g.event()
	}
	g.text = g.b.String()
	return &g.drawn
}

func (g *drawer) chance(p float64) bool { return g.Float64() < p }

// between draws a time, in steps of a microsecond, with a uniform logarithm.
func (g *drawer) between(lo, hi time.Duration) time.Duration {
	ratio := float64(hi) / float64(lo)
	return time.Duration(float64(lo) * math.Pow(ratio, g.Float64())).Truncate(time.Microsecond)
}

// amount draws a number as between does.
func (g *drawer) amount(lo, hi float64) float64 { return lo * math.Pow(hi/lo, g.Float64()) }

func pick[T any](g *drawer, from ...T) T { return from[g.IntN(len(from))] }

func (g *drawer) bool() bool { return g.chance(0.5) }

// both is a value for both directions, or one for each.
func (g *drawer) both(one func() string) string {
	if g.bool() {
		return one()
	}
	return fmt.Sprintf("{ up = %s, down = %s }", one(), one())
}

func (g *drawer) link(name string, inner bool) {
	between := `["a", "b"]`
	switch {
	case inner:
		between = `["a", "router"]`
	case name == "bottleneck":
		between = `["router", "b"]`
	}
	g.links = append(g.links, name)
	fmt.Fprintf(&g.b, "\n[[link]]\nname = %q\nbetween = %s\nrate = %s\ndelay = %s\nqueue = %s\nloss = %s\n", name, between,
		g.both(func() string { return g.rate(name) }), g.both(g.delay), g.both(g.queue), g.both(g.loss))
}

// constant draws a rate and notes it.
func (g *drawer) constant(link string) string {
	mbps := g.amount(0.5, 50)
	g.capacity[link] = max(g.capacity[link], mbps*1e6)
	return fmt.Sprintf(`"%.3fMbps"`, mbps)
}

func (g *drawer) rate(link string) string {
	switch g.IntN(5) {
	case 0:
		at, steps := time.Duration(0), ""
		for range 1 + g.IntN(5) {
			rate := g.constant(link)
			if !g.ends && steps != "" && g.chance(0.1) {
				rate = `"0bps"`
			}
			steps += fmt.Sprintf(`["%v", %s], `, at, rate)
			at += g.between(time.Millisecond, 2*time.Second)
		}
		period := ""
		if g.bool() {
			period = fmt.Sprintf(`, period = "%v"`, at)
		}
		return fmt.Sprintf(`{ steps = [%s]%s }`, strings.TrimSuffix(steps, ", "), period)
	case 1:
		return g.trace(link)
	}
	return g.constant(link)
}

// trace draws opportunities. At most 4 fall into one millisecond.
func (g *drawer) trace(link string) string {
	name := fmt.Sprintf("%d.trace", len(g.traces))
	var b strings.Builder
	ms, gap := 0, 1+g.IntN(20)
	for range 5 + g.IntN(200) {
		ms += 1 + g.IntN(gap)
		for range 1 + g.IntN(4) {
			fmt.Fprintln(&b, ms)
		}
	}
	g.traces[name] = b.String()
	g.capacity[link] = max(g.capacity[link], 4*12.032e6)
	return fmt.Sprintf("{ trace = %q }", name)
}

func (g *drawer) delay() string {
	delay := g.between(time.Millisecond, 200*time.Millisecond)
	if g.chance(0.7) {
		return fmt.Sprintf(`"%v"`, delay)
	}
	return fmt.Sprintf(`{ kind = "jitter", delay = "%v", jitter = "%v", distribution = %q, reorder = %v }`, delay,
		g.between(100*time.Microsecond, 50*time.Millisecond), pick(g, "uniform", "exponential", "normal"), g.bool())
}

func (g *drawer) limit() string {
	if g.ends {
		return fmt.Sprintf("%dpkt", 10+g.IntN(190))
	}
	return pick(g, fmt.Sprintf("%dpkt", 2+g.IntN(200)), fmt.Sprintf("%dkB", 1+g.IntN(300)),
		fmt.Sprintf("%v", g.between(time.Millisecond, time.Second)), fmt.Sprintf("%.2fBDP", g.amount(0.1, 4)))
}

func (g *drawer) queue() string {
	switch g.IntN(8) {
	case 0:
		return fmt.Sprintf(`{ kind = "codel", limit = %q }`, g.limit())
	case 1:
		return fmt.Sprintf(`{ kind = "red", limit = %q, gentle = %v, max_p = %g }`, g.limit(), g.bool(), pick(g, 0.02, 0.1, 0.5))
	case 2:
		return fmt.Sprintf(`{ kind = "khalili-red", limit = %q }`, pick(g, "0pkt", "200pkt"))
	case 3:
		return fmt.Sprintf(`{ kind = "droptail", limit = %q, count_in_service = true }`, g.limit())
	}
	return fmt.Sprintf("%q", g.limit())
}

func (g *drawer) loss() string {
	most := 0.2
	if g.ends {
		most = 0.05
	}
	switch g.IntN(8) {
	case 0, 1, 2:
		return fmt.Sprintf("%.5f", g.amount(1e-4, most))
	case 3:
		// In the bad state every second packet is lost, the mean is below most.
		r := 0.1 + 0.4*g.Float64()
		return fmt.Sprintf(`{ kind = "gilbert-elliott", p = %.5f, r = %.5f, loss_bad = 0.5 }`, 2*most*r*g.Float64(), r)
	case 4:
		return fmt.Sprintf(`{ kind = "list", packets = [%d, %d], every = %d }`, 1+g.IntN(5), 6+g.IntN(50), int(1/most)+g.IntN(100))
	}
	return `"none"`
}

// path is the links of path i.
func (g *drawer) path(i int) string {
	if g.shared {
		return fmt.Sprintf("[%q, \"bottleneck\"]", g.links[i])
	}
	return fmt.Sprintf("[%q]", g.links[i])
}

// paths is how many paths there are.
func (g *drawer) paths() int {
	if g.shared {
		return len(g.links) - 1
	}
	return len(g.links)
}

func (g *drawer) flow(name string) {
	protocol := pick(g, "mptcp", "mptcp", "tcp")
	from, to := "a", "b"
	turned := g.bool()
	if turned {
		from, to = to, from
	}
	client := pick(g, "from", "to")
	fmt.Fprintf(&g.b, "\n[[flow]]\nname = %q\nfrom = %q\nto = %q\nclient = %q\nprotocol = %q\ncc = %q\n", name, from, to, client, protocol, pick(g, cc.Registry.Names()...))
	order := g.Perm(g.paths())
	n := len(order)
	if !turned && g.bool() {
		n = 1 + g.IntN(n)
		if protocol == "tcp" {
			n = 1
		}
		var paths []string
		for _, i := range order[:n] {
			paths = append(paths, g.path(i))
		}
		fmt.Fprintf(&g.b, "paths = [%s]\n", strings.Join(paths, ", "))
	}
	if protocol == "mptcp" {
		fmt.Fprintf(&g.b, "scheduler = %q\npath_manager = %s\n", pick(g, sched.Registry.Names()...), g.manager(g.pathNames(order[:n], turned == (client == "from"))))
		g.multi = append(g.multi, name)
	}
	workload, endless := g.workload()
	fmt.Fprintf(&g.b, "workload = %s\n", workload)
	start := g.between(time.Microsecond, 500*time.Millisecond)
	fmt.Fprintf(&g.b, "start = \"%v\"\n", start)
	if endless && (g.ends || g.chance(0.3)) {
		fmt.Fprintf(&g.b, "stop = \"%v\"\n", start+g.between(time.Millisecond, 3*time.Second))
	}
	if g.chance(0.3) {
		fmt.Fprintf(&g.b, "count = %d\nstagger = \"%v\"\n", 1+g.IntN(5), pick(g, 0, g.between(time.Microsecond, 200*time.Millisecond)))
	}
	g.tcp(name)
}

// pathNames names the paths as their client sees them; reversed, it is at the end b.
func (g *drawer) pathNames(paths []int, reversed bool) []string {
	var names []string
	for _, i := range paths {
		switch {
		case !g.shared:
			names = append(names, g.links[i])
		case reversed:
			names = append(names, "bottleneck+"+g.links[i])
		default:
			names = append(names, g.links[i]+"+bottleneck")
		}
	}
	return names
}

// manager draws a path manager of a connection with these paths.
func (g *drawer) manager(paths []string) string {
	path := pick(g, paths...)
	switch g.IntN(9) {
	case 0:
		return `"none"`
	case 1:
		return fmt.Sprintf(`{ kind = "ndiffports", subflows = %d }`, 1+g.IntN(4))
	case 2:
		var script []string
		for range g.IntN(5) {
			on := pick(g, "established", "established", "subflow-up", "subflow-down", "path-up", "path-down", "stale", "recovered")
			do := pick(g, "open", "open", "open", "close", "backup", "primary")
			if do == "close" && g.ends { // it might close the only subflow, and transfers end with it
				do = "open"
			}
			script = append(script, fmt.Sprintf(`{ on = %q, at = "%v", do = %q, path = %q }`, on, g.between(time.Microsecond, time.Second), do, pick(g, paths...)))
		}
		return fmt.Sprintf(`{ kind = "api", script = [%s] }`, strings.Join(script, ", "))
	case 3:
		return fmt.Sprintf(`{ kind = "fullmesh", backup = [%q], retry_after = "%v", learn = %v, announce = %v }`,
			path, pick(g, 0, 100*time.Millisecond, time.Second), g.bool(), g.bool())
	case 4:
		return fmt.Sprintf(`{ kind = "backup", primary = %q }`, path)
	case 5:
		return fmt.Sprintf(`{ kind = "single-path", order = [%q], bring_up = "%v", revert = %v }`, path, g.between(time.Microsecond, time.Second), g.bool())
	case 6:
		return fmt.Sprintf(`{ kind = "delayed", bytes = "%dB", after = "%v", both = %v }`, 1+g.IntN(100000), g.between(time.Microsecond, time.Second), g.bool())
	case 7:
		return fmt.Sprintf(`{ kind = "linux", add_addr_accepted = %d, endpoints = [{ link = %q, flags = [%s] }] }`,
			g.IntN(3), strings.Split(path, "+")[0], pick(g, `"signal"`, `"subflow"`, `"subflow", "backup"`, `"subflow", "fullmesh"`, `"signal", "subflow"`))
	}
	return `"fullmesh"`
}

// workload returns a workload, and whether it needs to be stopped.
func (g *drawer) workload() (text string, endless bool) {
	switch g.IntN(6) {
	case 0:
		return fmt.Sprintf(`{ kind = "cbr", rate = "%dkbps", chunk = "%dB" }`, 10+g.IntN(3000), 1+g.IntN(3000)), true
	case 1:
		return fmt.Sprintf(`{ kind = "onoff", on = "%v", off = "%v", distribution = %q, rate = "%dkbps" }`, g.between(time.Millisecond, time.Second),
			g.between(time.Millisecond, time.Second), pick(g, "exponential", "fixed"), pick(g, 0, 100, 2000)), true
	case 2:
		return fmt.Sprintf(`{ kind = "rpc", request = "%dB", response = "%dB", think = "%v", count = %d }`, 1+g.IntN(5000), 1+g.IntN(50000),
			pick(g, 0, g.between(time.Microsecond, 100*time.Millisecond)), 1+g.IntN(20)), false
	case 3:
		return `"bulk"`, true
	}
	return fmt.Sprintf(`{ kind = "file", size = "%dB" }`, int(g.amount(1, 400e3))), false
}

func (g *drawer) tcp(flow string) {
	mtu := pick(g, 1500, 1500, 1500, 576, 4000)
	g.mtu[flow] = mtu
	buffer := func() int { return int(g.amount(max(5e3, float64(mtu)), 2e6)) }
	fmt.Fprintf(&g.b, "tcp = { mtu = %d, initial_window = %d, rto = %q, rto_min = \"%v\", sack = %v, recovery = %q, frto = %v, delayed_ack = \"%v\", ack_every = %d, "+
		"quick_acks = %d, timestamps = %v, window_scaling = %v, idle_restart = %v, pacing = %v, hystart = %q, send_buffer = \"%dB\", receive_buffer = \"%dB\", retries = %d }\n",
		mtu, pick(g, 1, 2, 4, 10, 10, 40), pick(g, "linux", "rfc6298"), pick(g, 10*time.Millisecond, 200*time.Millisecond, time.Second), g.chance(0.8), pick(g, "rack", "rfc6675"), g.bool(),
		pick(g, 0, 40*time.Millisecond, 200*time.Millisecond), 1+g.IntN(3), pick(g, 0, 16), g.chance(0.8), g.chance(0.8), g.bool(), g.chance(0.2),
		pick(g, "none", "hystart", "hystart++"), buffer(), buffer(), g.retries())
}

// retries is how often a segment is repeated: an endpoint that gives up early may
// not deliver everything.
func (g *drawer) retries() int {
	if g.ends {
		return 15
	}
	return pick(g, 3, 15, 15, 15)
}

func (g *drawer) event() {
	at := g.between(time.Millisecond, min(g.duration, 4*time.Second)-time.Millisecond)
	fmt.Fprintf(&g.b, "\n[[event]]\nat = \"%v\"\n", at)
	if len(g.multi) > 0 && g.chance(0.2) {
		fmt.Fprintf(&g.b, "flow = %q\nsubflow = %d\nbackup = %v\n", pick(g, g.multi...), g.IntN(3), g.bool())
		return
	}
	link := pick(g, g.links...)
	fmt.Fprintf(&g.b, "link = %q\n", link)
	switch g.IntN(4) {
	case 0:
		fmt.Fprintf(&g.b, "rate = %s\n", g.both(func() string { return g.rate(link) }))
	case 1:
		fmt.Fprintf(&g.b, "delay = %s\n", g.both(g.delay))
	case 2:
		fmt.Fprintf(&g.b, "loss = %s\n", g.both(g.loss))
	case 3:
		fmt.Fprintln(&g.b, "up = false")
		if g.ends || g.chance(0.7) {
			fmt.Fprintf(&g.b, "\n[[event]]\nat = \"%v\"\nlink = %q\nup = true\n", min(at+g.between(time.Millisecond, 3*time.Second), g.duration-time.Millisecond), link)
		}
	}
}

// bound is the greatest goodput of a flow: what all links could carry.
func (d *drawn) bound() (sum float64) {
	for _, name := range slices.Sorted(maps.Keys(d.capacity)) {
		sum += d.capacity[name]
	}
	return sum
}
