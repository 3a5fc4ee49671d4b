package mptcp

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"mpsim/mptcp/pathmgr"
	"mpsim/mptcp/tcp"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// The application interface: the basic one of RFC 6897, section 5.3, and that to
// single subflows (Hesmans and Bonaventure, ANRW 2016). Subflows are named by their
// IDs, paths by their index.

// The ways in which a call comes at a wrong time or to a connection without MPTCP.
var (
	ErrTooEarly = errors.New("the connection is not established yet (RFC 6897, section 5.3.1)")
	ErrTooLate  = errors.New("the connection has been opened already (RFC 6897, section 5.3.1)")
	ErrPlain    = errors.New("the connection is plain TCP")
	ErrEnded    = errors.New("the connection is over")
)

// A Pair is the addresses and ports of a subflow at this end and at the other.
type Pair struct {
	Local, Remote         netem.Addr
	LocalPort, RemotePort uint16
}

// String returns p as "local:port remote:port".
func (p Pair) String() string {
	return fmt.Sprintf("%v:%d %v:%d", p.Local, p.LocalPort, p.Remote, p.RemotePort)
}

// SubID is a subflow and its state.
type SubID struct {
	ID          int
	Established bool // it can carry data
	Joining     bool // its handshake is under way
	LowPrio     bool // it is a backup
}

// SubInfo is what TCP_INFO tells of a subflow.
type SubInfo struct {
	SubID
	Path          int           // index; -1: none of ours
	SRTT, RTTVar  time.Duration // 0: no sample yet
	RTO           time.Duration
	Cwnd          float64     // bytes
	Ssthresh      float64     // bytes; +Inf before the first loss
	InFlight      units.Bytes // believed to be in the network
	Acked         uint64      // payload bytes that the peer has acknowledged
	Sent          uint64      // payload bytes, with retransmissions
	Retransmitted uint64      // bytes
	Reinjected    uint64      // bytes first sent on another subflow
	Timeouts      uint64
	Stale         bool
}

// before reports whether Connect has not been called.
func (c *Conn) before() bool { return c.client && c.subflows[0].e.SYNs() == 0 }

// ready returns why a call that needs a living MPTCP connection is refused.
func (c *Conn) ready() error {
	switch {
	case c.ended:
		return ErrEnded
	case !c.begun:
		return ErrTooEarly
	case c.plain:
		return ErrPlain
	}
	return nil
}

// Multipath reports whether the connection is MPTCP (TCP_MULTIPATH_ENABLE). That is
// known once it is established.
func (c *Conn) Multipath() (bool, error) {
	if !c.begun {
		return false, ErrTooEarly
	}
	return !c.plain, nil
}

// SetMultipath says before Connect whether MPTCP is to be offered
// (TCP_MULTIPATH_ENABLE).
func (c *Conn) SetMultipath(on bool) error {
	if !c.before() {
		return ErrTooLate
	}
	c.offers = on
	return nil
}

// Tuple returns the addresses and ports of the initial subflow, even after it has
// gone: those of getsockname and getpeername (RFC 6897, section 4.2.2).
func (c *Conn) Tuple() Pair { return c.subflows[0].pair() }

func (sf *Subflow) pair() Pair {
	local, remote := sf.e.Ports()
	return Pair{sf.e.Local(), sf.e.Remote(), local, remote}
}

// Pairs returns the addresses and ports of the established subflows
// (TCP_MULTIPATH_SUBFLOWS).
func (c *Conn) Pairs() ([]Pair, error) {
	if !c.begun {
		return nil, ErrTooEarly
	}
	list := make([]Pair, len(c.live))
	for i, sf := range c.live {
		list[i] = sf.pair()
	}
	return list, nil
}

// ConnID returns a number that no other MPTCP connection of this host has: the token
// (TCP_MULTIPATH_CONNID).
func (c *Conn) ConnID() (uint32, error) {
	if err := c.ready(); err != nil {
		return 0, err
	}
	return c.token, nil
}

// SubIDs returns the subflows that live or are being opened.
func (c *Conn) SubIDs() ([]SubID, error) {
	if !c.begun {
		return nil, ErrTooEarly
	}
	var list []SubID
	for _, sf := range c.subflows {
		if !sf.gone {
			list = append(list, sf.subID())
		}
	}
	return list, nil
}

func (sf *Subflow) subID() SubID { return SubID{sf.ID, sf.up, sf.joining, sf.Backup} }

// subflow returns the subflow with an ID.
func (c *Conn) subflow(id int) (*Subflow, error) {
	switch {
	case !c.begun:
		return nil, ErrTooEarly
	case id < 0 || id >= len(c.subflows) || c.subflows[id].gone:
		return nil, fmt.Errorf("there is no subflow %d", id)
	}
	return c.subflows[id], nil
}

// SubTuple returns the addresses and ports of a subflow.
func (c *Conn) SubTuple(id int) (Pair, error) {
	sf, err := c.subflow(id)
	if err != nil {
		return Pair{}, err
	}
	return sf.pair(), nil
}

// SubInfo returns a snapshot of a subflow.
func (c *Conn) SubInfo(id int) (SubInfo, error) {
	sf, err := c.subflow(id)
	if err != nil {
		return SubInfo{}, err
	}
	e := sf.e
	return SubInfo{
		SubID: sf.subID(), Path: sf.Path, SRTT: e.RTT.SRTT, RTTVar: e.RTT.RTTVar, RTO: e.RTT.RTO(),
		Cwnd: e.Flow.Cwnd, Ssthresh: e.Flow.Ssthresh, InFlight: e.Pipe(),
		Acked: e.Stats.BytesAcked, Sent: e.Stats.BytesSent, Retransmitted: e.Stats.BytesRetransmitted,
		Reinjected: sf.Reinjected, Timeouts: e.Stats.Timeouts, Stale: sf.failed,
	}, nil
}

