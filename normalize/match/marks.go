package match

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// marks are what tells one thing of a series from another: years, editions, versions, phases, parts, numbers.
type marks struct {
	years   []int           // as they stand, ranges as first and last
	spans   [][2]int        // ranges of years
	typed   map[string]int  // phase part chapter… → its number; "nth" for ordinals
	version string          // "2", "1.1"
	rev     int             // revision of a numbered document
	counts  []int           // other whole numbers
	codes   set             // document numbers as written in the title: "GAO0858", "800-82"
	draft   bool            // draft, interim, for consultation
	derived map[string]bool // what is about a thing rather than the thing: mapping, companion, commentary
}

// kinds are the words that number the parts of a series, folded, with one name for each.
var kinds = func() map[string]string {
	m := map[string]string{}
	for name, forms := range map[string]string{
		"phase":   "phase phases fase faza фаза этап مرحله المرحله",
		"part":    "part parts partie parte teil часть جزء الجزء",
		"chapter": "chapter chapitre capitulo kapitel глава فصل الفصل",
		"volume":  "volume vol tome tomo band том مجلد المجلد",
		"module":  "module modulo modul модуль وحده الوحده",
		"day":     "day jour dia tag день",
		"cohort":  "cohort cohorts cohorte batch intake promotion поток دفعه",
		"level":   "level levels niveau nivel stufe уровень",
		"issue":   "issue numero ausgabe выпуск",
		"note":    "note nota",
		"lesson":  "lesson lecon leccion lektion урок unit",
		"session": "session sesion sessao sitzung сессия دوره",
		"round":   "round tour ronda runde раунд",
		"annex":   "annex annexe anexo anhang appendix приложение ملحق",
		"tier":    "tier",
		"lot":     "lot",
		"step":    "step etape paso",
		"episode": "episode",
		"section": "section seccion abschnitt",
		"track":   "track",
		"talk":    "talk",
		"group":   "group",
	} {
		for f := range strings.FieldsSeq(forms) {
			m[plainWord(f)] = name
		}
	}
	return m
}()

var ordinals = func() map[string]int {
	m := map[string]int{}
	for n, forms := range []string{"",
		"first premier premiere primera primer primeiro primeira erste erster ersten первый первая первое первой первого اول الاول اولي الاولي prvni",
		"second deuxieme seconde segunda segundo zweite zweiter zweiten второй вторая второе второго ثاني الثاني ثانيه الثانيه druhy",
		"third troisieme tercera tercer tercero terceira terceiro dritte dritter dritten третий третья третье третьего ثالث الثالث ثالثه الثالثه treti",
		"fourth quatrieme cuarta cuarto quarta quarto vierte vierter vierten четвертый четвертая رابع الرابع رابعه الرابعه",
		"fifth cinquieme quinta quinto funfte funfter funften пятый пятая خامس الخامس خامسه الخامسه",
		"sixth sixieme sexta sexto sechste sechster sechsten шестой шестая سادس السادس سادسه السادسه",
		"seventh septieme septima septimo setima setimo siebte siebter siebten седьмой седьмая سابع السابع سابعه السابعه",
		"eighth huitieme octava octavo oitava oitavo achte achter achten восьмой восьмая ثامن الثامن ثامنه الثامنه",
		"ninth neuvieme novena noveno nona nono neunte neunter neunten девятый девятая تاسع التاسع تاسعه التاسعه",
		"tenth dixieme decima decimo zehnte zehnter zehnten десятый десятая عاشر العاشر عاشره العاشره",
		"eleventh onzieme undecima elfte одиннадцатый", "twelfth douzieme duodecima zwolfte двенадцатый",
		"thirteenth treizieme", "fourteenth quatorzieme", "fifteenth quinzieme",
	} {
		for f := range strings.FieldsSeq(forms) {
			m[plainWord(fold(f))] = n
		}
	}
	return m
}()

