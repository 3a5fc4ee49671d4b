package tcp

import (
	"encoding/json"
	"math"
	"os"
	"strconv"
	"testing"
	"time"

	"mpsim/sim/units"
)

// vectors are worked numbers that an independent script has computed.
type vectors struct {
	RTO []struct {
		Sample  float64 `json:"sample_ms"`
		SRTT    float64 `json:"srtt_ms"`
		RTTVar  float64 `json:"rttvar_ms"`
		NoFloor float64 `json:"rto_nofloor_ms"`
		Floor   float64 `json:"rto_200ms"`
		Second  float64 `json:"rto_1s"`
	} `json:"rto"`
	RTOLinux []struct {
		Sample float64 `json:"sample_ms"`
		SRTT   float64 `json:"srtt_us"`
		RTTVar float64 `json:"rttvar_us"`
		RTO    float64 `json:"rto_us"`
	} `json:"rto_linux"`
	RFC6675 struct {
		Una, Nxt, MSS uint32
		SACKed        []uint32 `json:"sacked"`
		Lost          []uint32 `json:"lost"`
		Pipe          int      `json:"pipe_before_rtx"`
		PipeAfter     int      `json:"pipe_after_rtx_seg1000"`
	} `json:"rfc6675"`
	PRRSingle prrVector          `json:"prr_single"`
	PRRBurst  prrVector          `json:"prr_burst"`
	WScale    map[string]int8    `json:"wscale"`
	IW10      map[string]int     `json:"iw10"`
	RACK      map[string]float64 `json:"rack"`
}

type prrVector struct {
	RecoverFS int
	Ssthresh  int
	Sndcnt    []int
	InFlight  []int `json:"inflight_before_send"`
}

