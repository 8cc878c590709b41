package decode

import (
	"encoding/json"
	"strings"

	"github.com/tidwall/gjson"
	"golang.org/x/net/html"
	el "golang.org/x/net/html/atom"

	"stoa"
)

// Bounds of JSON-LD in one page.
const (
	maxScripts = 50
	maxThings  = 2000
)

// thingTypes are the schema.org types that can be items, and how telling they are: of several things on a page the most
// telling come first.
var thingTypes = map[string]int{
	"course": 3, "courseinstance": 3, "event": 3, "educationevent": 3, "businessevent": 3, "hackathon": 3, "conferenceevent": 3,
	"educationaloccupationalprogram": 3, "learningresource": 3, "project": 3, "researchproject": 3, "grant": 3, "monetarygrant": 3,
	"governmentservice": 3, "service": 2, "dataset": 2, "book": 2, "report": 2, "guide": 2, "howto": 2, "legislation": 2,
	"techarticle": 2, "scholarlyarticle": 2, "article": 2, "newsarticle": 2, "blogposting": 2, "digitaldocument": 2,
	"creativework": 2, "publicationissue": 2, "webinar": 3, "videoobject": 1, "webpage": 1, "faqpage": 1, "itempage": 1,
}

// things returns the items that a page's JSON-LD describes, the most telling kinds first and the others left out.
func (d *page) things(fill filler) (items []stoa.Item, warnings []string) {
	var found []gjson.Result
	scripts := 0
	for n := d.root; n != nil && scripts < maxScripts; n = following(n) {
		if n.DataAtom != el.Script || !strings.HasPrefix(strings.ToLower(attr(n, "type")), "application/ld+json") {
			continue
		}
		scripts++
		doc, ok := scriptJSON(n)
		if !ok {
			warnings = append(warnings, "JSON-LD that is no JSON was left out")
			continue
		}
		found = collectThings(found, doc, 0)
	}
	best := 0
	for _, t := range found {
		best = max(best, tellingOf(t))
	}
	for _, t := range found {
		if tellingOf(t) < best {
			continue
		}
		if item := thingItem(t, fill); item.Title != "" {
			items = append(items, item)
		}
	}
	return items, warnings[:min(len(warnings), 1)]
}

// scriptJSON returns the document in a script element; some wrap it in comments for old browsers.
func scriptJSON(n *html.Node) (gjson.Result, bool) {
	if n.FirstChild == nil {
		return gjson.Result{}, false
	}
	text := strings.TrimSpace(n.FirstChild.Data)
	for _, wrap := range []string{"<!--", "//<![CDATA[", "/*<![CDATA[*/", "<![CDATA["} {
		text = strings.TrimSpace(strings.TrimPrefix(text, wrap))
	}
	for _, wrap := range []string{"-->", "//]]>", "/*]]>*/", "]]>", ";"} {
		text = strings.TrimSpace(strings.TrimSuffix(text, wrap))
	}
	if depth, open := scanJSON(text); depth > maxDepth || open || !json.Valid([]byte(text)) {
		return gjson.Result{}, false
	}
	return gjson.Parse(text), true
}

// collectThings finds what can be an item in a document: at the top, in @graph, in lists of items.
func collectThings(out []gjson.Result, v gjson.Result, depth int) []gjson.Result {
	if depth > 6 || len(out) >= maxThings {
		return out
	}
	if v.IsArray() {
		v.ForEach(func(_, e gjson.Result) bool {
			out = collectThings(out, e, depth+1)
			return len(out) < maxThings
		})
		return out
	}
	if !v.IsObject() {
		return out
	}
	if tellingOf(v) > 0 {
		out = append(out, v)
	}
	for _, name := range []string{`\@graph`, "itemListElement", "item", "mainEntity", "hasPart", "subEvent", "event", "events"} {
		if m := v.Get(name); m.IsArray() || m.IsObject() {
			out = collectThings(out, m, depth+1)
		}
	}
	return out
}

// tellingOf returns the most telling of a thing's types; 0 is no item.
func tellingOf(v gjson.Result) int {
	best := 0
	for _, t := range flatten(nil, v.Get(`\@type`)) {
		t = strings.ToLower(t[strings.LastIndexAny(t, "/#:")+1:])
		if strings.HasSuffix(t, "event") {
			best = max(best, 3)
		}
		best = max(best, thingTypes[t])
	}
	return best
}

