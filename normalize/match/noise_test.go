package match

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"stoa"
)

// bibliography makes up papers as two indexes list them: the first in full, the second as hurried typists do. Among them are
// what looks alike and is not: series, journal versions of conference papers, columns that bear one title every year.
type bibliography struct {
	*rand.Rand
	entries []Entry
	same    map[[2]string]bool
}

var (
	paperAims = strings.Fields(`optimizing evaluating indexing mining clustering ranking caching replicating partitioning integrating
		querying filtering summarizing scheduling compressing maintaining estimating discovering tracking securing`)
	paperThings = strings.Split(`association rules|materialized views|spatial joins|XML documents|data streams|moving objects|sensor networks|web services|
		time series|semistructured data|OLAP cubes|transaction logs|star schemas|top-k queries|nearest neighbours|schema mappings|deductive databases|
		object hierarchies|workflow systems|digital libraries|record linkage|access paths|bitmap indexes|histograms|recursive queries|constraint databases|
		temporal relations|active rules|video archives|query plans|peer networks|privacy policies|provenance graphs|keyword searches|lock managers|
		text collections|image features|main memory systems|skyline operators|wavelet synopses`, "|")
	paperWays = strings.Split(`a cost-based approach|using signature files|with bounded memory|under concurrent updates|in parallel database systems|by sampling|
		on modern hardware|for decision support|in heterogeneous federations|with user feedback|an experimental study|over the Internet|via dynamic programming|
		in mobile environments|from noisy sources|with quality guarantees|a language and its semantics|through lazy evaluation|at web scale|with tree automata`, "|")
	givenNames  = strings.Fields("Rajeev Anna Michael Wei Hector Sophie Divesh Laura Jiawei Peter Ana Kenneth Yannis Maria Tova Hans Surajit Elisa Rakesh Ingrid")
	familyNames = strings.Fields(`Rastogi Okafor Stonewell Zhang Molinari Cluett Narayan Haasen Hanlin Bunemann Carvalho Rossi Ioannou Zemani Milosz Kriegler
		Chaudhry Bertolli Agarwaal Weikum Lindqvist Jagadesh Papadimos Srivastav Franklyn Hellerman Naughtons Carey DeWitts Gehrken`)
	venues = [][2]string{{"SIGMOD Conference", "International Conference on Management of Data"}, {"VLDB", "Very Large Data Bases"},
		{"ACM Trans. Database Syst.", "ACM Transactions on Database Systems (TODS)"}, {"SIGMOD Record", "ACM SIGMOD Record"}, {"VLDB J.", "The VLDB Journal"}}
)

func pick[T any](r *rand.Rand, of []T) T { return of[r.IntN(len(of))] }

func (b *bibliography) title() string {
	t := pick(b.Rand, paperAims) + " " + strings.TrimSpace(pick(b.Rand, paperThings))
	if b.IntN(2) == 0 {
		t += " and " + strings.TrimSpace(pick(b.Rand, paperThings))
	}
	t += ": " + strings.TrimSpace(pick(b.Rand, paperWays))
	return strings.ToUpper(t[:1]) + t[1:]
}

func (b *bibliography) authors() []string {
	var out []string
	for range 1 + b.IntN(4) {
		out = append(out, pick(b.Rand, givenNames)+" "+pick(b.Rand, familyNames))
	}
	return out
}

// paper lists one paper in both indexes.
func (b *bibliography) paper(title string, authors []string, venue [2]string, year int) {
	n := len(b.same)
	one := Entry{ID: fmt.Sprintf("a%d", n), Title: title, Summary: strings.Join(authors, ", "), Publisher: venue[0], Published: stoa.Date(fmt.Sprint(year)),
		URL: fmt.Sprintf("https://one.example/rec/%d", n)}
	two := Entry{ID: fmt.Sprintf("b%d", n), Title: b.hurried(title), Summary: strings.Join(b.respelt(authors), ", "), Publisher: venue[1],
		Published: one.Published, URL: fmt.Sprintf("https://two.example/citation?id=%d", 7000+n*13)}
	b.entries = append(b.entries, one, two)
	b.same[[2]string{one.ID, two.ID}] = true
}

// hurried is a title with another case, a slip, a lost hyphen or a full stop.
func (b *bibliography) hurried(title string) string {
	switch b.IntN(6) {
	case 0:
		title = strings.ToLower(title)
	case 1:
		title += "."
	case 2:
		title = strings.ReplaceAll(title, "-", " ")
	case 3:
		title = strings.Replace(title, ": ", " - ", 1)
	case 4:
		words := strings.Fields(title)
		if i := b.IntN(len(words)); len(words[i]) > 6 {
			at := 2 + b.IntN(len(words[i])-4)
			words[i] = words[i][:at] + words[i][at+1:]
		}
		title = strings.Join(words, " ")
	}
	return title
}

// respelt is a list of authors with initials, family names first, in another order, cut short, or missing.
func (b *bibliography) respelt(authors []string) []string {
	var out []string
	for _, a := range authors {
		given, family, _ := strings.Cut(a, " ")
		switch b.IntN(4) {
		case 0:
			a = given[:1] + ". " + family
		case 1:
			a = family + " " + given
		}
		out = append(out, a)
	}
	switch b.IntN(12) {
	case 0:
		return nil
	case 1:
		return out[:1]
	case 2:
		b.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	}
	return out
}

func newBibliography(seed uint64, papers int) *bibliography {
	b := &bibliography{Rand: rand.New(rand.NewPCG(seed, 3)), same: map[[2]string]bool{}}
	for range papers {
		title, authors, year := b.title(), b.authors(), 1994+b.IntN(10)
		b.paper(title, authors, pick(b.Rand, venues), year)
		switch b.IntN(25) {
		case 0: // the journal version, by the same people, a year or two later
			b.paper(title, authors, venues[2+b.IntN(3)], year+1+b.IntN(2))
		case 1: // the next of a series
			b.paper(title+", Part II", authors, pick(b.Rand, venues), year)
		case 2: // the same people on the next thing
			b.paper(b.title(), authors, pick(b.Rand, venues), year)
		}
	}
	for year := 1994; year < 2004; year++ { // columns
		for _, title := range []string{"Editor's Notes", "Chair's Message", "Reminiscences on Influential Papers", "Guest Editorial"} {
			b.paper(title, b.authors(), venues[3], year)
		}
	}
	return b
}

// TestPapersAtScale holds the bar over thousands of papers, which meet by their keys alone.
func TestPapersAtScale(t *testing.T) {
	for _, how := range []string{"venue as publisher", "authors as publisher", "all in the summary"} {
		b := newBibliography(11, 1200)
		var all []Entry
		for _, e := range b.entries {
			all = append(all, arrange(e, how))
		}
		right, wrong := 0, 0
		for _, p := range All(all, false) {
			if p.Verdict.Verdict != Duplicate {
				continue
			}
			if b.same[[2]string{all[p.A].ID, all[p.B].ID}] {
				right++
			} else if wrong++; wrong <= 5 {
				t.Logf("joined wrongly: %q %s and %q %s: %v", all[p.A].Title, all[p.A].Published, all[p.B].Title, all[p.B].Published, p.Verdict.Why)
			}
		}
		f1 := 2 * float64(right) / float64(right+wrong+len(b.same))
		t.Logf("%s: %d of %d joined, %d wrongly: F1 %.3f", how, right, len(b.same), wrong, f1)
		if f1 < 0.95 {
			t.Errorf("%s: F1 %.3f, want 0.95", how, f1)
		}
	}
}
