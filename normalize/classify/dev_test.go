package classify

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"stoa"
)

type goldItem struct {
	ID, Title, URL, Publisher, Language, Summary, Kind, Deadline, Start string
	Relevant                                                            bool
	Pillars                                                             []stoa.Pillar
}

func loadGold(t testing.TB) (gs []goldItem, es []Example) {
	f, err := os.Open("../../testdata/gold/items.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		var g goldItem
		if err := json.Unmarshal(sc.Bytes(), &g); err != nil {
			t.Fatal(err)
		}
		gs = append(gs, g)
		es = append(es, Example{Input: Input{Title: g.Title, Summary: g.Summary, Publisher: g.Publisher, URL: g.URL}, Relevant: g.Relevant, Kind: stoa.Kind(g.Kind), Pillars: g.Pillars})
	}
	return
}

func score(name string, gs []goldItem, rs []Result, verbose bool) string {
	var tp, fp, fn, tn int
	conf := map[stoa.Kind]map[stoa.Kind]int{}
	var kn, kok, pn, pok, p2 int
	var en, eok, on, ook int
	var c9, c9ok, call [3]int
	for i, g := range gs {
		r := rs[i]
		switch {
		case g.Relevant && r.Relevant.Value:
			tp++
		case !g.Relevant && r.Relevant.Value:
			fp++
		case g.Relevant:
			fn++
		default:
			tn++
		}
		call[0]++
		if r.Relevant.Confidence >= .9 {
			c9[0]++
			if r.Relevant.Value == g.Relevant {
				c9ok[0]++
			}
		}
		if verbose && r.Relevant.Value != g.Relevant {
			fmt.Printf("REL %v conf %.2f | %s | %s | %.90s\n   %v\n", g.Relevant, r.Relevant.Confidence, g.Publisher, g.Title, g.Summary, r.Relevant.Why)
		}
		if !g.Relevant {
			continue
		}
		kn++
		if conf[stoa.Kind(g.Kind)] == nil {
			conf[stoa.Kind(g.Kind)] = map[stoa.Kind]int{}
		}
		conf[stoa.Kind(g.Kind)][r.Kind.Value]++
		ok := r.Kind.Value == stoa.Kind(g.Kind)
		if ok {
			kok++
		} else if verbose {
			fmt.Printf("KIND %s→%s conf %.2f | %s | %s | %.90s\n   %v\n", g.Kind, r.Kind.Value, r.Kind.Confidence, g.Publisher, g.Title, g.Summary, r.Kind.Why)
		}
		call[1]++
		if r.Kind.Confidence >= .9 {
			c9[1]++
			if ok {
				c9ok[1]++
			}
		}
		pn++
		pk := r.Pillars[0].Pillar == g.Pillars[0]
		if pk {
			pok++
		} else if verbose {
			fmt.Printf("PILLAR %v→%s %.2f %s %.2f | %s | %s | %.90s\n   %v\n", g.Pillars, r.Pillars[0].Pillar, r.Pillars[0].Confidence, r.Pillars[1].Pillar, r.Pillars[1].Confidence, g.Publisher, g.Title, g.Summary, r.Pillars[0].Why)
		}
		if pk || r.Pillars[1].Pillar == g.Pillars[0] {
			p2++
		}
		call[2]++
		if r.Pillars[0].Confidence >= .9 {
			c9[2]++
			if pk {
				c9ok[2]++
			}
		}
		if g.Language == "en" {
			en++
			if pk {
				eok++
			}
		} else {
			on++
			if pk {
				ook++
			}
		}
	}
	f1 := 0.0
	for _, k := range stoa.Kinds() {
		var t, p, g int
		t = conf[k][k]
		for _, j := range stoa.Kinds() {
			p += conf[j][k]
			g += conf[k][j]
		}
		f1 += 2 * float64(t) / float64(p+g) / 3
	}
	d := func(a, b int) float64 { return float64(a) / float64(max(b, 1)) }
	var b strings.Builder
	fmt.Fprintf(&b, "%-22s rel F1 %.3f noise rec %.3f | kind F1 %.3f | pillar %.3f top2 %.3f en %.3f other %.3f |", name, d(2*tp, 2*tp+fp+fn), d(tn, tn+fp), f1, d(pok, pn), d(p2, pn), d(eok, en), d(ook, on))
	for k, n := range []string{"rel", "kind", "pil"} {
		fmt.Fprintf(&b, " %s≥.9 acc %.3f share %.2f", n, d(c9ok[k], c9[k]), d(c9[k], call[k]))
	}
	return b.String()
}

func TestDev(t *testing.T) {
	if os.Getenv("DEV") == "" {
		t.Skip()
	}
	gs, es := loadGold(t)
	c := New(untrained())
	rs := make([]Result, len(es))
	for i := range es {
		rs[i] = c.Classify(es[i].Input)
	}
	fmt.Println(score("lexicon alone", gs, rs, false))
	c = New(Train(nil, 1))
	for i := range es {
		rs[i] = c.Classify(es[i].Input)
	}
	fmt.Println(score("book only", gs, rs, os.Getenv("DEV") == "book"))
	rs = CrossValidate(es, 10, 1)
	fmt.Println(score("cv", gs, rs, os.Getenv("DEV") == "cv"))
	if os.Getenv("DEV") == "3" {
		for s := uint64(2); s < 4; s++ {
			fmt.Println(score("cv", gs, CrossValidate(es, 10, s), false))
		}
	}
}
