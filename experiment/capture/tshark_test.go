package capture_test

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mpsim/experiment/capture"
	"mpsim/mptcp"
	"mpsim/mptcp/tcp"
	"mpsim/scenarios"
	"mpsim/scenarios/build"
	"mpsim/sim"
	"mpsim/sim/netem"
)

// tshark, an implementation of its own, reads the captures of all shipped scenarios as
// they are meant: nothing malformed, checksums right, no remark that captures of Linux
// do not get as well, and numbers that agree with what the model counted.
func TestTshark(t *testing.T) {
	type run struct {
		name, scenario string
		set            []string
		hash           func() hash.Hash
	}
	var runs []run
	for _, name := range scenarios.Names() {
		var set []string
		if name == "schedulers-atlas" { // a second of one pair of paths: a file of gigabytes says no more
			set = []string{"vary.pair.draw=1", "duration=11s"}
		}
		runs = append(runs, run{name, name, set, sha256.New})
	}
	for _, x := range []struct{ name, mptcp string }{
		{"checksums", `{checksum="want"}`},
		{"32 bits", `{short_dsn=true, checksum="want"}`},
		{"SYN cookies", `{syn_cookies=true}`},
	} {
		runs = append(runs, run{x.name, "lossy", []string{"flow.bulk.mptcp=" + x.mptcp}, sha256.New})
	}
	runs = append(runs, run{"version 0", "lossy", []string{`flow.bulk.mptcp={profile="v0", checksum="want"}`}, sha1.New})
	long := os.Getenv("MPSIM_LONG") != ""
	if _, err := exec.LookPath("tshark"); err != nil {
		if long {
			t.Fatal(err)
		}
		t.Skipf("captures are not judged by tshark: %v", err)
	}
	for _, x := range runs {
		if !long && x.name != "wifi-lte" { // which has MPTCP and TCP, losses and a link that goes away
			continue
		}
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			r := runShort(t, x.scenario, x.set...)
			r.hash = x.hash
			for _, host := range r.hosts() {
				packets := dissect(t, r.capture(t, host))
				r.judge(t, host, packets)
				if len(r.m.Scenario.Flows[0].Labels) == 0 { // of a sweep each host sees its own connections alone
					r.judgeEndpoints(t, host, packets)
					r.judgeConnections(t, host, packets)
				}
			}
		})
	}
}

// tshark sees ECN as RFC 3168, section 6.1, has it, on each subflow: SYN and SYN/ACK agree to
// it, data that is sent first is ECT(0), or CE if a queue has marked it, as often as the
// model counted, and nothing else is; ECE comes back, and CWR goes out.
func TestTsharkECN(t *testing.T) {
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skipf("captures are not judged by tshark: %v", err)
	}
	r := runShort(t, "two-path", `topology.queue={kind="ecn-threshold", k="10pkt", limit="300pkt"}`, "flow.bulk.tcp.ecn=classic", `flow.bulk.workload={kind="file", size="2MB"}`, "duration=2s")
	from, to := r.m.Scenario.Flows[0].From, r.m.Scenario.Flows[0].To
	const notECT, ect0, ce = "0", "2", "3"
	type subflow struct{ setup, cwr, ece, ce uint64 }
	seen := make(map[string]*subflow)
	for _, p := range dissect(t, r.capture(t, from)) {
		at, flags := "frame "+p["frame.number"], p.number("tcp.flags")
		sf := seen[p["tcp.stream"]]
		if sf == nil {
			sf = new(subflow)
			seen[p["tcp.stream"]] = sf
		}
		switch ecn := p["ip.dsfield.ecn"]; {
		case p["_ws.malformed"] != "" || p["ip.checksum.status"] != "1" || p["tcp.checksum.status"] != "1":
			t.Errorf("%s is malformed", at)
		case (p["tcp.len"] == "0" || p.again()) != (ecn == notECT) || ecn != notECT && ecn != ect0:
			t.Errorf("%s: ECN %s of %s bytes, again: %v", at, ecn, p["tcp.len"], p.again())
		case flags&0x02 != 0: // SYN
			sf.setup = sf.setup<<8 | flags&0xd2
		case r.node(p["ip.src"]) == from:
			sf.cwr += flags >> 7 & 1
		default:
			sf.ece += flags >> 6 & 1
		}
	}
	for _, p := range dissect(t, r.capture(t, to)) {
		if p["ip.dsfield.ecn"] == ce {
			seen[p["tcp.stream"]].ce++
		}
	}
	if len(seen) != 2 {
		t.Fatalf("%d subflows, want 2", len(seen))
	}
	for id, sf := range seen {
		if sf.setup != 0xc252 { // SYN with ECE and CWR, SYN/ACK with ECE
			t.Errorf("subflow %s: set up by %#x", id, sf.setup)
		}
		if sf.ce == 0 || sf.ece == 0 || sf.cwr == 0 || sf.cwr > sf.ce {
			t.Errorf("subflow %s: %+v", id, *sf)
		}
	}
	marked := uint64(0)
	for _, d := range r.m.Network.Links() {
		marked += d.Up.Stats().Marked.Packets + d.Down.Stats().Marked.Packets
	}
	if got := seen["0"].ce + seen["1"].ce; got != marked {
		t.Errorf("%d packets came with CE, the queues marked %d", got, marked)
	}
}

