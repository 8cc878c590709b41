package normalize

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"stoa"
	"stoa/normalize/organisation"
	"stoa/normalize/place"
	"stoa/normalize/when"
)

// labelNames are the names that sources give to fields we read, in lower case, by our name for the field. A mapping
// may use our names at once.
var labelNames = map[string][]string{
	"deadline":     {"application deadline", "deadline date", "closing date", "apply by", "applications close", "submission deadline", "deadline model", "registration deadline", "registration end", "date limite", "fecha límite", "fecha limite", "prazo", "крайний срок", "срок подачи заявок", "bewerbungsfrist", "آخر موعد", "截止日期", "nomination deadline"},
	"start":        {"start date", "event start", "begin", "begins", "from", "starts", "startdate", "start_date", "date de début", "fecha de inicio", "inicio", "начало", "beginn", "تاريخ البدء", "开始日期", "approval date"},
	"end":          {"end date", "event end", "ends", "until", "enddate", "end_date", "date de fin", "fecha de fin", "fim", "окончание", "ende", "تاريخ الانتهاء", "结束日期"},
	"dates":        {"date", "period", "when", "event date", "event dates", "course dates", "duration period", "période", "fechas", "datas", "даты", "termin", "التاريخ", "日期"},
	"registration": {"registration type", "registration dates", "registration period", "how to apply", "inscription", "inscripción", "inscrição", "регистрация", "anmeldung", "التسجيل", "报名"},
	"modality":     {"mode", "delivery", "delivery mode", "format", "training modality", "modalité", "modalidad", "modalidade", "формат", "форма обучения", "نمط", "方式"},
	"level":        {"difficulty", "course level", "niveau", "nivel", "nível", "уровень", "المستوى", "级别"},
	"duration":     {"length", "training hours", "hours", "course duration", "durée", "duración", "duração", "длительность", "продолжительность", "dauer", "المدة", "时长"},
	"fee":          {"price", "cost", "fees", "tuition", "training fee", "coût", "tarif", "prix", "precio", "costo", "preço", "стоимость", "kosten", "gebühr", "الرسوم", "费用"},
	"credential":   {"certificate", "certification", "award", "certificat", "certificado", "сертификат", "zertifikat", "الشهادة", "证书"},
	"eligibility":  {"who can apply", "entry requirements", "requirements", "prerequisites", "éligibilité", "elegibilidad", "elegibilidade", "требования", "الأهلية", "资格"},
	"audience":     {"target group", "target population", "target audience", "for whom", "public cible", "público objetivo", "público-alvo", "целевая аудитория", "zielgruppe", "الفئة المستهدفة", "对象"},
	"countries":    {"country", "beneficiary countries", "target countries", "pays", "países", "страны", "länder", "الدول", "国家", "geographic area", "countries and areas"},
	"beneficiary":  {"beneficiaries", "recipient", "bénéficiaires", "beneficiarios"},
	"funders":      {"funder", "donor", "donors", "funding", "funded by", "bailleurs", "financiador", "донор"},
	"implementers": {"implementer", "implementing agency", "implemented by", "organizer", "organiser", "organizers", "provider", "partner", "organisateur", "organizador", "организатор", "veranstalter"},
	"host":         {"hosted by", "hosts", "hôte", "anfitrión"},
	"frequency":    {"update frequency", "expected update frequency", "frequency of update", "periodicity", "accrualperiodicity", "dct:accrualperiodicity", "accrual periodicity", "fréquence", "fréquence de mise à jour", "frecuencia", "frecuencia de actualización", "periodicidad", "периодичность", "частота обновления", "تواتر التحديث", "更新频率"},
	"notice":       {"banner", "status notice", "avertissement", "aviso"},
	"regions":      {"region", "région", "región", "região", "регион", "المنطقة"},
}

// labelOf is labelNames turned round.
var labelOf = func() map[string]string {
	m := map[string]string{}
	for ours, theirs := range labelNames {
		m[ours] = ours
		for _, t := range theirs {
			m[t] = ours
		}
	}
	return m
}()

// labelled returns an item's further fields by our names, as plain text. Where a source gives one twice, the field
// with our own name wins, then the first in the order of names.
func labelled(item stoa.Item) map[string]string {
	if len(item.Extra) == 0 {
		return nil
	}
	names := make([]string, 0, len(item.Extra))
	for name := range item.Extra {
		names = append(names, name)
	}
	slices.Sort(names)
	out := map[string]string{}
	for _, name := range names {
		key := strings.ToLower(strings.Trim(strings.TrimSpace(name), ":"))
		ours, ok := labelOf[key]
		if !ok {
			continue
		}
		if text := Plain(item.Extra[name]); text != "" && (out[ours] == "" || key == ours) {
			out[ours] = text
		}
	}
	return out
}

func zone(src stoa.Source) *time.Location {
	if src.Zone == "" {
		return nil
	}
	z, err := time.LoadLocation(src.Zone)
	if err != nil {
		return nil
	}
	return z
}

// monthFirst reports whether a source stands where the month is written first.
func monthFirst(src stoa.Source) bool {
	switch src.Zone {
	case "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles":
		return true
	}
	return false
}

