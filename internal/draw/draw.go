// Package draw draws scenarios at random over the whole language, judges what their
// runs yield, and makes a failing one small.
//
// What can be drawn comes from the registries and from the tags of the structs that scenarios
// decode into, so that a new part, parameter or key is drawn as soon as it is there. A value that its type
// does not explain is first drawn blindly; scenarios.Parse then says what is wanted
// instead, and the value is repaired. Only what neither can tell is written down, in hints.go.
package draw

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"mpsim/scenarios"
	"mpsim/scenarios/language"
	"mpsim/sim/app"
)

// A Scenario is one that was drawn, or read from a file.
type Scenario struct {
	Seed uint64 // that it was drawn from; 0: none
	// Mild says that everything is bound to end: workloads are finite, losses at most 5 %, outages
	// pass, and there is ample time.
	Mild bool
	// Set has the --set options.
	Set []string
	// Files are those that the text refers to.
	Files map[string][]byte

	tree tree
}

// Text returns the scenario as TOML.
func (s *Scenario) Text() []byte { return []byte(text(s.tree).String()) }

// Parse loads the scenario as the command does.
func (s *Scenario) Parse() (*scenarios.Scenario, error) {
	return scenarios.Parse("drawn.toml", s.Text(), s.open, s.Set...)
}

// open is the scenarios.Opener of Files.
func (s *Scenario) open(name string) ([]byte, error) {
	if b, ok := s.Files[name]; ok {
		return b, nil
	}
	return nil, fs.ErrNotExist
}

// drawer draws one scenario.
type drawer struct {
	*rand.Rand
	Scenario
	duration time.Duration
	scale    float64 // of rates, bit/s
	again    map[string]func() (any, bool)
	tries    map[string]int

	links []string
	nodes []string // at which flows may begin and end
	flows []string
	paths [][]string // from nodes[0] to nodes[1]

}

// Draw returns the scenario of a seed. It is valid.
func Draw(seed uint64) *Scenario {
	for attempt := uint64(0); ; attempt++ {
		g := &drawer{Rand: rand.New(rand.NewPCG(seed, 0x6d7073696d+attempt)), again: make(map[string]func() (any, bool)), tries: make(map[string]int)}
		g.Scenario = Scenario{Seed: seed, Files: make(map[string][]byte), tree: make(tree)}
		g.all()
		if g.settle() {
			return &g.Scenario
		}
		if attempt == 100 {
			panic(fmt.Sprintf("draw: seed %d gives no valid scenario", seed))
		}
	}
}

// work is how many packets a drawn scenario may carry at most, about.
const work = 4000

// all draws a scenario, which may not be valid yet.
func (g *drawer) all() {
	g.Mild = g.chance(0.35)
	g.duration = g.between(5*time.Millisecond, 100*time.Second)
	if g.chance(0.05) {
		g.duration = g.between(time.Microsecond, 5*time.Millisecond)
	}
	g.scale = g.amount(0.1, 1) * work * 12000 / g.duration.Seconds() / 3
	if g.Mild {
		g.duration = 2000 * time.Second
	}
	g.again["duration"] = func() (any, bool) { return duration(g.duration), true }
	g.tree["duration"] = duration(g.duration)
	g.tree["name"] = fmt.Sprintf("drawn-%d", g.Seed)
	g.tree["seed"] = int64(g.Seed)
	g.network()
	g.arrays()
	g.vary()
	g.defaults()
	g.sets()
}

// settle repairs what scenarios.Parse does not like, and bounds the work. It reports whether the result
// is valid.
func (g *drawer) settle() bool {
	for range 40 {
		w := text(g.tree)
		s, err := scenarios.Parse("drawn.toml", []byte(w.String()), g.open, g.Set...)
		if err == nil {
			if s, ok := g.bounded(s); ok {
				return s
			}
			continue
		}
		var problems scenarios.Problems
		if !errors.As(err, &problems) {
			return false
		}
		for _, p := range problems {
			g.repair(p, w.of[p.Line])
		}
	}
	return false
}

