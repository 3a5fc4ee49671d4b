//go:build ignore

// Generate writes lte.down, a trace of the downlink of a made-up LTE cell, in
// the format of Mahimahi's mm-link: each line is the millisecond at which one
// packet of 1500 bytes can be delivered, and the trace repeats after its last
// line. Run it with "go run generate.go" in this directory.
//
// The capacity has a mean of 15 Mb/s. It follows a slow fading of seconds (the way
// of the user through the cell), a quicker one of tenths of a second (multipath),
// and, four times a minute, a deep fade of half a second (a corner, a lorry).
// The numbers are in the range of the traces of Winstein, Sivaraman and
// Balakrishnan, "Stochastic forecasts achieve high throughput and low delay over
// cellular networks", NSDI 2013.
package main

import (
	"bufio"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"os"
)

const (
	length = 60_000 // ms
	mean   = 15e6   // bit/s
	packet = 1500 * 8
	slot   = 1e-3 // s
)

func main() {
	rate := capacity(rand.New(rand.NewPCG(1, 2)))
	var sum float64
	for _, r := range rate {
		sum += r
	}
	scale := mean * length / sum
	f, err := os.Create("lte.down")
	if err != nil {
		log.Fatal(err)
	}
	w := bufio.NewWriter(f)
	var credit float64 // packets
	for ms, r := range rate {
		for credit += r * scale * slot / packet; credit >= 1; credit-- {
			fmt.Fprintln(w, ms+1)
		}
	}
	fmt.Fprintln(w, length) // the period is a minute
	if err := w.Flush(); err != nil {
		log.Fatal(err)
	}
	if err := f.Close(); err != nil {
		log.Fatal(err)
	}
}

// capacity returns the capacity of each millisecond in arbitrary units.
func capacity(r *rand.Rand) []float64 {
	rate := make([]float64, length)
	slow, quick := ornstein{tau: 4000, sigma: 0.4}, ornstein{tau: 120, sigma: 0.25}
	for ms := range rate {
		rate[ms] = math.Exp(slow.next(r) + quick.next(r))
	}
	for _, at := range []int{9_200, 23_700, 38_100, 51_400} { // ms
		for k := range 500 {
			rate[at+k] *= 0.04
		}
	}
	return rate
}

// ornstein is an Ornstein–Uhlenbeck process in steps of a millisecond.
type ornstein struct {
	tau   float64 // time constant, ms
	sigma float64 // standard deviation
	x     float64
}

func (o *ornstein) next(r *rand.Rand) float64 {
	o.x += -o.x/o.tau + o.sigma*math.Sqrt(2/o.tau)*r.NormFloat64()
	return o.x
}
