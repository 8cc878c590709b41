package normalize

import (
	"slices"
	"testing"
	"time"

	"stoa"
)

// TestUntilWhenOneMayApply: the text of a programme says until when one may apply, in its own words; dates of laws, projects and past
// calls are not taken for it.
func TestUntilWhenOneMayApply(t *testing.T) {
	const rolling = "rolling"
	for _, c := range []struct{ lang, text, want string }{
		{"en", "Women diplomats may apply until 11 December 2026 for training in negotiation.", "2026-12-11"},
		{"en", "A course for analysts. Interested experts should send their CV by 11 December 2026. It takes place in May 2027.", "2026-12-11"},
		{"en", "Candidates must submit the form no later than 11 December 2026, 17:00 CET.", "2026-12-11T17:00:00+01:00"},
		{"en", "The call for proposals, launched on 3 October 2026, closes on 11 December 2026.", "2026-12-11"},
		{"en", "Nominations should reach the secretariat before Dec. 11, 2026.", "2026-12-11"},
		{"en", "The course is held from 1 to 5 February 2027 in Nairobi; register before 11 December 2026.", "2026-12-11"},
		{"en", "Mentors and teams work together for a year. Apply at any time.", rolling},
		{"en", "Applications are reviewed on a rolling basis.", rolling},
		{"en", "Apply until 1 November 2026. Late applications are accepted until 11 December 2026.", "2026-12-11"},
		{"en", "Suppliers must comply by 11 December 2026.", ""},
		{"en", "The project, which ran until 11 December 2026, trained 40 people.", ""},
		{"en", "Last year's applications closed on 5 May 2025. The next call is announced in spring.", ""},
		{"fr", "Les candidatures sont ouvertes jusqu’au 11 décembre 2026.", "2026-12-11"},
		{"fr", "Les dossiers doivent être déposés avant le 11 décembre 2026 à minuit.", "2026-12-11"},
		{"fr", "Le projet dure jusqu’au 11 décembre 2026.", ""},
		{"fr", "Inscription possible à tout moment.", rolling},
		{"es", "Las postulaciones se reciben hasta el 11 de diciembre de 2026.", "2026-12-11"},
		{"es", "El proyecto dura hasta el 11 de diciembre de 2026.", ""},
		{"es", "Convocatoria abierta todo el año.", rolling},
		{"ar", "يستمر التسجيل حتى 11 ديسمبر 2026.", "2026-12-11"},
		{"ar", "ترسل الترشيحات في موعد أقصاه 11 ديسمبر 2026.", "2026-12-11"},
		{"ar", "يستمر المشروع حتى 11 ديسمبر 2026.", ""},
		{"ar", "التسجيل مفتوح على مدار العام.", rolling},
		{"ru", "Заявки принимаются до 11 декабря 2026 г. включительно.", "2026-12-11"},
		{"ru", "Проект продлится до 11 декабря 2026 года.", ""},
		{"ru", "Заявки принимаются в любое время.", rolling},
		{"zh", "面向各国分析人员的培训。请于2026年12月11日前提交申请。", "2026-12-11"},
		{"zh", "项目持续至2026年12月11日。", ""},
		{"zh", "全年接受申请。", rolling},
		{"de", "Bewerbungen sind bis zum 11. Dezember 2026 möglich.", "2026-12-11"},
		{"pt", "As inscrições vão até 11 de dezembro de 2026.", "2026-12-11"},
	} {
		item := stoa.Item{
			Key: "k", URL: "https://partner.example/k", Title: "Cybersecurity training fellowship programme", Summary: c.text, Language: c.lang,
			Published: "2026-10-05", Fetched: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC),
		}
		d := Draft(item, stoa.Source{ID: "s", Kinds: map[stoa.Kind]float64{stoa.Programme: 1}})
		if d.Kind.Value != stoa.Programme {
			t.Fatalf("%q is taken for %s", c.text, d.Kind.Value)
		}
		got := string(d.Deadline)
		if d.Rolling {
			got = rolling
		}
		if got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

// TestSentences: a full stop after a number or a short word ends none.
func TestSentences(t *testing.T) {
	got := slices.Collect(sentences("Apply by Dec. 11, 2026. It is free (really). 11. Dezember ist Schluss! 请申请。谢谢"))
	want := []string{"Apply by Dec. 11, 2026. It is free (really).", " 11. Dezember ist Schluss!", " 请申请。", "谢谢"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
