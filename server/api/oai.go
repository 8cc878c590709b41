package api

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"stoa"
	"stoa/server/export"
	"stoa/server/page"
)

// The Open Archives protocol, OAI-PMH 2.0: whoever harvests libraries can harvest this. The log of changes is behind it, so
// that records that were taken back are told as deleted, for ever (deletedRecord: persistent).

// oaiSize is how many records or headers one answer holds.
const oaiSize = 100

const (
	oaiDC     = "oai_dc"
	oaiSecond = "2006-01-02T15:04:05Z"
	oaiDay    = "2006-01-02"
)

// oaiFault is an error of the protocol; its answer has the status 200 all the same.
type oaiFault struct{ code, text string }

func (f oaiFault) Error() string { return f.code + ": " + f.text }

type oaiRequest struct {
	Verb       string `xml:"verb,attr,omitempty"`
	Identifier string `xml:"identifier,attr,omitempty"`
	Prefix     string `xml:"metadataPrefix,attr,omitempty"`
	From       string `xml:"from,attr,omitempty"`
	Until      string `xml:"until,attr,omitempty"`
	Set        string `xml:"set,attr,omitempty"`
	Token      string `xml:"resumptionToken,attr,omitempty"`
	Base       string `xml:",chardata"`
}

type oaiError struct {
	Code string `xml:"code,attr"`
	Text string `xml:",chardata"`
}

type oaiHeader struct {
	Status     string   `xml:"status,attr,omitempty"`
	Identifier string   `xml:"identifier"`
	Stamp      string   `xml:"datestamp"`
	Sets       []string `xml:"setSpec"`
}

type oaiMetadata struct {
	Core export.Dublin `xml:"oai_dc:dc"`
}

type oaiRecord struct {
	Header   oaiHeader    `xml:"header"`
	Metadata *oaiMetadata `xml:"metadata,omitempty"`
}

type oaiToken struct {
	Cursor int    `xml:"cursor,attr"`
	Text   string `xml:",chardata"`
}

type oaiList struct {
	Headers []oaiHeader `xml:"header"`
	Records []oaiRecord `xml:"record"`
	Token   *oaiToken   `xml:"resumptionToken"`
}

type oaiIdentify struct {
	Name        string `xml:"repositoryName"`
	Base        string `xml:"baseURL"`
	Version     string `xml:"protocolVersion"`
	Mail        string `xml:"adminEmail"`
	Earliest    string `xml:"earliestDatestamp"`
	Deleted     string `xml:"deletedRecord"`
	Granularity string `xml:"granularity"`
}

type oaiFormat struct {
	Prefix    string `xml:"metadataPrefix"`
	Schema    string `xml:"schema"`
	Namespace string `xml:"metadataNamespace"`
}

type oaiFormats struct {
	Formats []oaiFormat `xml:"metadataFormat"`
}

type oaiSet struct {
	Spec string `xml:"setSpec"`
	Name string `xml:"setName"`
}

type oaiSets struct {
	Sets []oaiSet `xml:"set"`
}

type oaiAnswer struct {
	XMLName     xml.Name     `xml:"http://www.openarchives.org/OAI/2.0/ OAI-PMH"`
	XSI         string       `xml:"xmlns:xsi,attr"`
	Schema      string       `xml:"xsi:schemaLocation,attr"`
	Date        string       `xml:"responseDate"`
	Request     oaiRequest   `xml:"request"`
	Errors      []oaiError   `xml:"error"`
	Identify    *oaiIdentify `xml:"Identify"`
	Formats     *oaiFormats  `xml:"ListMetadataFormats"`
	Sets        *oaiSets     `xml:"ListSets"`
	Identifiers *oaiList     `xml:"ListIdentifiers"`
	Records     *oaiList     `xml:"ListRecords"`
	Record      *oaiList     `xml:"GetRecord"`
}

// oaiVerbs are the arguments of each verb; those with a mark must be there.
func oaiVerbs() map[string][]string {
	list := []string{"metadataPrefix!", "from", "until", "set", "resumptionToken"}
	return map[string][]string{
		"Identify": {}, "ListMetadataFormats": {"identifier"}, "ListSets": {"resumptionToken"},
		"ListIdentifiers": list, "ListRecords": list, "GetRecord": {"identifier!", "metadataPrefix!"},
	}
}

