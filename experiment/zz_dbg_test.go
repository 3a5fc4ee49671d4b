package experiment
import ("testing";"fmt";"mpsim/scenarios";"mpsim/sim";"mpsim/mptcp";"mpsim/mptcp/tcp")
func TestDbg(t *testing.T){
 for _, seed := range []uint64{473,2442} {
 d := draw(seed); s,_ := scenarios.Parse("x.toml",[]byte(d.text),d.open)
 m,_ := s.Build()
 for _, at := range []float64{4,8,20,100,500,2000} {
 m.Engine.Run(sim.Time(at*1e9))
 fmt.Println(seed, at, m.Engine.Next(), m.Network.Stats().Dropped)
 for _,c := range m.Connections { for k, e := range []mptcp.Connection{c.From,c.To} {
  switch e:=e.(type){
  case *tcp.Stream: if e.Endpoint.State()!=tcp.Closed { fmt.Println("  ",c.Flow.Name,c.Index,k,e.Endpoint.State(), e.Endpoint.Stats) }
  case *mptcp.Conn: for _,sf := range e.Subflows() { if st:=sf.Endpoint().State(); st!=tcp.Closed { fmt.Println("  ",c.Flow.Name,c.Index,k,"sf",sf.ID,st,sf.Endpoint().Stats)}}
  }}}
 }}
}