// ranked are words that tell one of a series as a number does: the time of the year, how advanced a course is. Folded.
var ranked = func() map[string]mark {
	m := map[string]mark{}
	for name, all := range map[string][]string{
		"season": {"", "spring printemps primavera fruhjahr весна ربيع", "autumn automne otono outono herbst осень خريف", "winter hiver invierno inverno зима شتاء"},
		"grade":  {"", "basic elementary elemental basico basique grundkurs базовый", "intermediate intermediaire intermedio", "advanced avance avancee avanzado avanzada avancado fortgeschrittene продвинутый متقدم متقدمه"},
	} {
		for n, forms := range all {
			for f := range strings.FieldsSeq(forms) {
				m[plainWord(fold(f))] = mark{name, n}
			}
		}
	}
	return m
}()

// mark is a word of ranked.
type mark struct {
	name string
	n    int
}

// drafts are words of what is not final yet, folded.
var drafts = wordSet("draft drafts borrador entwurf interim preliminary مسوده")

var numerals = map[string]int{
	"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
}

var romans = map[string]int{
	"I": 1, "II": 2, "III": 3, "IV": 4, "V": 5, "VI": 6, "VII": 7, "VIII": 8, "IX": 9, "X": 10, "XI": 11, "XII": 12, "XIII": 13, "XIV": 14, "XV": 15,
}

// derivations are words by which a thing says that it is about another thing, folded.
var derivations = map[string]string{
	"mapping": "mapping", "companion": "companion", "commentary": "commentary", "interpretation": "commentary",
	"解读": "commentary", "comentario": "commentary", "annotated": "commentary",
	"summary": "summary", "resumen": "summary", "resume": "summary", "synopsis": "summary",
	"presentation": "slides", "slides": "slides", "interview": "interview", "statement": "statement",
	"questionnaire": "questionnaire", "faq": "faq", "materials": "materials", "errata": "errata", "corrigendum": "errata",
	"erratum": "errata", "webinar": "webinar", "release": "release", "template": "template", "checklist": "checklist",
	"infographic": "infographic", "poster": "poster", "brochure": "brochure", "flyer": "brochure", "podcast": "podcast",
	"foreword": "foreword", "updates": "updates", "terms": "terms", "alumni": "alumni", "transcript": "transcript",
	"extension": "extension", "addendum": "addendum", "supplement": "addendum", "review": "review", "reply": "reply",
	"comments": "comments", "demo": "demo", "tutorial": "tutorial", "panel": "panel",
}

var (
	ordinalRE = regexp.MustCompile(`^(\d{1,3})(st|nd|rd|th|er|ere|e|eme|a|o|ª|º|-й|й|я|ая)$`)
	versionRE = regexp.MustCompile(`^v?(\d{1,3}(\.\d{1,3})+)$`)
	shortRE   = regexp.MustCompile(`^v(\d{1,2})$`)
	revRE     = regexp.MustCompile(`^(?:r|rev)\.?(\d{1,2})$`)
	hanNthRE  = regexp.MustCompile(`第([0-9一二三四五六七八九十]{1,3})(届|次|期|版|号|部分|章|回|阶段|轮)`)
)

