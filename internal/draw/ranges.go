package draw

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"

	"mpsim/experiment/record"
	"mpsim/scenarios"
	"mpsim/scenarios/language"
	"mpsim/sim/netem/channel"
	"mpsim/topology"
)

// atMostOne are the numbers that are parts of a whole, by the names that results give them.
var atMostOne = []string{"share", "loss", "utilization", "jain", "window_blocked", "buffer_blocked", "scheduler_wait"}

// within is how far sums may be off by rounding.
const within = 1e-9

// ranges checks that every number of a result is finite and in its range: all that a result has are
// amounts, from 0, but for what calls of applications return, models predict and schedulers compare.
func ranges(res *record.Result) error {
	if err := numbersOf(reflect.ValueOf(res).Elem(), ""); err != nil {
		return err
	}
	sum := 0.0
	for i := range res.Flows {
		f := &res.Flows[i]
		sum += record.OrZero(f.Share)
		part := 0.0
		for _, s := range f.Subflows {
			part += record.OrZero(s.Share)
		}
		if part > 1+within {
			return &Failure{"the shares of subflows sum to more than 1", fmt.Sprintf("flow %s: %g", f.Name, part)}
		}
	}
	if sum != 0 && math.Abs(sum-1) > within {
		return &Failure{"the shares of flows do not sum to 1", fmt.Sprint(sum)}
	}
	return nil
}

// numbersOf checks the numbers in v, which lies at path.
func numbersOf(v reflect.Value, path string) error {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			return numbersOf(v.Elem(), path)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if err := numbersOf(v.Index(i), path); err != nil {
				return err
			}
		}
	case reflect.Struct:
		if _, call := v.Interface().(record.Call); call {
			return nil
		}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "" || name == "-" {
				name = f.Name
			}
			if !f.IsExported() {
				continue
			}
			if err := numbersOf(v.Field(i), path+"."+name); err != nil {
				return err
			}
		}
	case reflect.Float64:
		name := path[strings.LastIndexByte(path, '.')+1:]
		switch x := v.Float(); {
		case math.IsNaN(x) || math.IsInf(x, 0):
			return &Failure{"not a finite number: " + path, fmt.Sprint(x)}
		case x < 0 && !strings.Contains(path, "prediction") && !strings.HasPrefix(path, ".Trace.Decisions."):
			return &Failure{"less than 0: " + path, fmt.Sprint(x)}
		case x > 1+within && slices.Contains(atMostOne, name):
			return &Failure{"more than 1: " + path, fmt.Sprint(x)}
		}
	}
	return nil
}

// capacity checks that no flow gets more than the links at its ends carry at any time, less the
// headers. What came before the end of a warm-up may be read after it: then there is no bound.
func capacity(s *scenarios.Scenario, res *record.Result) error {
	if s.Warmup > 0 {
		return nil
	}
	for i := range s.Flows {
		f := &s.Flows[i]
		const headers = 28 // of IP and UDP; TCP has 40
		mtu := float64(max(f.TCP.MTU, f.Server.TCP.MTU))
		most := 0.0
		seen := make(map[topology.Hop]bool)
		for _, p := range f.Pairs {
			for _, paths := range p.Routes {
				for _, path := range paths {
					for _, h := range []topology.Hop{path[0], path[len(path)-1]} {
						for _, down := range []bool{false, true} { // requests and responses
							h.Down = down
							if !seen[h] {
								seen[h] = true
								most += peak(s, h)
							}
						}
					}
				}
			}
		}
		if !f.UDP() {
			most *= (mtu - headers) / mtu
		}
		if got := record.OrZero(res.Flows[i].Goodput); got > most*(1+within) {
			return &Failure{"goodput above capacity", fmt.Sprintf("flow %s gets %g bit/s of %g", f.Name, got, most)}
		}
	}
	return nil
}

// peak returns the most that one direction of a link carries at any time, bit/s.
func peak(s *scenarios.Scenario, h topology.Hop) float64 {
	l := &s.Links[h.Link]
	most := peakOf(direction(l.Rate, h.Down))
	for _, e := range s.Events {
		if r := direction(e.Rate, h.Down); e.Link == l.Name && !r.IsZero() {
			most = max(most, peakOf(r))
		}
	}
	return most
}

func direction(r language.Duplex[language.Rate], down bool) language.Part[language.Rate] {
	if down {
		return r.Down
	}
	return r.Up
}

func peakOf(p language.Part[language.Rate]) float64 {
	switch r := p.New().(type) {
	case *channel.Constant:
		return float64(r.Rate)
	case *channel.Steps:
		most := 0.0
		for _, x := range r.Steps {
			most = max(most, float64(x.Rate))
		}
		return most
	}
	return math.Inf(1) // what it carries at a moment is not bounded
}
