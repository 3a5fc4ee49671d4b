package figure

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"mpsim/experiment/record"
	"mpsim/sim"
)

// synthetic returns a result that looks like one of a run of 30 s: a download
// over two paths beside a TCP flow and short transfers, Wi-Fi being away from
// 12 s to 18 s.
func synthetic() *record.Result {
	res := &record.Result{}
	res.Scenario, res.Duration, res.Warmup = "synthetic", 30, 5
	res.Flows = []record.Flow{
		{Name: "download", Protocol: "mptcp", CC: "olia", Subflows: []record.Subflow{{Name: "wifi"}, {Name: "lte"}}},
		{Name: "competitor", Protocol: "tcp", CC: "cubic", Subflows: []record.Subflow{{Name: "wifi"}}},
		{Name: "short", Protocol: "tcp", CC: "cubic", Transfers: record.Distribution{Count: 200}, Unfinished: 3},
	}
	res.Links = []record.Link{{Name: "wifi", Direction: "up"}, {Name: "lte", Direction: "up"}}
	res.Incidents = []record.Incident{
		{T: 12, Kind: record.LinkDown, Link: "wifi"},
		{T: 12.3, Kind: record.Timeout, Flow: "download", Subflow: "wifi", Value: 90e3},
		{T: 18, Kind: record.LinkUp, Link: "wifi"},
	}
	r := rand.New(rand.NewPCG(1, 2))
	sawtooth(res, r, "download", "wifi", 20e6, 30*time.Millisecond, 1)
	sawtooth(res, r, "download", "lte", 8e6, 80*time.Millisecond, 0.5)
	sawtooth(res, r, "competitor", "wifi", 15e6, 30*time.Millisecond, 1.4)
	buffers(res, r)
	segments(res)
	for i := range 200 {
		res.Transfers = append(res.Transfers, record.Transfer{Flow: "short", Start: float64(i) / 8, FCT: 0.05 * math.Exp(r.NormFloat64()), Bytes: 100_000})
		res.Transfers = append(res.Transfers, record.Transfer{Flow: "download", Start: float64(i) / 8, FCT: 0.04 * math.Exp(0.8*r.NormFloat64()), Bytes: 100_000})
	}
	reordered := record.Reorder{Flow: "download", Count: 10000}
	for i := range 100 { // a third does not wait, the rest from 1 ms to 0.4 s
		x := float64(i) / 99
		reordered.Wait = append(reordered.Wait, 1e-3*math.Pow(400, x))
		reordered.Below = append(reordered.Below, uint64(3300+6700*x*(2-x)))
	}
	reordered.Wait, reordered.Below = slices.Insert(reordered.Wait, 0, 0), slices.Insert(reordered.Below, 0, 3300)
	res.Reorders = append(res.Reorders, reordered)
	varied(res, r)
	for i := range 64 { // as evenly spread ones of 51 and 95 Mb/s
		x := float64(i) / 63
		res.Connections = append(res.Connections,
			record.Connection{Flow: "download", Connection: i, Goodput: new(40e6 + 55e6*math.Sqrt(x))},
			record.Connection{Flow: "short", Connection: i, Goodput: new(5e6 + 90e6*x*x)})
	}
	for _, i := range []int{0, 2} {
		res.Flows[i].Connections, res.Flows[i].Rates.Count = 64, 64
	}
	return res
}

