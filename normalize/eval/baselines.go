package eval

import (
	"strings"

	"stoa"
)

// keywords are what somebody would write down in five minutes, in English and a little of the rest. The first that
// occurs decides.
var keywords = struct {
	noise  []string
	kind   map[stoa.Kind][]string
	pillar map[stoa.Pillar][]string
}{
	noise: []string{"vacancy", "appointed", "award", "ceremony", "speech", "news", "contact us", "thesis", "said"},
	kind: map[stoa.Kind][]string{
		stoa.Programme:    {"training", "course", "workshop", "fellowship", "drill", "project", "programme", "formation", "curso", "курс", "تمرين", "培训"},
		stoa.Guidance:     {"guide", "guideline", "handbook", "toolkit", "framework", "standard", "model", "guía", "руководств", "دليل", "指南"},
		stoa.BestPractice: {"case study", "strategy", "law", "report", "lessons", "memorandum", "stratégie", "estrategia", "закон", "دراسة", "战略"},
	},
	pillar: map[stoa.Pillar][]string{
		stoa.Legal:          {"law", "legal", "cybercrime", "evidence", "judicial", "prosecut", "directive"},
		stoa.Technical:      {"incident", "csirt", "cert", "vulnerab", "standard", "drill", "technical", "critical infrastructure"},
		stoa.Organizational: {"strategy", "national", "governance", "maturity", "index", "agency", "policy"},
		stoa.Capacity:       {"training", "capacity", "awareness", "education", "skills", "child", "course"},
		stoa.Cooperation:    {"cooperation", "norms", "diplomacy", "confidence", "agreement", "sharing", "partnership"},
	},
}

// baselines scores saying always the commonest thing, and counting keywords.
func baselines(items []labelled) map[string]Baselines {
	return map[string]Baselines{
		"majority": baseline(items, func(labelled) (bool, stoa.Kind, stoa.Pillar) { return true, commonKind(items), commonPillar(items) }),
		"keywords": baseline(items, byKeywords),
	}
}

func byKeywords(l labelled) (bool, stoa.Kind, stoa.Pillar) {
	text := strings.ToLower(l.Title + " " + l.Summary + " " + l.Publisher)
	count := func(words []string) (n int) {
		for _, w := range words {
			n += strings.Count(text, w)
		}
		return n
	}
	kind, pillar, most := stoa.Guidance, stoa.Organizational, 0
	for _, k := range stoa.Kinds() {
		if n := count(keywords.kind[k]); n > most {
			kind, most = k, n
		}
	}
	most = 0
	for _, p := range stoa.Pillars() {
		if n := count(keywords.pillar[p]); n > most {
			pillar, most = p, n
		}
	}
	return count(keywords.noise) == 0, kind, pillar
}

func baseline(items []labelled, say func(labelled) (bool, stoa.Kind, stoa.Pillar)) Baselines {
	var relevant, kind, pillar choice
	for _, l := range items {
		r, k, p := say(l)
		relevant.add(relevance[l.Relevant], relevance[r], 0)
		if l.Relevant {
			kind.add(string(l.Kind), string(k), 0)
			pillar.add(string(l.Pillars[0]), string(p), 0)
		}
	}
	c := relevant.classes("relevant", "noise")
	return Baselines{
		RelevantF1: c.Class["relevant"].F1, NoiseRecall: c.Class["noise"].Recall,
		KindMacroF1: kind.classes("best-practice", "guidance", "programme").MacroF1,
		Pillar:      pillar.classes("legal", "technical", "organizational", "capacity", "cooperation").Accuracy,
	}
}

func commonKind(items []labelled) (best stoa.Kind) {
	count := map[stoa.Kind]int{}
	for _, l := range items {
		if l.Relevant {
			count[l.Kind]++
		}
	}
	for _, k := range stoa.Kinds() {
		if count[k] > count[best] {
			best = k
		}
	}
	return best
}

func commonPillar(items []labelled) (best stoa.Pillar) {
	count := map[stoa.Pillar]int{}
	for _, l := range items {
		if len(l.Pillars) > 0 {
			count[l.Pillars[0]]++
		}
	}
	for _, p := range stoa.Pillars() {
		if count[p] > count[best] {
			best = p
		}
	}
	return best
}

// join writes pillars as a list for people.
func join(pillars []stoa.Pillar) string {
	var s []string
	for _, p := range pillars {
		s = append(s, string(p))
	}
	return strings.Join(s, ", ")
}