// oai answers GET and POST alike.
func (a *API) oai(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("read arguments: %w: %w", stoa.ErrInvalid, err)
	}
	out := oaiAnswer{
		XSI: "http://www.w3.org/2001/XMLSchema-instance", Schema: "http://www.openarchives.org/OAI/2.0/ http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd",
		Date: a.Now().UTC().Format(oaiSecond), Request: oaiRequest{Base: a.Site.Absolute("/oai")},
	}
	err := a.answerOAI(r.Context(), r.Form, &out)
	var fault oaiFault
	if errors.As(err, &fault) {
		out.Errors = []oaiError{{fault.code, fault.text}}
		if fault.code == "badVerb" || fault.code == "badArgument" { // what was asked is not repeated then
			out.Request = oaiRequest{Base: out.Request.Base}
		}
	} else if err != nil {
		return err
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	if err := xml.NewEncoder(&b).Encode(out); err != nil {
		return fmt.Errorf("write answer: %w", err)
	}
	page.Send(w, r, page.Answer{Type: "text/xml; charset=utf-8", Body: b.Bytes()})
	return nil
}

func (a *API) answerOAI(ctx context.Context, v url.Values, out *oaiAnswer) error {
	if err := checkOAI(v); err != nil {
		return err
	}
	q := &out.Request
	q.Verb, q.Identifier, q.Prefix = v.Get("verb"), v.Get("identifier"), v.Get("metadataPrefix")
	q.From, q.Until, q.Set, q.Token = v.Get("from"), v.Get("until"), v.Get("set"), v.Get("resumptionToken")
	var err error
	switch q.Verb {
	case "Identify":
		out.Identify, err = a.identifyOAI(ctx)
	case "ListMetadataFormats":
		if q.Identifier != "" {
			_, err = a.recordOAI(ctx, q.Identifier)
		}
		out.Formats = &oaiFormats{[]oaiFormat{{oaiDC, "http://www.openarchives.org/OAI/2.0/oai_dc.xsd", "http://www.openarchives.org/OAI/2.0/oai_dc/"}}}
	case "ListSets":
		if q.Token != "" {
			return oaiFault{"badResumptionToken", "the list of sets is whole"}
		}
		out.Sets = &oaiSets{oaiSetList()}
	case "GetRecord":
		var rec stoa.Record
		if rec, err = a.recordOAI(ctx, q.Identifier); err == nil && q.Prefix != oaiDC {
			err = oaiFault{"cannotDisseminateFormat", "want metadataPrefix=" + oaiDC}
		}
		out.Record = &oaiList{Records: []oaiRecord{a.entryOAI(rec)}}
	default:
		var list *oaiList
		list, err = a.listOAI(ctx, *q)
		if q.Verb == "ListIdentifiers" {
			out.Identifiers = list
		} else {
			out.Records = list
		}
	}
	if err != nil {
		out.Identify, out.Formats, out.Record, out.Identifiers, out.Records = nil, nil, nil, nil, nil
	}
	return err
}

// checkOAI says what is wrong with the arguments themselves.
func checkOAI(v url.Values) error {
	verbs := v["verb"]
	if len(verbs) != 1 {
		return oaiFault{"badVerb", "want one verb"}
	}
	known, ok := oaiVerbs()[verbs[0]]
	if !ok {
		return oaiFault{"badVerb", "no such verb"}
	}
	for name, values := range v {
		if len(values) > 1 {
			return oaiFault{"badArgument", name + " is given twice"}
		}
		if name != "verb" && !slices.Contains(known, name) && !slices.Contains(known, name+"!") {
			return oaiFault{"badArgument", "no argument of this verb: " + clipped(name)}
		}
	}
	if _, resumed := v["resumptionToken"]; resumed {
		if len(v) > 2 {
			return oaiFault{"badArgument", "resumptionToken stands alone"}
		}
		return nil
	}
	for _, name := range known {
		if must, ok := strings.CutSuffix(name, "!"); ok && v.Get(must) == "" {
			return oaiFault{"badArgument", "want " + must}
		}
	}
	return nil
}

