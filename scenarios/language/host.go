package language

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"mpsim/mptcp"
	"mpsim/mptcp/tcp"
	"mpsim/sim/words"
)

// A Host is one word for all that the TCP and MPTCP of an implementation do at an end:
// where they differ, as Knobs says; all else is as tcp.DefaultConfig and
// mptcp.DefaultProtocol have it. A flow takes its defaults from it. Controller, scheduler
// and path manager stay what the flow says.
type Host struct{ Name, Source string }

// Hosts are all there are, in the order of the values of a Knob; the first is the default.
var Hosts = []Host{
	{"linux", "Linux 6.18 with its own MPTCP (net/mptcp), and the defaults of its sysctls"},
	{"mptcp-0.9x", "MPTCP of multipath-tcp.org, v0.95 and v0.96, in Linux 4.19 and 5.4"},
	{"rfc", "the text of the RFCs, where they say SHOULD or give a number"},
}

// A Knob is a parameter whose default differs from host to host.
type Knob struct {
	// Key is that of a flow, such as tcp.rto_min, or a parameter of the controller, such as
	// cc.linux.
	Key string
	// With are the controllers with which it holds; nil: all.
	With []string
	// Values are those of Hosts, as a scenario writes them.
	Values [3]any
	// Source says where they are from.
	Source string
}

// coupled are the controllers that v0.9x has and upstream has not.
var coupled = []string{"lia", "olia", "balia", "wvegas"}

// Knobs are all there are: a row more is a default more.
var Knobs = []Knob{
	{"cc.linux", []string{"cubic"}, [3]any{true, true, false}, "net/ipv4/tcp_cubic.c; RFC 9438"},
	{"cc.linux", coupled, [3]any{false, true, false},
		"v0.95: mptcp_coupled.c, mptcp_olia.c, mptcp_balia.c, mptcp_wvegas.c; upstream has none of them"},
	{"mptcp.add_addr_retries", nil, [3]any{int64(3), int64(0), int64(3)},
		"ADD_ADDR_RETRANS_MAX; version 0 has no echo to wait for; RFC 8684, section 3.4.1 leaves it open"},
	{"mptcp.blackhole_timeout", nil, [3]any{"1h", "0s", "0s"}, "net.mptcp.blackhole_timeout; v0.9x and RFC 8684 remember nothing"},
	{"mptcp.checksum", nil, [3]any{"accept", "want", "want"},
		"net.mptcp.checksum_enabled = 0; v0.9x: mptcp_checksum = 1; RFC 8684, section 3.1, flag A"},
	{"mptcp.fastclose", nil, [3]any{"rst", "ack", "rst"}, "captures; v0.95: mptcp_send_active_reset; RFC 8684, section 3.5 has both"},
	{"mptcp.late_fallback", nil, [3]any{true, false, false},
		"capture 15: net/mptcp falls back as long as nothing was joined or sent again; v0.95: mptcp_detect_mapping resets; RFC 8684, section 3.7: RST"},
	{"mptcp.opportunistic", nil, [3]any{false, true, false},
		"v0.95: mptcp_rcv_buf_optimization in mptcp_sched.c; upstream has none; RFC 8684, section 3.3.6 leaves it open"},
	{"mptcp.penalise", nil, [3]any{false, true, false}, "as mptcp.opportunistic"},
	{"mptcp.profile", nil, [3]any{"v1", "v0", "v1"}, "v0.9x: mptcp_version = 0"},
	{"mptcp.remove_addr_check", nil, [3]any{false, false, true},
		"net/mptcp: mptcp_pm_rm_addr_recv, and v0.95: mptcp_handle_rem_addr close at once; RFC 8684, section 3.4.2"},
	{"mptcp.short_data_ack", nil, [3]any{true, false, false}, "captures: net/mptcp, use_64bit_ack; RFC 8684, section 3.3.2 leaves it open"},
	{"mptcp.short_dsn", nil, [3]any{false, true, false}, "v0.95: MPTCP_SUB_LEN_SEQ_ALIGN; RFC 8684, section 3.3.1 leaves it open"},
	{"mptcp.strict_backup", nil, [3]any{false, false, true}, "RFC 8684, section 3.3.8"},
	{"mptcp.syn_mpc_retries", nil, [3]any{int64(2), int64(3), int64(2)},
		"net.mptcp.syn_retrans_before_tcp_fallback; v0.9x: mptcp_syn_retries; RFC 8684, section 3.1 leaves it open"},
	{"mptcp.writes_in_segment", nil, [3]any{int64(17), int64(0), int64(0)}, "measured on 6.18: MAX_SKB_FRAGS pieces of memory, one a write"},
	{"tcp.hystart", []string{"cubic"}, [3]any{"hystart", "hystart", "hystart++"}, "tcp_cubic.c: hystart = 1; RFC 9438, section 4.10"},
	{"tcp.quick_acks", nil, [3]any{int64(40), int64(16), int64(0)},
		"TCP_MAX_QUICKACKS is 16, but a pushed segment is acknowledged at once, too: with 40 HyStart ends at 30 and 48 segments as measured; RFC 5681, section 4.2 has none"},
	{"tcp.rto", nil, [3]any{"linux", "linux", "rfc6298"}, "tcp_rtt_estimator; RFC 6298, section 2"},
	{"tcp.rto_min", nil, [3]any{"200ms", "200ms", "1s"}, "TCP_RTO_MIN; RFC 6298, (2.4)"},
	{"tcp.syn_linear_timeouts", nil, [3]any{int64(4), int64(0), int64(0)}, "net.ipv4.tcp_syn_linear_timeouts, since Linux 6.5; RFC 6298, (5.5)"},
	{"tcp.syn_retries", nil, [3]any{int64(6), int64(6), int64(7)}, "net.ipv4.tcp_syn_retries; RFC 9293, section 3.8.3: at least 3 minutes"},
	{"tcp.time_wait", nil, [3]any{"1m", "1m", "4m"}, "TCP_TIMEWAIT_LEN; RFC 9293, sections 3.4.2 and 3.6.1: twice an MSL of 2 minutes"},
}

