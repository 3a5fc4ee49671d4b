package sched

func init() {
	const source = "mptcp_net-next, selftests/bpf/progs/mptcp_bpf_bkup.c: an example of a dozen lines, failover is ours"
	Registry.Register("backup", source, func() Scheduler { return &Backup{} })
}

var (
	firstUp    = NewReason("first-up", "{who} is the first that is up")
	waitsFirst = NewReason("waits-first", "{who} is the first that is up, and is full")
)

// Backup sends all on the first regular subflow by ID that is not stale; the next ones
// serve only when it is down, and backups when all are. Upstream's example takes the
// first that is not a backup, and says nothing of what happens when it fails.
type Backup struct{}

// Traits implements Declarer.
func (*Backup) Traits() Traits { return Patient }

// Next implements Scheduler. What blocks the window is left to the one that carries it.
func (*Backup) Next(v *View) Decision {
	if v.Job == Blocked {
		return Decision{}
	}
	backups := backupsServe(v)
	for i := range v.Subflows {
		switch s := &v.Subflows[i]; {
		case !s.ready(backups):
		case s.Limit != Free:
			v.Because(waitsFirst, i, 0, 0, 0)
			return Decision{On: One(i)}
		default:
			v.Because(firstUp, i, 0, 0, 0)
			return Decision{Do: Send, On: One(i)}
		}
	}
	return Decision{}
}