// short returns what makes a scenario take seconds, with set-up and teardown in it: transfers that end, and
// links that go away while they last. Which flows there are, --set options may say.
func short(t *testing.T, name string, options ...string) []string {
	s, err := scenarios.Load(name, options...)
	if err != nil {
		t.Fatal(err)
	}
	set := []string{"duration=10s", "warmup=0s", "expect=[]"}
	size := "300kB"
	if len(s.Events) > 0 {
		size = "800kB"
	}
	if len(s.Flows) > 100 {
		size = "20kB"
	}
	for i, f := range s.Flows {
		if f.Workload.Kind != "file" || len(s.Flows) > 100 {
			set = append(set, fmt.Sprintf("flow.%d.workload={kind=%q, size=%q}", i, "file", size))
		}
		if f.Count > 5 {
			set = append(set, fmt.Sprintf("flow.%d.count=5", i))
		}
		if f.Start >= 5*time.Second {
			set = append(set, fmt.Sprintf("flow.%d.start=1s", i))
		}
		if f.Stagger > time.Second {
			set = append(set, fmt.Sprintf("flow.%d.stagger=1s", i))
		}
	}
	if len(s.Events) > 0 {
		const event = `{at="%dms", link=%q, up=%v}`
		link := s.Events[0].Link
		set = append(set, fmt.Sprintf("event=["+event+","+event+"]", 200, link, false, 400, link, true))
	}
	return set
}

// result is a finished run with its capture and what the model counted.
type result struct {
	file      bytes.Buffer
	m         *scenarios.Simulation
	endpoints []*tcp.Endpoint
	conns     []*mptcp.Conn       // both ends
	subflows  map[*mptcp.Conn]int // of clients
	hash      func() hash.Hash    // of the version of MPTCP
}

