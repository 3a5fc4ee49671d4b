// Pgo reads a CPU profile from standard input and writes to standard output what the compiler needs
// of it: functions, lines and how often one calls another. Paths, times and addresses of the machine
// on which it was taken are left out. `make pgo` writes cmd/mpsim/default.pgo with it, by which
// `go build` inlines what runs use most.
package main

import (
	"log"
	"os"

	"github.com/google/pprof/profile"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("pgo: ")
	p, err := profile.Parse(os.Stdin)
	if err != nil {
		log.Fatal(err)
	}
	strip(p)
	if err := p.Write(os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// strip leaves of p what the compiler reads.
func strip(p *profile.Profile) {
	p.TimeNanos, p.DurationNanos = 0, 0
	p.Mapping = nil
	for _, l := range p.Location {
		l.Mapping, l.Address = nil, 0
	}
	for _, f := range p.Function {
		f.Filename = ""
	}
}
