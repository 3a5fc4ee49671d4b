// Package story tells in words what the scheduler of a connection decided, and why, from the decisions that a result
// has (mpsim run --explain).
package story

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"mpsim/experiment/record"
	"mpsim/sim/words"
)

// A Subject is a flow whose decisions a result has.
type Subject struct {
	Flow      *record.Flow
	Decisions []record.Decision // of its first connection, by time
	Transfers []record.Transfer // of that connection, by start
	End       float64           // of the run, s
	Sampled   *record.Thinning  // how the decisions were chosen; nil: all are there
}

// A Story answers a question about a Subject.
type Story struct {
	Flow      string            `json:"flow"`      // its name
	Scheduler string            `json:"scheduler"` // its kind
	Text      []string          `json:"text"`      // sentences
	Decisions []record.Decision `json:"decisions"` // of which they tell
}

// Of returns the subject that a result has of a flow; without a name, of the only flow that has decisions.
func Of(res *record.Result, flow string) (*Subject, error) {
	var names []string
	for i := range res.Flows {
		if len(res.Flows[i].Reasons) > 0 {
			names = append(names, res.Flows[i].Name)
		}
	}
	switch {
	case flow == "" && len(names) == 1:
		flow = names[0]
	case flow == "" && len(names) > 1:
		return nil, fmt.Errorf("which flow? there are decisions of %s", strings.Join(names, ", "))
	case len(names) == 0:
		return nil, fmt.Errorf("there are no decisions: no flow is MPTCP, or none has sent anything")
	case !slices.Contains(names, flow):
		return nil, fmt.Errorf("there are no decisions of a flow %q; %s", flow, words.Suggest(flow, names))
	}
	s := &Subject{End: res.Duration}
	for i := range res.Flows {
		if res.Flows[i].Name == flow {
			s.Flow = &res.Flows[i]
		}
	}
	for _, d := range res.Decisions {
		if d.Flow == flow {
			s.Decisions = append(s.Decisions, d)
		}
	}
	if len(s.Decisions) == 0 {
		return nil, fmt.Errorf("the decisions of flow %s are not there", flow)
	}
	for _, t := range res.Transfers {
		if t.Flow == flow && t.Connection == 0 {
			s.Transfers = append(s.Transfers, t)
		}
	}
	slices.SortStableFunc(s.Transfers, func(a, b record.Transfer) int { return cmp.Compare(a.Start, b.Start) })
	for i, p := range res.Thinned {
		if p.Table == "decisions" && p.Flow == flow {
			s.Sampled = &res.Thinned[i].Thinning
		}
	}
	return s, nil
}

// busy returns s without the decisions that do nothing because nothing is at hand, unless there are no others.
func (s *Subject) busy() *Subject {
	b := *s
	b.Decisions = slices.DeleteFunc(slices.Clone(s.Decisions), func(d record.Decision) bool {
		return d.Act == record.Waits && d.Job == record.Spare
	})
	if len(b.Decisions) == 0 {
		return s
	}
	return &b
}

// tell begins a story.
func (s *Subject) tell() *Story {
	story := &Story{Flow: s.Flow.Name, Scheduler: s.Flow.Scheduler, Text: []string{}, Decisions: []record.Decision{}}
	if s.Sampled != nil {
		story.say("Of %d decisions %d are kept, evenly spread: what lies between two of them is not told.", s.Sampled.Samples, s.Sampled.Kept)
	}
	return story
}

// say adds a sentence.
func (t *Story) say(format string, args ...any) {
	t.Text = append(t.Text, fmt.Sprintf(format, args...))
}

// around is how much time before and after an instant is summed up, s.
const around = 0.1

// At tells what was decided at a time, in seconds.
func (s *Subject) At(t float64) (*Story, error) {
	if !(t >= 0 && t <= s.End) {
		return nil, fmt.Errorf("%s is outside of the run, which is from 0.000 s to %s", clock(t), clock(s.End))
	}
	s = s.busy()
	story, steps := s.tell(), s.steps(s.Decisions)
	k := sort.Search(len(steps), func(i int) bool { return s.Decisions[steps[i].first].T > t }) - 1
	if k < 0 {
		story.say("There was no decision until %s.", clock(s.Decisions[0].T))
		k = 0
	}
	from := max(k-2, 0)
	if from > 0 && s.waits(steps[from-1]) { // which steps[from] ended
		from--
	}
	for i := from; i < min(k+3, len(steps)); {
		told := s.episode(story, steps, i)
		if i <= k && k < i+told {
			s.idle(story, steps, k, t)
		}
		i += told
	}
	if t > 0 {
		story.say("In the %s before %s, %s.", record.Duration(around), clock(t), given(s.between(t-around, t)))
	}
	story.say("In the %s after %s, %s.", record.Duration(around), clock(t), given(s.between(t+2*rounding, t+around)))
	return story, nil
}

// pause is how long nobody must have asked to be worth a word, s.
const pause = 0.01

