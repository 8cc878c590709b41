package normalize

import (
	"iter"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"stoa"
	"stoa/normalize/when"
)

// applying are the beginnings of words by which a sentence speaks of taking part: its "until", "by" and "closes" are then those of the
// call, and not of a law or a project.
var applying = []string{
	"appl", "regist", "nominat", "submi", "proposal", "candidat", "enrol", "sign up", "sign-up", "deadline", "closing date", "call for", "call close", "send your", "send their",
	"expression of interest", "expressions of interest", "abstract", "scholarship", "interested", "tender", "rsvp",
	"inscri", "postul", "dossier", "soumi", "date limite", "clôture", "appel à", "bewerb", "anmeld", "einreich",
	"solicit", "convocatoria", "fecha límite", "plazo", "propuesta", "prazo", "proposta", "chamada",
	"заявк", "заявлен", "регистрац", "кандидат", "подач", "подат", "конкурс", "приём", "прием",
	"تقديم", "التقديم", "التسجيل", "تسجيل", "الترشيح", "ترشيح", "الطلبات", "طلبات", "آخر موعد", "المقترحات",
	"申请", "报名", "提交", "注册", "截止", "征集", "申報", "投稿",
}

// aboutToApply reports whether a sentence speaks of taking part.
func aboutToApply(sentence string) bool {
	lower := strings.ToLower(sentence)
	return slices.ContainsFunc(applying, func(w string) bool {
		i := strings.Index(lower, w)
		for i > 0 && isLatinLetter(lower[i-1]) { // within a word: "supplier", "disregistered"
			next := strings.Index(lower[i+1:], w)
			if next < 0 {
				return false
			}
			i += 1 + next
		}
		return i >= 0
	})
}

func isLatinLetter(b byte) bool { return b >= 'a' && b <= 'z' }

// datesInText looks, for a programme, in its text for until when one may apply where no field gave it, and in its title for the day. Any
// other date in running text may be anything, so nothing else of it is taken. Of several deadlines the last one closes the call; one that was
// over when the text was published is history.
func datesInText(d *stoa.Draft, text string, sense when.Options) {
	if d.Kind.Value != stoa.Programme {
		return
	}
	if d.Deadline == "" && !d.Rolling {
		for sentence := range sentences(head(text, 2000)) {
			if !aboutToApply(sentence) {
				continue
			}
			r := when.Read(sentence, sense)
			if r.Deadline.Precision() >= stoa.Day && !passed(r.Deadline, d.Published) {
				d.Deadline, d.Rolling = r.Deadline, false
			}
			d.Rolling = d.Rolling || r.Rolling && d.Deadline == ""
		}
	}
	if d.Start == "" && d.When == "" {
		if r := when.Read(d.Title, sense); r.Start.Precision() >= stoa.Month {
			d.Start, d.End = r.Start, r.End
		}
	}
}

// passed reports whether a deadline had passed at the date of a text, as far as that is known.
func passed(deadline, published stoa.Date) bool {
	return published != "" && deadline.Finish(time.UTC).Before(published.Begin(time.UTC))
}

// sentences yields the sentences of a text. A full stop after a number or a short word ("11. Dezember", "Dec. 11", "5 p.m. on") ends none.
func sentences(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		from := 0
		for i, r := range text {
			next := i + utf8.RuneLen(r)
			switch {
			case strings.ContainsRune("。；;؛؟\n", r):
			case strings.ContainsRune(".!?", r) && next < len(text) && text[next] == ' ' && endsWord(text[from:i]):
			default:
				continue
			}
			if !yield(text[from:next]) {
				return
			}
			from = next
		}
		if from < len(text) {
			yield(text[from:])
		}
	}
}

// endsWord reports whether text ends with a word of four letters or more.
func endsWord(text string) bool {
	n := 0
	for text != "" && n < 4 {
		r, size := utf8.DecodeLastRuneInString(text)
		if !unicode.IsLetter(r) {
			return strings.ContainsRune(`)]"»”’'`, r)
		}
		text, n = text[:len(text)-size], n+1
	}
	return n >= 4
}
