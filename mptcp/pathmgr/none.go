package pathmgr

func init() {
	Registry.Register("none", "RFC 8684, section 3.2", func() Manager { return &None{} })
}

// None opens nothing; the joins of the peer are accepted all the same.
type None struct{}

// OnEvent implements Manager.
func (*None) OnEvent(Control, Event) {}
