package catalogue

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"stoa"
	"stoa/server/export"
	"stoa/server/locales"
	"stoa/server/page"
)

// entry is a record's page.
type entry struct {
	stoa.Record
	related  []related     // but for the next two
	editions []stoa.Record // the same in other languages
	newer    []related     // what stands in its place
	forms    []page.Link
	cites    []page.Link
	sources  map[string]stoa.Source
	address  string // that never changes
	cite     string
	data     string // schema.org, as JSON
}

// related is a record tied to this one.
type related struct {
	relation stoa.Relation
	inverse  bool // the other stands in the relation to this one
	record   stoa.Record
}

// relationWord names a relation from this record's side.
func relationWord(t related) string {
	if t.inverse {
		return string(t.relation) + ".inverse"
	}
	return string(t.relation)
}

// shownRelated is how many ties a page follows.
const shownRelated = 12

// find returns the record that a name ends with, a redirect when it stands under another address, or an error.
func (p *Pages) find(ctx context.Context, id string) (stoa.Record, error) {
	r, err := p.Records.Get(ctx, id)
	if err != nil {
		return r, err
	}
	switch {
	case r.MergedInto != "":
		return r, nil
	case r.State == stoa.Listed && r.Relevance == stoa.Withdrawn:
		return r, stoa.ErrGone
	case r.State == stoa.Listed:
		return r, nil
	case r.State == stoa.Refused && !r.FirstListed.IsZero():
		return r, stoa.ErrGone
	}
	return stoa.Record{}, stoa.ErrNotFound
}

// survivor follows merges to the record that stands.
func (p *Pages) survivor(ctx context.Context, r stoa.Record) (stoa.Record, error) {
	for range 8 {
		if r.MergedInto == "" {
			return r, nil
		}
		next, err := p.Records.Get(ctx, r.MergedInto)
		if err != nil {
			return stoa.Record{}, err
		}
		r = next
	}
	return stoa.Record{}, stoa.ErrNotFound
}

func (p *Pages) record(w http.ResponseWriter, r *http.Request, v page.View) error {
	name := r.PathValue("name")
	suffix, write := p.suffixOf(name)
	name = strings.TrimSuffix(name, suffix)
	id := name[strings.LastIndex(name, "-")+1:]
	rec, err := p.find(r.Context(), id)
	if errors.Is(err, stoa.ErrGone) && rec.ID != "" {
		return p.gone(w, r, v, rec)
	}
	if err != nil {
		return err
	}
	status := http.StatusPermanentRedirect
	if rec.MergedInto != "" {
		if rec, err = p.survivor(r.Context(), rec); err != nil {
			return err
		}
		status = http.StatusMovedPermanently
	}
	to := v.To(page.Address(rec)) + suffix
	if status == http.StatusMovedPermanently || r.URL.EscapedPath() != to && r.URL.Path != unescaped(to) {
		w.Header().Set("Cache-Control", page.Public)
		http.Redirect(w, r, to, status)
		return nil
	}
	if write != nil {
		return p.recordAs(w, r, v, rec, *write)
	}
	return p.recordPage(w, r, v, rec)
}

func unescaped(path string) string {
	if s, err := url.PathUnescape(path); err == nil {
		return s
	}
	return path
}

func (p *Pages) recordPage(w http.ResponseWriter, r *http.Request, v page.View, rec stoa.Record) error {
	e := entry{Record: export.Public(rec), sources: map[string]stoa.Source{}, address: p.Site.Absolute("/id/" + rec.ID)}
	for _, s := range p.Sources() {
		e.sources[s.ID] = s
	}
	ties, err := p.related(r.Context(), rec)
	if err != nil {
		return err
	}
	e.sort(ties)
	for _, f := range export.Formats() {
		link := page.Link{Name: f.Name, Href: v.To(page.Address(rec)) + f.Suffix, Type: f.Type}
		switch {
		case f.Cite:
			e.cites = append(e.cites, link)
		case !f.Feed:
			e.forms = append(e.forms, link)
			v.Feeds = append(v.Feeds, link)
		}
	}
	list := export.List{Words: v.Locale, Site: p.Site}
	data, err := json.Marshal(list.Thing(rec)) // escapes <, > and &
	if err != nil {
		return fmt.Errorf("describe record %s: %w", rec.ID, err)
	}
	e.cite, e.data = list.Citation(rec), string(data)
	v.Title, v.Text, v.Nav, v.Glyph = page.TitleOf(v, e.Record), e.Summary, "records", true
	v.Noted = rec.Stale()
	return p.send(w, r, entryPage(v, e))
}