// HostNames returns the names of all hosts.
func HostNames() (list []string) {
	for _, h := range Hosts {
		list = append(list, h.Name)
	}
	return list
}

// hostIndex returns which of Hosts has the name.
func hostIndex(name string) int {
	return slices.IndexFunc(Hosts, func(h Host) bool { return h.Name == name })
}

// HostDefaults returns what a flow has under the controller cc of a host whose name is one of HostNames.
func HostDefaults(host, cc string) (tcp.Config, mptcp.Protocol) {
	config, protocol := tcp.DefaultConfig(), mptcp.DefaultProtocol()
	var d document
	d.decodeStruct("tcp", hostValues(host, "tcp", cc), reflect.ValueOf(&config).Elem(), nil)
	d.decodeStruct("mptcp", hostValues(host, "mptcp", cc), reflect.ValueOf(&protocol).Elem(), nil)
	if len(d.problems) > 0 {
		panic(fmt.Sprintf("language: host %s: %v", host, d.problems))
	}
	return config, protocol
}

// HostController returns the controller cc as a host has it.
func HostController(host, cc string) Part[Controller] {
	return partOf[Controller](cc, hostValues(host, "cc", cc), nil)
}

// hostValues returns what a host has in a table (tcp, mptcp, or cc: the parameters of the
// controller) under the controller cc.
func hostValues(host, table, cc string) map[string]any {
	values := make(map[string]any)
	i := hostIndex(host)
	for _, k := range Knobs {
		if key, ok := strings.CutPrefix(k.Key, table+"."); ok && (k.With == nil || slices.Contains(k.With, cc)) {
			values[key] = k.Values[i]
		}
	}
	return values
}

// underHost returns cc with the parameters that it leaves to its host. A parameter
// that does not go together with those that it has is a problem.
func (d *document) underHost(path, host string, cc Part[Controller]) Part[Controller] {
	values := hostValues(host, "cc", cc.Kind)
	if cc.IsZero() || len(values) == 0 {
		return cc
	}
	maps.Copy(values, cc.params)
	cc = partOf[Controller](cc.Kind, values, cc.files)
	if v, ok := any(cc.Look()).(validator); ok {
		if err := v.Validate(); err != nil {
			d.fail(path, "%s, with the defaults of host %q: %v", cc.Kind, host, err)
		}
	}
	return cc
}

// host reads the name of a host at path; v is nil if it is left out.
func (d *document) host(path string, v any, leftOut string) string {
	name, ok := v.(string)
	switch {
	case v == nil:
		return leftOut
	case !ok:
		d.fail(path, "got %s; want %s", describe(v), strings.Join(HostNames(), ", "))
	case hostIndex(name) < 0:
		d.fail(path, "unknown host %q; %s", clip(name), words.Suggest(name, HostNames()))
	default:
		return name
	}
	return leftOut
}

// Says tells what the parameter means, and with which controllers the values hold.
func (k Knob) Says() string {
	table, key, _ := strings.Cut(k.Key, ".")
	typ, doc := reflect.TypeFor[tcp.Config](), ""
	switch table {
	case "mptcp":
		typ = reflect.TypeFor[mptcp.Protocol]()
	case "cc":
		for _, p := range registryOf[Controller]().Params(k.With[0]) {
			if p.Name == key {
				doc = p.Doc
			}
		}
	}
	for i := range typ.NumField() {
		if f := typ.Field(i); table != "cc" && f.Tag.Get("toml") == key {
			doc = f.Tag.Get("doc")
		}
	}
	if k.With != nil {
		doc = "under " + strings.Join(k.With, ", ") + ": " + doc
	}
	return doc
}
