package normalize

import (
	"regexp"
	"strings"

	"stoa"
	"stoa/normalize/stale"
)

// factNames are the facts of a programme, in the words of ITU Academy.
var factNames = []string{"modality", "level", "duration", "fee", "credential", "registration", "eligibility", "audience"}

// factWords turn what sources write into the vocabulary. The first that is found in the text wins, so the more
// telling ones stand first. Words are in lower case.
var factWords = map[string][]struct {
	value string
	words []string
}{
	"modality": {
		{"online self-paced", []string{"self-paced", "self paced", "at your own pace", "mooc", "à son rythme", "à votre rythme", "a su ritmo", "autoaprendizaje", "ao seu ritmo", "в своём темпе", "в удобном темпе", "selbstgesteuert", "ذاتي التعلم", "自学"}},
		{"blended", []string{"blended", "hybrid", "hybride", "híbrid", "semipresencial", "смешанн", "гибридн", "مدمج", "混合"}},
		{"face-to-face", []string{"face-to-face", "face to face", "in person", "in-person", "on-site training", "classroom training", "présentiel", "presencial", "очн", "präsenz", "حضوري", "面授", "线下"}},
		{"online instructor-led", []string{"instructor-led", "webinar", "online course", "online training", "held online", "live online", "virtual training", "virtual session", "en ligne", "en línea", "em linha", "curso online", "дистанцион", "вебинар", "онлайн", "عبر الإنترنت", "عن بعد", "افتراضي", "在线", "线上"}},
	},
	"level": {
		{"advanced", []string{"advanced", "avancé", "avanzad", "avançad", "продвинут", "fortgeschritten", "متقدم", "高级"}},
		{"intermediate", []string{"intermediate", "intermédiaire", "intermedio", "intermediári", "средн", "متوسط", "中级"}},
		{"introductory", []string{"introductory", "beginner", "foundation course", "introduction to", "débutant", "introductif", "introductori", "básico", "iniciante", "начальн", "вводн", "einführ", "تمهيدي", "للمبتدئين", "入门", "初级"}},
	},
	"fee": {
		{"free", []string{"free of charge", "free course", "free online", "free one-year", "at no cost", "no fee", "participation is free", "free training", "is free", "gratuit", "gratis", "kostenlos", "kostenfrei", "бесплатн", "مجان", "免费"}},
	},
	"credential": {
		{"certificate", []string{"certificate", "certificat", "certificado", "сертификат", "zertifikat", "شهادة", "证书"}},
		{"badge", []string{"badge", "значок", "شارة"}},
		{"degree", []string{"master's degree", "master degree", "bachelor's degree", "diploma of"}},
	},
	"registration": {
		{"application and selection", []string{"application and selection", "selection process", "applications are", "apply by", "application deadline", "must apply", "nomination", "selected candidates", "candidature", "candidatura", "postulación", "postularse", "отбор", "bewerbung", "الترشيح", "申请"}},
		{"direct", []string{"direct registration", "register by", "registration is open", "register now", "open registration", "open to all", "inscription libre", "inscripción abierta", "inscrição aberta", "открытая регистрация", "التسجيل مفتوح", "报名"}},
	},
}

var price = regexp.MustCompile(`(?i)(?:€|US\$|\$|£|CHF|EUR|USD|GBP) ?\d[\d.,  ]*\d|\d[\d., ]*\d? ?(?:€|EUR|USD|CHF|GBP)\b`)

// units are the first letters of words for spans of time, and counts the words for small numbers, in lower case.
var (
	units = []string{"hour", "day", "week", "month", "heure", "jour", "semaine", "mois", "hora", "día", "dia", "semana", "mes", "stunde", "tag", "woche", "monat", "час", "дн", "день", "недел", "месяц", "ساعة", "ساعات", "أيام", "يوم", "أسبوع", "أسابيع", "شهر", "أشهر"}

	counts = func() map[string]bool {
		m := map[string]bool{}
		for _, w := range strings.Fields("one two three four five six seven eight nine ten twelve fifteen twenty deux trois quatre cinq six dix dos tres cuatro cinco seis diez dois três quatro zwei drei vier fünf sechs zehn две три четыре пять шесть десять") {
			m[w] = true
		}
		return m
	}()

	// countsBegin has the first bytes of counts, with the bit set that makes a small letter of an ASCII capital.
	countsBegin = func() (t [256]bool) {
		for w := range counts {
			t[w[0]|0x20] = true
		}
		return t
	}()

	// reaches are the words after which a text says whom something is for.
	reaches = []string{"open to ", "aimed at ", "intended for ", "designed for ", "meant for ", "destiné à ", "destinée à ", "destiné aux ", "destinés aux ", "dirigido a ", "dirigida a ", "destinado a ", "destinada a "}
)