// dates reads the listing's own date line, then labelled fields where the line says nothing.
func dates(d *stoa.Draft, item stoa.Item, labels map[string]string, sense when.Options) {
	line := cmp.Or(Plain(item.When), labels["dates"])
	if line != "" {
		r := when.Read(line, sense)
		d.Start, d.End, d.Deadline, d.Rolling, d.When = r.Start, r.End, r.Deadline, r.Rolling, line
	}
	if text := labels["start"]; text != "" {
		d.Start = cmp.Or(when.Read(text, sense).Start, d.Start)
	}
	if text := labels["end"]; text != "" {
		d.End = cmp.Or(when.Read(text, sense).Start, d.End)
	}
	if text := labels["deadline"]; text != "" {
		d.Deadline = cmp.Or(when.Deadline(text, sense), d.Deadline)
		d.Rolling = d.Rolling || when.Read(text, sense).Rolling
	}
	if text := labels["registration"]; text != "" && d.Deadline == "" {
		r := when.Read(text, sense)
		d.Deadline = cmp.Or(r.Deadline, r.End)
	}
	if d.End != "" && d.Start != "" && d.End < d.Start && len(d.End) == len(d.Start) {
		d.End = ""
	}
}

// places finds the countries and regions that an item is about. Labelled fields of beneficiaries decide where they
// name any; else what the text is about.
func places(d *stoa.Draft, item stoa.Item, labels map[string]string, text string) {
	var named []string
	for _, label := range []string{"countries", "beneficiary"} {
		countries, _ := place.Find(labels[label], d.Language)
		named = append(named, countries...)
	}
	in := place.Input{
		Title: d.Title, Summary: head(text, readText), Publisher: d.Publisher, URL: d.URL, Language: d.Language,
		Location: strings.TrimSpace(Plain(item.Location) + " " + labels["regions"]),
	}
	if e := organisation.Find(d.Publisher); e != nil {
		in.Seat = e.Country
		in.Foreign = e.Sort == organisation.International || e.Sort == organisation.Community && e.Country == ""
	} else {
		in.Foreign = organisation.SortOf(d.Publisher) == organisation.International || slices.ContainsFunc(
			organisation.Mentioned(nil, d.Publisher), func(e *organisation.Entry) bool { return e.Sort == organisation.International })
	}
	d.Countries, d.Regions = place.About(in)
	if len(named) > 0 {
		slices.Sort(named)
		d.Countries, d.Regions = slices.Compact(named), nil
		for _, c := range d.Countries {
			if r := place.Region(c); r != "" && !slices.Contains(d.Regions, r) {
				d.Regions = append(d.Regions, r)
			}
		}
	}
	if len(d.Regions) == 0 && d.Relevant.Value {
		d.Regions = []stoa.Region{"global"}
	}
}

// said is the reason given for what a trusted source says outright.
const said = "stated by the source"

// stated takes a trusted source's explicit words for certain.
func stated(d *stoa.Draft, item stoa.Item, src stoa.Source) {
	if src.Trust != stoa.Trusted || len(item.Extra) == 0 {
		return
	}
	x := item.Extra
	if k := stoa.Kind(strings.TrimSpace(x["kind"])); k.Valid() {
		d.Kind = stoa.Verdict[stoa.Kind]{Value: k, Confidence: 1, Why: []string{said}}
	}
	switch strings.TrimSpace(x["relevant"]) {
	case "true", "false":
		d.Relevant = stoa.Verdict[bool]{Value: strings.TrimSpace(x["relevant"]) == "true", Confidence: 1, Why: []string{said}}
	}
	statedPillars(d, values(x["pillars"]))
	for _, p := range []struct {
		name string
		to   *stoa.Date
	}{{"start", &d.Start}, {"end", &d.End}, {"deadline", &d.Deadline}} {
		if day, err := stoa.ParseDate(strings.TrimSpace(x[p.name])); err == nil && day != "" {
			*p.to = day
		}
	}
	if codes := slices.DeleteFunc(values(x["countries"]), func(c string) bool { return !place.Valid(c) }); len(codes) > 0 {
		d.Countries = codes
		d.Regions = nil
		for _, c := range codes {
			if r := place.Region(c); r != "" && !slices.Contains(d.Regions, r) {
				d.Regions = append(d.Regions, r)
			}
		}
	}
	var regions []stoa.Region
	for _, r := range values(x["regions"]) {
		if r := stoa.Region(strings.ReplaceAll(strings.ToLower(r), " ", "-")); slices.Contains(stoa.Regions(), r) {
			regions = append(regions, r)
		}
	}
	if len(regions) > 0 {
		d.Regions = regions
	}
	if tag := strings.TrimSpace(x["language"]); tag != "" {
		d.Language = tag
	}
}

// statedPillars puts the pillars that a source names first, for certain; the others keep their order behind them.
func statedPillars(d *stoa.Draft, names []string) {
	var first []stoa.PillarVerdict
	for _, n := range names {
		if p := stoa.Pillar(n); p.Valid() && !slices.ContainsFunc(first, func(v stoa.PillarVerdict) bool { return v.Pillar == p }) {
			first = append(first, stoa.PillarVerdict{Pillar: p, Confidence: 1, Why: []string{said}})
		}
	}
	if len(first) == 0 {
		return
	}
	for _, v := range d.Pillars {
		if !slices.ContainsFunc(first, func(f stoa.PillarVerdict) bool { return f.Pillar == v.Pillar }) {
			first = append(first, stoa.PillarVerdict{Pillar: v.Pillar, Confidence: 0, Why: []string{"not among the pillars stated by the source"}})
		}
	}
	d.Pillars = first
}

// values reads a list as a table source gives it: JSON, or parted by semicolons or commas.
func values(text string) []string {
	var list []string
	if strings.HasPrefix(strings.TrimSpace(text), "[") && json.Unmarshal([]byte(text), &list) == nil {
		return list
	}
	for _, v := range strings.FieldsFunc(text, func(r rune) bool { return r == ';' || r == ',' }) {
		if v = strings.TrimSpace(v); v != "" {
			list = append(list, v)
		}
	}
	return list
}
