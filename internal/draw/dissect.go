package draw

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"mpsim/experiment"
	"mpsim/experiment/capture"
)

// mostDissected is how many packets tshark reads: some seconds' worth.
const mostDissected = 20_000

// dissected has tshark, where it is installed, read a capture of a run of s: no packet is
// malformed, and the checksums are right. Of a long capture it reads the beginning.
func dissected(ctx context.Context, s *Scenario, depth Depth) error {
	tshark, err := exec.LookPath("tshark")
	if !depth.Tshark || err != nil {
		return nil
	}
	f, err := os.CreateTemp("", "mpsim-*.pcapng")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	parsed, err := s.Parse()
	if err != nil {
		return err
	}
	w := capture.NewWriter(f, 0)
	if _, err := experiment.Run(ctx, parsed, nil, w); err != nil {
		return &Failure{"error of the run that is captured: " + plain(err.Error()), err.Error()}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	var complaint bytes.Buffer
	c := exec.CommandContext(ctx, tshark, "-r", f.Name(), "-c", strconv.Itoa(mostDissected), "-n",
		"-d", "tcp.port==1-65535,data", "-d", "udp.port==1-65535,data",
		"-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE",
		"-Y", "_ws.malformed || ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0")
	c.Stderr = &complaint
	out, err := c.Output()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && ctx.Err() == nil:
		return &Failure{"tshark refuses the capture", complaint.String()}
	case err != nil:
		return err
	case len(bytes.TrimSpace(out)) > 0:
		first, _, _ := strings.Cut(string(out), "\n")
		return &Failure{"tshark finds a packet malformed", fmt.Sprintf("%d, the first:\n%s", bytes.Count(out, []byte("\n")), first)}
	}
	return nil
}
