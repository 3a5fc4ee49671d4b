package capture_test

import (
	"testing"

	"mpsim/experiment/capture"
	"mpsim/mptcp/wire"
)

// The DSS checksum of every mapping is that of the bytes on the wire (RFC 8684, section
// 3.3.1; RFC 6824, section 3.3.1): here each segment has its mapping as a whole. Data
// with MP_CAPABLE have a mapping, too: "the DSN is the first one after the IDSN, and the
// SSN is 1".
func TestDSSChecksums(t *testing.T) {
	for _, profile := range []string{"v1", "v0"} {
		r := runShort(t, "lossy", `flow.bulk.mptcp={profile="`+profile+`", checksum="want"}`)
		_, records := capture.Read(t, r.file.Bytes())
		mappings := 0
		for _, rec := range records {
			var h wire.IP
			var s wire.Segment
			_, _, payload, err := wire.ParsePacket(rec.Packet, &h, &s)
			if err != nil {
				t.Fatal(err)
			}
			if o := s.Opt; o != nil && o.Capable != nil && o.Capable.HasData {
				mappings++
				dsn := wire.SHA256.IDSN(o.Capable.SenderKey) + 1
				if want := wire.DSSChecksum(payload, dsn, 1, o.Capable.DataLen); !o.Capable.HasSum || o.Capable.Sum != want {
					t.Errorf("%s, %v: checksum %04x of MP_CAPABLE, want %04x", profile, rec, o.Capable.Sum, want)
				}
			}
			if !s.DSS.Has(wire.HasMap) {
				continue
			}
			mappings++
			if want := wire.DSSChecksum(payload, s.DSN, s.SSN, s.MapLen); !s.DSS.Has(wire.HasSum) || s.Sum != want {
				t.Errorf("%s, %v: checksum %04x, want %04x", profile, rec, s.Sum, want)
			}
		}
		if mappings < 200 {
			t.Errorf("%s: %d mappings", profile, mappings)
		}
	}
}
