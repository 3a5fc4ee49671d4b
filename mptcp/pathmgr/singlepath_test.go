package pathmgr

import (
	"testing"
	"time"
)

func single(revert bool, order ...string) *SinglePath {
	return &SinglePath{Order: order, BringUp: 500 * time.Millisecond, Revert: revert, RetryAfter: 10 * time.Second, RetryMax: time.Minute}
}

func TestSinglePath(t *testing.T) {
	t.Run("break before make, and back", func(t *testing.T) {
		play(t, single(true, "wifi", "lte"), newConn("wifi", "lte"),
			step{nil, Event{Kind: Established}, ""},
			step{up(0, false), Event{Kind: PathDown, Path: 0}, "close #0; after 500ms: -1"},
			step{at(0.5), Event{Kind: Alarm, Tag: wake}, "open 1"},
			step{nil, Event{Kind: SubflowUp, Path: 1, Subflow: 1}, ""},
			step{up(0, true), Event{Kind: PathUp, Path: 0}, "close #1; after 500ms: -1"},
			step{at(1), Event{Kind: Alarm, Tag: wake}, "open 0"})
	})
	t.Run("no way back", func(t *testing.T) {
		play(t, single(false, "wifi"), newConn("wifi", "lte"),
			step{nil, Event{Kind: Established}, ""},
			step{up(0, false), Event{Kind: PathDown, Path: 0}, "close #0; after 500ms: -1"},
			step{nil, Event{Kind: Alarm, Tag: wake}, "open 1"},
			step{up(0, true), Event{Kind: PathUp, Path: 0}, ""})
	})
	t.Run("the order decides", func(t *testing.T) {
		play(t, single(true, "wifi", "dsl"), newConn("wifi", "lte", "dsl"),
			step{nil, Event{Kind: Established}, ""},
			step{gone(0, 0), Event{Kind: SubflowDown, Path: 0, Err: errLost}, "after 10s: 0; after 500ms: -1"},
			step{nil, Event{Kind: Alarm, Tag: wake}, "open 2"},
			step{at(10), Event{Kind: Alarm, Tag: 0}, "close #1; after 500ms: -1"},
			step{nil, Event{Kind: Alarm, Tag: wake}, "open 0"})
	})
	t.Run("stale", func(t *testing.T) {
		play(t, single(true), newConn("wifi", "lte"),
			step{nil, Event{Kind: Established}, ""},
			step{stale(0, true), Event{Kind: Stale, Path: 0}, "after 10s: 0; close #0; after 500ms: -1"},
			step{nil, Event{Kind: Alarm, Tag: wake}, "open 1"})
	})
	t.Run("stale, and no other", func(t *testing.T) {
		play(t, single(true), newConn("wifi", "lte"),
			step{up(1, false), Event{Kind: Established}, ""},
			step{stale(0, true), Event{Kind: Stale, Path: 0}, "after 10s: 0"},
			step{up(1, true), Event{Kind: PathUp, Path: 1}, "close #0; after 500ms: -1"},
			step{nil, Event{Kind: Alarm, Tag: wake}, "open 1"},
			step{at(10), Event{Kind: Alarm, Tag: 0}, "close #1; after 500ms: -1"})
	})
	t.Run("stale beyond its time, and no other", func(t *testing.T) {
		play(t, single(true), newConn("wifi", "lte"),
			step{up(1, false), Event{Kind: Established}, ""},
			step{stale(0, true), Event{Kind: Stale, Path: 0}, "after 10s: 0"},
			step{at(10), Event{Kind: Alarm, Tag: 0}, ""})
	})
	t.Run("stale, and well again", func(t *testing.T) {
		play(t, single(true), newConn("wifi", "lte"),
			step{up(1, false), Event{Kind: Established}, ""},
			step{stale(0, true), Event{Kind: Stale, Path: 0}, "after 10s: 0"},
			step{stale(0, false), Event{Kind: Recovered, Path: 0}, ""},
			step{up(1, true), Event{Kind: PathUp, Path: 1}, ""},
			step{nil, Event{Kind: Alarm, Tag: 0}, ""})
	})
	t.Run("nothing is usable", func(t *testing.T) {
		play(t, single(true), newConn("wifi"),
			step{nil, Event{Kind: Established}, ""},
			step{up(0, false), Event{Kind: PathDown, Path: 0}, "close #0"},
			step{up(0, true), Event{Kind: PathUp, Path: 0}, "after 500ms: -1"},
			step{nil, Event{Kind: Alarm, Tag: wake}, "open 0"})
	})
	t.Run("the interface that is brought up is lost", func(t *testing.T) {
		play(t, single(true), newConn("wifi", "lte", "dsl"),
			step{nil, Event{Kind: Established}, ""},
			step{up(0, false), Event{Kind: PathDown, Path: 0}, "close #0; after 500ms: -1"},
			step{up(1, false), Event{Kind: PathDown, Path: 1}, ""},
			step{nil, Event{Kind: Alarm, Tag: wake}, "after 500ms: -1"},
			step{nil, Event{Kind: Alarm, Tag: wake}, "open 2"})
	})
	t.Run("other events change nothing", func(t *testing.T) {
		play(t, single(true), newConn("wifi", "lte"),
			step{up(0, false), Event{Kind: PathDown, Path: 0}, ""},
			step{up(0, true), Event{Kind: PathUp, Path: 0}, ""},
			step{nil, Event{Kind: Established}, ""},
			step{up(1, false), Event{Kind: PathDown, Path: 1}, ""},
			step{nil, Event{Kind: SubflowDown, Path: 1, Subflow: 9, Err: errLost}, ""},
			step{nil, Event{Kind: AddrAnnounced, Addr: 1}, ""})
	})
}
