package world_test

import (
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"stoa"
	"stoa/normalize"
)

// hazard is one thing that partner pages do to a reader: where it is seeded, and what must come of it.
type hazard struct {
	name   string // as testdata/hazards.txt has it
	source string
	file   string // of the world, that holds seed
	seed   string
	item   string // how the title of the item begins
	want   string // "what=value", more of them after semicolons
}

// hazards are all of them, in the order of testdata/hazards.txt.
func hazards() []hazard {
	return []hazard{
		{`dates, Cybil events: "5 Jun, 2023"`, `world-cybil-events`, `cybil/1/past-events-by.html`, `5 Jun, 2023`, `Regional dialogue`, `start=2023-06-05`},
		{`dates, Cybil events: times in text "10:00-11:30 (SAST)"`, `world-cybil-events`, `cybil/1/past-events-by.html`, `10:00-11:30 (SAST)`, `Webinar on cybercrime legislation`, `start=2023-09-14;when=14 Sep, 2023, 10:00-11:30 (SAST)`},
		{`dates, Cybil events: times in text "14:00 – 15:00 UTC" with an en dash`, `world-cybil-events`, `cybil/1/past-events-by.html`, `14:00 – 15:00 UTC`, `Workshop on norms`, `start=2023-11-21;when=21 Nov, 2023, 14:00 – 15:00 UTC`},
		{`dates, GFCE theme pages: "Publication Date: October 21 2022"`, `world-gfce-theme`, `gfce/1/theme/cyber-incident-management.html`, `Publication Date: October 21 2022`, `First steps`, `published=2022-10-21`},
		{`dates, Cybil publications: "Publication date: 2021"`, `world-cybil-publications`, `cybil/1/tools/cmm-guide.html`, `<strong>Publication date:</strong> 2021`, `Capacity maturity`, `published=2021;extra.website=`},
		{`dates, FIRST API: "2014-11-15", "August 23, 2019" and "Thu, 29 Aug 2019 21:31:54 GMT" in one record`, `world-first-releases-api`, `first/1/data/v1/releases.json`, `"published":"2014-11-15","updated":"August 23, 2019","indexed":"Thu, 29 Aug 2019 21:31:54 GMT"`, `Special interest group`, `published=2014-11-15;updated=2019-08-23;extra.indexed=Thu, 29 Aug 2019 21:31:54 GMT`},
		{`dates, FIRST events: "March 25-27, 2025"`, `world-first-events`, `first/1/events.html`, `March 25-27, 2025`, `Regional symposium`, `start=2025-03-25;end=2025-03-27`},
		{`dates, FIRST events: "April 28-May 1"`, `world-first-events`, `first/1/events.html`, `April 28-May 1`, `Technical colloquium for`, `start=2027-04-28;end=2027-05-01`},
		{`dates, FIRST releases: "/newsroom/releases/20150429"`, `world-first-releases`, `first/1/newsroom/releases.html`, `/newsroom/releases/20150429`, `New best practice forum`, `published=2015-04-29`},
		{`dates, ITU pages: "8-10 December 2020"`, `world-itu-drills`, `itu/1/en/ITU-D/Cybersecurity/Pages/cyberdrills.aspx.html`, `8-10 December 2020`, `Pacific cyberdrill`, `start=2020-12-08;end=2020-12-10`},
		{`dates, ITU pages: "Durban, South Africa  11 September 2018"`, `world-itu-drills`, `itu/1/en/ITU-D/Cybersecurity/Pages/cyberdrills.aspx.html`, `Durban, South Africa  11 September 2018`, `Cyberdrill for the Africa`, `start=2018-09-11;end=`},
		{`dates, ITU work programme: "2026-07"`, `world-itu-workprogramme`, `itu/1/ITU-T/workprog/wp_search.aspx@isn_sg=3922.html`, `<td>2026-07</td>`, `Security guidelines`, `start=2026-07`},
		{`dates, ITU Academy: empty text, value in the time element attribute`, `world-itu-academy`, `itu-academy/1/training-courses/full-catalogue/csirt-roles-4.html`, `T12:00:00Z"></time>`, `Roles of CSIRTs`, `start=2026-12-12;end=2026-12-22`},
		{`dates, ITU Academy: separate registration and event ranges`, `world-itu-academy`, `itu-academy/1/training-courses/full-catalogue/csirt-roles-4.html`, `Registration dates`, `Roles of CSIRTs`, `deadline=2026-12-02;start=2026-12-12`},
		{`dates, INTERPOL: "Duration: 1 June 2024 – 31 March 2025 (Phase 1)"`, `world-interpol`, `interpol/1/Crimes/Cybercrime/projects.html`, `<strong>Duration:</strong> 1 June 2024 – 31 March 2025 (Phase 1)`, `Joint operations against cybercrime in Asia`, `start=2024-06-01;end=2025-03-31`},
		{`dates, INTERPOL: French "24 septembre 2018"`, `world-interpol-fr`, `interpol/1/fr/actualites.html`, `24 septembre 2018`, `Lutter`, `published=2018-09-24;language=fr`},
		{`dates, INTERPOL: Arabic double month names`, `world-interpol-ar`, `interpol/1/ar/4/6/Projects.html`, `1 حزيران/يونيو 2024`, `العمليات المشتركة لمكافحة الجريمة السيبرية في آسيا`, `published=2024-06-01`},
		{`dates, Council of Europe: "[Manila, 27 November 2014]"`, `world-coe-news`, `coe/1/en/web/cybercrime/news.html`, `[Manila, 27 November 2014]`, `Judges trained`, `start=2014-11-27;end=`},
		{`dates, Council of Europe: "(2016-2021)" after the project name`, `world-coe-projects`, `coe/1/en/web/cybercrime/capacity-building-programmes.html`, `(2016-2021)</strong>`, `GLACY+`, `start=2016;end=2021`},
		{`dates, Council of Europe: "24 – 28 November 2014"`, `world-coe-news`, `coe/1/en/web/cybercrime/news.html`, `24 – 28 November 2014`, `Workshop on legislation`, `start=2014-11-24;end=2014-11-28`},
		{`dates, OAS CBM portal: "- 02-21-2022 08:00 - 02-25-2022 00:00", US order, midnight end`, `world-oas-cbm`, `oas/1/cbm/events.html`, `- 02-21-2022 08:00 - 02-25-2022 00:00`, `Workshop on points of contact`, `start=2022-02-21;end=2022-02-25`},
		{`dates, HKCERT: "Date:1 Dec 2015 - 3 Dec 2015" next to "Release Date: 30 Sep 2015"`, `world-hkcert`, `hkcert/1/events.html`, `<p>Release Date: 30 Sep 2015</p><p>Date:1 Dec 2015 - 3 Dec 2015</p>`, `Building a computer`, `start=2015-12-01;end=2015-12-03;published=2015-09-30`},
		{`dates, IGF: "Wednesday, 8th December, 2021 (08:30 UTC)"`, `world-igf`, `igf/1/en/sessions.html`, `Wednesday, 8th December, 2021 (08:30 UTC)`, `Open forum`, `start=2021-12-08`},
		{`dates, NIST drafts: "Comments Due: 9/30/2026"`, `world-nist`, `nist/1/feeds/drafts.json`, `Comments Due: 9/30/2026`, `Incident response recommendations`, `deadline=2026-09-30`},
		{`dates, NIST drafts: "Comment period closes September 30, 2026"`, `world-nist`, `nist/1/feeds/drafts.json`, `Comment period closes September 30, 2026`, `Building a cybersecurity learning`, `deadline=2026-09-30`},
		{`dates, NIST drafts: "No Due Date"`, `world-nist`, `nist/1/feeds/drafts.json`, `No Due Date`, `Status of international`, `deadline=`},
		{`dates, UNIDIR: "Last Updated: November 2018"`, `world-unidir-states`, `unidir/1/en/states/samoa.html`, `Last Updated: November 2018`, `National cybersecurity strategy`, `extra.checked=November 2018`},
		{`dates, UNIDIR: "8 June 2004"`, `world-unidir-states`, `unidir/1/en/states/samoa.html`, `8 June 2004`, `National cybersecurity strategy`, `published=2004-06-08`},
		{`dates, UNIDIR: "2015 (revised)"`, `world-unidir-states`, `unidir/1/en/states/samoa.html`, `2015 (revised)`, `Crimes Act`, `published=2015`},
		{`dates, ICANN: date and language only in the slug "-27-01-2025-en"`, `world-icann`, `icann/1/en/announcements.html`, `-27-01-2025-en`, `Capacity programme`, `published=2025-01-27;language=en`},
		{`dates, JICA circulars: "17.10.2024 to 28.11.2024"`, `world-jica`, `jica/1/training/group.html`, `17.10.2024 to 28.11.2024`, `Defence practice`, `start=2024-10-17;end=2024-11-28;deadline=2024-08-02`},
		{`dates, JICA circulars: "5th to 13th November 2024"`, `world-jica`, `jica/1/training/group.html`, `5th to 13th November 2024`, `Training on cybercrime investigation`, `start=2024-11-05;end=2024-11-13`},
		{`dates, ENISA EUVD: "Jul 10, 2026, 12:00:00 AM"`, `world-enisa-euvd`, `enisa/1/euvd/api/search.json`, `Jul 10, 2026, 12:00:00 AM`, `EUVD-2026-0001`, `published=2026-07-10T00:00:00Z`},
		{`dates, Cyber4Dev: duration "66 months" with no end date`, `world-cyber4dev`, `cyber4dev/1/projects.html`, `Duration: 66 months`, `Cyber resilience`, `start=;end=;facts.duration=66 months`},
		{`dates, World Bank: ISO with time`, `world-worldbank`, `worldbank/1/api/v2/projects.json`, `2021-05-27T00:00:00Z`, `Digital transformation`, `start=2021-05-27`},
		{`dates, World Bank: closing dates with dirt, cut to ten characters`, `world-worldbank`, `worldbank/1/api/v2/projects.json`, `2027-09-30T00:00:00Z &nbsp;`, `Digital transformation`, `end=2027-09-30`},
		{`parsing, UTF-8 byte-order mark before JSON (NIST)`, `world-nist`, `nist/1/feeds/drafts.json`, "\ufeff{", `Incident response recommendations`, `outcome=ok;items=4`},
		{`parsing, Atom with undefined HTML entities (UK FCDO)`, `world-fcdo`, `fcdo/1/search/cyber.atom`, `&ndash;`, `Cyber capacity building programme –`, `outcome=ok;items=3;summary=Support to states on resilience, crime and norms.`},
		{`parsing, feed that is not well-formed XML (World Bank news)`, `world-worldbank-news`, `worldbank/1/en/news/all.rss`, `News & stories`, `Banks & supervisors`, `outcome=ok;items=3`},
		{`parsing, feed with mismatched tags`, `world-apcert`, `apcert/1/news.rss`, `</descr>`, `Guide to points of contact`, `outcome=ok;items=3`},
		{`parsing, feed with an unclosed CDATA section`, `world-redclara`, `redclara/1/feed.rss`, `meses.</p></description>`, `Taller sobre`, `outcome=ok;items=3`},
		{`parsing, RDF feed (JPCERT, JVN)`, `world-jpcert`, `jpcert/1/english/rss/jpcert-en.rdf`, `<rdf:Seq>`, `Cross-border exercise`, `outcome=ok;items=3;published=2026-10-01T01:00:00Z`},
		{`parsing, feed of 596 items (no paging)`, `world-ncsc`, `ncsc/1/api/1/services/v1/all-rss-feed.xml`, `range seq 596`, `Guidance note 596`, `outcome=ok;items=596`},
		{`parsing, feed of 1 item`, `world-ncsc-board`, `ncsc/1/feeds/board-toolkit.xml`, `toolkit for boards`, `Cyber security toolkit`, `outcome=ok;items=1`},
		{`parsing, "/feed/" of a single WordPress page, which is a comment feed and empty (Cybil CMM page)`, `world-cybil-cmm`, `cybil/1/tools/cmm-guide/feed.xml`, `Comments on:`, ``, `outcome=unchanged;items=0;warning=comments on a page`},
		{`parsing, JSON 200 with an error status in the body (FIRST)`, `world-first-teams`, `first/1/data/v1/teams.json`, `"status":"ERROR"`, ``, `outcome=failed;code=status;items=0`},
		{`parsing, null summary (FIRST news)`, `world-first`, `first/1/data/v1/news.json`, `"summary": null`, `Multi-party`, `outcome=ok;summary=`},
		{`parsing, HTML challenge page with status 202 (ITU DataHub)`, `world-itu-datahub`, `itu-datahub/1/data/gci.html.http`, `202 Accepted`, ``, `outcome=held;code=bot-wall;items=0`},
		{`parsing, ellipsis inside an open bracket (ENISA)`, `world-enisa`, `enisa/1/publications.html`, `(energy, transport, …`, `Baseline measures`, `summary=A method in four steps for operators (energy, transport, …`},
		{`parsing, text repeated twice in one card (Cybil events)`, `world-cybil-events`, `cybil/1/past-events-by.html`, `skills.</p><p>Ministries`, `Regional dialogue`, `summary=All day Ministries and donors of the region agree on priorities for response teams and skills.`},
		{`parsing, literal "<br/>" in text (HKCERT)`, `world-hkcert`, `hkcert/1/events.html`, `&lt;br/&gt;`, `Building a computer`, `summary=Mandate and services Tools and staff Exercises`},
		{`parsing, obfuscated mail "(AT)" (ITU-T)`, `world-itu-workprogramme`, `itu/1/ITU-T/workprog/wp_search.aspx@isn_sg=3922.html`, `amina.diallo(AT)administration.example`, `Security guidelines`, `author=Amina Diallo;mail=amina.diallo@administration.example`},
		{`parsing, country names inside prose with old names (ITU CIRT page)`, `world-itu-cirt`, `itu/1/en/ITU-D/Cybersecurity/Pages/Organizational-Structures.aspx.html`, `Congo (Dem Rep)`, `CIRT assessments in Africa`, `countries=CD CI CV GM LS SZ`},
		{`parsing, country names inside prose with irregular separators (ITU CIRT page)`, `world-itu-cirt`, `itu/1/en/ITU-D/Cybersecurity/Pages/Organizational-Structures.aspx.html`, `St Kitts & Nevis`, `CIRT assessments in the Americas`, `countries=BB JM KN TT`},
		{`parsing, country list with a missing space after a comma (INTERPOL)`, `world-interpol`, `interpol/1/Crimes/Cybercrime/projects.html`, `Cambodia,Fiji`, `Joint operations against cybercrime in Asia`, `countries=BD FJ ID KH LA NP TO`},
		{`parsing, percent-encoded dashes in URLs (IGF)`, `world-igf`, `igf/1/en/sessions.html`, `%E2%80%93`, `Workshop: norms`, `url=http://igf/en/content/igf-2022-ws-44-norms-%E2%80%93-from-words-to-practice`},
		{`parsing, percent-encoded spaces in URLs (ITU Asia-Pacific)`, `world-itu-drills`, `itu/1/en/ITU-D/Cybersecurity/Pages/cyberdrills.aspx.html`, `Pacific%20Cyberdrill`, `Pacific cyberdrill`, `url=http://itu/en/ITU-D/Regional-Presence/AsiaPacific/Pages/Events/2020/Pacific%20Cyberdrill/Pacific-Cyberdrill21.aspx`},
		{`parsing, parentheses in a URL (ASEANAPOL)`, `world-aseanapol`, `aseanapol/1/news.html`, `-(batch-2)`, `Training on cybercrime investigation`, `url=http://aseanapol/display/2024/09/20/training-on-cybercrime-investigation-(batch-2)`},
		{`parsing, right-to-left titles (AICTO)`, `world-aicto`, `aicto/1/feed.xml`, `دورة تدريبية`, `دورة تدريبية لفرق الاستجابة للطوارئ الحاسوبية الوطنية`, `language=ar`},
		{`parsing, right-to-left titles (INTERPOL Arabic)`, `world-interpol-ar`, `interpol/1/ar/4/6/Projects.html`, `dir="rtl"`, `تدريب على الأدلة`, `language=ar`},
		{`parsing, archived-content banner (FIRST guides)`, `world-first-guides`, `first/1/resources/guides/small-teams.html`, `class="archived"`, `Reference guide`, `withdrawn=true;listed=false`},
		{`parsing, staging host in results (Commonwealth)`, `world-commonwealth`, `commonwealth/1/cyber.html`, `https://staging2021.thecommonwealth.org`, `Model law`, `excluded=1;items=3`},
		{`parsing, page with a notice that the activity ended (TERENA)`, `world-terena`, `geant/1/activities/tf-csirt.html`, `This activity ended on 31 December 2020`, `Task force`, `end=2020-12-31`},
		{`parsing, extensionless PDF (ECCC)`, `world-eccc`, `eccc/1/documents_en.html`, `/document/6f1c2d_en`, `Guidelines on national`, `file=application/pdf;published=2026-02-03`},
	}
}

