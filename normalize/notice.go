package normalize

import (
	"cmp"
	"regexp"

	"stoa"
	"stoa/normalize/when"
)

// over are the words by which a banner on a page says that what it describes is over, or that its text is not to be relied on.
var over = regexp.MustCompile(`(?i)\b(ended|closed down|discontinued|terminated|archived?|archivé|archivado|no longer (maintained|valid|updated|current)|not (be )?considered valid|obsolete|withdrawn|clôturé|terminé|finalizó|finalizado)\b|больше не (обновля|поддержива)|завершён|архив|انتهى|مؤرشف|不再(更新|维护)|已(结束|归档)`)

// noticed takes a banner that the source's mapping reads as "notice" for its publisher's explicit word: an activity that ended on a day
// has ended on it; what is archived or not maintained any longer is withdrawn (S19).
func noticed(d *stoa.Draft, notice string, sense when.Options) {
	if notice == "" || !over.MatchString(notice) {
		return
	}
	r := when.Read(notice, sense)
	day := cmp.Or(r.End, r.Deadline, r.Start)
	if d.Kind.Value == stoa.Programme && day.Precision() >= stoa.Day {
		if d.End == "" || day < d.End {
			d.End = day
		}
		return
	}
	d.Withdrawn = true
}
