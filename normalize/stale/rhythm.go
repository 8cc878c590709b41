package stale

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// rhythms are the words for how often something changes, folded, by how often. The first of each is ours.
var rhythms = []struct {
	every time.Duration
	words []string
}{
	{day, folded("daily", "every day", "quotidien", "quotidienne", "chaque jour", "diario", "diaria", "cada dia", "ежедневно", "ежедневная", "каждый день", "يومي", "يوميا", "每日", "每天", "taglich")},
	{7 * day, folded("weekly", "every week", "once a week", "hebdomadaire", "chaque semaine", "semanal", "cada semana", "еженедельно", "еженедельная", "каждую неделю", "اسبوعي", "اسبوعيا", "每周", "wochentlich")},
	{14 * day, folded("fortnightly", "biweekly", "every two weeks", "every fortnight", "monthly_2", "bimensuel", "quincenal", "раз в две недели", "كل اسبوعين", "每两周", "双周")},
	{30 * day, folded("monthly", "every month", "mensuel", "mensuelle", "chaque mois", "mensual", "cada mes", "ежемесячно", "ежемесячная", "каждый месяц", "شهري", "شهريا", "每月", "monatlich", "mensal")},
	{91 * day, folded("quarterly", "every three months", "every quarter", "trimestriel", "trimestrielle", "trimestral", "ежеквартально", "раз в квартал", "ربع سنوي", "فصلي", "每季度", "季度", "vierteljahrlich")},
	{182 * day, folded("half-yearly", "semiannual", "semi-annually", "annual_2", "twice a year", "every six months", "semestriel", "semestrielle", "semestral", "раз в полгода", "نصف سنوي", "每半年", "halbjahrlich")},
	{365 * day, folded("yearly", "annual", "annually", "every year", "once a year", "annuel", "annuelle", "chaque annee", "anual", "cada ano", "ежегодно", "ежегодная", "раз в год", "سنوي", "سنويا", "每年", "jahrlich")},
	{0, folded("as needed", "never", "asneeded", "as_needed", "not planned", "notplanned", "not_planned", "irregular", "irreg", "jamais", "au besoin", "nunca", "segun sea necesario", "никогда", "по мере необходимости", "ابدا", "عند الحاجه", "从不", "按需")},
}

// Rhythm reads in which time something is expected to change: words in the languages of the pages, the last part of an address
// of a vocabulary (…/frequency/MONTHLY, freq:annual), or an ISO 8601 duration (P3M, R/P1Y). ok is false for what says nothing.
// "never" and "as needed" are a rhythm of their own: never is true.
func Rhythm(text string) (every time.Duration, never, ok bool) {
	word := fold(strings.TrimSpace(text))
	if i := strings.LastIndexAny(word, "/#:"); i >= 0 && i+1 < len(word) && strings.Contains(word, "freq") {
		word = word[i+1:]
	}
	for _, r := range rhythms {
		if slices.Contains(r.words, word) {
			return r.every, r.every == 0, true
		}
	}
	every = duration(strings.TrimPrefix(word, "r/"))
	return every, false, every > 0
}

// duration reads a folded ISO 8601 duration of one part: p1y, p3m, p2w, p10d.
func duration(word string) time.Duration {
	if len(word) < 3 || len(word) > 5 || word[0] != 'p' {
		return 0
	}
	n, err := strconv.Atoi(word[1 : len(word)-1])
	if err != nil || n <= 0 {
		return 0
	}
	days := map[byte]int{'y': 365 * n, 'm': n * 365 / 12, 'w': 7 * n, 'd': n}[word[len(word)-1]]
	return time.Duration(days) * day
}

// RhythmWord brings what a source writes to a word that Rhythm reads, "" where it says nothing.
func RhythmWord(text string) string {
	every, _, ok := Rhythm(text)
	if !ok {
		return ""
	}
	for _, r := range rhythms {
		if r.every == every {
			return r.words[0]
		}
	}
	return "P" + strconv.Itoa(int(every/day)) + "D"
}