// statedFacts returns the facts that a source labels, in its own words, brought to the vocabulary where they fit it.
func statedFacts(labels map[string]string) map[string]string {
	var facts map[string]string
	for _, name := range factNames {
		text := labels[name]
		if text == "" {
			continue
		}
		if facts == nil {
			facts = map[string]string{}
		}
		facts[name] = clip(text, 160)
		if v := vocabulary(name, text); v != "" {
			facts[name] = v
		}
		if p := price.FindString(text); name == "fee" && p != "" {
			facts[name] = strings.TrimSpace(p)
		}
	}
	if word := stale.RhythmWord(labels["frequency"]); word != "" { // what S23 goes by
		if facts == nil {
			facts = map[string]string{}
		}
		facts["frequency"] = word
	}
	return facts
}

// readFacts adds to stated facts what the text of a programme says.
func readFacts(facts map[string]string, d stoa.Draft, text string) map[string]string {
	if d.Kind.Value != stoa.Programme || !d.Relevant.Value {
		return facts
	}
	put := func(name, value string) {
		if value = strings.TrimSpace(value); value == "" || facts[name] != "" {
			return
		}
		if facts == nil {
			facts = map[string]string{}
		}
		facts[name] = value
	}
	whole := d.Title + ". " + head(text, 2000)
	lower := strings.ToLower(whole)
	for name, value := range vocabularies(lower) {
		put(name, value)
	}
	put("duration", duration(whole))
	put("audience", audience(whole, lower))
	return facts
}

// duration returns how long something takes, as written: a small number and a unit of time.
func duration(text string) string {
	for rest := text; rest != ""; {
		var w string
		w, rest, _ = strings.Cut(rest, " ")
		number, unit, joined := strings.Cut(strings.TrimLeft(w, "("), "-")
		if !small(number) {
			continue
		}
		if !joined {
			unit, _, _ = strings.Cut(rest, " ")
		}
		unit = strings.Trim(unit, ",.;:)")
		low := strings.ToLower(unit)
		for _, u := range units {
			if strings.HasPrefix(low, u) && len(low) <= len(u)+4 {
				if joined {
					return number + "-" + unit
				}
				return number + " " + unit
			}
		}
	}
	if strings.IndexByte(text, "小周天"[0]) > 0 { // the byte with which all three begin
		return chineseSpan(text)
	}
	return ""
}

// small reports whether a word is a number below a thousand.
func small(w string) bool {
	if w == "" {
		return false
	}
	if w[0] >= '0' && w[0] <= '9' {
		return len(w) <= 3 && strings.Trim(w, "0123456789") == ""
	}
	return len(w) < 20 && countsBegin[w[0]|0x20] && counts[strings.ToLower(w)]
}

// chineseSpan returns digits followed by a unit, or "".
func chineseSpan(text string) string {
	for _, unit := range []string{"小时", "周", "天"} {
		for at := 0; ; {
			i := strings.Index(text[at:], unit)
			if i < 0 {
				break
			}
			end := at + i
			begin := end
			for begin > 0 && text[begin-1] >= '0' && text[begin-1] <= '9' {
				begin--
			}
			if begin < end && end-begin <= 3 {
				return text[begin:end] + unit
			}
			at = end + len(unit)
		}
	}
	return ""
}

// audience returns whom a text says something is for.
func audience(text, lower string) string {
	if len(text) != len(lower) {
		return ""
	}
	for _, w := range reaches {
		if i := strings.Index(lower, w); i >= 0 {
			who := text[i+len(w):]
			if end := strings.IndexAny(who, ".;:"); end > 3 {
				return clip(who[:end], 120)
			}
		}
	}
	return ""
}

// vocabulary brings what a source writes to the word for it, or "".
func vocabulary(name, text string) string { return vocabularies(strings.ToLower(text))[name] }

// entry is one of factWords: which fact, how telling (0 is most), and the word.
type entry struct {
	fact, value, word string
	rank              int
}

// byFirst is factWords by the first two bytes of the word, so that a text is gone through once: at holds an index in
// lists.
var byFirst = func() (t struct {
	at    [1 << 16]uint8
	lists [][]entry
}) {
	t.lists = make([][]entry, 1)
	for _, fact := range factNames {
		for rank, c := range factWords[fact] {
			for _, w := range c.words {
				k := int(w[0])<<8 | int(w[1])
				if t.at[k] == 0 {
					t.at[k] = uint8(len(t.lists))
					t.lists = append(t.lists, nil)
				}
				t.lists[t.at[k]] = append(t.lists[t.at[k]], entry{fact, c.value, w, rank})
			}
		}
	}
	return t
}()

// vocabularies returns the facts whose words stand in a text in lower case.
func vocabularies(lower string) map[string]string {
	var found map[string]string
	var best map[string]int
	for i := range max(len(lower)-1, 0) {
		list := byFirst.lists[byFirst.at[int(lower[i])<<8|int(lower[i+1])]]
		for k := range list {
			e := &list[k]
			if !strings.HasPrefix(lower[i:], e.word) {
				continue
			}
			if found == nil {
				found, best = map[string]string{}, map[string]int{}
			}
			if rank, ok := best[e.fact]; !ok || e.rank < rank {
				found[e.fact], best[e.fact] = e.value, e.rank
			}
		}
	}
	return found
}
