package locales

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"stoa"
)

func TestEverySentenceSaysTheSameInSixLanguages(t *testing.T) {
	seen := map[string]bool{}
	for _, table := range tables() {
		for line := range strings.Lines(table) {
			line = strings.TrimSpace(line)
			if line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			row, err := readSentence(line)
			if err != nil {
				t.Error(err)
				continue
			}
			if seen[row.texts[0]] {
				t.Errorf("%q stands twice", row.texts[0])
			}
			seen[row.texts[0]] = true
			want := places.FindAllString(row.texts[0], -1)
			slices.Sort(want)
			for i, text := range row.texts[1:] {
				got := places.FindAllString(text, -1)
				if slices.Sort(got); !slices.Equal(got, want) {
					t.Errorf("%s: %q has the places %v, English %v", columns[i+1], text, got, want)
				}
				if text == "" || len(text) > 25 && text == row.texts[0] {
					t.Errorf("%s: %q is not translated", columns[i+1], row.texts[0])
				}
			}
		}
	}
	if len(seen) < 400 {
		t.Errorf("only %d sentences", len(seen))
	}
}

func TestSentencesAreSaidInTheLanguageOfThePage(t *testing.T) {
	for _, c := range []struct{ lang, text, want string }{
		{"fr", "titles 87 % alike", "titres semblables à 87 %"},
		{"ru", "its source is on probation", "источник на испытании"},
		{"es", "“cyber drill” (a drill or exercise) speaks for capacity (+1.2)", "«[cyber drill]» (un ejercicio o simulacro): a favor de Creación de capacidades (+1.2)"},
		{"zh", "“women” (women and girls) speaks against relevant (−0.4)", "“[women]”（妇女和女童）：不支持相关性（−0.4）"},
		{"fr", "the word “nation” speaks for relevant (+0.3)", "le mot « [nation] » : en faveur de pertinence (+0.3)"},
		{"ar", "itu-feed changed it", "غيّره [itu-feed]"},
		{"fr", "relevant: false (0.61)", "pertinent : non (0.61)"},
		{"es", "kind: programme (0.48)", "tipo: Programa (0.48)"},
		{"ru", "120 of 200 known items are missing; nothing was removed", "из 200 известных нет 120; ничего не удалено"},
		{"fr", `nearly all items are in "de"; the source is in en, fr`, "presque tous les éléments sont en : allemand ; la source est en : anglais et français"},
		{"fr", "the host asked us to wait until 2026-05-01T10:00:00Z", "le serveur nous demande d’attendre jusqu’au 1er mai 2026 à 10:00 UTC"},
		{"fr", "fetch https://a.example/x: the host answered 503 Service Unavailable", "[https://a.example/x] : le serveur a répondu 503 [Service Unavailable]"},
		{"fr", "fetch https://a.example/x: bad record MAC", "[https://a.example/x] : <bad record MAC>"},
		{"fr", "nobody wrote this", "<nobody wrote this>"},
		{"en", "titles 87 % alike", "titles 87 % alike"},
		{"en", "kind: programme (0.48)", "kind: [programme] (0.48)"},
	} {
		l, _ := For(c.lang)
		var got strings.Builder
		for _, p := range l.Said(c.text) {
			got.WriteString([]string{"", "[", "<"}[p.Voice] + p.Text + []string{"", "]", ">"}[p.Voice])
		}
		if got.String() != c.want {
			t.Errorf("%s: %q is said %q, want %q", c.lang, c.text, got.String(), c.want)
		}
	}
}

// TestEverySentenceOfARuleIsKnown reads the source of the rules and fails on a sentence that no table holds.
func TestEverySentenceOfARuleIsKnown(t *testing.T) {
	french, _ := For("fr")
	n := 0
	for _, w := range writers(t) {
		n++
		if !slices.ContainsFunc(w.samples, func(s string) bool { return recognised(french, s) }) {
			t.Errorf("%s: no translation of %q: add it to server/locales/sentences.txt", w.at, w.samples[0])
		}
	}
	if n < 110 {
		t.Errorf("only %d sentences found: the test would pass on anything", n)
	}
}

