package language

import "testing"

// An end of a connection has a controller of its own, with the parameters of its flow and host.
func BenchmarkPartNew(b *testing.B) {
	s, err := parse(ten, `flow.f.cc={kind="cubic", beta=0.7}`)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		s.Flows[0].CC.New()
	}
}