func runShort(t *testing.T, name string, set ...string) *result {
	s, err := scenarios.Load(name, append(short(t, name, set...), set...)...)
	if err != nil {
		t.Fatal(err)
	}
	m, err := scenarios.Build(s)
	if err != nil {
		t.Fatal(err)
	}
	r := &result{m: m, subflows: make(map[*mptcp.Conn]int)}
	m.Points.Opened.Observe(func(x build.Opened) { r.opened(x.End) })
	w := capture.NewWriter(&r.file, 0)
	w.Watch(m.Network)
	var check capture.Check
	check.Watch(m.Network)
	for t := sim.Time(0); t <= sim.Time(s.Duration); t = t.Add(time.Millisecond) {
		m.Engine.Run(t)
		r.look()
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := check.Err(); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *result) opened(end mptcp.Connection) {
	switch e := end.(type) {
	case *tcp.Stream:
		r.endpoints = append(r.endpoints, e.Endpoint)
	case *mptcp.Conn:
		r.conns = append(r.conns, e)
	}
}

// look notes the subflows that there are, in use or not.
func (r *result) look() {
	for _, c := range r.conns {
		for _, sf := range c.Subflows() {
			if e := sf.Endpoint(); !slices.Contains(r.endpoints, e) {
				r.endpoints = append(r.endpoints, e)
				if c.Client() {
					r.subflows[c]++
				}
			}
		}
	}
}

// hosts returns the nodes at which connections end; of many, some.
func (r *result) hosts() (names []string) {
	flows := r.m.Scenario.Flows
	for i := 0; i < len(flows); i += 1 + len(flows)/maxFlows {
		names = append(names, flows[i].From, flows[i].To)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// maxFlows bounds the flows of a sweep whose hosts are looked at.
const maxFlows = 8

// capture writes what a node sees, each packet once, to a file.
func (r *result) capture(t *testing.T, node string) (file string) {
	file = filepath.Join(t.TempDir(), node+".pcapng")
	data := capture.Filter(t, r.file.Bytes(), func(iface string) bool { return strings.HasPrefix(iface, node+":") })
	if err := os.WriteFile(file, data, 0o666); err != nil {
		t.Fatal(err)
	}
	return file
}

// packet is what tshark says of one.
type packet map[string]string

// fields are what it is asked for.
var fields = []string{
	"frame.number", "frame.interface_name", "ip.src", "tcp.srcport", "ip.dst", "tcp.dstport", "tcp.stream", "tcp.flags", "tcp.len", "ip.dsfield.ecn",
	"_ws.malformed", "_ws.expert.message", "ip.checksum.status", "tcp.checksum.status",
	"tcp.analysis.retransmission", "tcp.analysis.fast_retransmission", "tcp.analysis.spurious_retransmission", "tcp.analysis.out_of_order",
	"mptcp.stream", "mptcp.analysis.subflows", "mptcp.expected_token", "mptcp.expected_idsn",
	"tcp.options.mptcp.subtype", "tcp.options.mptcp.sendkey", "tcp.options.mptcp.recvtok",
	"tcp.options.mptcp.sendrand", "tcp.options.mptcp.sendtrunchmac", "tcp.options.mptcp.sendhmac",
	"tcp.options.mptcp.rawdataseqno", "tcp.options.mptcp.datalvllen", "tcp.options.mptcp.datafin.flag",
}

// dissect has tshark read a file, all checks on.
func dissect(t *testing.T, file string) (packets []packet) {
	t.Helper()
	args := []string{"-r", file, "-2", "-T", "fields", "-E", "separator=/t", "-E", "aggregator=;"}
	for _, pref := range []string{
		"ip.check_checksum", "tcp.check_checksum", "tcp.analyze_sequence_numbers",
		"mptcp.analyze_mptcp", "mptcp.analyze_mappings", "mptcp.intersubflows_retransmission",
	} {
		args = append(args, "-o", pref+":TRUE")
	}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	var errors bytes.Buffer
	tshark := exec.CommandContext(t.Context(), "tshark", args...)
	tshark.Stderr = &errors
	out, err := tshark.Output()
	if err != nil {
		t.Fatalf("tshark: %v\n%s", err, &errors)
	}
	for line := range strings.Lines(string(out)) {
		p := packet{}
		for i, v := range strings.Split(strings.TrimSuffix(line, "\n"), "\t") {
			p[fields[i]] = v
		}
		packets = append(packets, p)
	}
	return packets
}

func (p packet) number(field string) uint64 {
	n, err := strconv.ParseUint(p[field], 0, 64)
	if err != nil {
		panic(fmt.Sprintf("%s: %v", field, err))
	}
	return n
}

// way identifies the packets of one endpoint.
func (p packet) way() string {
	return p["ip.src"] + ":" + p["tcp.srcport"] + " " + p["ip.dst"] + ":" + p["tcp.dstport"]
}

func (p packet) subtype(n string) bool {
	return slices.Contains(strings.Split(p["tcp.options.mptcp.subtype"], ";"), n)
}

// again reports whether tshark takes p for a repetition.
func (p packet) again() bool {
	return p["tcp.analysis.retransmission"]+p["tcp.analysis.fast_retransmission"]+p["tcp.analysis.spurious_retransmission"]+p["tcp.analysis.out_of_order"] != ""
}

// expected are the remarks that captures of Linux, of the same kind of traffic, get.
// Padding is what the NOPs are, and a mapping is missed where a DATA_FIN had it.
var expected = regexp.MustCompile(`^(Connection establish (request|acknowledge) \(SYN(\+ACK)?\): server port \d+` +
	`|Connection finish \(FIN\)|This frame (initiates|undergoes) the connection closing|Connection reset \(RST\)` +
	`|4 NOP in a row - a router may have removed some options|No mapping available` +
	`|TCP SYN with TFO Cookie|TCP SYN-ACK accepting TFO data` +
	`|Duplicate ACK \(#\d+\)|D-SACK Sequence|TCP window update` +
	`|This frame is a \(suspected\) (fast |spurious )?(retransmission|out-of-order segment)` +
	`|Previous segment\(s\) not captured \(common at capture start\))$`)

// unseen is what tshark says of the packet after one that it has not seen.
const unseen = "Previous segment(s) not captured (common at capture start)"

// fellBack reports whether a connection of host has become plain TCP: an infinite mapping says so to the peer,
// and data has no mapping after it (RFC 8684, section 3.7).
func (r *result) fellBack(host string) bool {
	for _, c := range r.m.Connections {
		if h := c.Hosts(); h.From != host && h.To != host {
			continue
		}
		for _, end := range []mptcp.Connection{c.From, c.To} {
			if m, ok := end.(*mptcp.Conn); ok && m.Stats.Fallback != mptcp.NoFallback {
				return true
			}
		}
	}
	return false
}

// judge asks of each packet that a host sees whether tshark finds anything wrong.
func (r *result) judge(t *testing.T, host string, packets []packet) {
	gaps, plain := uint64(0), r.fellBack(host)
	for _, p := range packets {
		at := host + ", frame " + p["frame.number"]
		if p["_ws.malformed"] != "" {
			t.Errorf("%s: malformed: %s", at, p["_ws.malformed"])
		}
		if p["ip.checksum.status"] != "1" || p["tcp.checksum.status"] != "1" { // 1: good
			t.Errorf("%s: checksums: IP %s, TCP %s", at, p["ip.checksum.status"], p["tcp.checksum.status"])
		}
		for _, remark := range strings.Split(p["_ws.expert.message"], ";") {
			if remark != "" && !expected.MatchString(remark) && !(plain && remark == "Fallback to infinite mapping") {
				t.Errorf("%s: %q", at, remark)
			}
			if remark == unseen {
				gaps++
			}
			if remark == "No mapping available" && p["tcp.len"] != "0" && !plain {
				t.Errorf("%s: data without a mapping", at)
			}
		}
	}
	if s := r.m.Network.Stats(); gaps > s.Dropped.Total().Packets {
		t.Errorf("%s: %d gaps by tshark, the model dropped %d packets", host, gaps, s.Dropped.Total().Packets)
	}
}

// judgeEndpoints compares payload and retransmissions of each endpoint of a host.
func (r *result) judgeEndpoints(t *testing.T, host string, packets []packet) {
	type count struct{ bytes, again uint64 }
	sent := make(map[string]count)
	for _, p := range packets {
		c := sent[p.way()]
		c.bytes += p.number("tcp.len")
		if p.again() && (p["tcp.len"] != "0" || p.number("tcp.flags")&1 != 0) { // data or FIN
			c.again++
		}
		sent[p.way()] = c
	}
	for _, e := range r.endpoints {
		route := e.Route()
		if route.Links()[0].From().Name != host {
			continue
		}
		src, dst := e.Ports()
		way := fmt.Sprintf("%v:%d %v:%d", route.Src, src, route.Dst, dst)
		want := count{e.Stats.BytesSent, e.Stats.Retransmits}
		if got := sent[way]; got != want {
			t.Errorf("%s, %s: tshark sees %+v, the model counted %+v", host, way, got, want)
		}
	}
}

// judgeConnections groups the packets as tshark does and verifies each connection.
func (r *result) judgeConnections(t *testing.T, host string, packets []packet) {
	var streams []string
	byStream := make(map[string][]packet)
	for _, p := range packets {
		id := p["mptcp.stream"]
		if id == "" {
			continue
		}
		if byStream[id] == nil {
			streams = append(streams, id)
		}
		byStream[id] = append(byStream[id], p)
	}
	var clients []*mptcp.Conn
	for _, c := range r.conns {
		if c.Client() {
			clients = append(clients, c)
		}
	}
	if len(streams) != len(clients) {
		t.Errorf("%s: tshark sees %d connections, the model had %d", host, len(streams), len(clients))
		return
	}
	var received []uint64
	for i, id := range streams { // in the order of their SYNs
		c := &connection{packets: byStream[id], hash: r.hash}
		c.verify(t, host+", connection "+id, r.subflows[clients[i]])
		received = append(received, r.covered(t, host, c))
	}
	var want []uint64
	for _, c := range r.m.Connections {
		if c.Flow.MPTCP() {
			end := c.To
			if c.Flow.From == host {
				end = c.From
			}
			_, n := end.Progress()
			want = append(want, n)
		}
	}
	slices.Sort(received)
	slices.Sort(want)
	if !slices.Equal(received, want) {
		t.Errorf("%s: mappings cover %v bytes, the model has received %v", host, received, want)
	}
}

// connection is one connection of MPTCP as tshark sees it.
type connection struct {
	packets        []packet
	client, server string // keys, in hexadecimal
	hash           func() hash.Hash
}

func key(v uint64) string { return fmt.Sprintf("%016x", v) }

// digest is the hash of a key (RFC 8684, section 3.1).
func (c *connection) digest(key string) []byte {
	b, _ := hex.DecodeString(key)
	h := c.hash()
	h.Write(b)
	return h.Sum(nil)
}

func (c *connection) token(key string) uint64 {
	return uint64(binary.BigEndian.Uint32(c.digest(key)))
}

func (c *connection) idsn(key string) uint64 {
	d := c.digest(key)
	return binary.BigEndian.Uint64(d[len(d)-8:])
}

// proof is the HMAC of a join (RFC 8684, section 3.2).
func (c *connection) proof(keyA, keyB string, nonceA, nonceB uint64) string {
	k, _ := hex.DecodeString(keyA + keyB)
	m := hmac.New(c.hash, k)
	m.Write(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(nonceA)), uint32(nonceB)))
	return hex.EncodeToString(m.Sum(nil))
}

// verify checks tokens, proofs and the number of subflows.
func (c *connection) verify(t *testing.T, what string, subflows int) {
	expected := make(map[uint64]bool) // tokens, by tshark
	tcpStreams := make(map[string]bool)
	for _, p := range c.packets {
		tcpStreams[p["tcp.stream"]] = true
		switch { // version 0 has the client's key in the SYN, version 1 in the ACK
		case p["tcp.options.mptcp.sendkey"] == "":
		case p.number("tcp.flags")&0x12 == 0x12:
			c.server = key(p.number("tcp.options.mptcp.sendkey"))
		default:
			c.client = key(p.number("tcp.options.mptcp.sendkey"))
		}
		if p["mptcp.expected_token"] != "" {
			expected[p.number("mptcp.expected_token")] = true
		}
		ids := strings.Fields(p["mptcp.analysis.subflows"])
		if len(ids) > 0 && len(ids) != subflows {
			t.Errorf("%s, frame %s: subflows %v by tshark, the model had %d", what, p["frame.number"], ids, subflows)
		}
	}
	if len(tcpStreams) != subflows {
		t.Errorf("%s: %d subflows by tshark, the model had %d", what, len(tcpStreams), subflows)
	}
	if !expected[c.token(c.client)] || !expected[c.token(c.server)] || len(expected) != 2 {
		t.Errorf("%s: tokens by tshark %v, by us %d and %d", what, expected, c.token(c.client), c.token(c.server))
	}
	if joins := c.joins(t, what); joins != subflows-1 {
		t.Errorf("%s: %d joins of %d subflows", what, joins, subflows)
	}
}

// joins verifies the joins and returns how many there are.
func (c *connection) joins(t *testing.T, what string) (complete int) {
	type join struct {
		nonce uint64
		ack   string // HMAC of the third packet
		done  bool
	}
	byStream := make(map[string]*join)
	for _, p := range c.packets {
		if !p.subtype("1") {
			continue
		}
		at := what + ", frame " + p["frame.number"]
		j := byStream[p["tcp.stream"]]
		switch p.number("tcp.flags") & 0x12 {
		case 0x02: // SYN
			if got := p.number("tcp.options.mptcp.recvtok"); got != c.token(c.server) {
				t.Errorf("%s: token %x, want %x", at, got, c.token(c.server))
			}
			byStream[p["tcp.stream"]] = &join{nonce: p.number("tcp.options.mptcp.sendrand")}
		case 0x12: // SYN/ACK
			nonce := p.number("tcp.options.mptcp.sendrand")
			if got, want := key(p.number("tcp.options.mptcp.sendtrunchmac")), c.proof(c.server, c.client, nonce, j.nonce)[:16]; got != want {
				t.Errorf("%s: HMAC %s, want %s", at, got, want)
			}
			j.ack = c.proof(c.client, c.server, j.nonce, nonce)[:40]
		default:
			if got := p["tcp.options.mptcp.sendhmac"]; got != j.ack {
				t.Errorf("%s: HMAC %s, want %s", at, got, j.ack)
			}
			if !j.done {
				complete++
			}
			j.done = true
		}
	}
	return complete
}

// covered returns how many bytes the mappings cover of what the host has received, which
// must be without a hole. The data sequence numbers are raw ones: for those relative to
// it, tshark 4.0 takes the IDSN of the wrong direction on joined subflows, of Linux's too.
func (r *result) covered(t *testing.T, host string, c *connection) uint64 {
	type span struct{ from, to uint64 }
	var spans []span
	for _, p := range c.packets {
		if p["tcp.len"] == "0" || r.node(p["ip.dst"]) != host {
			continue
		}
		first := c.idsn(c.client) + 1
		if host == r.node(c.packets[0]["ip.src"]) {
			first = c.idsn(c.server) + 1
		}
		from := uint64(0)
		if !p.subtype("0") { // data with MP_CAPABLE are the first
			from = uint64(uint32(p.number("tcp.options.mptcp.rawdataseqno") - first)) // of 64 or 32 bits
		}
		spans = append(spans, span{from, from + p.number("tcp.len")})
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	end := uint64(0)
	for _, s := range spans {
		if s.from > end {
			t.Errorf("%s: no mapping of [%d, %d)", host, end, s.from)
		}
		end = max(end, s.to)
	}
	return end
}

// node returns the node that has an address.
func (r *result) node(address string) string {
	a := netip.MustParseAddr(address).As4()
	return r.m.Network.Interface(netem.Addr(binary.BigEndian.Uint32(a[:]))).Node.Name
}

// tshark reads datagrams as RFC 768 has them: lengths, checksums, and as many as were sent.
func TestTsharkUDP(t *testing.T) {
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skipf("captures are not judged by tshark: %v", err)
	}
	const text = `duration = "1s"
[[link]]
name = "l"
between = ["a", "b"]
rate = "8Mbps"
[[flow]]
name = "u"
from = "a"
to = "b"
protocol = "udp"
workload = { kind = "poisson", rate = "1Mbps", chunk = "971B" }
`
	s, err := scenarios.Parse("u.toml", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	m, err := scenarios.Build(s)
	if err != nil {
		t.Fatal(err)
	}
	r := &result{m: m}
	w := capture.NewWriter(&r.file, 0)
	w.Watch(m.Network)
	m.Engine.Run(sim.Time(s.Duration))
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "tshark", "-r", r.capture(t, "a"), "-o", "udp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE",
		"-T", "fields", "-e", "ip.len", "-e", "udp.length", "-e", "ip.checksum.status", "-e", "udp.checksum.status", "-e", "_ws.malformed").Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	sent := m.Network.Links()[0].Up.Stats().Sent.Packets
	if uint64(len(lines)) != sent || sent < 80 {
		t.Errorf("%d datagrams, %d sent", len(lines), sent)
	}
	for i, line := range lines {
		if line != "999\t979\t1\t1\t" {
			t.Errorf("datagram %d: %q", i, line)
		}
	}
}
