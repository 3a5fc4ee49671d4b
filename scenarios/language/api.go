package language

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mpsim/mptcp/pathmgr"
	"mpsim/sim/words"
)

// Call is a call of an application to the interface of its MPTCP connection (RFC 6897,
// section 5.3), on every connection of a flow.
type Call struct {
	Flow  string        `toml:"flow" doc:"flow whose application calls"`
	End   pathmgr.End   `toml:"end" doc:"client or server; left out: client"`
	At    time.Duration `toml:"at" doc:"when; with on: time after the event" time:"run"`
	On    Moment        `toml:"on" doc:"event that it follows, every time"`
	Every time.Duration `toml:"every" doc:"repeat it so often; left out: once" time:"run"`
	Do    Function      `toml:"call" doc:"enable, add, remove, subflows, connid, info, open, close, backup, abort"`

	Enable  *bool    `toml:"enable" doc:"call = enable: what to set; left out: get"`
	Addr    []string `toml:"addr" doc:"call = add or remove: links of the addresses"`
	Path    string   `toml:"path" doc:"call = open: name of the path"`
	Backup  *bool    `toml:"backup" doc:"call = open or backup: whether it is one"`
	Subflow *int     `toml:"subflow" doc:"call = close, backup or info: ID of the subflow; of info left out: all"`
}

// Moment is an event that a Call follows. The zero value is none.
type Moment string

// The moments beside those of pathmgr.Trigger.
const (
	OnConnect   Moment = "connect"   // the client is about to connect
	OnConnected Moment = "connected" // the handshake is over, MPTCP or not
)

// Moments are all there are.
var Moments = []Moment{
	OnConnect, OnConnected, Moment(pathmgr.OnEstablished), Moment(pathmgr.OnSubflowUp), Moment(pathmgr.OnSubflowDown),
	Moment(pathmgr.OnPathUp), Moment(pathmgr.OnPathDown), Moment(pathmgr.OnAddrAnnounced), Moment(pathmgr.OnStale), Moment(pathmgr.OnRecovered),
}

// Function is a function of the interface.
type Function string

// The functions.
const (
	CallEnable   Function = "enable"
	CallAdd      Function = "add"
	CallRemove   Function = "remove"
	CallSubflows Function = "subflows"
	CallConnID   Function = "connid"
	CallInfo     Function = "info"
	CallOpen     Function = "open"
	CallClose    Function = "close"
	CallBackup   Function = "backup"
	CallAbort    Function = "abort"
)

// signature says which arguments a function must have and may have.
type signature struct {
	name      Function
	must, may []string
}

var functions = []signature{
	{CallEnable, nil, []string{"enable"}},
	{CallAdd, []string{"addr"}, nil},
	{CallRemove, []string{"addr"}, nil},
	{CallSubflows, nil, nil},
	{CallConnID, nil, nil},
	{CallInfo, nil, []string{"subflow"}},
	{CallOpen, []string{"path"}, []string{"backup"}},
	{CallClose, []string{"subflow"}, nil},
	{CallBackup, []string{"subflow", "backup"}, nil},
	{CallAbort, nil, nil},
}

// decode implements selfDecoder.
func (m *Moment) decode(d *document, path string, v any) { decodeWord(d, path, v, m, Moments) }

// decode implements selfDecoder.
func (f *Function) decode(d *document, path string, v any) {
	all := make([]Function, len(functions))
	for i := range functions {
		all[i] = functions[i].name
	}
	decodeWord(d, path, v, f, all)
}

// decodeWord reads one of some words.
func decodeWord[T ~string](d *document, path string, v any, into *T, all []T) {
	allowed := make([]string, len(all))
	for i, w := range all {
		allowed[i] = string(w)
	}
	s, ok := v.(string)
	if !ok {
		d.fail(path, "got %s; want one of %s", describe(v), strings.Join(allowed, ", "))
		return
	}
	i := slices.Index(allowed, s)
	if i < 0 {
		d.fail(path, "there is no %q; %s", clip(s), words.Suggest(s, allowed))
		return
	}
	*into = all[i]
}

// maxCalls bounds the calls of one Call on one connection.
const maxCalls = 100_000

// checkCall checks call i.
func (s *Scenario) checkCall(d *document, i int) {
	x := &s.Calls[i]
	fail := func(key, format string, args ...any) { d.fail(at("api", i, key), format, args...) }
	t, ok := d.root["api"].([]any)[i].(map[string]any)
	if !ok {
		return
	}
	has := func(key string) bool { _, ok := t[key]; return ok }
	d.known(at("api", i, "flow"), "flow", x.Flow, &s.flows)
	switch {
	case !has("at") && !has("on"):
		fail("", `want at, a time such as "2s", or on, an event such as "established"`)
	case x.On == OnConnect && x.End == pathmgr.Server:
		fail("on", "a server does not connect")
	case x.On == OnConnect && (x.At != 0 || x.Every != 0):
		fail("on", "what comes before the connection has no time after it: want neither at nor every")
	}
	if has("every") && (x.Every <= 0 || s.Duration/max(x.Every, 1) > maxCalls) {
		fail("every", "%v: want a time of which %v has at most %d", x.Every, s.Duration, maxCalls)
	}
	s.checkTimely(d, "api", i, x.At)
	s.checkArguments(d, i, has)
	k, ok := s.flows.index[x.Flow]
	if !ok {
		return
	}
	f := &s.Flows[k]
	if !f.MPTCP() {
		fail("flow", "%q is a %s flow, which has no such interface", x.Flow, f.Protocol)
		return
	}
	end := pathmgr.Client
	if x.End != "" {
		end = x.End
	}
	if all := f.PathNames(end == pathmgr.Server); x.Path != "" && !slices.Contains(all, x.Path) {
		fail("path", "there is no path %q; %s", clip(x.Path), words.Suggest(x.Path, all))
	}
	for k, name := range x.Addr {
		if all := f.addressLinks(end); !slices.Contains(all, name) {
			fail(fmt.Sprintf("addr[%d]", k), "there is no link of an address %q; %s", clip(name), words.Suggest(name, all))
		}
	}
}

// checkArguments checks that call i has the arguments that its function takes.
func (s *Scenario) checkArguments(d *document, i int, has func(string) bool) {
	x := &s.Calls[i]
	if x.Do == "" {
		if !d.failed(at("api", i, "call")) {
			d.fail(at("api", i, "call"), "missing; want a function such as subflows")
		}
		return
	}
	f := functions[slices.IndexFunc(functions, func(f signature) bool { return f.name == x.Do })]
	for _, key := range []string{"enable", "addr", "path", "backup", "subflow"} {
		switch must := slices.Contains(f.must, key); {
		case must && !has(key):
			d.fail(at("api", i, key), "missing; %s takes it", x.Do)
		case has(key) && !must && !slices.Contains(f.may, key):
			d.fail(at("api", i, key), "%s takes no %s", x.Do, key)
		}
	}
}
