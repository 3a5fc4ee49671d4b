package mptcp

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"

	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sim/netem"
)

// stateless returns the listener for a segment that no endpoint matches, if its
// service answers with SYN cookies. A join is not stateless: its connection is
// there.
func (s *Stack) stateless(p *netem.Packet, seg *wire.Segment) *tcp.Stateless {
	svc := s.services[p.DstPort]
	if svc == nil || !svc.Config.Protocol.SYNCookies || seg.Opt != nil && seg.Opt.Join != nil {
		return nil
	}
	return &tcp.Stateless{
		Config: &svc.Config.TCP,
		Stamp:  func(p *netem.Packet, syn, answer *wire.Segment) { s.stampStateless(svc, p, syn, answer) },
		Accept: func(p *netem.Packet, seg *wire.Segment) *tcp.Endpoint { return s.resume(svc, p, seg) },
	}
}

// cookieKey derives the key of a stateless listener, so that it is known again when
// the third packet brings it back (RFC 8684, section 3.1): from the addresses and
// ports, the sequence number of the SYN, and a secret.
func (s *Stack) cookieKey(p *netem.Packet, irs uint32) uint64 {
	be := binary.BigEndian
	m := hmac.New(sha256.New, be.AppendUint64(nil, s.host.Secret))
	b := be.AppendUint32(be.AppendUint32(nil, uint32(p.Src)), uint32(p.Dst))
	m.Write(be.AppendUint32(be.AppendUint16(be.AppendUint16(b, p.SrcPort), p.DstPort), irs))
	return be.Uint64(m.Sum(nil))
}

// stampStateless adds MP_CAPABLE to the SYN/ACK of a stateless listener, unless the
// token of the key is in use, for there is no other that could be known again.
func (s *Stack) stampStateless(svc *Service, p *netem.Packet, syn, answer *wire.Segment) {
	k := capable(syn)
	if k == nil || svc.Plain {
		return
	}
	proto := &svc.Config.Protocol
	profile, ok := proto.accepts(k)
	key := s.cookieKey(p, syn.Seq)
	if _, used := s.tokens[profile.hash().Token(key)]; !ok || used {
		return
	}
	answer.Opt.Capable = &wire.Capable{
		Version: profile.version(), SHA256: true, NKeys: 1, SenderKey: key,
		Checksum: proto.Checksum == ChecksumWant, NoJoins: proto.NoJoins && profile != V0,
	}
}

// resume makes the end of a connection from the segment that brings the cookie
// back: MPTCP if it has the keys too. A cookie whose connection is there has been used, on a
// subflow that is no more.
func (s *Stack) resume(svc *Service, p *netem.Packet, seg *wire.Segment) *tcp.Endpoint {
	k := capable(seg)
	key := s.cookieKey(p, seg.Seq-1)
	profile := svc.Config.Protocol.Profile
	if k != nil && k.Version == 0 {
		profile = V0
	}
	old, used := s.tokens[profile.hash().Token(key)]
	if used && old.key == key {
		return nil
	}
	if svc.Plain || used || k == nil || k.NKeys != 2 || k.PeerKey != key || !k.SHA256 || k.Version != profile.version() {
		st := tcp.NewStream(&svc.Config.TCP)
		e := tcp.Resume(s.host, &svc.Config.TCP, st, p, seg)
		st.Use(e, svc.Config.Controller())
		st.Attach = svc.Accepted(st)
		return e
	}
	c := newConnWith(key, s, svc.Config, profile, false)
	c.attach = svc.Accepted(c)
	sf := c.passiveSubflow(p, svc.Paths)
	c.checksum = c.checksum || k.Checksum
	c.noJoins = k.NoJoins && profile != V0
	sf.e = tcp.Resume(s.host, &svc.Config.TCP, sf, p, seg)
	sf.e.UseMappings(c.dssRoom())
	sf.useController()
	return sf.e
}