// OpenSub opens a subflow on a path, and returns its ID.
func (c *Conn) OpenSub(path int, backup bool) (int, error) {
	if err := c.ready(); err != nil {
		return 0, err
	}
	id := len(c.subflows)
	return id, control{c}.Open(path, backup)
}

// CloseSub closes a subflow.
func (c *Conn) CloseSub(id int) error {
	if err := c.ready(); err != nil {
		return err
	}
	return control{c}.Close(id)
}

// SetSubBackup makes an established subflow a backup, or not, and tells the peer.
func (c *Conn) SetSubBackup(id int, backup bool) error {
	if err := c.ready(); err != nil {
		return err
	}
	sf, err := c.subflow(id)
	switch {
	case err != nil:
		return err
	case !sf.up:
		return fmt.Errorf("subflow %d is not established", id)
	}
	sf.SetBackup(backup)
	return nil
}

// AddAddresses restricts the connection before Connect to these local addresses, and
// others added so. Of a connection that is established it lifts the restriction for
// them (TCP_MULTIPATH_ADD).
func (c *Conn) AddAddresses(list ...netem.Addr) error {
	if err := c.own(list); err != nil {
		return err
	}
	before := c.before()
	if before && c.local == nil {
		c.local = []netem.Addr{}
	}
	var added []netem.Addr
	for _, a := range list {
		if !c.allows(a) {
			c.local = append(c.local, a)
			added = append(added, a)
		}
	}
	if before {
		return c.bind()
	}
	for i, r := range c.paths {
		if slices.Contains(added, r.Src) && pathUp(r) {
			c.notify(pathmgr.Event{Kind: pathmgr.PathUp, Path: i})
		}
	}
	return nil
}

// RemoveAddresses forbids the use of local addresses. Subflows that use them are
// closed and the peer is told, after another subflow has been opened if these were
// the last and there is a path for it (TCP_MULTIPATH_REMOVE).
func (c *Conn) RemoveAddresses(list ...netem.Addr) error {
	if err := c.own(list); err != nil {
		return err
	}
	if c.local == nil { // so far all are allowed
		c.local = []netem.Addr{}
		for _, f := range c.stack.host.Node.Interfaces {
			c.local = append(c.local, f.Addr)
		}
	}
	c.local = slices.DeleteFunc(c.local, func(a netem.Addr) bool { return slices.Contains(list, a) })
	if c.before() {
		return c.bind()
	}
	c.leaving = append(c.leaving, list...)
	if !c.served() && c.substitute() {
		return nil // depart follows
	}
	c.depart()
	return nil
}

// own checks that addresses are this host's, and that there is something to change.
func (c *Conn) own(list []netem.Addr) error {
	if err := c.ready(); err != nil && !c.before() {
		return err
	}
	for _, a := range list {
		if !slices.ContainsFunc(c.stack.host.Node.Interfaces, func(f *netem.Interface) bool { return f.Addr == a }) {
			return fmt.Errorf("%v is no address of this host", a)
		}
	}
	return nil
}

// allows reports whether the application lets a local address be used.
func (c *Conn) allows(a netem.Addr) bool { return c.local == nil || slices.Contains(c.local, a) }

// bind moves the initial subflow, which has not been opened, to the first path whose
// address is allowed.
func (c *Conn) bind() error {
	i := slices.IndexFunc(c.paths, func(r *netem.Route) bool { return c.allows(r.Src) })
	if i < 0 {
		return errors.New("no path leads from the addresses that are left")
	}
	sf := c.subflows[0]
	if sf.Path == i {
		return nil
	}
	sf.Path = i
	old := sf.e
	c.dial(sf)
	old.Abort(nil)
	return nil
}

// served reports whether a subflow lives whose address is not leaving.
func (c *Conn) served() bool {
	return slices.ContainsFunc(c.live, func(sf *Subflow) bool { return !slices.Contains(c.leaving, sf.e.Local()) })
}

// substitute opens a subflow in place of those whose addresses are leaving, if that
// can be done.
func (c *Conn) substitute() bool {
	used := func(i int) bool {
		return slices.ContainsFunc(c.subflows, func(sf *Subflow) bool { return !sf.gone && sf.Path == i })
	}
	for i := range c.paths {
		if !used(i) && (control{c}).Open(i, false) == nil {
			return true
		}
	}
	return false
}

// depart closes the subflows whose addresses are leaving, and tells the peer.
func (c *Conn) depart() {
	leaving := c.leaving
	c.leaving = nil
	for _, sf := range slices.Clone(c.subflows) {
		if !sf.gone && slices.Contains(leaving, sf.e.Local()) {
			_ = control{c}.Close(sf.ID)
		}
	}
	for _, a := range leaving {
		control{c}.Withdraw(pathmgr.AddrID(c.localID(a)))
	}
}

// settled is called when a subflow has come up or ended while addresses are leaving.
func (c *Conn) settled() {
	joining := slices.ContainsFunc(c.subflows, func(sf *Subflow) bool {
		return sf.joining && !sf.gone && sf.e.State() != tcp.Closed && !slices.Contains(c.leaving, sf.e.Local())
	})
	if c.served() || !joining && !c.substitute() {
		c.depart()
	}
}