// TestHazards reads every hazard as it stands in its simulated site, through the whole way from the site to the record.
func TestHazards(t *testing.T) {
	r := newRig(t)
	runs := map[string]stoa.Run{}
	for _, h := range hazards() {
		if _, known := runs[h.source]; !known {
			runs[h.source] = r.harvest(t, r.source(t, h.source))
		}
	}
	read := r.observations(t)
	for _, h := range hazards() {
		t.Run(h.name, func(t *testing.T) {
			raw, err := fs.ReadFile(stoa.World(), h.file)
			if err != nil || !strings.Contains(string(raw), h.seed) {
				t.Fatalf("%s does not hold %q (%v)", h.file, h.seed, err)
			}
			s := seen{runs[h.source], read[h.source]}
			var o stoa.Observation
			if h.item != "" {
				if o = s.item(h.item); o.Key == "" {
					t.Fatalf("no item %q among %d of %s; the run: %s %s %s", h.item, len(s.items), h.source, s.run.Outcome, s.run.Code, s.run.Text)
				}
			}
			for rule := range strings.SplitSeq(h.want, ";") {
				what, want, _ := strings.Cut(rule, "=")
				got := r.named(r.told(t, s, o, what))
				if got != want && (what != "warning" || !strings.Contains(got, want)) {
					t.Errorf("%s is %q, want %q", what, got, want)
				}
			}
		})
	}
}

