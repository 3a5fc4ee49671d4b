package validate_test
import ("testing";"time";"mpsim/sim/units")
func TestDbg(t *testing.T){
	cfg := config(t, "reno", 1)
	cfg.TCP.AckEvery=1
	cfg.TCP.SendBuffer, cfg.TCP.ReceiveBuffer = 64*units.MiB, 64*units.MiB
	l := newLab(t, lossy(100*time.Millisecond, &periodic{n:1000}))
	f := l.single(cfg, 0, 0, endless)
	for i:=range 10 { l.run(time.Duration(i+1)*time.Second/2); t.Logf("%+v %+v", f.tcp.Stats, f.tcp.Flow) }
}