// sawtooth adds the series of a subflow in congestion avoidance.
func sawtooth(res *record.Result, r *rand.Rand, flow, subflow string, rate float64, rtt time.Duration, growth float64) {
	var cwnd, ssthresh, srtt, inflight record.Decimator
	bins := record.Bins{Width: 100 * time.Millisecond}
	var seq, again record.Thin[[2]float64]
	w, dsn := 14e3, 0.0
	bdp := rate / 8 * rtt.Seconds()
	for t := sim.Time(0); t < sim.Time(30*time.Second); t = t.Add(rtt) {
		away := subflow == "wifi" && t.Seconds() > 12 && t.Seconds() < 18
		if away {
			w = 1400
			continue
		}
		w += growth * 1400
		if w > 1.6*bdp || r.Float64() < 0.005 {
			res.Incidents = append(res.Incidents, record.Incident{T: t.Seconds(), Kind: record.Loss, Flow: flow, Subflow: subflow, Value: w})
			w /= 2
			ssthresh.Add(t, w)
		}
		cwnd.Add(t, w)
		inflight.Add(t, math.Min(w, bdp))
		srtt.Add(t, rtt.Seconds()*math.Max(1, w/bdp)+0.002*r.Float64())
		bins.Add(t, int64(math.Min(w, bdp)))
		dsn += math.Min(w, bdp)
		if r.Float64() < 0.02 {
			again.Add([2]float64{t.Seconds(), dsn - 3*w})
		}
		seq.Add([2]float64{t.Seconds(), dsn})
	}
	add := func(name, unit string, d *record.Decimator) {
		t, v := d.Points()
		res.Series = append(res.Series, record.Series{Name: name, Unit: unit, Flow: flow, Subflow: subflow, T: t, V: v})
	}
	add(record.Cwnd, "B", &cwnd)
	add(record.Ssthresh, "B", &ssthresh)
	add(record.SRTT, "s", &srtt)
	add(record.InFlight, "B", &inflight)
	t, v := bins.Rate(sim.Time(30 * time.Second))
	for i := range v {
		v[i] *= 8
	}
	res.Series = append(res.Series, record.Series{Name: record.Throughput, Unit: "bit/s", Flow: flow, Subflow: subflow, Bin: 0.1, T: t, V: v})
	for _, s := range []struct {
		points     []([2]float64)
		reinjected bool
	}{{seq.Items(), false}, {again.Items(), true}} {
		q := record.Sequence{Flow: flow, Subflow: subflow, Reinjected: s.reinjected}
		for _, p := range s.points {
			q.T, q.DSN = append(q.T, p[0]), append(q.DSN, p[1])
		}
		res.Sequences = append(res.Sequences, q)
	}
}

// segments adds what the download sends around the moment at which Wi-Fi goes away: each millisecond a
// segment on it and every fourth one on LTE, and then all on LTE, with what Wi-Fi had not delivered. Some
// of it is copied or repeated.
func segments(res *record.Result) {
	pos := uint64(30e6)
	add := func(t float64, subflow, kind, reason string, from uint64, takes, waits float64) {
		g := record.Segment{T: t, Flow: "download", Subflow: subflow, Kind: kind, From: from, To: from + 1400, Reason: reason}
		if takes > 0 {
			g.Arrived, g.Read = t+takes, t+takes+waits
		} else if waits > 0 {
			g.Read = t + waits
		}
		res.Segments = append(res.Segments, g)
	}
	for i := range 200 {
		t := 11.85 + 0.001*float64(i)
		switch {
		case i >= 150 && i%3 == 0:
			add(t, "lte", record.Reinjected, "lowest-rtt", 30_165_200+1400*uint64((i-150)/3), 0.04, 0)
		case i >= 150:
			add(t, "lte", record.New, "lowest-rtt", pos, 0.04, 0.02)
			pos += 1400
		case i == 100:
			add(t, "wifi", record.Retransmitted, "", pos-40*1400, 0.015, 0)
		case i%10 == 5:
			add(t, "lte", record.Copy, "copies", pos-1400, 0, 0.014)
		default:
			on, takes := []string{"lte", "wifi", "wifi", "wifi"}[i%4], []float64{0.04, 0.015, 0.015, 0.015}[i%4]
			why := []string{"no-block", "lowest-rtt", "lowest-rtt", "lowest-rtt"}[i%4]
			if i > 135 && on == "wifi" {
				add(t, on, record.New, why, pos, 0, 0)
			} else {
				add(t, on, record.New, why, pos, takes, 0.03*float64(i%4))
			}
			pos += 1400
		}
	}
	for i := range 8 {
		t := 11.86 + 0.02*float64(i)
		res.Pauses = append(res.Pauses, record.Pause{
			From: t, Until: t + 0.01, Flow: "download", Reason: []string{"would-block", ""}[i%2], About: "wifi",
			By: []string{record.ByScheduler, record.ByWindow, record.ByScheduler, record.ByBuffer}[i%4],
		})
	}
}