// sort takes the ties apart: editions and what is newer have places of their own.
func (e *entry) sort(ties []related) {
	for _, t := range ties {
		switch {
		case t.relation == stoa.EditionOf:
			e.editions = append(e.editions, t.record)
		case t.inverse && (t.relation == stoa.Supersedes || t.relation == stoa.SuccessorOf):
			e.newer = append(e.newer, t)
		default:
			e.related = append(e.related, t)
		}
	}
}

// mailto is a message with a subject and a text.
func mailto(to, subject, text string) string {
	v := url.Values{"subject": {subject}, "body": {text}}
	return "mailto:" + to + "?" + strings.ReplaceAll(v.Encode(), "+", "%20")
}

// fact is a fact in the reader's language where it is a word of the vocabulary, else as its source says it.
func fact(v page.View, text string) string {
	if word := strings.ReplaceAll(text, " ", "-"); v.Has("fact", word) {
		return v.Word("fact", word)
	}
	return text
}

// place is 0 for the ties that a reader must not miss.
func place(to stoa.RelationTo) int {
	switch to.Relation {
	case stoa.EditionOf, stoa.Supersedes, stoa.SuccessorOf:
		return 0
	}
	return 1
}

func (p *Pages) related(ctx context.Context, rec stoa.Record) ([]related, error) {
	var out []related
	ties := slices.Clone(rec.Relations) // many sessions do not crowd out the edition in the reader's language, or what is newer
	slices.SortStableFunc(ties, func(a, b stoa.RelationTo) int { return cmp.Compare(place(a), place(b)) })
	for _, to := range ties[:min(len(ties), shownRelated)] {
		other, err := p.Records.Get(ctx, to.Record)
		if errors.Is(err, stoa.ErrNotFound) || errors.Is(err, stoa.ErrGone) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if other.Public() {
			out = append(out, related{to.Relation, to.Inverse, export.Public(other)})
		}
	}
	slices.SortStableFunc(out, func(a, b related) int { return cmp.Compare(a.relation, b.relation) })
	return out, nil
}

// gone answers for a record that was taken back: what it was, why, and what replaces it.
func (p *Pages) gone(w http.ResponseWriter, r *http.Request, v page.View, rec stoa.Record) error {
	ties, err := p.related(r.Context(), rec)
	if err != nil {
		return err
	}
	v.Title, v.Nav, v.Noted = v.T("gone.title"), "records", true
	body, err := page.Render(r.Context(), gonePage(v, export.Public(rec), ties))
	if err != nil {
		return err
	}
	page.Send(w, r, page.Answer{Status: http.StatusGone, Type: page.HTML, Body: body})
	return nil
}

// permanent answers for the name of a record that never changes, in the form that the reader accepts.
func (p *Pages) permanent(w http.ResponseWriter, r *http.Request) {
	l := locales.Negotiate(r.Header.Get("Accept-Language"))
	v := p.view(l, r)
	w.Header().Add("Vary", "Accept, Accept-Language")
	if err := p.answerPermanent(w, r, v); err != nil {
		p.Fail(w, r, v, err)
	}
}

func (p *Pages) answerPermanent(w http.ResponseWriter, r *http.Request, v page.View) error {
	id := r.PathValue("id")
	suffix, format := p.suffixOf(id)
	rec, err := p.find(r.Context(), strings.TrimSuffix(id, suffix))
	if errors.Is(err, stoa.ErrGone) && rec.ID != "" {
		return p.gone(w, r, v, rec)
	}
	if err != nil {
		return err
	}
	if rec.MergedInto != "" {
		if rec, err = p.survivor(r.Context(), rec); err != nil {
			return err
		}
		http.Redirect(w, r, "/id/"+url.PathEscape(rec.ID)+suffix, http.StatusMovedPermanently)
		return nil
	}
	if format == nil {
		format = p.accepted(r.Header.Get("Accept"))
	}
	if format == nil {
		http.Redirect(w, r, v.To(page.Address(rec)), http.StatusSeeOther)
		return nil
	}
	w.Header().Set("Content-Location", v.To(page.Address(rec))+format.Suffix)
	return p.recordAs(w, r, v, rec, *format)
}

// fields returns the fields that have a provenance, in the order of reading.
func (e entry) fields() []string {
	order := []string{"title", "url", "summary", "kind", "pillars", "organisations", "deadline", "start", "end", "rolling", "when", "published", "countries", "regions", "language", "valid_until"}
	var out []string
	for _, f := range order {
		if _, ok := e.Provenance[f]; ok {
			out = append(out, f)
		}
	}
	var rest []string
	for f := range e.Provenance {
		if !slices.Contains(order, f) {
			rest = append(rest, f)
		}
	}
	slices.Sort(rest)
	return append(out, rest...)
}