func clipped(s string) string {
	if runes := []rune(strings.ToValidUTF8(s, "\ufffd")); len(runes) > 40 {
		return string(runes[:40]) + "…"
	}
	return strings.ToValidUTF8(s, "\ufffd")
}

func (a *API) identifyOAI(ctx context.Context) (*oaiIdentify, error) {
	first, err := a.Records.Changes(ctx, 0, 1)
	if err != nil {
		return nil, err
	}
	earliest := a.Now()
	if len(first) > 0 {
		earliest = first[0].At
	}
	mail := strings.TrimPrefix(page.ContactHref(a.Site.Contact), "mailto:")
	if !strings.Contains(mail, "@") {
		mail = "postmaster@" + a.Site.Authority() // the protocol wants an address, and RFC 5321 gives each host this one
	}
	return &oaiIdentify{
		Name: a.Site.Title, Base: a.Site.Absolute("/oai"), Version: "2.0", Mail: mail, Earliest: earliest.UTC().Format(oaiSecond),
		Deleted: "persistent", Granularity: "YYYY-MM-DDThh:mm:ssZ",
	}, nil
}

func oaiSetList() []oaiSet {
	out := []oaiSet{{"pillar", "Pillars of the Global Cybersecurity Agenda"}, {"kind", "Kinds of Decision 630"}}
	for _, p := range stoa.Pillars() {
		out = append(out, oaiSet{"pillar:" + string(p), string(p)})
	}
	for _, k := range stoa.Kinds() {
		out = append(out, oaiSet{"kind:" + string(k), string(k)})
	}
	return out
}

// oaiID is a record's name in the protocol.
func (a *API) oaiID(id string) string { return "oai:" + a.Site.Authority() + ":" + id }

// recordOAI finds a record that was once listed.
func (a *API) recordOAI(ctx context.Context, name string) (stoa.Record, error) {
	id, ok := strings.CutPrefix(name, a.oaiID(""))
	none := oaiFault{"idDoesNotExist", "no such record"}
	if !ok {
		return stoa.Record{}, none
	}
	rec, err := a.Records.Get(ctx, id)
	if errors.Is(err, stoa.ErrNotFound) || err == nil && (rec.ID != id || rec.FirstListed.IsZero()) {
		return stoa.Record{}, none
	}
	return rec, err
}

// entryOAI is a record, or that it was taken back.
func (a *API) entryOAI(r stoa.Record) oaiRecord {
	out := oaiRecord{Header: oaiHeader{Identifier: a.oaiID(r.ID), Stamp: r.Changed.UTC().Format(oaiSecond), Sets: oaiSetsOf(r)}}
	if !r.Public() || r.Relevance == stoa.Withdrawn {
		out.Header.Status = "deleted"
		return out
	}
	out.Metadata = &oaiMetadata{export.DublinCore(a.Site, r)}
	return out
}

func oaiSetsOf(r stoa.Record) []string {
	var out []string
	for _, p := range r.Pillars {
		out = append(out, "pillar:"+string(p))
	}
	if r.Kind != "" {
		out = append(out, "kind:"+string(r.Kind))
	}
	return out
}

// oaiPlace is where a list goes on: what was asked, the last change that was looked at, and how many records came before. It is the
// resumption token.
type oaiPlace struct {
	From   string `json:"f,omitempty"`
	Until  string `json:"u,omitempty"`
	Set    string `json:"s,omitempty"`
	Seq    uint64 `json:"q"`
	Cursor int    `json:"c"`
}