func load(t *testing.T) vectors {
	t.Helper()
	b, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func ms(f float64) time.Duration { return time.Duration(math.Round(f * 1e6)) }

// near allows the truncation to whole nanoseconds of a few divisions.
func near(t *testing.T, what string, got, want time.Duration) {
	t.Helper()
	if (got - want).Abs() > 10 {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

func TestRTOVectors(t *testing.T) {
	for _, floor := range []time.Duration{time.Nanosecond, 200 * time.Millisecond, time.Second} {
		r := RTT{Min: floor, Max: 120 * time.Second}
		for _, v := range load(t).RTO {
			r.Sample(ms(v.Sample), true)
			near(t, "srtt", r.SRTT, ms(v.SRTT))
			near(t, "rttvar", r.RTTVar, ms(v.RTTVar))
			want := map[time.Duration]float64{time.Nanosecond: v.NoFloor, 200 * time.Millisecond: v.Floor, time.Second: v.Second}[floor]
			near(t, "rto", r.RTO(), ms(want))
		}
	}
}

func TestRTOLinuxVectors(t *testing.T) {
	r := RTT{Mode: RTOLinux, Min: 200 * time.Millisecond, Max: 120 * time.Second}
	for _, v := range load(t).RTOLinux {
		r.Sample(ms(v.Sample), true)
		// The vectors are in whole microseconds.
		for _, p := range []struct {
			what string
			got  time.Duration
			want float64
		}{{"srtt", r.SRTT, v.SRTT}, {"rttvar", r.RTTVar, v.RTTVar}, {"rto", r.RTO(), v.RTO}} {
			if (p.got - time.Duration(p.want*1e3)).Abs() > 2*time.Microsecond {
				t.Errorf("sample %v ms: %s = %v, want %v us", v.Sample, p.what, p.got, p.want)
			}
		}
	}
}

// "The host MUST set RTO <- RTO * 2 ("back off the timer")" (RFC 6298, 5.5),
// up to the maximum.
func TestRTOBackOff(t *testing.T) {
	r := RTT{Min: 200 * time.Millisecond, Max: 120 * time.Second}
	r.Sample(time.Millisecond, true)
	for i, want := range []int{200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 102400, 120000, 120000} {
		if got := r.RTO(); got != time.Duration(want)*time.Millisecond {
			t.Errorf("after %d back-offs: %v, want %d ms", i, got, want)
		}
		r.BackOff()
	}
	r.Sample(time.Millisecond, true)
	if r.RTO() != 200*time.Millisecond {
		t.Errorf("a sample does not end the back-off: %v", r.RTO())
	}
}

func TestPRRVectors(t *testing.T) {
	v := load(t)
	var p prr
	p.start(v.PRRSingle.RecoverFS, v.PRRSingle.Ssthresh)
	for i, want := range v.PRRSingle.Sndcnt {
		if i == len(v.PRRSingle.Sndcnt)-1 {
			break // the ACK that ends the episode is none of PRR's
		}
		if got := p.onAck(1, v.PRRSingle.InFlight[i], 1, false); got != want {
			t.Errorf("ack %d: sndcnt %d, want %d", i+3, got, want)
		}
		p.out += want
	}
	p.start(v.PRRBurst.RecoverFS, v.PRRBurst.Ssthresh)
	for i, want := range v.PRRBurst.Sndcnt {
		if got := p.onAck(1, 4, 1, false); got != want {
			t.Errorf("burst, ack %d: sndcnt %d, want %d", i+1, got, want)
		}
		p.out += want
	}
}

func TestRFC6675Vectors(t *testing.T) {
	v := load(t).RFC6675
	e := &Endpoint{
		cfg: &Config{Recovery: RFC6675}, sack: true, mss: int(v.MSS),
		snd: sender{una: v.Una, nxt: v.Nxt}, condition: condition{phase: fastRecovery},
	}
	e.out.init()
	for seq := v.Una; seq < v.Nxt; seq += v.MSS {
		e.out.list(e.out.push(0, seq, int(v.MSS), 0))
	}
	for _, seq := range v.SACKed {
		e.out.markSACKed(e.out.find(seq))
	}
	if !e.detectBySACK() {
		t.Fatal("no loss found")
	}
	var lostSeqs []uint32
	for i := e.out.head; i != e.out.tail; i++ {
		if r := e.out.at(i); r.flags&lost != 0 {
			lostSeqs = append(lostSeqs, r.seq)
		}
	}
	if len(lostSeqs) != len(v.Lost) || lostSeqs[0] != v.Lost[0] || lostSeqs[1] != v.Lost[1] {
		t.Errorf("lost %v, want %v", lostSeqs, v.Lost)
	}
	if e.out.pipe() != v.Pipe {
		t.Errorf("pipe %d, want %d", e.out.pipe(), v.Pipe)
	}
	r := e.out.at(e.out.head)
	r.flags |= inFlight
	e.out.resent += r.size()
	if e.out.pipe() != v.PipeAfter {
		t.Errorf("pipe after the retransmission %d, want %d", e.out.pipe(), v.PipeAfter)
	}
}

func TestRACKVector(t *testing.T) {
	v := load(t).RACK
	e := &Endpoint{}
	e.rack.reordering = true
	e.Flow.MinRTT = ms(v["min_rtt_ms"])
	e.RTT.SRTT = ms(v["srtt_ms"])
	if got := e.reorderWindow(); got != ms(v["reo_wnd_ms"]) {
		t.Errorf("reo_wnd %v, want %v ms", got, v["reo_wnd_ms"])
	}
}

func TestWindowScaleVectors(t *testing.T) {
	for n, want := range load(t).WScale {
		size, _ := strconv.Atoi(n)
		if got := WindowScale(units.Bytes(size)); got != want {
			t.Errorf("WindowScale(%s) = %d, want %d", n, got, want)
		}
	}
}

func TestInitialWindowVectors(t *testing.T) {
	for mss, want := range load(t).IW10 {
		n, _ := strconv.Atoi(mss)
		if got := InitialWindow(10, n); got != want {
			t.Errorf("InitialWindow(%s) = %d, want %d", mss, got, want)
		}
	}
}