// buffers adds queues and a receive buffer.
func buffers(res *record.Result, r *rand.Rand) {
	for i, link := range []string{"wifi", "lte"} {
		var length, delay record.Decimator
		for t := sim.Time(0); t < sim.Time(30*time.Second); t = t.Add(time.Millisecond) {
			n := math.Floor(50 + 40*math.Sin(t.Seconds()*float64(2-i)) + 8*r.Float64())
			length.Add(t, n)
			delay.Add(t, n*1500*8/(20e6/float64(1+i)))
		}
		for _, x := range []struct {
			name, unit string
			d          *record.Decimator
		}{{record.QueueLength, "packets", &length}, {record.QueueDelay, "s", &delay}} {
			t, v := x.d.Points()
			res.Series = append(res.Series, record.Series{Name: x.name, Unit: x.unit, Link: link, Direction: "up", T: t, V: v})
		}
	}
	var all, waiting, limit record.Decimator
	for t := sim.Time(0); t < sim.Time(30*time.Second); t = t.Add(5 * time.Millisecond) {
		o := math.Max(0, 300e3*math.Sin(3*t.Seconds())*r.Float64())
		waiting.Add(t, o)
		all.Add(t, o+20e3*r.Float64())
		limit.Add(t, math.Min(1e6, 200e3+100e3*t.Seconds()))
	}
	for i, name := range []string{record.WindowBlocked, record.BufferBlocked} {
		x := record.Series{Name: name, Unit: "connections", Flow: "download"}
		for t := float64(2 + i); t < 30; t += 4 { // half a second of four
			x.T, x.V = append(x.T, t, t+0.5), append(x.V, 1, 0)
		}
		res.Series = append(res.Series, x)
	}
	for _, x := range []struct {
		name string
		d    *record.Decimator
	}{{record.RecvBuffer, &all}, {record.OutOfOrder, &waiting}, {record.RecvLimit, &limit}} {
		t, v := x.d.Points()
		res.Series = append(res.Series, record.Series{Name: x.name, Unit: "B", Flow: "download", T: t, V: v})
	}
}

// requestOf asks for a figure of a kind, with the axes and the metric that synthetic has.
func requestOf(kind string) Request {
	switch kind {
	case "sweep":
		return Request{Name: kind, Kind: &sweep{X: "loss", Y: "goodput", Reference: []string{"1e9*x^2"}}}
	case "matrix":
		return Request{Name: kind, Kind: &matrix{Rows: "box"}}
	case "regions":
		return Request{Name: kind, Kind: &regions{Rows: "profile", Columns: []string{"loss.rtts"}, Y: "goodput"}}
	}
	return Request{Name: kind}
}

// varied adds flows that stand for combinations of axes.
func varied(res *record.Result, r *rand.Rand) {
	for _, loss := range []string{"0.005", "0.01", "0.02", "0.05", "0.1"} {
		for _, profile := range []string{"v0", "v1"} {
			f := record.Flow{Name: "f-" + loss + profile, Labels: []string{"loss=" + loss, "profile=" + profile}}
			f.Goodput = new(10e6 * r.Float64())
			f.Drawn = []string{"loss.rtts=" + loss}
			res.Flows = append(res.Flows, f)
		}
	}
	for i, box := range []string{"strip-option", "rewrite-isn", "payload-alg", "nat"} {
		for j := range 8 {
			path, profile, checksum := []string{"first", "second"}[j/4], []string{"v0", "v1"}[j/2%2], []string{"accept", "want"}[j%2]
			f := record.Flow{Name: box + path + profile + checksum, Labels: []string{"box=" + box, "path=" + path, "profile=" + profile, "checksum=" + checksum}}
			switch (i + j) % 6 {
			case 1:
				f.Lost = 1
			case 2:
				f.Fallback = 1
			case 3:
				f.Failed = 1
			case 4:
				f.Stalled = 1
			case 5:
				f.Corrupt = 1
			}
			res.Flows = append(res.Flows, f)
		}
	}
}
