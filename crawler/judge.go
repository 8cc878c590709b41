package crawler

import (
	"cmp"
	"fmt"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"stoa"
	"stoa/crawler/fetch"
)

// Thresholds of the judge. They are starting values of STALENESS.md and of the fact sheet.
const (
	shrinkShare  = 0.10 // of the known items may vanish at once (S18)
	windowShare  = 0.25 // of the usual number of items is the least that a window shows
	rewriteShare = 0.50 // of the known items may change title or address at once
	fillBefore   = 0.80 // a field that so many items had …
	fillNow      = 0.30 // … and so few have now is lost
	foreignShare = 0.80 // of the items in a language that the source does not have
	fewItems     = 5    // shares of fewer items say nothing,
	fewFields    = 3    // but that all of these had a field and none has
)

// judge says whether a run looks wrong against the source's own history: "" and "", or the code and a sentence. Nothing of a run that
// looks wrong counts before a person has looked.
func judge(run stoa.Run, h stoa.History, src stoa.Source) (code, text string) {
	p := run.Profile
	usual := usualItems(h)
	listed := p.Items - run.Faulty
	cut := run.Outcome == stoa.Partial // what is missing was not read, and nothing of it vanishes
	switch {
	case !cut && listed <= 0 && run.Excluded == 0 && (h.Known > 0 || usual > 0):
		return stoa.CodeEmpty, fmt.Sprintf("no items where %d are known; nothing was removed", max(h.Known, usual))
	case float64(run.Vanished) > max(1, shrinkShare*float64(h.Known)):
		return stoa.CodeShrunk, fmt.Sprintf("%d of %d known items are missing; nothing was removed", run.Vanished, h.Known)
	case !cut && src.Windowed() && usual >= fewItems && float64(listed) < windowShare*float64(usual):
		return stoa.CodeShrunk, fmt.Sprintf("%d items where usually %d are shown; nothing was removed", listed, usual)
	case !cut && src.Windowed() && halved(listed, h.Profiles):
		return stoa.CodeShrunk, fmt.Sprintf("%d items, little more than half of the least that it showed; nothing was removed", listed)
	case foreign(p, h.Profiles, src) != "":
		return stoa.CodeWrongLanguage, fmt.Sprintf("nearly all items are in %q; the source is in %s", foreign(p, h.Profiles, src), strings.Join(src.Languages, ", "))
	case rewritten(p.Moved, run.Changed+run.Unchanged):
		return stoa.CodeRewritten, fmt.Sprintf("%d of %d known items changed title or address at once", p.Moved, run.Changed+run.Unchanged)
	}
	if field := lostField(p, h.Profiles); field != "" {
		return stoa.CodeLostFields, fmt.Sprintf("the field %q is missing from nearly all items, which had it before: the page may have been redesigned", field)
	}
	return "", ""
}

// rewritten says whether most of the known items have another title or address; of few, all.
func rewritten(moved, known int) bool {
	if moved >= fewItems {
		return float64(moved) > rewriteShare*float64(known)
	}
	return moved >= fewFields && moved == known
}

// halved says whether a window shows hardly more than half of the least that its last runs showed.
func halved(listed int, past []stoa.Profile) bool {
	least := math.MaxInt
	for _, p := range past {
		least = min(least, p.Items)
	}
	return len(past) > 0 && least >= fewFields+1 && 5*listed < 3*least
}

// usualItems is the median number of items of the last good runs.
func usualItems(h stoa.History) int {
	if len(h.Profiles) == 0 {
		return 0
	}
	var counts []int
	for _, p := range h.Profiles {
		counts = append(counts, p.Items)
	}
	slices.Sort(counts)
	return counts[len(counts)/2]
}