func TestEveryTermOfTheClassifierIsKnown(t *testing.T) {
	arabic, _ := For("ar")
	for _, name := range []string{"concepts", "forms"} {
		raw, err := os.ReadFile("../../normalize/classify/data/" + name + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for line := range strings.Lines(string(raw)) {
			cells := strings.Split(line, " | ")
			if strings.HasPrefix(line, "#") || len(cells) < 3 {
				continue
			}
			n++
			term := strings.TrimSpace(cells[1])
			if !arabic.Knows(term) || !arabic.Knows("“x” ("+term+") speaks for legal (+0.7)") || !arabic.Knows("the title names it "+term+" speaks for legal (+0.7)") {
				t.Errorf("%s: no translation of %q: add it to server/locales/terms.txt", name, term)
			}
		}
		if n < 15 {
			t.Errorf("%s: only %d terms", name, n)
		}
	}
}

// recognised reports whether the tables hold a sentence, whatever stands at its places.
func recognised(l *Locale, text string) bool {
	got := l.Said(text)
	return len(got) > 1 || got[0].Voice != English
}

// written is a sentence as it stands in the source, with examples of what it may look like.
type written struct {
	at      string
	samples []string
}

// whole are files of which every sentence is a rule's.
var whole = []string{
	"normalize/match/compare.go", "normalize/match/evidence.go", "normalize/match/relation.go", "normalize/match/translate.go", "normalize/owner.go",
	"crawler/judge.go", "crawler/drift.go", "crawler/silent.go",
}

func writers(t *testing.T) []written {
	t.Helper()
	var out []written
	for _, pattern := range []string{"normalize/match/*.go", "normalize/*.go", "normalize/classify/*.go", "crawler/*.go", "crawler/decode/*.go", "store/*.go", "server/curate/*.go", "cmd/stoa/*.go"} {
		files, err := filepath.Glob("../../" + pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, path := range files {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, path, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			name := strings.TrimPrefix(filepath.ToSlash(path), "../../")
			found := finder{all: slices.Contains(whole, name)}
			ast.Inspect(file, found.visit)
			for _, e := range found.sentences {
				out = append(out, written{name + ":" + strconv.Itoa(set.Position(e.Pos()).Line), samples(e)})
			}
		}
	}
	return out
}

// finder collects the expressions that make sentences.
type finder struct {
	all       bool
	sentences []ast.Expr
}

func (f *finder) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.ImportSpec, *ast.ValueSpec:
		return false
	case *ast.CallExpr:
		switch nameOf(n.Fun) {
		case "Errorf", "New", "Compile", "MustCompile", "lacks", "lack", "Format": // errors are told apart from reasons; what only one title bears is never told
			return false
		case "warn", "clashes", "clash", "note":
			f.take(n)
			return f.all
		}
	case *ast.KeyValueExpr:
		if k, ok := n.Key.(*ast.Ident); ok && (k.Name == "Why" || k.Name == "Text") {
			f.take(n.Value)
			return false
		}
	case *ast.AssignStmt:
		for i, left := range n.Lhs {
			if len(n.Lhs) == len(n.Rhs) && slices.Contains([]string{"Text", "Why", "WayWhy", "Warnings", "why"}, nameOf(left)) {
				f.take(n.Rhs[i])
			}
		}
	case *ast.ReturnStmt:
		if len(n.Results) == 2 && strings.HasPrefix(nameOf(n.Results[0]), "Code") {
			f.take(n.Results[1])
			return false
		}
	}
	if e, ok := n.(ast.Expr); ok && f.all && makesSentence(e) {
		f.take(e)
		return false
	}
	return true
}

// take notes what is a sentence in an expression.
func (f *finder) take(e ast.Node) {
	if call, ok := e.(*ast.CallExpr); ok && slices.Contains([]string{"warn", "clashes", "clash", "note"}, nameOf(call.Fun)) {
		if len(call.Args) > 0 && strings.Contains(samples(call.Args[0])[0], " ") {
			f.add(call.Args[0])
		}
		return
	}
	ast.Inspect(e, func(n ast.Node) bool {
		x, ok := n.(ast.Expr)
		if ok && makesSentence(x) {
			f.add(x)
			return false
		}
		return true
	})
}

func (f *finder) add(e ast.Expr) {
	if !slices.ContainsFunc(f.sentences, func(o ast.Expr) bool { return o.Pos() == e.Pos() }) {
		f.sentences = append(f.sentences, e)
	}
}

var word = regexp.MustCompile(`\pL{2,} \pL|\pL{2,}: |^"\pL{2,} %`)

// makesSentence reports whether an expression makes a sentence: a literal with words, a sum with one, a filled format.
func makesSentence(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return e.Kind == token.STRING && word.MatchString(e.Value)
	case *ast.BinaryExpr:
		return e.Op == token.ADD && (makesSentence(e.X) || makesSentence(e.Y))
	case *ast.CallExpr:
		return nameOf(e.Fun) == "Sprintf" && makesSentence(e.Args[0])
	}
	return false
}

func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.Ident:
		return e.Name
	}
	return ""
}

