package capture_test

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"mpsim/experiment"
	"mpsim/experiment/capture"
	"mpsim/experiment/record"
	"mpsim/scenarios"
	"mpsim/sim/netem"
)

// captured is a run with the files of its captures.
type captured struct {
	network *netem.Network
	res     *record.Result
	whole   string            // all nodes
	cut     string            // the same, the first 100 bytes of each frame
	nodes   map[string]string // of each node
	sender  string            // the node that sends the data of the first flow
}

// Watch implements experiment.Watcher.
func (c *captured) Watch(n *netem.Network) { c.network = n }

// Err implements experiment.Watcher.
func (*captured) Err() error { return nil }

// runCaptured runs a shipped scenario, shortened, with all kinds of captures.
func runCaptured(t *testing.T, name string) *captured {
	t.Helper()
	s, err := scenarios.Load(name, short(t, name)...)
	if err != nil {
		t.Fatal(err)
	}
	c := &captured{nodes: map[string]string{}, sender: s.Flows[0].From}
	dir := t.TempDir()
	create := func(name string) (io.WriteCloser, error) {
		file := filepath.Join(dir, filepath.Base(name))
		c.nodes[strings.TrimSuffix(filepath.Base(name), ".pcapng")] = file
		return os.Create(file)
	}
	c.whole, c.cut = filepath.Join(dir, "all-nodes"), filepath.Join(dir, "all-nodes-cut")
	whole, cut, nodes := writer(t, c.whole, 0), writer(t, c.cut, 100), capture.NewByNode(create, 0)
	if c.res, err = experiment.Run(context.Background(), s, nil, c, whole, cut, nodes); err != nil {
		t.Fatal(err)
	}
	for _, done := range []func() error{whole.Flush, cut.Flush, nodes.Close} {
		if err := done(); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func writer(t *testing.T, name string, snaplen int) *capture.Writer {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return capture.NewWriter(f, snaplen)
}

// judge runs a tool on a file, and skips the test where it is not installed.
func judge(t *testing.T, tool string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(tool); err != nil {
		if os.Getenv("MPSIM_LONG") != "" {
			t.Fatal(err)
		}
		t.Skipf("captures are not judged by %s: %v", tool, err)
	}
	out, err := exec.CommandContext(t.Context(), tool, args...).Output()
	if err != nil {
		t.Fatalf("%s %v: %v, %s", tool, args, err, err.(*exec.ExitError).Stderr)
	}
	return string(out)
}

// libpcap reads all files, whatever the number of interfaces. tcpdump counts what links have counted: a packet
// that is offered, one that is delivered and one that is dropped is one each, and in the file of a node are
// those that its links carry from it or to it. The checksums are right for tcpdump, too.
func TestTcpdump(t *testing.T) {
	c := runCaptured(t, "wifi-lte")
	want := make(map[string]uint64)
	for _, d := range c.network.Links() {
		for _, l := range []*netem.Link{d.Up, d.Down} {
			st := l.Stats()
			want[l.From().Name] += st.Offered().Packets
			want[l.To().Name] += st.Delivered.Packets
			want[""] += st.Offered().Packets + st.Delivered.Packets + st.Dropped.Total().Packets
		}
	}
	files := map[string]string{"all": c.whole, "cut": c.cut}
	want["all"], want["cut"] = want[""], want[""]
	if len(c.nodes) != len(c.network.Nodes()) {
		t.Errorf("files of nodes: %v", c.nodes)
	}
	for node, file := range c.nodes {
		files[node] = file
	}
	for of, file := range files {
		out := judge(t, "tcpdump", "-nn", "-v", "-r", file)
		// Of each packet one line has "IP (tos", the next, which is indented, the rest.
		if n := uint64(strings.Count(out, "IP (tos ")); n != want[of] || n < 1000 {
			t.Errorf("%s: tcpdump counts %d packets, want %d", of, n, want[of])
		}
		if bad := regexp.MustCompile(`.*(incorrect|bad cksum|unknown|truncated).*`).FindString(out); bad != "" {
			t.Errorf("%s: tcpdump says %s", of, bad)
		}
	}
}

// What tshark takes out of the capture of all nodes, as the README has it, is the file of the node, packet by
// packet.
func TestTsharkSelects(t *testing.T) {
	c := runCaptured(t, "wifi-lte")
	some := filepath.Join(t.TempDir(), "phone.pcapng")
	judge(t, "tshark", "-r", c.whole, "-Y", `frame.interface_name matches "^phone:"`, "-w", some)
	want := judge(t, "tcpdump", "-nn", "-XX", "-r", c.nodes["phone"])
	if got := judge(t, "tcpdump", "-nn", "-XX", "-r", some); got != want || want == "" {
		t.Errorf("tcpdump reads %d bytes of text in one, %d in the other", len(got), len(want))
	}
}

// tcptrace takes the file of a node for what a host has seen, and finds as many bytes sent, and sent again, as
// the senders have counted: no packet is there twice.
func TestTcptrace(t *testing.T) {
	c := runCaptured(t, "lossy")
	sent, again := uint64(0), uint64(0)
	for i := range c.res.Flows {
		for _, sf := range c.res.Flows[i].Subflows {
			sent += sf.Sent
			again += sf.Retransmitted
		}
	}
	out := judge(t, "tcptrace", "-ln", c.nodes[c.sender])
	if got := sumOf(t, out, "rexmt data bytes"); got != again || again == 0 {
		t.Errorf("tcptrace finds %d bytes sent again, the senders %d", got, again)
	}
	if got := sumOf(t, out, "actual data bytes"); got != sent {
		t.Errorf("tcptrace finds %d bytes sent, the senders %d", got, sent)
	}
}

// sumOf adds up what tcptrace has of a name, of both directions of all connections.
func sumOf(t *testing.T, out, name string) (sum uint64) {
	t.Helper()
	for _, m := range regexp.MustCompile(name+`:\s+(\d+)`).FindAllStringSubmatch(out, -1) {
		n, err := strconv.ParseUint(m[1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += n
	}
	return sum
}