// TestEveryHazardHasACase holds the table against the list.
func TestEveryHazardHasACase(t *testing.T) {
	raw, err := os.ReadFile("testdata/hazards.txt")
	if err != nil {
		t.Fatal(err)
	}
	var listed, cases []string
	for line := range strings.Lines(string(raw)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			listed = append(listed, line)
		}
	}
	for _, h := range hazards() {
		cases = append(cases, h.name)
	}
	if len(listed) < 60 {
		t.Errorf("%d hazards listed", len(listed))
	}
	for _, name := range listed {
		if !slices.Contains(cases, name) {
			t.Errorf("no case for %s", name)
		}
	}
	for i, name := range cases {
		if !slices.Contains(listed, name) || slices.Contains(cases[:i], name) {
			t.Errorf("%s is not listed, or has two cases", name)
		}
	}
}

// seen is what came of one source.
type seen struct {
	run   stoa.Run
	items []stoa.Observation
}

// item returns the item whose title begins so; of several the one with the shortest title.
func (s seen) item(begins string) (found stoa.Observation) {
	for _, o := range s.items {
		if strings.HasPrefix(o.Draft.Title, begins) && (found.Key == "" || len(o.Draft.Title) < len(found.Draft.Title)) {
			found = o
		}
	}
	return found
}