// value returns the value of a field in words.
func (e entry) value(v page.View, field string) string {
	switch field {
	case "title":
		return e.Title
	case "url":
		return e.URL
	case "summary":
		return v.N("value.characters", len([]rune(e.Summary)))
	case "when":
		return e.When
	case "archive":
		return e.Archive
	case "kind":
		return v.Word("kind", string(e.Kind))
	case "state":
		return v.Word("state", string(e.State))
	case "pillars":
		var names []string
		for _, p := range e.Pillars {
			names = append(names, v.Word("pillar", string(p)))
		}
		return strings.Join(names, v.T("list.comma"))
	case "organisations":
		var names []string
		for _, o := range e.Organisations {
			names = append(names, o.Name)
		}
		return strings.Join(names, v.T("list.comma"))
	case "countries":
		return countries(v, e.Countries)
	case "regions":
		return regions(v, e.Regions)
	case "language":
		return v.LanguageName(e.Language)
	case "rolling":
		if e.Rolling {
			return v.T("due.rolling")
		}
		return v.T("no")
	}
	dates := map[string]stoa.Date{"published": e.Published, "start": e.Start, "end": e.End, "deadline": e.Deadline, "valid_until": e.ValidUntil}
	if d, ok := dates[field]; ok {
		return v.Date(d)
	}
	return fact(v, e.Facts[strings.TrimPrefix(field, "facts.")])
}

// said returns another source's value of a field in words.
func said(v page.View, field, value string) string {
	if d, err := stoa.ParseDate(value); err == nil && !d.IsZero() {
		return v.Date(d)
	}
	return value
}

func countries(v page.View, codes []string) string {
	var names []string
	for _, c := range codes {
		names = append(names, v.CountryName(c))
	}
	return strings.Join(names, v.T("list.comma"))
}

func regions(v page.View, codes []stoa.Region) string {
	var names []string
	for _, c := range codes {
		names = append(names, v.Word("region", string(c)))
	}
	return strings.Join(names, v.T("list.comma"))
}

// who says who said something: a source's title, a curator, a rule.
func (e entry) who(v page.View, by string) string {
	if id, ok := strings.CutPrefix(by, "source:"); ok {
		if s, ok := e.sources[id]; ok && s.Title != "" {
			return s.Title
		}
		if id == page.SeedSource {
			return v.T("by.seed")
		}
		return id
	}
	if name, ok := strings.CutPrefix(by, "rule:"); ok {
		return v.T("by.rule", "rule", name)
	}
	if strings.HasPrefix(by, "person") {
		return v.T("by.curator")
	}
	return by
}

// sourceHref returns where a source is described, or "".
func (e entry) sourceHref(v page.View, by string) string {
	if id, ok := strings.CutPrefix(by, "source:"); ok {
		if _, ok := e.sources[id]; ok {
			return v.To("/sources") + "#" + id
		}
	}
	return ""
}

// facts returns what is known for whoever may take part, as label and value.
func (e entry) facts(v page.View) []page.Link {
	var out []page.Link
	add := func(label, value string) {
		if value != "" {
			out = append(out, page.Link{Name: label, Href: value})
		}
	}
	add(v.T("field.eligibility"), e.Facts["eligibility"])
	add(v.T("field.audience"), e.Facts["audience"])
	add(v.T("field.open_to"), openTo(v, e.OpenTo))
	add(v.T("field.countries"), countries(v, e.Countries))
	add(v.T("field.regions"), regions(v, e.Regions))
	add(v.T("field.registration"), fact(v, e.Facts["registration"]))
	add(v.T("field.fee"), fact(v, e.Facts["fee"]))
	if e.Language != "" {
		add(v.T("field.language"), v.LanguageName(e.Language))
	}
	add(v.T("field.modality"), fact(v, e.Facts["modality"]))
	add(v.T("field.level"), fact(v, e.Facts["level"]))
	add(v.T("field.duration"), e.Facts["duration"])
	add(v.T("field.credential"), fact(v, e.Facts["credential"]))
	add(v.T("field.published"), v.Date(e.Published))
	add(v.T("field.start"), v.Date(e.Start))
	add(v.T("field.end"), v.Date(e.End))
	add(v.T("field.deadline"), v.Date(e.Deadline))
	if e.Start == "" && e.End == "" && e.Deadline == "" && !e.Rolling {
		add(v.T("field.when"), e.When) // a line that no date was read from: "to be announced"
	}
	add(v.T("field.licence"), licence(e.Terms.Licence))
	return out
}

func licence(s string) string {
	if s == "unknown" {
		return ""
	}
	return s
}
