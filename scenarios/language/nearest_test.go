package language

import (
	"strings"
	"testing"
)

// Every word of the language that is misspelt gets the nearest one that would do, at its place: keys of tables
// in lines and inline, names of parts and parameters, units, choices, names of what the file has itself.
func TestNearest(t *testing.T) {
	const (
		link   = "[[link]]\nname = \"wifi-5\"\nbetween = [\"c\", \"server\"]\nrate = \"8Mbps\"\n"
		api    = "[[api]]\nflow = \"f\"\nat = \"1s\"\n"
		expect = "[[expect]]\nmetric = \"utilization\"\nlink = \"a\"\ndirection = \"up\"\nmin = 0\n"
		target = "[[target]]\nid = \"t\"\nof = \"x\"\nbecause = \"y\"\nevidence = \"read\"\nmin = 1\n"
		sweep  = "[[figure]]\nkind = \"sweep\"\n"
	)
	for _, tt := range []struct{ text, key, want string }{
		// Keys.
		{"duraton = \"1s\"\n" + ten, "duraton", "duration"},
		{ten + "protocl = \"tcp\"", "flow[0].protocl", "protocol"},
		{ten + "tcp = { recovry = \"rack\" }", "flow[0].tcp.recovry", "recovery"},
		{ten + "server = { tcp = { mtuu = 1500 } }", "flow[0].server.tcp.mtuu", "mtu"},
		{with(`"8Mbps"`, `{ upp = "8Mbps", down = "8Mbps" }`), "link[0].rate.upp", "up"},
		{with(`"8Mbps"`, `{ upp = "8Mbps" }`), "link[0].rate.upp", "up"},
		{with(`"8Mbps"`, `{ trce = "x" }`), "link[0].rate.trce", "trace"},
		{ten + `cc = { knd = "cubic" }`, "flow[0].cc.knd", "kind"},
		{ten + `cc = { kind = "cubic", bta = 0.7 }`, "flow[0].cc.bta", "beta"},
		{ten + onLink + `limit = { dwn = "5pkt" }`, "event[0].limit.dwn", "down"},
		{ten + onLink + `limt = "5pkt"`, "event[0].limt", "limit"},
		{ten + box + "kind = \"split\"\nwhen = { untl = \"1s\" }", "link[0].middlebox[0].when.untl", "until"},
		{ten + box + "kind = \"split\"\nmsss = 500", "link[0].middlebox[0].msss", "mss"},
		{"[defaults.flw]\n" + ten, "defaults.flw", "flow"},
		// Parts.
		{ten + `cc = "cubik"`, "flow[0].cc", "cubic"},
		{ten + `cc = "LIA"`, "flow[0].cc", "lia"},
		{ten + `scheduler = "roundrobbin"`, "flow[0].scheduler", "roundrobin"},
		{ten + `path_manager = "fulmesh"`, "flow[0].path_manager", "fullmesh"},
		{ten + `workload = "bluk"`, "flow[0].workload", "bulk"},
		{ten + `host = "linus"`, "flow[0].host", "linux"},
		{ten + `protocol = "mtcp"`, "flow[0].protocol", "mptcp"},
		{with(`"8Mbps"`, `"8Mbps"`+"\nqueue = \"dropptail\""), "link[0].queue", "droptail"},
		{with(`"8Mbps"`, `"8Mbps"`+"\nloss = { kind = \"bernouli\", p = 0.1 }"),
			"link[0].loss.kind", "bernoulli"},
		{ten + box + "kind = \"natt\"", "link[0].middlebox[0].kind", "nat"},
		{"duration = \"1s\"\n[topology]\nkind = \"dumbell\"", "topology.kind", "dumbbell"},
		// Choices of parts.
		{ten + `cc = { kind = "lia", rule = "rfc6365" }`, "flow[0].cc", "rfc6356"},
		{ten + `cc = { kind = "olia", metric = "l/rtt" }`, "flow[0].cc", "l/rtt2"},
		{ten + `cc = { kind = "bbr3", profile = "linx" }`, "flow[0].cc", "linux"},
		{ten + `tcp = { recovery = "rak" }`, "flow[0].tcp.recovery", "rack"},
		{ten + `tcp = { rto = "rfc6289" }`, "flow[0].tcp.rto", "rfc6298"},
		{ten + `tcp = { ecn = "clasic" }`, "flow[0].tcp.ecn", "classic"},
		{ten + `tcp = { fast_open = "cokie" }`, "flow[0].tcp.fast_open", "cookie"},
		{ten + `tcp = { hystart = "histart" }`, "flow[0].tcp", "hystart"},
		{ten + `mptcp = { profile = "bis79" }`, "flow[0].mptcp.profile", "bis97"},
		{ten + `mptcp = { checksum = "acept" }`, "flow[0].mptcp.checksum", "accept"},
		{ten + `mptcp = { fastclose = "akc" }`, "flow[0].mptcp.fastclose", "ack"},
		{ten + `workload = { kind = "file", distribution = "paretto" }`, "flow[0].workload", "pareto"},
		{ten + `workload = { kind = "onoff", distribution = "fixd" }`, "flow[0].workload", "fixed"},
		{with(`"8Mbps"`, `"8Mbps"`+"\ndelay = { kind = \"jitter\", distribution = \"norml\" }"),
			"link[0].delay", "normal"},
		{ten + box + "kind = \"split\"\ndirection = \"dwon\"", "link[0].middlebox[0].direction", "down"},
		{ten + box + "kind = \"split\"\nwhen = { packets = [\"sny\"] }", "link[0].middlebox[0].when", "syn"},
		{ten + box + "kind = \"strip-option\"\noptions = [\"mpjoin\"]", "link[0].middlebox[0]", "mp_join"},
		{ten + box + "kind = \"nat\"\non_expire = \"rts\"", "link[0].middlebox[0]", "rst"},
		{ten + `path_manager = { kind = "linux", endpoints = [{ link = "a", flags = ["signl"] }] }`,
			"flow[0].path_manager.endpoints[0].flags[0]", "signal"},
		{ten + `path_manager = { kind = "api", script = [{ do = "opn", path = "a" }] }`,
			"flow[0].path_manager.script[0].do", "open"},
		{ten + `path_manager = { kind = "api", script = [{ on = "estblished", do = "open", path = "a" }] }`,
			"flow[0].path_manager.script[0].on", "established"},
		// Units.
		{with("8Mbps", "8Mpbs"), "link[0].rate", "Mbps"},
		{with("8Mbps", "8mbps"), "link[0].rate", "Mbps"},
		{with("10s", "10mss"), "duration", "ms"},
		{with(`"8Mbps"`, `"8Mbps"`+"\nqueue = \"100pkts\""), "link[0].queue", "pkt"},
		{with(`"8Mbps"`, `"8Mbps"`+"\nqueue = \"2bdp\""), "link[0].queue", "BDP"},
		{ten + `tcp = { send_buffer = "4MIB" }`, "flow[0].tcp.send_buffer", "MiB"},
		{ten + "[[expect]]\nmetric = \"goodput\"\nflow = \"f\"\nmin = \"1Mbp\"", "expect[0].min", "Mbps"},
		// Calls of applications.
		{ten + api + `call = "subflos"`, "api[0].call", "subflows"},
		{ten + api + "call = \"info\"\non = \"conected\"", "api[0].on", "connected"},
		{ten + api + "call = \"info\"\nend = \"sever\"", "api[0].end", "server"},
		// Metrics, figures, formulas.
		{ten + strings.Replace(expect, `"up"`, `"upp"`, 1), "expect[0].direction", "up"},
		{ten + strings.Replace(expect, "utilization", "utilisation", 1), "expect[0].metric", "utilization"},
		{ten + "[[figure]]\nkind = \"troughput\"", "figure[0].kind", "throughput"},
		{ten + sweep + "y = \"godput\"", "figure[0].y", "goodput"},
		{ten + sweep + "y = \"goodput\"\nreference = [\"sqr(x)\"]", "figure[0].reference[0]", "sqrt"},
		{ten + target + `value = "men(goodput(f))"`, "target[0].value", "mean"},
		{ten + target + `value = "godput(f)"`, "target[0].value", "goodput"},
		{ten + target + `value = "loss(a, upp)"`, "target[0].value", "up"},
		{strings.ReplaceAll(ten, `"f"`, `"bulk"`) + target + `value = "goodput(bluk)"`,
			"target[0].value", "bulk"},
		{ten + strings.Replace(target, `"read"`, `"red"`, 1) + `value = "1"`, "target[0].evidence", "read"},
		// What the file names itself.
		{with(`"c", "s"`, `"c", "server"`, `to = "s"`, `to = "sever"`),
			"flow[0].to", "server"},
		{ten + `client = "frm"`, "flow[0].client", "from"},
		{ten + link + "[[flow]]\nname = \"g\"\nfrom = \"c\"\nto = \"server\"\npaths = [[\"wifi5\"]]",
			"flow[1].paths[0]", "wifi-5"},
		{ten + link + "[[event]]\nat = \"1s\"\nlink = \"wify-5\"\nup = false", "event[0].link", "wifi-5"},
		{ten + link + "[[figure]]\nkind = \"queue\"\nlinks = [\"wifi-6\"]", "figure[0].links[0]", "wifi-5"},
		{ten + link + "[[flow]]\nname = \"g\"\nfrom = \"c\"\nto = \"server\"\n" +
			"path_manager = { kind = \"fullmesh\", backup = [\"wfi-5\"] }",
			"flow[1].path_manager.backup[0]", "wifi-5"},
		{strings.Replace(varied, `for = ["p", "box"]`, `for = ["p", "bxo"]`, 1), "flow[0].for", "box"},
		{strings.Replace(varied, "${box.first}", "${box.frist}", 1), "flow[0].name", "first"},
	} {
		_, err := parse(tt.text)
		if err == nil {
			t.Errorf("%s: no problem in\n%s", tt.key, tt.text)
			continue
		}
		var found []string
		for _, line := range strings.Split(err.Error(), "\n") {
			if strings.Contains(line, ": "+tt.key+": ") {
				found = append(found, line)
			}
		}
		if all := strings.Join(found, "\n"); !strings.Contains(all, `did you mean "`+tt.want+`"?`) {
			t.Errorf("%s: want %q in\n%v", tt.key, tt.want, err)
		}
	}
}
