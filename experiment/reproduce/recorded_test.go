package reproduce

import (
	"math"
	"reflect"
	"testing"

	"mpsim/results"
	"mpsim/scenarios/language"
)

// The means over the replications that the record has are compared with it, whatever comes after them. One more
// digit than both have is a difference; a number that neither has is none.
func TestRecorded(t *testing.T) {
	judgement := func(id string, samples ...float64) Judgement {
		return Judgement{Target: &language.Target{ID: id}, Samples: samples}
	}
	paper := func(id string) *Paper { return &Paper{ID: id, Name: "papers/" + id} }
	reports := []Report{
		{Paper: paper("KA"), Judgements: []Judgement{
			judgement("same", 1, 2, 30), judgement("moved", 1, 2.001, 3), judgement("none", math.NaN(), 1), judgement("new", 1, 2),
		}},
		{Paper: paper("KB"), Judgements: []Judgement{judgement("short", 1)}},
		{Paper: &Paper{ID: "KA", Name: "./KA.toml"}, Judgements: []Judgement{judgement("same", 1, 2)}},
	}
	got, err := match(reports, []byte("paper,target,mean,replications\nKA,same,1.5,2\nKA,moved,1.5,2\nKA,none,,2\nKB,short,1,2\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := Match{Same: 2, Compared: 3, Replications: 2,
		Moved:      []string{"KA, moved: 1.5005, in the record 1.5"},
		Uncompared: []string{"KA: the record does not have it", "KB: the record has 2 replications, here 1 replication"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v; want %+v", got, want)
	}
}

// The record has every target of the scenarios that come with mpsim, and no other.
func TestRecordIsWhole(t *testing.T) {
	known, err := readRecord(results.Targets)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range IDs() {
		p, err := Load(id, false)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range p.Scenario.Targets {
			key := [2]string{id, x.ID}
			if _, ok := known[key]; !ok {
				t.Errorf("the record has no %s of %s", x.ID, id)
			}
			delete(known, key)
		}
	}
	for key := range known {
		t.Errorf("the record has %s of %s, which is no target", key[1], key[0])
	}
}
