package pathmgr

func init() {
	Registry.Register("none", "RFC 8684, section 3.2", func() Manager { return &None{} })
}

// None opens nothing; the joins of the peer are accepted all the same.
type None struct{}

// Most implements Limited.
func (*None) Most() int { return 1 }

// OnEvent implements Manager.
func (*None) OnEvent(Control, Event) {}
