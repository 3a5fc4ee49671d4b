package pathmgr

import (
	"testing"
	"time"
)

func TestAPI(t *testing.T) {
	zero := 0
	t.Run("at a time", func(t *testing.T) {
		m := &API{Script: []Step{
			{Do: DoOpen, Path: "lte", At: time.Second}, {Do: DoOpen, Path: "dsl", At: 3 * time.Second, Backup: true}, {Do: DoOpen, Path: "wifi"},
		}}
		play(t, m, newConn("wifi", "lte", "dsl"),
			step{nil, Event{Kind: Established}, "after 1s: 0; after 3s: 1; open 0"},
			step{nil, Event{Kind: Alarm, Tag: 0}, "open 1"},
			step{up(2, false), Event{Kind: Alarm, Tag: 1}, ""},
			step{up(2, true), Event{Kind: Alarm, Tag: 1}, "open 2 as backup"})
	})
	t.Run("on an event", func(t *testing.T) {
		m := &API{Script: []Step{
			{On: OnPathDown, Of: "wifi", Do: DoClose, Path: "wifi"},
			{On: OnPathDown, Do: DoOpen, Path: "lte"},
			{On: OnSubflowUp, Do: DoPrimary, Subflow: &zero},
			{On: OnStale, Of: "lte", Do: DoBackup, Path: "lte"},
		}}
		play(t, m, newConn("wifi", "lte"),
			step{nil, Event{Kind: Established}, ""},
			step{up(0, false), Event{Kind: PathDown, Path: 0}, "close #0; open 1"},
			step{up(0, true), Event{Kind: PathUp, Path: 0}, ""},
			step{nil, Event{Kind: SubflowUp, Path: 1, Subflow: 1}, ""}, // there is no subflow 0
			step{nil, Event{Kind: Stale, Path: 0}, ""},
			step{nil, Event{Kind: Stale, Path: -1}, ""},
			step{nil, Event{Kind: Stale, Path: 1}, "backup #1 true"})
	})
	t.Run("after bytes", func(t *testing.T) {
		m := &API{Script: []Step{
			{On: OnBytes, Bytes: 2000, Do: DoOpen, Path: "dsl"}, {On: OnBytes, Bytes: 1000, Do: DoOpen, Path: "lte"},
			{On: OnBytes, Bytes: 2000, Do: DoBackup, Subflow: &zero},
		}}
		play(t, m, newConn("wifi", "lte", "dsl"),
			step{nil, Event{Kind: Established}, "after 1000 bytes; after 2000 bytes"},
			step{nil, Event{Kind: Transferred}, "open 1"},
			step{nil, Event{Kind: Transferred}, "open 2; backup #0 true"})
	})
	t.Run("addresses, and the other end", func(t *testing.T) {
		m := &API{Script: []Step{
			{End: Server, Do: DoAnnounce, Addr: "lte"}, {End: Server, On: OnPathDown, Do: DoWithdraw, Addr: "lte"}, {Do: DoOpen, Path: "lte"},
		}}
		c := newConn("wifi", "lte")
		c.server = true
		play(t, m, c,
			step{nil, Event{Kind: Established}, "announce 1"},
			step{up(1, false), Event{Kind: PathDown, Path: 1}, "withdraw 1"})
	})
}

func TestAPIValidate(t *testing.T) {
	zero := 0
	for name, s := range map[string]Step{
		"nothing to do":              {},
		"open without a path":        {Do: DoOpen},
		"open a subflow":             {Do: DoOpen, Path: "a", Subflow: &zero},
		"close nothing":              {Do: DoClose},
		"close two things":           {Do: DoClose, Path: "a", Subflow: &zero},
		"announce a path":            {Do: DoAnnounce, Path: "a"},
		"bytes without an amount":    {On: OnBytes, Do: DoOpen, Path: "a"},
		"an amount of something":     {Bytes: 1, Do: DoOpen, Path: "a"},
		"of the connection":          {Of: "a", Do: DoOpen, Path: "a"},
		"close as a backup":          {Do: DoClose, Path: "a", Backup: true},
		"before the event":           {At: -1, Do: DoOpen, Path: "a"},
		"an address as backup":       {Do: DoAnnounce, Addr: "a", Backup: true},
		"primary with an address":    {Do: DoPrimary, Addr: "a", Path: "b"},
		"announce with no addresses": {Do: DoAnnounce},
	} {
		if (&API{Script: []Step{s}}).Validate() == nil {
			t.Errorf("%s must not pass", name)
		}
	}
	good := &API{Script: []Step{{Do: DoClose, Subflow: &zero}, {On: OnBytes, Bytes: 1, Do: DoOpen, Path: "a", Backup: true}}}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
}