// idle says that nobody asked between step k and the next one, if t lies between them.
func (s *Subject) idle(story *Story, steps []step, k int, t float64) {
	if k+1 == len(steps) || s.waits(steps[k]) {
		return
	}
	last, next := s.Decisions[steps[k].last].T, s.Decisions[steps[k+1].first].T
	if last < t && next-last >= pause {
		story.say("Nobody asked it from then to %s: nothing was at hand, or no subflow took anything.", clock(next))
	}
}

// waits reports whether a step is a wait of bytes at hand.
func (s *Subject) waits(k step) bool {
	d := &s.Decisions[k.first]
	return d.Act == record.Waits && d.Job != record.Spare
}

// episode tells step i, and if it is a wait the one that ended it, too. It returns how many steps it has told.
func (s *Subject) episode(story *Story, steps []step, i int) (told int) {
	k := steps[i]
	d := &s.Decisions[k.first]
	text := "At " + clock(d.T) + " " + s.did(k)
	if d.Until > 0 {
		text += fmt.Sprintf("; it wished to be asked by %s", clock(d.Until))
	}
	text, told = text+".", 1
	switch {
	case !s.waits(k):
	case i+1 == len(steps):
		text += " There was no decision after that."
	default:
		text += " " + s.ended(k, steps[i+1])
		if !s.waits(steps[i+1]) {
			told = 2
		}
	}
	story.Text = append(story.Text, text)
	story.Decisions = append(story.Decisions, s.Decisions[k.first:steps[i+told-1].last+1]...)
	return told
}

// ended tells how wait k ended, with the next step.
func (s *Subject) ended(k, next step) string {
	after := record.Duration(s.Decisions[next.first].T - s.Decisions[k.first].T)
	then := "waited for another reason"
	if !s.waits(next) {
		then = s.done(s.Decisions, next)
	}
	if n := k.last - k.first; n > 0 {
		return fmt.Sprintf("It was asked %s more with the same answer; after %s it %s.", times(n), after, then)
	}
	return fmt.Sprintf("It was asked again after %s and %s.", after, then)
}

// Position tells what became of the byte at pos of the stream.
func (s *Subject) Position(pos uint64) (*Story, error) {
	end := uint64(0)
	var list []int // indices of decisions
	for i := range s.Decisions {
		d := &s.Decisions[i]
		if !d.Gives() {
			continue
		}
		end = max(end, d.To)
		if d.Has(pos) {
			list = append(list, i)
		}
	}
	switch {
	case pos >= end:
		return nil, fmt.Errorf("position %d was not given to any subflow; positions from 0 to %d were", pos, max(end, 1)-1)
	case len(list) == 0 && s.Sampled == nil:
		return nil, fmt.Errorf("no decision was about position %d: its byte went with the SYN", pos)
	case len(list) == 0:
		return nil, fmt.Errorf("the decision about position %d is not in the sample: of %d decisions %d are kept", pos, s.Sampled.Samples, s.Sampled.Kept)
	}
	story := s.tell()
	first := list[0]
	s.waitBefore(story, first)
	for n, i := range list {
		d := &s.Decisions[i]
		again := map[bool]string{true: "A", false: "Again, a"}[n == 0]
		story.say("%st %s %s.", again, clock(d.T), s.did(step{i, i, d.To - d.From}))
		story.Decisions = append(story.Decisions, *d)
	}
	s.acknowledged(story, pos, first)
	return story, nil
}

// waitBefore tells of the wait that ended with decision i, if there was one.
func (s *Subject) waitBefore(story *Story, i int) {
	k := i
	for k > 0 && s.Decisions[k-1].Act == record.Waits && s.Decisions[k-1].Job == s.Decisions[i].Job && s.Decisions[k-1].From == s.Decisions[i].From {
		k--
	}
	if k < i {
		d := &s.Decisions[k]
		story.say("From %s to %s, for %s, %s.", clock(d.T), clock(s.Decisions[i].T), record.Duration(s.Decisions[i].T-d.T), s.did(step{k, i - 1, 0}))
		story.Decisions = append(story.Decisions, s.Decisions[k:i]...)
	}
}

// acknowledged tells when the sender knew that the byte at pos had arrived, which decision i gave away first.
func (s *Subject) acknowledged(story *Story, pos uint64, i int) {
	for _, d := range s.Decisions[i:] {
		if d.Acked > pos {
			story.say("By %s, %s after the first time, it was acknowledged at the level of the connection.", clock(d.T), record.Duration(d.T-s.Decisions[i].T))
			return
		}
	}
	story.say("No decision shows it acknowledged; the last one was at %s.", clock(s.Decisions[len(s.Decisions)-1].T))
}