var (
	numberVerb = regexp.MustCompile(`%(\.\d)?[df]`)
	quoteVerb  = regexp.MustCompile(`%(\.\d+)?q`)
	textVerb   = regexp.MustCompile(`%(\.\d+)?[svw]`)
)

// samples are what an expression may come to.
func samples(e ast.Expr) []string {
	base := sample(e)
	base = numberVerb.ReplaceAllString(base, "7")
	base = quoteVerb.ReplaceAllString(base, `"xx"`)
	base = strings.ReplaceAll(base, "%%", "%")
	verbs := textVerb.FindAllStringIndex(base, -1)
	out := []string{textVerb.ReplaceAllString(base, "xx")}
	for _, v := range verbs { // a day, where one stands
		out = append(out, textVerb.ReplaceAllString(base[:v[0]], "xx")+"2 January 2026"+textVerb.ReplaceAllString(base[v[1]:], "xx"))
	}
	if strings.Contains(base, "%t") {
		return []string{strings.ReplaceAll(base, "%t", "true")}
	}
	if len(verbs) == 0 && strings.HasSuffix(base, " until xx") {
		out = append(out, strings.TrimSuffix(base, "xx")+"2026-01-02T00:00:00Z")
	}
	return out
}

func sample(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		if err != nil {
			return e.Value
		}
		return text
	case *ast.BinaryExpr:
		return sample(e.X) + sample(e.Y)
	case *ast.ParenExpr:
		return sample(e.X)
	case *ast.CallExpr:
		switch name := nameOf(e.Fun); {
		case name == "Sprintf":
			return sample(e.Args[0])
		case name == "Itoa":
			return "7"
		}
	}
	return "xx"
}

// TestEveryRefusalIsKnown reads what the store, the desk and its harvesters say when they do not take something.
func TestEveryRefusalIsKnown(t *testing.T) {
	french, _ := For("fr")
	n := 0
	for _, path := range []string{
		"store/prepare.go", "store/letters.go", "store/invite.go", "store/takedown.go", "store/questions.go", "store/acts.go", "store/motions.go", "store/erase.go",
		"store/leave.go", "store/decide.go", "store/password.go", "store/office.go", "store/accounts.go", "cmd/stoa/workshop.go",
	} {
		for _, text := range refusals(t, "../../"+path) {
			n++
			_, why := Refusal(text)
			for _, p := range french.Said(why) {
				if p.Voice == English && p.Text != "xx" { // what a parser said stays as it is
					t.Errorf("%s: no translation of %q: add it to server/locales/refusals.txt", path, why)
				}
			}
		}
	}
	if n < 60 {
		t.Errorf("only %d refusals found: the test would pass on anything", n)
	}
}

// refusals are the texts of the errors of a file that say what a person may have got wrong, with samples at their places.
func refusals(t *testing.T, path string) (out []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]string{"ErrInvalid": stoa.ErrInvalid.Error(), "ErrConflict": stoa.ErrConflict.Error(), "ErrDenied": stoa.ErrDenied.Error(), "ErrFull": stoa.ErrFull.Error()}
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || nameOf(call.Fun) != "Errorf" {
			return true
		}
		format := sample(call.Args[0])
		for _, arg := range call.Args[1:] {
			if word := words[nameOf(arg)]; word != "" {
				head, tail, _ := strings.Cut(format, "%w")
				tail = textVerb.ReplaceAllString(quoteVerb.ReplaceAllString(numberVerb.ReplaceAllString(tail, "7"), `"xx"`), "xx")
				out = append(out, textVerb.ReplaceAllString(quoteVerb.ReplaceAllString(head, `"xx"`), "xx")+word+strings.ReplaceAll(tail, "until xx", "until 2026-01-02T00:00:00Z"))
			}
		}
		return true
	})
	return out
}

func TestRefusalsAreSplitIntoWhatAndWhy(t *testing.T) {
	for _, c := range []struct{ text, about, why string }{
		{`decide set of "x": invalid value "a \"b\": c": want true or false`, "value", "want true or false"},
		{`decide undo of "x": invalid undo: what was erased is gone`, "undo", "what was erased is gone"},
		{`decide answer of "x": not allowed: ana proposed it, so another person has to confirm it`, "", "ana proposed it, so another person has to confirm it"},
		{`set mail of "ana": invalid address "x"`, "address", "not one that can be taken"},
		{`changed meanwhile: record 01 is at version 3, not 2; look at it again`, "", "record 01 is at version 3, not 2; look at it again"},
		{"disk on fire", "", "disk on fire"},
	} {
		if about, why := Refusal(c.text); about != c.about || why != c.why {
			t.Errorf("%q is about %q because %q, want %q and %q", c.text, about, why, c.about, c.why)
		}
	}
}
