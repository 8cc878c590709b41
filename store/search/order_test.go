package search

import (
	"slices"
	"strings"
	"testing"
	"time"

	"stoa"
)

// titled are titles in their own languages, in no order.
func titled(t *testing.T, titles ...string) (*Index, map[string]string) {
	t.Helper()
	s, names := newShelf(), map[string]string{}
	for i, line := range titles {
		lang, title, _ := strings.Cut(line, " ")
		id := string(rune('a' + i))
		s.put(record(id, lang, title, ""))
		names[id] = title
	}
	return open(t, s), names
}

func TestTitlesAreOrderedByTheRulesOfTheirLanguageTheReadersLettersFirst(t *testing.T) {
	x, names := titled(t, "zh 中国", "es ñu", "en nz", "en oa", "ru жук", "ru ёж", "ru еда", "zh 啊", "fr élan", "en elbow", "ar بحث", "ar أمن", "zh 北京", "en Éa", "es nube")
	latin, russian, arabic, chinese := "Éa élan elbow nube nz ñu oa", "еда ёж жук", "أمن بحث", "啊 北京 中国"
	for reader, want := range map[string]string{
		"":   strings.Join([]string{latin, russian, arabic, chinese}, " "),
		"fr": strings.Join([]string{latin, russian, arabic, chinese}, " "),
		"ru": strings.Join([]string{russian, latin, arabic, chinese}, " "),
		"ar": strings.Join([]string{arabic, latin, russian, chinese}, " "),
		"zh": strings.Join([]string{chinese, latin, russian, arabic}, " "),
	} {
		var got []string
		for _, id := range ask(t, x, stoa.Query{Sort: "title", Reader: reader}).IDs {
			got = append(got, names[id])
		}
		if strings.Join(got, " ") != want {
			t.Errorf("for a reader of %q:\n%v, want\n%s", reader, got, want)
		}
	}
}

func TestDeadlinesFallIntoWindowsUntilTheyPass(t *testing.T) {
	s := newShelf()
	for id, d := range map[string]stoa.Date{
		"over": "2026-03-01", "today": "2026-03-02", "yesterday, not everywhere": "2026-03-01T23:00:00-12:00", "in 7 days": "2026-03-09T12:00:00Z", "in 8 days": "2026-03-10",
		"in 30 days": "2026-04-01T12:00:00Z", "in 60 days": "2026-05-01", "next year": "2027", "never": "",
	} {
		r := record(id, "en", id, "")
		r.Deadline = d
		s.put(r)
	}
	x := open(t, s)
	week := []string{"in 7 days", "today"}
	month := append(slices.Clone(week), "in 30 days", "in 8 days")
	quarter := append(slices.Clone(month), "in 60 days")
	for w, want := range map[stoa.Window][]string{stoa.ThisWeek: week, stoa.ThisMonth: month, stoa.Quarter: quarter, stoa.AnyTime: append(slices.Clone(quarter), "next year")} {
		got := ask(t, x, stoa.Query{Windows: []stoa.Window{w}}).IDs
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", w, got, want)
		}
	}
	x.now = func() time.Time { return noon.AddDate(0, 0, 40) } // the same rows, later
	if got := ask(t, x, stoa.Query{Windows: []stoa.Window{stoa.ThisMonth}}).IDs; !slices.Equal(got, []string{"in 60 days"}) {
		t.Errorf("forty days later: %q", got)
	}
}

func TestMarksShowWhyARecordIsAmongTheHits(t *testing.T) {
	x := open(t, newShelf())
	for _, c := range []struct{ rule, query, lang, text, want string }{
		{"a word", "drills", "en", "Drills for teams", "[Drills] for teams"},
		{"another form", "strategy", "en", "National strategies, and a Strategy.", "National [strategies], and a [Strategy]."},
		{"an accent left out", "strategie", "fr", "La stratégie d’Haïti", "La [stratégie] d’Haïti"},
		{"behind an elided article", "information", "fr", "Systèmes d’information", "Systèmes [d’information]"},
		{"ё for е", "учеба", "ru", "Учёба для команд", "[Учёба] для команд"},
		{"a Russian case", "команда", "ru", "Учёба для команд", "Учёба для [команд]"},
		{"alef forms", "الامن", "ar", "استراتيجية الأمن السيبراني", "استراتيجية [الأمن] السيبراني"},
		{"Chinese", "能力建设", "zh", "网络安全能力建设指南", "网络安全[能力建设]指南"},
		{"what it means in another language", "培训", "en", "Training for teams", "[Training] for teams"},
		{"a term of two words", "renforcement des capacités", "en", "On capacity building today", "On [capacity] [building] today"},
		{"two letters in the wrong order", "stratgey", "en", "A strategy", "A [strategy]"},
		{"a letter left out", "stratgy", "en", "A strategy", "A [strategy]"},
		{"a word begun", "strat", "en", "A strategy", "A [strategy]"},
		{"a word begun, but the word is there too", "drill", "en", "a drill, a drillmaster", "a [drill], a drillmaster"},
		{"a letter wrong, but the word is there too", "drills", "en", "drills and grills", "[drills] and grills"},
		{"common words are no reason", "the drills", "en", "The drills", "The [drills]"},
		{"an unknown language", "qaraq", "xx", "A qaraq", "A [qaraq]"},
		{"nothing", "", "en", "A strategy", "A strategy"},
		{"markup is text", "script", "en", "<script>alert</script>", "<[script]>alert</[script]>"},
	} {
		got, last := "", 0
		for _, s := range x.Marks(c.query)(c.lang, c.text) {
			if s.From < last || s.To <= s.From || s.To > len(c.text) {
				t.Fatalf("%s: span %v", c.rule, s)
			}
			got += c.text[last:s.From] + "[" + c.text[s.From:s.To] + "]"
			last = s.To
		}
		if got += c.text[last:]; got != c.want {
			t.Errorf("%s: %q in %q: %q, want %q", c.rule, c.query, c.text, got, c.want)
		}
	}
}

func FuzzMarks(f *testing.F) {
	f.Add("strategy", "en", "A strategy")
	f.Add("网络 'a’", "zh", "\xff网络安全 d’eau \u0301")
	x, err := Open(f.Context(), f.TempDir(), newShelf(), Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = x.Close() })
	f.Fuzz(func(t *testing.T, query, lang, text string) {
		last := 0
		for _, s := range x.Marks(query)(lang, text) {
			if s.From < last || s.To <= s.From || s.To > len(text) {
				t.Errorf("span %v of %d bytes after %d", s, len(text), last)
			}
			last = s.To
		}
	})
}
