package draw

import (
	"os"
	"testing"
)

// Whatever is wrong with a scenario, with the files that it names, or with the options of the command, it
// is told where: Parse does not panic, and each problem has a line or an option.
func TestMutants(t *testing.T) {
	t.Parallel()
	seeds := uint64(200)
	if os.Getenv("MPSIM_LONG") != "" {
		seeds = 4000
	}
	for seed := uint64(1); seed <= seeds; seed++ {
		m := Mutate(seed)
		if err := m.Load(); err != nil {
			t.Errorf("seed %d: %v\n--set %q\n%s", seed, err, m.Set, m.Text)
		}
	}
}
