package app

import "mpsim/sim"

func init() {
	Registry.Register("bulk", "the greedy source of the literature", func() Pattern { return &Bulk{} })
}

// Bulk sends as much as the connection takes, until Env.Stop.
type Bulk struct{}

// Pair implements Pattern.
func (*Bulk) Pair(env Env, _ sim.Time) (from, to Workload) {
	return &bulk{writer{env: env}}, &reader{}
}

type bulk struct{ writer }

func (b *bulk) Start(s Stream)  { b.start(s, b); b.Writable() }
func (b *bulk) HandleTimer(int) { b.close() }
func (b *bulk) Closed(error)    { b.end() }

func (b *bulk) Writable() {
	if !b.closed {
		b.s.Write(everything)
	}
}
