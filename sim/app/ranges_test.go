package app

import (
	"reflect"
	"testing"
	"time"

	"mpsim/sim/units"
)

// What a workload is without parameters, as the language documents it.
func TestDefaults(t *testing.T) {
	for name, want := range map[string]Pattern{ // order does not matter
		"bulk":    &Bulk{},
		"cbr":     &CBR{Rate: units.Mbps, Chunk: 1000},
		"file":    &File{Size: 1_000_000, Distribution: "fixed", Shape: 1.5},
		"onoff":   &OnOff{On: time.Second, Off: time.Second, Distribution: "exponential", Rate: units.Mbps, Chunk: 1000},
		"poisson": &Poisson{Rate: units.Mbps, Chunk: 1000},
		"rpc":     &RPC{Request: 100, Response: 10_000},
	} {
		if got, err := Registry.New(name); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v (%v), want %+v", name, got, err, want)
		}
	}
}

// Each range ends where its message says: the last value passes, the next does not.
func TestRanges(t *testing.T) {
	onOff := func(change func(*OnOff)) *OnOff {
		o := &OnOff{On: 1, Distribution: "fixed", Rate: 1, Chunk: 1}
		change(o)
		return o
	}
	for name, m := range map[string]struct{ in, out interface{ Validate() error } }{ // order does not matter
		"cbr, rate":      {&CBR{Rate: 1, Chunk: 1}, &CBR{Rate: 0, Chunk: 1}},
		"cbr, chunk":     {&CBR{Rate: 1, Chunk: 1}, &CBR{Rate: 1, Chunk: 0}},
		"poisson, rate":  {&Poisson{Rate: 1, Chunk: 1}, &Poisson{Rate: 0, Chunk: 1}},
		"poisson, chunk": {&Poisson{Rate: 1, Chunk: 1}, &Poisson{Rate: 1, Chunk: 0}},
		"file, least":    {&File{Size: 1, Distribution: "fixed", Shape: 2}, &File{Size: 0, Distribution: "fixed", Shape: 2}},
		"file, most":     {&File{Size: maxFile, Distribution: "fixed", Shape: 2}, &File{Size: maxFile + 1, Distribution: "fixed", Shape: 2}},
		"file, shape 1":  {&File{Size: 1, Distribution: "pareto", Shape: 1 + 1e-9}, &File{Size: 1, Distribution: "pareto", Shape: 1}},
		"file, shape":    {&File{Size: 1, Distribution: "pareto", Shape: 100}, &File{Size: 1, Distribution: "pareto", Shape: 100.1}},
		"onoff, on":      {onOff(func(*OnOff) {}), onOff(func(o *OnOff) { o.On = 0 })},
		"onoff, off":     {onOff(func(o *OnOff) { o.Off = 0 }), onOff(func(o *OnOff) { o.Off = -1 })},
		"onoff, rate":    {onOff(func(o *OnOff) { o.Rate = 0 }), onOff(func(o *OnOff) { o.Rate = -1 })},
		"onoff, chunk":   {onOff(func(o *OnOff) { o.Chunk = 1 }), onOff(func(o *OnOff) { o.Chunk = 0 })},
		"rpc, request":   {&RPC{Request: 1, Response: 1}, &RPC{Request: 0, Response: 1}},
		"rpc, response":  {&RPC{Request: 1, Response: 1}, &RPC{Request: 1, Response: 0}},
		"rpc, think":     {&RPC{Request: 1, Response: 1}, &RPC{Request: 1, Response: 1, Think: -1}},
		"rpc, count":     {&RPC{Request: 1, Response: 1}, &RPC{Request: 1, Response: 1, Count: -1}},
	} {
		if err := m.in.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if m.out.Validate() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// How often a workload has the clock wake it, and what it offers: 8 Mb/s in chunks of 1000 bytes are 1000 a
// second.
func TestWakesAndOffers(t *testing.T) {
	for _, tt := range []struct {
		m     Waker
		wakes float64
		mean  units.Bandwidth // offered
	}{
		{&CBR{Rate: 8 * units.Mbps, Chunk: 1000}, 1000, 8 * units.Mbps},
		{&Poisson{Rate: 8 * units.Mbps, Chunk: 1000}, 1000, 8 * units.Mbps},
		// In a period of 4 s: 1000 chunks in its first second, and two turns.
		{&OnOff{On: time.Second, Off: 3 * time.Second, Rate: 8 * units.Mbps, Chunk: 1000}, 1002. / 4, 2 * units.Mbps},
	} {
		if got := tt.m.Wakes(); got != tt.wakes {
			t.Errorf("%T wakes %v times a second, want %v", tt.m, got, tt.wakes)
		}
		chunk, rate := tt.m.(Source).Offers()
		if chunk != 1000 || rate != tt.mean {
			t.Errorf("%T offers %v in chunks of %v, want %v and 1000 B", tt.m, rate, chunk, tt.mean)
		}
	}
}

// ended is a stream at whose end the peer is.
type ended struct {
	Stream
	closed int
}

func (*ended) Read(units.Bytes) units.Bytes { return 0 }
func (*ended) EOF() bool                    { return true }
func (s *ended) CloseWrite()                { s.closed++ }

// A reader closes its direction once, however often it is told of the peer's end, and not after the stream
// has gone.
func TestReaderClosesOnce(t *testing.T) {
	s := new(ended)
	r := new(reader)
	r.Start(s)
	r.Readable()
	r.Readable()
	if s.closed != 1 {
		t.Errorf("closed %d times, want once", s.closed)
	}
	s, r = new(ended), new(reader)
	r.Start(s)
	r.Closed(nil)
	r.Readable()
	if s.closed != 0 {
		t.Error("closed after the stream has gone")
	}
}

// The flow of an RPC is about its responses if they are more than the requests.
func TestAnswersBounds(t *testing.T) {
	for response, want := range map[units.Bytes]bool{99: false, 100: false, 101: true} { // order does not matter
		if got := (&RPC{Request: 100, Response: response}).Answers(); got != want {
			t.Errorf("requests of 100 bytes and responses of %d: %v, want %v", response, got, want)
		}
	}
}