func (p oaiPlace) String() string {
	b, err := json.Marshal(p)
	if err != nil {
		return "" // text and numbers always can be written
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// placeOAI reads where a list begins or goes on.
func placeOAI(q oaiRequest) (oaiPlace, time.Time, time.Time, error) {
	p := oaiPlace{From: q.From, Until: q.Until, Set: q.Set}
	if q.Token != "" {
		raw, err := base64.RawURLEncoding.DecodeString(q.Token)
		if err != nil || json.Unmarshal(raw, &p) != nil || p.Seq == 0 || p.Cursor <= 0 || p.String() != q.Token {
			return p, time.Time{}, time.Time{}, oaiFault{"badResumptionToken", "the token is none of this repository"}
		}
	} else if q.Prefix != oaiDC {
		return p, time.Time{}, time.Time{}, oaiFault{"cannotDisseminateFormat", "want metadataPrefix=" + oaiDC}
	}
	from, err := readOAI(p.From, 0)
	if err != nil {
		return p, from, from, err
	}
	until, err := readOAI(p.Until, 24*time.Hour-time.Nanosecond)
	switch {
	case err != nil:
		return p, from, until, err
	case p.From != "" && p.Until != "" && (len(p.From) != len(p.Until) || from.After(until)):
		return p, from, until, oaiFault{"badArgument", "from and until want one granularity, and from first"}
	case p.Set != "" && !slices.ContainsFunc(oaiSetList(), func(s oaiSet) bool { return s.Spec == p.Set }):
		return p, from, until, oaiFault{"badArgument", "no such set"}
	}
	return p, from, until, nil
}

// readOAI reads a day or a second; more is added to a day.
func readOAI(s string, more time.Duration) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(oaiDay, s); err == nil {
		return t.Add(more), nil
	}
	t, err := time.Parse(oaiSecond, s)
	if err != nil {
		return t, oaiFault{"badArgument", "want YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ"}
	}
	if more > 0 {
		t = t.Add(time.Second - time.Nanosecond)
	}
	return t, nil
}

// listOAI walks the log: a record comes at its last change, so that each comes once, in the order of its datestamp.
func (a *API) listOAI(ctx context.Context, q oaiRequest) (*oaiList, error) {
	p, from, until, err := placeOAI(q)
	if err != nil {
		return nil, err
	}
	out, seen, next := &oaiList{}, map[string]bool{}, p
	for {
		log, err := a.Records.Changes(ctx, next.Seq, look)
		if err != nil {
			return nil, err
		}
		for _, c := range log {
			rec, err := a.changedOAI(ctx, c, p.Set, from, until, seen)
			if err != nil {
				return nil, err
			}
			if rec != nil && len(seen) > oaiSize {
				next.Cursor = p.Cursor + oaiSize
				out.Token = &oaiToken{p.Cursor, next.String()}
				return out, nil
			}
			if next.Seq = c.Seq; rec == nil {
				continue
			}
			if e := a.entryOAI(*rec); q.Verb == "ListIdentifiers" {
				out.Headers = append(out.Headers, e.Header)
			} else {
				out.Records = append(out.Records, e)
			}
		}
		if len(log) < look {
			break
		}
	}
	if len(seen) == 0 {
		return nil, oaiFault{"noRecordsMatch", "nothing changed then"}
	}
	if p.Cursor > 0 {
		out.Token = &oaiToken{Cursor: p.Cursor} // empty: the list is whole
	}
	return out, nil
}

// changedOAI returns the record of a change if this is its last one and it fits what was asked.
func (a *API) changedOAI(ctx context.Context, c stoa.Change, set string, from, until time.Time, seen map[string]bool) (*stoa.Record, error) {
	if c.At.Before(from) || !until.IsZero() && c.At.After(until) || seen[c.Record] {
		return nil, nil
	}
	rec, err := a.Records.Get(ctx, c.Record)
	if errors.Is(err, stoa.ErrNotFound) { // erased; that it is gone stays known
		rec, err = stoa.Record{ID: c.Record, State: stoa.Refused, FirstListed: c.At, Changed: c.At}, nil
	}
	if err != nil {
		return nil, err
	}
	fits := set == "" || slices.ContainsFunc(oaiSetsOf(rec), func(s string) bool { return s == set || strings.HasPrefix(s, set+":") })
	if rec.Changed.After(c.At) || rec.FirstListed.IsZero() || !fits {
		return nil, nil
	}
	seen[c.Record] = true
	return &rec, nil
}
