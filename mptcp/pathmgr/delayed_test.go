package pathmgr

import (
	"testing"
	"time"
)

// RFC 8684, section 3.9.2: a connection that has carried an initial window of data, or
// lasted for some time, is worth a second subflow; the number is limited.
//
// Req: R8684-3.9.2-02
func TestDelayed(t *testing.T) {
	names := []string{"wifi", "lte", "dsl", "sat"}
	t.Run("by bytes", func(t *testing.T) {
		play(t, &Delayed{Bytes: 14600, Subflows: 3}, newConn(names...),
			step{nil, Event{Kind: Established}, "after 14600 bytes"},
			step{nil, Event{Kind: PathUp, Path: 1}, ""},
			step{nil, Event{Kind: Transferred}, "open 1; open 2"})
	})
	t.Run("whichever comes first", func(t *testing.T) {
		play(t, &Delayed{Bytes: 14600, After: time.Second, Subflows: 8}, newConn(names[:2]...),
			step{nil, Event{Kind: Established}, "after 1s: 0; after 14600 bytes"},
			step{nil, Event{Kind: Alarm}, "open 1"},
			step{nil, Event{Kind: Transferred}, ""})
	})
	t.Run("both", func(t *testing.T) {
		play(t, &Delayed{Bytes: 14600, After: time.Second, Both: true, Subflows: 8}, newConn(names[:2]...),
			step{nil, Event{Kind: Established}, "after 1s: 0; after 14600 bytes"},
			step{nil, Event{Kind: Alarm}, ""},
			step{nil, Event{Kind: Transferred}, "open 1"})
	})
	t.Run("a path goes down and comes up", func(t *testing.T) {
		play(t, &Delayed{After: time.Second, Subflows: 8}, newConn(names[:2]...),
			step{nil, Event{Kind: Established}, "after 1s: 0"},
			step{nil, Event{Kind: Alarm}, "open 1"},
			step{up(1, false), Event{Kind: PathDown, Path: 1}, "close #1"},
			step{nil, Event{Kind: SubflowDown, Path: 1, Subflow: 1, Err: errLost}, ""},
			step{up(1, true), Event{Kind: PathUp, Path: 1}, "open 1"})
	})
	for _, m := range []Delayed{
		{Subflows: 2}, {Bytes: -1, Subflows: 2}, {Bytes: 1, Both: true, Subflows: 2}, {Bytes: 1}, {Bytes: 1, Subflows: MaxSubflows + 1},
	} {
		if m.Validate() == nil {
			t.Errorf("%+v must not pass", m)
		}
	}
}