// thingFields are the members for each field, those that say most first.
var thingFields = []struct {
	field string
	paths []string
}{
	{"title", []string{"name", "headline", "alternateName"}},
	{"url", []string{"url", `mainEntityOfPage.\@id`, "mainEntityOfPage", `\@id`}},
	{"summary", []string{"description", "abstract"}},
	{"content", []string{"articleBody", "text"}},
	{"published", []string{"datePublished", "dateCreated", "uploadDate"}},
	{"updated", []string{"dateModified"}},
	{"start", []string{"startDate", "hasCourseInstance.startDate", "hasCourseInstance.0.startDate", "foundingDate"}},
	{"end", []string{"endDate", "hasCourseInstance.endDate", "hasCourseInstance.0.endDate", "dissolutionDate"}},
	{"deadline", []string{"applicationDeadline", "offers.validThrough", "offers.0.validThrough"}},
	{"language", []string{"inLanguage.alternateName", "inLanguage"}},
	{"categories", []string{"keywords", "about", "articleSection"}},
	{"authors", []string{"author"}},
	{"publisher", []string{"publisher", "provider", "sourceOrganization"}},
	{"organizer", []string{"organizer"}},
	{"funder", []string{"funder", "sponsor"}},
	{"audience", []string{"audience.audienceType", "audience.educationalRole", "audience"}},
	{"level", []string{"educationalLevel"}},
	{"duration", []string{"timeRequired", "timeToComplete", "hasCourseInstance.courseWorkload", "hasCourseInstance.0.courseWorkload", "duration"}},
	{"modality", []string{"eventAttendanceMode", "courseMode", "hasCourseInstance.courseMode", "hasCourseInstance.0.courseMode"}},
	{"eligibility", []string{"coursePrerequisites", "eligibleRegion"}},
	{"credential", []string{"educationalCredentialAwarded"}},
	{"licence", []string{"license"}},
	{"identifier", []string{"identifier", "isbn"}},
	{"countries", []string{"spatialCoverage", "areaServed"}},
	{"enclosures", []string{"encoding.contentUrl", "encoding.0.contentUrl", "contentUrl"}},
}

// attendance says in words how one takes part in an event.
var attendance = map[string]string{
	"OnlineEventAttendanceMode": "online", "OfflineEventAttendanceMode": "in person", "MixedEventAttendanceMode": "online and in person",
}

// thingItem reads one thing.
func thingItem(v gjson.Result, fill filler) stoa.Item {
	var item stoa.Item
	for _, f := range thingFields {
		for _, path := range f.paths {
			values := flatten(nil, v.Get(path))
			if len(values) == 0 {
				continue
			}
			if f.field == "categories" && len(values) == 1 {
				values = strings.Split(values[0], ",")
			}
			fill.put(&item, f.field, values)
			break
		}
	}
	for suffix, word := range attendance {
		if strings.HasSuffix(item.Extra["modality"], suffix) {
			item.Extra["modality"] = word
		}
	}
	fill.put(&item, "location", placeOf(v.Get("location")))
	thingFee(&item, v)
	status := strings.ToLower(v.Get("eventStatus").String())
	item.Withdrawn = strings.HasSuffix(status, "eventcancelled") || strings.HasSuffix(status, "eventcanceled")
	finishDates(&item)
	return item
}

// thingFee reads what taking part costs.
func thingFee(item *stoa.Item, v gjson.Result) {
	if v.Get("isAccessibleForFree").Type == gjson.True {
		extra(item, "fee", "free")
		return
	}
	offer := v.Get("offers")
	if offer.IsArray() {
		offer = offer.Get("0")
	}
	if price := scalar(offer.Get("price")); price != "" {
		extra(item, "fee", strings.TrimSpace(price+" "+scalar(offer.Get("priceCurrency"))))
	}
}

// placeOf reads a place: its name and address, or that it is none.
func placeOf(v gjson.Result) []string {
	if v.IsArray() {
		var out []string
		v.ForEach(func(_, e gjson.Result) bool {
			out = append(out, placeOf(e)...)
			return len(out) < 20
		})
		return out
	}
	if !v.IsObject() {
		return flatten(nil, v)
	}
	if strings.EqualFold(scalar(v.Get(`\@type`)), "VirtualLocation") {
		return []string{"Online"}
	}
	parts := flatten(nil, v.Get("name"))
	if a := v.Get("address"); a.IsObject() {
		for _, name := range []string{"addressLocality", "addressRegion", "addressCountry"} {
			parts = append(parts, flatten(nil, a.Get(name))...)
		}
	} else {
		parts = append(parts, flatten(nil, a)...)
	}
	if parts = distinct(parts); len(parts) == 0 {
		return nil
	}
	return []string{strings.Join(folded(parts), ", ")}
}
