// Package sim is the discrete-event kernel.
package sim

// Handler owns timers.
type Handler interface{ HandleTimer(kind int) }

// Engine is the event loop. (Contract: the helper replaces this file.)
type Engine struct{ now Time }
