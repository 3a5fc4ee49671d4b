package wire

import (
	"fmt"
	"strings"
	"testing"
)

// A segment whose options take more than 40 bytes (RFC 9293, section 3.1) cannot leave, and the panic
// says what they are; one with 40 can.
func TestMustFit(t *testing.T) {
	s := &Segment{Flags: ACK, HasTS: true, DSS: HasMap | HasDataAck} // 12 + 28 bytes
	if got := s.MustFit(); got != 60 {
		t.Errorf("the header has %d bytes, want 60", got)
	}
	s.Opt = &Options{WScale: -1, AddAddr: &AddAddr{AddrID: 7}}
	defer func() {
		text := fmt.Sprint(recover())
		for _, part := range []string{"56 bytes of options, there is room for 40", "timestamps true", "DSS 0x3", "AddAddr", "AddrID:7"} {
			if !strings.Contains(text, part) {
				t.Errorf("%q does not say %q", text, part)
			}
		}
	}()
	s.MustFit()
	t.Error("56 bytes of options fit")
}
