package sim

// once is an event that calls a function.
type once struct {
	Timer
	f func()
}

// HandleTimer implements Handler.
func (o *once) HandleTimer(int) {
	o.Release()
	o.f()
}

// At has f called at time t. It is for what happens once and allocates: what
// happens again and again has a Timer.
func (e *Engine) At(t Time, f func()) {
	o := &once{f: f}
	o.Init(e, o, 0)
	o.Arm(t)
}