// Transfer tells of transfer k of the connection.
func (s *Subject) Transfer(k int) (*Story, error) {
	switch n := len(s.Transfers); {
	case n == 0:
		return nil, fmt.Errorf("flow %s has no transfers: its workload is not made of such", s.Flow.Name)
	case k < 0 || k >= n:
		return nil, fmt.Errorf("flow %s has %s, 0 to %d; there is no transfer %d", s.Flow.Name, count(n, "transfer"), n-1, k)
	}
	x := &s.Transfers[k]
	until, how := s.End, "was under way at the end of the run"
	if x.Done() {
		until, how = x.End, "was complete after "+record.Duration(x.FCT)
	}
	story := s.tell()
	story.say("Transfer %d, of %d bytes, began at %s and %s.", k, x.Bytes, clock(x.Start), how)
	part := s.busy().between(x.Start, until)
	if len(part) == 0 {
		story.say("There was no decision in that time.")
		return story, nil
	}
	first, last := part[0], part[len(part)-1]
	steps := s.steps(part)
	story.say("The first decision was at %s: %s.", clock(first.T), s.didOf(part, steps[0]))
	story.say("The last one was at %s: %s.", clock(last.T), s.didOf(part, steps[len(steps)-1]))
	story.say("There were %s: %s.", count(len(part), "decision"), tallied(part, func(*record.Decision) bool { return true }))
	story.say("In that time %s.", given(part))
	story.Decisions = append(story.Decisions, first, last)
	return story, nil
}

// Subflow tells what a subflow was given, and when it was waited for.
func (s *Subject) Subflow(name string) (*Story, error) {
	var names []string
	for _, f := range s.Flow.Subflows {
		names = append(names, f.Name)
	}
	if _, err := words.Choose("subflow", name, names); err != nil {
		return nil, err
	}
	story := s.tell()
	s.gifts(story, name)
	s.waitsFor(story, name)
	return story, nil
}

// gifts tells what a subflow was given.
func (s *Subject) gifts(story *Story, name string) {
	on := func(d *record.Decision) bool { return d.Gives() && d.To > d.From && slices.Contains(d.On(), name) }
	var list []int
	var bytes uint64
	after := 0 // in list: the decision that ended the longest time without any
	for i := range s.Decisions {
		if d := &s.Decisions[i]; on(d) {
			list, bytes = append(list, i), bytes+d.To-d.From
			if n := len(list); n > 1 && (after == 0 || s.gap(list, n-1) > s.gap(list, after)) {
				after = n - 1
			}
		}
	}
	if len(list) == 0 {
		story.say("No decision gave %s anything.", name)
		return
	}
	first, last := &s.Decisions[list[0]], &s.Decisions[list[len(list)-1]]
	story.say("%s was given %s in %s, from %s to %s.", name, record.Size(bytes), count(len(list), "decision"), clock(first.T), clock(last.T))
	story.say("The reasons: %s.", tallied(s.Decisions, on))
	story.Decisions = append(story.Decisions, *first, *last)
	if after > 0 {
		part := s.Decisions[list[after-1]+1 : list[after]]
		text := fmt.Sprintf("The longest time without any was %s, from %s to %s", record.Duration(s.gap(list, after)),
			clock(s.Decisions[list[after-1]].T), clock(s.Decisions[list[after]].T))
		if len(part) > 0 {
			text += fmt.Sprintf(", with %s: %s", count(len(part), "other decision"), tallied(part, func(*record.Decision) bool { return true }))
		}
		story.say("%s.", text)
	}
}

// gap returns the time between two neighbours of a list of decisions, of which the second is i.
func (s *Subject) gap(list []int, i int) float64 {
	return s.Decisions[list[i]].T - s.Decisions[list[i-1]].T
}

// waitsFor tells of the waits whose reason is about a subflow.
func (s *Subject) waitsFor(story *Story, name string) {
	n, total, longest, at := 0, 0.0, -1.0, 0
	steps := s.steps(s.Decisions)
	for i, k := range steps {
		d := &s.Decisions[k.first]
		if d.Act != record.Waits || d.Job == record.Spare || d.About != name {
			continue
		}
		end := s.Decisions[k.last].T
		if i+1 < len(steps) {
			end = s.Decisions[steps[i+1].first].T
		}
		n, total = n+1, total+end-d.T
		if end-d.T > longest {
			longest, at = end-d.T, i
		}
	}
	if n == 0 {
		story.say("No wait was for %s.", name)
		return
	}
	story.say("It waited for %s %s, %s in all; the longest time was %s.", name, times(n), record.Duration(total), record.Duration(longest))
	s.episode(story, steps, at)
}

// Whole tells of all decisions.
func (s *Subject) Whole() *Story {
	story := s.tell()
	first, last := &s.Decisions[0], &s.Decisions[len(s.Decisions)-1]
	story.say("The decisions of %s, of flow %s, are from %s to %s.", s.Flow.Scheduler, s.Flow.Name, clock(first.T), clock(last.T))
	for _, r := range s.Flow.Reasons {
		text := fmt.Sprintf("%s: %s", r.Name, count(int(min(r.Decisions, math.MaxInt)), "decision"))
		if r.Waited > 0 {
			text += ", with a wait of " + record.Duration(r.Waited) + " in all"
		}
		story.say("%s.", text)
	}
	story.say("In all, %s.", given(s.Decisions))
	return story
}