var hanDigits = map[string]int{"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10, "十一": 11, "十二": 12}

// marksOf reads the marks of a title.
func marksOf(title string, text []word) marks {
	m := marks{typed: map[string]int{}, codes: codesOf(title), derived: map[string]bool{}}
	for _, g := range hanNthRE.FindAllStringSubmatch(title, -1) {
		n := hanDigits[g[1]]
		if n == 0 {
			n, _ = strconv.Atoi(g[1])
		}
		if n > 0 && !strings.Contains("号", g[2]) {
			m.typed["nth"] = n
		}
	}
	for i := range text {
		if d := derivations[text[i].text]; d != "" {
			m.derived[d] = true
		}
		if r, ok := ranked[text[i].text]; ok {
			m.typed[r.name] = r.n
		}
		m.read(text, i)
	}
	if strings.Contains(title, "解读") {
		m.derived["commentary"] = true
	}
	m.draft = slices.ContainsFunc(text, func(t word) bool { return drafts[t.text] }) || strings.Contains(title, "征求意见稿")
	slices.Sort(m.years)
	m.years = slices.Compact(m.years)
	slices.Sort(m.counts)
	return m
}

// read takes what word i says.
func (m *marks) read(text []word, i int) {
	w := text[i]
	before, after := "", ""
	if i > 0 {
		before = text[i-1].text
	}
	if i+1 < len(text) {
		after = text[i+1].text
	}
	n, plain := number(w)
	switch {
	case plain && n >= 1980 && n <= 2039 && len(w.text) == 4:
		m.year(text, i, n)
	case numbered(w.text) && versionRE.MatchString(w.text):
		m.version = trimVersion(versionRE.FindStringSubmatch(w.text)[1])
	case numbered(w.text) && shortRE.MatchString(w.text):
		m.version = shortRE.FindStringSubmatch(w.text)[1]
	case numbered(w.text) && revRE.MatchString(w.text):
		m.rev, _ = strconv.Atoi(revRE.FindStringSubmatch(w.text)[1])
	case n > 0 && (before == "rev" || before == "revision"):
		m.rev = n
	case n > 0 && (before == "version" || before == "versao" || before == "versione" || before == "v"):
		m.version = strconv.Itoa(n)
	case n > 0 && kinds[before] != "" && !ordinalWord(w):
		m.typed[kinds[before]] = n
	case ordinalWord(w) && !w.upper:
		m.typed["nth"] = n
		if k := kinds[after]; k != "" {
			m.typed[k] = n
		}
	case romans[w.raw] == n && n > 0 && (n > 1 || i > 0 && (text[i-1].upper || strings.Contains(w.gap, "-"))) && !plain:
		m.typed["roman"] = n
	case plain && !(i > 0 && strings.TrimSpace(w.gap) == "-" && isNumber(text[i-1].text)) && n < 100000:
		m.counts = append(m.counts, n)
	}
}

// number returns the whole number that a word stands for. plain tells digits from words and Roman numerals.
func number(w word) (n int, plain bool) {
	if digit(w.text) {
		if n, err := strconv.Atoi(w.text); err == nil {
			return n, true
		}
	}
	if w.raw != "" && w.raw[0] >= '0' && w.raw[0] <= '9' {
		if g := ordinalRE.FindStringSubmatch(strings.ToLower(w.raw)); g != nil {
			n, _ := strconv.Atoi(g[1])
			return n, false
		}
		return 0, false
	}
	if w.upper && romans[w.raw] == 0 {
		return 0, false
	}
	if n := ordinals[w.text]; n > 0 {
		return n, false
	}
	if n := romans[w.raw]; n > 0 {
		return n, false
	}
	return numerals[w.text], false
}

// digit reports whether a text begins as a number does.
func digit(s string) bool {
	return s != "" && (s[0] >= '0' && s[0] <= '9' || s[0] == '-' || s[0] == '+' || s[0] >= utf8.RuneSelf)
}

func ordinalWord(w word) bool {
	if w.raw == "" || w.raw[0] < '0' || w.raw[0] > '9' {
		return !w.upper && ordinals[w.text] > 0
	}
	return ordinalRE.MatchString(strings.ToLower(w.raw))
}

// year takes a year, and the range that it begins or ends.
func (m *marks) year(text []word, i, n int) {
	m.years = append(m.years, n)
	if i == 0 {
		return
	}
	first, plain := number(text[i-1])
	gap := strings.TrimSpace(fold(text[i].gap))
	if plain && first >= 1980 && first < n && n-first <= 25 && (gap == "-" || gap == "/" || gap == "to" || gap == "a") {
		m.spans = append(m.spans, [2]int{first, n})
	}
}

func trimVersion(v string) string {
	for strings.HasSuffix(v, ".0") {
		v = strings.TrimSuffix(v, ".0")
	}
	return v
}
