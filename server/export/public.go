package export

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"stoa"
)

// address finds addresses of mail in text.
var address = regexp.MustCompile(`[\p{L}\p{N}._%+-]{1,64}(?:@| ?[(\[][aA][tT][)\]] ?)[\p{L}\p{N}-]{1,63}(\.[\p{L}\p{N}-]{1,63}){1,6}`)

// hiddenAt stands for the sign in addresses that programs are not to find.
var hiddenAt = regexp.MustCompile(` ?[(\[][aA][tT][)\]] ?`)

// offices are names of mailboxes that belong to an office, not to a person.
var offices = []string{
	"info", "contact", "contacts", "office", "secretariat", "cert", "csirt", "cirt", "soc", "incident", "incidents", "abuse", "help",
	"helpdesk", "support", "press", "media", "admin", "registration", "events", "event", "training", "academy", "itumail", "security",
	"cyber", "cybersecurity", "webmaster", "postmaster", "team", "enquiries", "inquiries", "applications", "fellowships", "fellowship", "courses",
}

// Public returns what of a record may leave the house: no addresses or names of persons, no link that was taken off,
// and lists that are lists even when empty. It does not change r.
func Public(r stoa.Record) stoa.Record {
	r.Title, r.Summary, r.When = masked(r.Title), masked(r.Summary), masked(r.When)
	r.Pillars, r.Countries, r.Regions = full(r.Pillars), full(r.Countries), full(r.Regions)
	r.Organisations, r.Marks = full(r.Organisations), full(r.Marks)
	r.Facts = maps.Clone(r.Facts)
	for k, v := range r.Facts {
		r.Facts[k] = masked(v)
	}
	r.Sightings = slices.Clone(full(r.Sightings))
	if strings.HasPrefix(r.URL, "mailto:") {
		r.URL = ""
	}
	if r.Availability == stoa.Quarantined {
		r.URL = ""
		for i := range r.Sightings {
			r.Sightings[i].URL = ""
			if strings.Contains(r.Sightings[i].Key, "://") { // a key may be the link itself
				r.Sightings[i].Key = ""
			}
		}
	}
	r.Relations = slices.Clone(full(r.Relations))
	for i := range r.Relations {
		r.Relations[i].By = by(r.Relations[i].By)
	}
	r.Provenance = maps.Clone(r.Provenance)
	if r.Provenance == nil {
		r.Provenance = map[string]stoa.Provenance{}
	}
	for field, p := range r.Provenance {
		p.By, p.Text = by(p.By), masked(p.Text)
		p.Others = slices.Clone(p.Others)
		for i := range p.Others {
			p.Others[i].By, p.Others[i].Value = by(p.Others[i].By), masked(p.Others[i].Value)
			if field == "url" && r.Availability == stoa.Quarantined {
				p.Others[i].Value = ""
			}
		}
		if field == "url" && r.Availability == stoa.Quarantined {
			p.Text = ""
		}
		r.Provenance[field] = p
	}
	return r
}

// rights say whose words those of a record are, and under which licence, as far as it is known.
func rights(r stoa.Record) string {
	licence := r.Terms.Licence
	if licence == "unknown" {
		licence = ""
	}
	return strings.Join(some(line(r.Terms.Attribution), line(licence)), ", ")
}

// full makes a list of nothing a list all the same.
func full[T any](in []T) []T {
	if in == nil {
		return []T{}
	}
	return in
}

// by hides who of the curators it was; that it was a person stays.
func by(s string) string {
	if strings.HasPrefix(s, "person:") {
		return "person"
	}
	return s
}

// masked hides the part of an address that names a person: "a.person@partner.example" becomes "…@partner.example".
func masked(s string) string {
	if !strings.Contains(s, "@") && !hiddenAt.MatchString(s) {
		return s
	}
	return address.ReplaceAllStringFunc(s, func(found string) string {
		name, host, _ := strings.Cut(hiddenAt.ReplaceAllString(found, "@"), "@")
		if slices.Contains(offices, strings.ToLower(name)) {
			return found
		}
		return "…@" + host
	})
}