// lostField names a field that nearly all items had in each of the last runs, and few have now.
func lostField(now stoa.Profile, past []stoa.Profile) string {
	before, after := fillBefore, fillNow
	if now.Items < fewItems {
		before, after = 1, math.SmallestNonzeroFloat64 // of few items, all had it and none has
	}
	if now.Items < fewFields || len(past) == 0 {
		return ""
	}
	for _, field := range slices.Sorted(mapsKeys(past[0].Fill)) {
		least := math.Inf(1)
		for _, p := range past {
			least = min(least, p.Fill[field])
		}
		if least >= before && now.Fill[field] < after {
			return field
		}
	}
	return ""
}

func mapsKeys(m map[string]float64) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// foreign names the language that nearly all items are in, when the source has never had it.
func foreign(now stoa.Profile, past []stoa.Profile, src stoa.Source) string {
	if len(src.Languages) == 0 || now.Items < fewFields {
		return ""
	}
	enough := foreignShare
	if now.Items < fewItems {
		enough = 1
	}
	var tag string
	var share float64
	for t, s := range now.Languages {
		if s > share || s == share && cmp.Less(t, tag) {
			tag, share = t, s
		}
	}
	base, _, _ := strings.Cut(tag, "-")
	if share < enough || base == "" || base == "und" || slices.ContainsFunc(src.Languages, func(l string) bool { return strings.HasPrefix(l, base) }) {
		return ""
	}
	for _, p := range past {
		if p.Languages[tag] > 1-foreignShare {
			return ""
		}
	}
	return tag
}

// Signs of pages that stand in the way of the listing. Two different groups of signs are needed, or a telling status.
var (
	loginTitle  = regexp.MustCompile(`(?i)<title[^>]*>[^<]{0,80}\b(log ?in|sign ?in|anmelden|connexion|iniciar sesi[oó]n|вход|登录|تسجيل الدخول)`)
	loginField  = regexp.MustCompile(`(?i)<input[^>]{1,300}type=["']?password`)
	botTitle    = regexp.MustCompile(`(?i)<title[^>]*>[^<]{0,80}(just a moment|attention required|access denied|are you (a )?(human|robot)|security check|checking your browser|human verification|verify you are human)`)
	botMarks    = regexp.MustCompile(`(?i)(cf-chl|challenge-platform|g-recaptcha|hcaptcha|captcha|awswafcookie|aws-waf-token|_incapsula_|datadome|px-captcha|enable javascript and cookies)`)
	parkedTitle = regexp.MustCompile(`(?i)(domain (name )?(is|may be) for sale|buy this domain|parked (free|domain)|this domain (has expired|is parked)|sedoparking|parkingcrew|bodis\.com|hugedomains)`)
)

// wallBytes is how much of a page is looked at for signs of a wall.
const wallBytes = 64 << 10

// wall recognises a page that stands in the way of a listing: a login, a bot check, a parked domain.
func wall(res *fetch.Response, src stoa.Source) (code, text string) {
	kind := res.Header.Get("Content-Type")
	markup := strings.Contains(kind, "html") || kind == ""
	body := res.Body[:min(len(res.Body), wallBytes)]
	small := len(res.Body) < wallBytes
	switch {
	case res.Status == http.StatusAccepted:
		return stoa.CodeBotWall, "status 202 with a challenge instead of the listing: ask the partner for a feed"
	case !markup:
		return "", ""
	case parkedTitle.Match(body) && small:
		return stoa.CodeBotWall, "the domain looks parked or for sale: look at the address before anything else"
	case botTitle.Match(body) || small && botMarks.Match(body) && src.Format != "html":
		return stoa.CodeBotWall, "a bot check instead of the listing: ask the partner for a feed, do not disguise the client"
	case loginTitle.Match(body) && loginField.Match(body), redirectedToLogin(res) && loginField.Match(body):
		return stoa.CodeLoginWall, "a login page instead of the listing"
	}
	return "", ""
}

var loginPath = regexp.MustCompile(`(?i)/(log-?in|sign-?in|auth|sso|adfs|saml)([/.?]|$)`)

func redirectedToLogin(res *fetch.Response) bool {
	return len(res.Hops) > 0 && loginPath.MatchString(res.URL)
}
