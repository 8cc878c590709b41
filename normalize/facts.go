package normalize

import (
	"regexp"
	"strings"

	"stoa"
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

var (
	span   = regexp.MustCompile(`(?i)\b(\d{1,3}|one|two|three|four|five|six|eight|ten|twelve|fifteen)[ -]?(hours?|days?|weeks?|months?|heures?|jours?|semaines?|mois|horas|días|semanas|meses|dias|stunden|tage|wochen|monate)\b`)
	longRu = regexp.MustCompile(`\d{1,3} ?(час[а-я]*|дн[а-я]*|недел[а-я]*|месяц[а-я]*|小时|天|周|个月|ساعة|أيام|أسابيع|أشهر)`)
	price  = regexp.MustCompile(`(?i)(?:€|US\$|\$|£|CHF|EUR|USD|GBP) ?\d[\d.,  ]*\d|\d[\d., ]*\d? ?(?:€|EUR|USD|CHF|GBP)\b`)
	forIt  = regexp.MustCompile(`(?i)\b(?:open to|aimed at|intended for|designed for|meant for|destiné(?:e|s|es)? (?:à|aux)|dirigid[oa]s? a|destinad[oa]s? a) ([^.;:]{4,120})`)
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
	for _, name := range factNames {
		put(name, vocabulary(name, whole))
	}
	put("duration", duration(whole))
	if m := forIt.FindStringSubmatch(whole); m != nil {
		put("audience", clip(m[1], 120))
	}
	return facts
}

// duration returns how long something takes, as written. The patterns are tried only where they can match.
func duration(text string) string {
	if m := span.FindString(text); m != "" {
		return m
	}
	if strings.ContainsAny(text, "ченмسأ小天周个") {
		return longRu.FindString(text)
	}
	return ""
}

func vocabulary(name, text string) string {
	choices := factWords[name]
	if len(choices) == 0 {
		return ""
	}
	lower := strings.ToLower(text)
	for _, c := range choices {
		for _, w := range c.words {
			if strings.Contains(lower, w) {
				return c.value
			}
		}
	}
	return ""
}
