package match

import "testing"

// hardPair is two listings made up by the definitions of the labelled data: the same thing told in other words, or what looks like it.
type hardPair struct {
	Name, Label string
	A, B        Entry
}

// TestHardPairs finds what is the same in spite of other titles, addresses and cases, in six languages, and joins none of the phases,
// editions, years, countries, parts and drafts that look alike.
func TestHardPairs(t *testing.T) {
	count := map[string]int{}
	for _, p := range readLines[hardPair](t, "testdata/hard.jsonl") {
		p.A.ID, p.B.ID = "a", "b"
		v, back := Compare(p.A, p.B), Compare(p.B, p.A)
		if v.Verdict != back.Verdict {
			t.Errorf("%s: %s, the other way round %s", p.Name, v.Verdict, back.Verdict)
		}
		count[p.Label]++
		count[p.Label+" "+v.Verdict]++
		right := map[string][]string{
			"duplicate": {Duplicate, Proposal}, "translation": {Translation, Proposal}, "distinct": {Distinct, Proposal},
		}[p.Label]
		if v.Verdict != right[0] {
			t.Logf("%s: %s is a %s (%s %s, %.3f): %v", p.Name, p.Label, v.Verdict, v.Rule, v.Relation, v.Score, v.Why)
		}
		if v.Verdict != right[0] && v.Verdict != right[1] {
			t.Errorf("%s: %s", p.Name, v.Verdict)
		}
	}
	t.Log(count)
}

// TestPlainWordsAreNoCountries reads as countries what names one in the language of the title, not what looks like one.
func TestPlainWordsAreNoCountries(t *testing.T) {
	for title, want := range map[string]int{
		"Resilience of small island power grids": 0, "Réunion annuelle des points de contact": 0, "Защита персональных данных": 0,
		"Индекс кибербезопасности и индивидуальные меры": 0, "Грузовые перевозки": 0, "Maurice: une étude": 0,
		"Стратегия Индии": 1, "Закон Дании": 1, "Учения в Грузии и Ираке": 2, "Киберучения Омана": 1, "Стратегия Казахстана": 1, "Stratégie de la Suisse": 1,
	} {
		if got := profileOf(Entry{Title: title}).places; len(got) != want {
			t.Errorf("%q: %v, want %d", title, sorted(got), want)
		}
	}
}