// told returns what is known of an item or its run by a name.
func (r *rig) told(t *testing.T, s seen, o stoa.Observation, what string) string {
	t.Helper()
	if name, ok := strings.CutPrefix(what, "extra."); ok {
		return o.Item.Extra[name]
	}
	if name, ok := strings.CutPrefix(what, "facts."); ok {
		return o.Draft.Facts[name]
	}
	switch what {
	case "outcome":
		return string(s.run.Outcome)
	case "code":
		return s.run.Code
	case "items":
		return fmt.Sprint(len(s.items))
	case "excluded":
		return fmt.Sprint(s.run.Excluded)
	case "warning":
		return strings.Join(s.run.Warnings, "; ")
	case "author":
		return o.Item.Authors[0].Name
	case "mail":
		return o.Item.Authors[0].Email
	case "file":
		return o.Item.Enclosures[0].Type
	case "listed":
		record, err := r.catalogue.Get(t.Context(), o.Record)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(record.State == stoa.Listed)
	}
	d := o.Draft
	told, ok := map[string]string{
		"start": string(d.Start), "end": string(d.End), "deadline": string(d.Deadline), "published": string(d.Published), "updated": string(o.Item.Updated),
		"when": d.When, "url": d.URL, "language": d.Language, "summary": normalize.Plain(d.Summary), "withdrawn": fmt.Sprint(d.Withdrawn),
		"countries": strings.Join(slices.Sorted(slices.Values(d.Countries)), " "),
	}[what]
	if !ok {
		t.Fatalf("nothing is told of %q", what)
	}
	return told
}
