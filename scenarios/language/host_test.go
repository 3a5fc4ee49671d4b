package language

import (
	"bytes"
	flags "flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"mpsim/cc"
	"mpsim/mptcp"
	"mpsim/mptcp/tcp"
)

var update = flags.Bool("update", false, "rewrite docs/hosts.md")

// hostsPage is docs/hosts.md.
func hostsPage() []byte {
	var b bytes.Buffer
	b.WriteString(`# Hosts

What ` + "`host`" + ` of a flow, or of its ` + "`server`" + `, stands for: the defaults in which hosts differ. A key that the flow writes out
wins over its host; controller, scheduler and path manager are never the host's. Written by ` + "`go test ./scenarios/language -run Hosts -update`" + ` from
` + "`scenarios/language/host.go`" + `.

`)
	for i, h := range Hosts {
		fmt.Fprintf(&b, "* `%s`: %s", h.Name, h.Source)
		if i == 0 {
			b.WriteString(" (the default)")
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "\n| key | meaning | `%s` | source |\n|---|---|%s---|\n", strings.Join(HostNames(), "` | `"), strings.Repeat("---|", len(Hosts)))
	for _, k := range Knobs {
		fmt.Fprintf(&b, "| `%s` | %s |", k.Key, k.Says())
		for _, v := range k.Values {
			fmt.Fprintf(&b, " `%s` |", (&writer{}).value("", v))
		}
		fmt.Fprintf(&b, " %s |\n", k.Source)
	}
	b.WriteString("\nAll else is the same with each: `mpsim list tcp` and `mpsim list mptcp`. `mpsim list hosts` prints this table by host.\n")
	return b.Bytes()
}

// docs/hosts.md is what the code has.
func TestHostsPage(t *testing.T) {
	const file = "../../docs/hosts.md"
	if *update {
		if err := os.WriteFile(file, hostsPage(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(got, hostsPage()) {
		t.Errorf("%s is not what scenarios/language/host.go has (%v): go test ./scenarios/language -run Hosts -update", file, err)
	}
}

// Every knob exists, has a meaning and a source, stands in its place, and tells hosts
// apart; its controllers exist and stay valid.
func TestHostsKnobs(t *testing.T) {
	known := func(v any) (list []string) {
		typ := reflect.TypeOf(v)
		for i := range typ.NumField() {
			list = append(list, typ.Field(i).Tag.Get("toml"))
		}
		return list
	}
	keys := map[string][]string{"tcp": known(tcp.Config{}), "mptcp": known(mptcp.Protocol{})}
	last := ""
	for _, k := range Knobs {
		table, key, _ := strings.Cut(k.Key, ".")
		if k.Key < last {
			t.Errorf("%s comes after %s", k.Key, last)
		}
		last = k.Key
		if k.Says() == "" || strings.HasSuffix(k.Says(), ": ") || k.Source == "" {
			t.Errorf("%s has no meaning or no source", k.Key)
		}
		if k.Values[0] == k.Values[1] && k.Values[1] == k.Values[2] {
			t.Errorf("%s is the same in all hosts", k.Key)
		}
		if table != "cc" && !slices.Contains(keys[table], key) {
			t.Errorf("there is no %s", k.Key)
		}
		if table == "cc" && k.With == nil {
			t.Errorf("%s is of no controller", k.Key)
		}
		for _, law := range k.With {
			if !slices.Contains(cc.Registry.Names(), law) {
				t.Errorf("%s: there is no controller %s", k.Key, law)
			}
		}
	}
	for _, h := range HostNames() {
		for _, law := range cc.Registry.Names() {
			config, protocol := HostDefaults(h, law)
			if err := config.Validate(); err != nil {
				t.Errorf("%s, %s: %v", h, law, err)
			}
			if err := protocol.Validate(); err != nil {
				t.Errorf("%s, %s: %v", h, law, err)
			}
			if _, err := parseFlow(fmt.Sprintf("host = %q\ncc = %q", h, law)); err != nil {
				t.Errorf("%s, %s: %v", h, law, err)
			}
		}
	}
}

// parseFlow reads a scenario of one flow with these keys.
func parseFlow(keys string) (*Scenario, error) {
	text := "duration = \"1s\"\n[[link]]\nname = \"l\"\nbetween = [\"a\", \"b\"]\nrate = \"1Mbps\"\n[[flow]]\nname = \"f\"\nfrom = \"a\"\nto = \"b\"\n" + keys
	return Parse("x.toml", []byte(text), nil)
}

// A flow takes its defaults from its host; what it writes out wins; its server may be
// another host, and then has what the flow writes out and, for the rest, its own defaults.
func TestHost(t *testing.T) {
	flow := func(keys string) *Flow {
		t.Helper()
		s, err := parseFlow(keys)
		if err != nil {
			t.Fatal(err)
		}
		return &s.Flows[0]
	}
	whole := func(p Part[Controller]) bool { return p.New().(*cc.LIA).Linux }
	f := flow("")
	if f.Host != "linux" || f.Server.Host != "linux" || f.TCP.RTO != tcp.RTOLinux || f.Server.TCP != f.TCP || f.Server.Options != f.Options {
		t.Errorf("a flow that says nothing is %q and %q, not linux", f.Host, f.Server.Host)
	}
	f = flow(`host = "rfc"`)
	if f.TCP.RTOMin != time.Second || f.TCP.RTO != tcp.RTORFC || !f.Options.StrictBackup || f.Server.TCP != f.TCP || whole(f.CC) {
		t.Errorf("rfc is not that: %+v", f.TCP)
	}
	f = flow("host = \"mptcp-0.9x\"\ntcp = { rto_min = \"1s\" }\nmptcp = { checksum = \"accept\" }")
	if f.TCP.RTOMin != time.Second || f.Options.Checksum != mptcp.ChecksumAccept || f.Options.Profile != mptcp.V0 || !whole(f.CC) || !whole(f.Server.CC) {
		t.Errorf("what is written out does not win over the host, or the rest is not the host's: %+v", f.Options)
	}
	if f = flow("host = \"mptcp-0.9x\"\ncc = { kind = \"lia\", linux = false }"); whole(f.CC) || whole(f.Server.CC) {
		t.Error("linux = false does not win over the host")
	}
	f = flow("host = \"rfc\"\ntcp = { quick_acks = 3 }\nserver = { host = \"mptcp-0.9x\", tcp = { rto_max = \"9s\" } }")
	if f.TCP.RTOMin != time.Second || f.Server.TCP.RTOMin != 200*time.Millisecond || f.Server.TCP.QuickAcks != 3 ||
		f.Server.TCP.RTOMax != 9*time.Second || f.TCP.RTOMax == 9*time.Second || whole(f.CC) || !whole(f.Server.CC) {
		t.Errorf("a server of another host:\n%+v\n%+v", f.TCP, f.Server.TCP)
	}
	s, _ := parseFlow("host = \"mptcp-0.9x\"\nserver = { host = \"rfc\" }")
	again, err := Parse("again.toml", s.Marshal(), nil)
	if err != nil || again.Flows[0].Options != s.Flows[0].Options || again.Flows[0].Server.TCP != s.Flows[0].Server.TCP ||
		!bytes.Contains(s.Marshal(), []byte(`host = "mptcp-0.9x"`)) {
		t.Errorf("the scenario as written out is another one (%v):\n%s", err, s.Marshal())
	}
}

// What is wrong with a host is said at its line.
func TestHostProblems(t *testing.T) {
	for _, tt := range []struct{ keys, want string }{
		{`host = "linus"`, `x.toml:10: flow[0].host: unknown host "linus"; did you mean "linux"?`},
		{`host = 6`, `x.toml:10: flow[0].host: got 6 (an integer); want linux, mptcp-0.9x, rfc`},
		{`server = { host = "rcf" }`, `flow[0].server.host: unknown host "rcf"; did you mean "rfc"?`},
		{`server = 3`, `flow[0].server: got 3 (an integer); want a table`},
		{"host = \"mptcp-0.9x\"\ncc = { kind = \"lia\", rule = \"nsdi11\" }", `lia, with the defaults of host "mptcp-0.9x"`},
		{"protocol = \"udp\"\nworkload = { kind = \"cbr\", rate = \"1Mbps\" }\nhost = \"rfc\"", `flow[0].host: has no meaning for udp`},
	} {
		_, err := parseFlow(tt.keys)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.keys, err, tt.want)
		}
	}
}
