package record

import (
	"crypto/sha256"
	"encoding/hex"
	"runtime"
	"runtime/debug"
	"time"

	"mpsim"
)

// Schema is the version of the layout of a result directory.
const Schema = 1

// Names of the files that every result has.
const (
	ManifestName = "manifest.json"
	TimingName   = "timing.json"
)

// tool marks a manifest as ours.
const tool = "mpsim"

// Manifest says what a result was made of and what it consists of. It depends
// on the scenario, the program and the platform only.
type Manifest struct {
	Tool           string   `json:"tool"`              // name of the program
	Schema         int      `json:"schema"`            // version of the files of a result
	Scenario       string   `json:"scenario"`          // its name
	ScenarioSHA256 string   `json:"scenario_sha256"`   // of the scenario as run
	Seed           uint64   `json:"seed"`              // origin of all randomness
	Overrides      []string `json:"overrides"`         // of the scenario, as given
	Command        string   `json:"command,omitempty"` // that makes the result, if it takes more than the scenario
	Build
	Events      uint64       `json:"events"`             // of the engine
	EventHash   string       `json:"event_hash"`         // of their order, in hexadecimal
	CourseHash  string       `json:"course_hash"`        // of what was sent, and what links did with it, in hexadecimal
	PacketHops  uint64       `json:"packet_hops"`        // packets that crossed a link
	Interrupted bool         `json:"interrupted"`        // the run was stopped before its end
	Skipped     []string     `json:"skipped_figures"`    // with the reason
	Warnings    []string     `json:"warnings,omitempty"` // of the scenario
	Thinned     []Part       `json:"thinned"`            // series and lists that are not complete
	Files       []FileRecord `json:"files"`              // all but this one and the timing
}

// Build says which program ran where.
type Build struct {
	Version  string `json:"version"`      // of the module; "(devel)" for a working tree
	Revision string `json:"vcs_revision"` // "" if it was built without
	Modified bool   `json:"vcs_modified"` // the working tree had changes
	// Sources is the SHA-256 of the sources of the model, if no revision says which they are.
	Sources string `json:"sources_sha256,omitempty"`
	Go      string `json:"go_version"` // of the compiler
	OS      string `json:"goos"`       // operating system, as Go names it
	Arch    string `json:"goarch"`     // processor, as Go names it
}

// FileRecord names a file of a result.
type FileRecord struct {
	Name   string `json:"name"`   // path in the directory of the result
	Bytes  int    `json:"bytes"`  // size
	SHA256 string `json:"sha256"` // of its bytes, in hexadecimal
}

// ThisBuild describes the running program.
func ThisBuild() Build {
	b := Build{Version: "(devel)", Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok {
		if info.Main.Version != "" {
			b.Version = info.Main.Version
		}
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				b.Revision = s.Value
			case "vcs.modified":
				b.Modified = s.Value == "true"
			}
		}
	}
	if b.Revision == "" || b.Modified {
		b.Sources = mpsim.Sources()
	}
	return b
}

// NewManifest describes a result whose scenario, as run, was source.
func NewManifest(s *Summary, source []byte, files []File) *Manifest {
	m := &Manifest{
		Tool: tool, Schema: Schema,
		Scenario: s.Scenario, ScenarioSHA256: sum(source),
		Seed: s.Seed, Overrides: append([]string{}, s.Overrides...),
		Build:  ThisBuild(),
		Events: s.Events, EventHash: s.Hash, CourseHash: s.Course, PacketHops: s.PacketHops,
		Interrupted: s.Interrupted,
		Skipped:     []string{},
		Thinned:     []Part{},
		Warnings:    s.Warnings,
		Files:       []FileRecord{},
	}
	for _, f := range files {
		m.Files = append(m.Files, FileRecord{f.Name, len(f.Data), sum(f.Data)})
	}
	return m
}

func sum(data []byte) string {
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:])
}

// Timing is the only part of a result that differs from run to run.
type Timing struct {
	Wall             float64 `json:"wall_s"`                 // how long the run took, s
	EventsPerSecond  float64 `json:"events_per_s"`           // events of the engine, a second of that
	PacketHopsPerSec float64 `json:"packet_hops_per_s"`      // packets that crossed a link, a second of that
	SimulatedPerWall float64 `json:"simulated_s_per_wall_s"` // simulated seconds, a second of that
}

// NewTiming describes how fast a run was that took wall.
func NewTiming(s *Summary, wall time.Duration) Timing {
	sec := wall.Seconds()
	if sec <= 0 {
		return Timing{}
	}
	return Timing{sec, float64(s.Events) / sec, float64(s.PacketHops) / sec, s.Duration / sec}
}
