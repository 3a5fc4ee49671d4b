package experiment

import (
	"testing"
	"time"

	"mpsim/scenarios"
	"mpsim/sim"
)

// The hash of the course does not depend on the timers of the engine: with hundreds more, at times of
// their own and at those of others, it stays, while the hash of events changes. It tells of
// a delay of one nanosecond, and of one more option in one segment.
func TestCourseHash(t *testing.T) {
	const text = `
duration = "2s"
[[link]]
name = "a"
between = ["c", "s"]
rate = "8Mbps"
delay = "10ms"
loss = 0.01
[[link]]
name = "b"
between = ["c", "s"]
rate = "4Mbps"
delay = "30ms"
queue = "codel"
[[flow]]
name = "f"
from = "c"
to = "s"
[[flow]]
name = "u"
from = "c"
to = "s"
protocol = "udp"
workload = { kind = "cbr", rate = "100kbps" }
`
	run := func(more string, change func(*scenarios.Simulation)) (course, events uint64) {
		s, err := scenarios.Parse("course.toml", []byte(text+more), nil)
		if err != nil {
			t.Fatal(err)
		}
		m, err := scenarios.Build(s)
		if err != nil {
			t.Fatal(err)
		}
		change(m)
		m.Engine.Run(sim.Time(s.Duration))
		return m.Network.Course(), m.Engine.Hash()
	}
	same := func(*scenarios.Simulation) {}
	course, events := run("", same)
	if again, hash := run("", same); again != course || hash != events {
		t.Error("the same run has other hashes")
	}
	got, hash := run("", func(m *scenarios.Simulation) {
		for i := range sim.Time(500) {
			m.Engine.At(i*4*sim.Time(time.Millisecond), func() {
				var x sim.Timer
				x.Init(m.Engine, nobody{}, 0)
				x.ArmAfter(time.Duration(i))
			})
		}
	})
	if got != course || hash == events {
		t.Errorf("with more timers: hash %x of the course, want %x as without; of events %x, want another than %x", got, course, hash, events)
	}
	for name, more := range map[string]string{
		"a delay":   "[[event]]\nat = \"1s\"\nlink = \"a\"\ndelay = \"10000001ns\"\n",
		"an option": "[[event]]\nat = \"1s\"\nflow = \"f\"\nsubflow = 1\nbackup = false\n",
	} {
		if got, _ := run(more, same); got == course {
			t.Errorf("%s: the hash of the course does not tell", name)
		}
	}
}

type nobody struct{}

func (nobody) HandleTimer(int) {}
