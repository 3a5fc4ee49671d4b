package pathmgr

import (
	"testing"
	"time"
)

func backup(primary string) *Backup {
	return &Backup{Primary: primary, RetryAfter: time.Second, RetryMax: time.Minute}
}

func TestBackup(t *testing.T) {
	t.Run("the others are ready before they are needed", func(t *testing.T) {
		play(t, backup(""), newConn("wifi", "lte", "dsl"),
			step{nil, Event{Kind: Established}, "open 1 as backup; open 2 as backup"})
	})
	t.Run("the initial subflow is not the primary one", func(t *testing.T) {
		play(t, backup("wifi"), newConn("lte", "wifi"),
			step{nil, Event{Kind: Established}, "backup #0 true; open 1"})
	})
	t.Run("the primary path goes down and comes back", func(t *testing.T) {
		play(t, backup(""), newConn("wifi", "lte"),
			step{nil, Event{Kind: Established}, "open 1 as backup"},
			step{up(0, false), Event{Kind: PathDown, Path: 0}, "close #0"},
			step{nil, Event{Kind: SubflowDown, Path: 0, Err: errLost}, ""},
			step{up(0, true), Event{Kind: PathUp, Path: 0}, "open 0"},
			step{nil, Event{Kind: SubflowUp, Path: 0, Subflow: 2}, ""})
	})
	t.Run("the primary subflow fails", func(t *testing.T) {
		play(t, backup(""), newConn("wifi", "lte"),
			step{nil, Event{Kind: Established}, "open 1 as backup"},
			step{gone(1, 0), Event{Kind: SubflowDown, Path: 0, Err: errLost}, "after 1s: 0"},
			step{at(2), Event{Kind: Alarm, Tag: 0}, "open 0"})
	})
	t.Run("the primary subflow is stale for a while", func(t *testing.T) {
		play(t, backup(""), newConn("wifi", "lte"),
			step{nil, Event{Kind: Established}, "open 1 as backup"},
			step{nil, Event{Kind: Stale, Path: 1, Subflow: 1}, ""},
			step{nil, Event{Kind: Stale, Path: 0}, "backup #1 false"},
			step{nil, Event{Kind: Recovered, Path: 0}, "backup #1 true"})
	})
	t.Run("a stale primary subflow is replaced", func(t *testing.T) {
		play(t, backup(""), newConn("wifi", "lte"),
			step{nil, Event{Kind: Established}, "open 1 as backup"},
			step{nil, Event{Kind: Stale, Path: 0}, "backup #1 false"},
			step{gone(1, 0), Event{Kind: SubflowDown, Path: 0, Err: errLost}, "after 1s: 0"},
			step{at(2), Event{Kind: Alarm, Tag: 0}, "open 0"},
			step{nil, Event{Kind: SubflowUp, Path: 0, Subflow: 2}, "backup #1 true"})
	})
	t.Run("nothing before the connection is established", func(t *testing.T) {
		play(t, backup(""), newConn("wifi", "lte"),
			step{up(0, false), Event{Kind: PathDown, Path: 0}, ""})
	})
}