// bounded shortens a run that would take long. It reports whether the result is valid, and whether
// nothing had to be changed.
func (g *drawer) bounded(s *scenarios.Scenario) (valid, ok bool) {
	if len(s.Links) > 120 || connections(s) > 100 {
		return false, true
	}
	n := packets(s)
	if n <= 30*work || g.Mild {
		return true, true
	}
	d := time.Duration(float64(s.Duration) * 10 * work / n)
	if d < 100 || s.Duration < 1000 {
		return false, true
	}
	g.duration = d
	g.tree["duration"] = duration(g.duration)
	for _, path := range paths(g.tree, "") { // what comes at a time comes in the shorter run
		if _, last := above(path); slices.Contains(times, last.key) && g.again[path] != nil {
			if v, ok := g.again[path](); ok {
				put(g.tree, path, v)
			}
		}
	}
	return false, false
}

// times are the keys of tables that are times of the run.
var times = []string{"at", "start", "stop", "stagger", "spread", "gap", "warmup", "every"}

func connections(s *scenarios.Scenario) (n int) {
	for i := range s.Flows {
		n += s.Flows[i].Count * max(1, len(s.Flows[i].Pairs))
	}
	return n
}

// packets bounds what links carry and workloads do in a run, about.
func packets(s *scenarios.Scenario) (n float64) {
	t := s.Duration.Seconds()
	for _, l := range s.Links {
		for _, r := range []language.Part[language.Rate]{l.Rate.Up, l.Rate.Down} {
			n += float64(r.New().Mean()) / 12000 * t
		}
	}
	for _, e := range s.Events {
		for _, r := range []language.Part[language.Rate]{e.Rate.Up, e.Rate.Down} {
			if !r.IsZero() {
				n += float64(r.New().Mean()) / 12000 * t
			}
		}
	}
	for i := range s.Flows {
		if w, ok := s.Flows[i].Workload.New().(app.Waker); ok {
			n += w.Wakes() * t * float64(s.Flows[i].Count*max(1, len(s.Flows[i].Pairs)))
		}
	}
	return n
}

// repair changes what a problem is about: to a word that the message offers, to another
// value or, if nothing helps, to nothing. element is the table in which its line is.
func (g *drawer) repair(p scenarios.Problem, element string) {
	if strings.HasPrefix(p.File, "--set") {
		g.Set = nil
		return
	}
	key := p.Key
	if element != "" { // a table that is varied has other indices than the one in the text
		if _, rest, ok := strings.Cut(key, "]"); ok {
			key = element + rest
		} else {
			key = element
		}
	}
	for key != "" {
		v, there := at(g.tree, key)
		draw, known := g.again[key]
		g.tries[key]++
		switch {
		case !there && known && g.tries[key] <= 5:
			if v, ok := draw(); ok && put(g.tree, key, v) {
				return
			}
		case !there:
		case g.tries[key] > 6:
			if remove(g.tree, key) {
				return
			}
		default:
			if g.mend(key, v, p.Message, draw) {
				return
			}
		}
		key, _ = above(key)
	}
	if p.Line == 0 { // of the whole: there may be no flow left
		g.arrays()
	}
}

// mend changes the value v at key.
func (g *drawer) mend(key string, v any, message string, draw func() (any, bool)) bool {
	offers := alternatives(message)
	switch v := v.(type) {
	case tree:
		for _, k := range g.shuffled(slices.Sorted(maps.Keys(v))) {
			if !mentions(message, k) {
				continue
			}
			if again := g.again[key+"."+k]; again != nil && g.chance(0.6) {
				if x, ok := again(); ok {
					v[k] = x
					return true
				}
			}
			delete(v, k)
			return true
		}
		for _, k := range g.shuffled(word.FindAllString(message, -1)) { // a key that is wanted
			if again := g.again[key+"."+k]; again != nil && v[k] == nil {
				if x, ok := again(); ok {
					v[k] = x
					return true
				}
			}
		}
	case string:
		if len(offers) > 0 && g.chance(0.8) {
			return put(g.tree, key, offers[g.IntN(len(offers))])
		}
	}
	if draw == nil {
		return false
	}
	x, ok := draw()
	if !ok {
		return remove(g.tree, key)
	}
	return put(g.tree, key, x)
}

// mentions reports whether a message has the name of a key in it.
func mentions(message, key string) bool {
	for i := 0; ; {
		j := strings.Index(message[i:], key)
		if j < 0 {
			return false
		}
		i += j
		end := i + len(key)
		if (i == 0 || !letter(message[i-1])) && (end == len(message) || !letter(message[end])) {
			return true
		}
		i = end
	}
}

func letter(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_'
}

func (g *drawer) shuffled(list []string) []string {
	g.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

// small draws a number from 0 on, mostly a small one, below n.
func (g *drawer) small(n int) int { return int(float64(n) * math.Pow(g.Float64(), 2)) }
