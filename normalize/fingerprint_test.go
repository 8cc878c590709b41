package normalize

import (
	"testing"
	"time"

	"stoa"
)

// TestFingerprintSeesNoChange lists what sources do at every fetch without anything having changed (F18).
func TestFingerprintSeesNoChange(t *testing.T) {
	base := stoa.Item{
		Key: "1", URL: "https://www.partner.example/guide?id=4", Title: "A guide", Summary: "<p>What a country needs.</p>", Content: "<p>Long text</p>",
		When: "3-5 June 2024", Location: "Geneva", Categories: []string{"Guides", "Legal"}, Language: "en",
		Enclosures: []stoa.Enclosure{{URL: "https://partner.example/a.pdf"}, {URL: "https://partner.example/b.pdf"}},
		Extra:      map[string]string{"deadline": "1 May 2024", "views": "10"},
	}
	want := Fingerprint(base)
	for rule, change := range map[string]func(*stoa.Item){
		"published":              func(i *stoa.Item) { i.Published = "2024-05-01" },
		"updated":                func(i *stoa.Item) { i.Updated = stoa.At(time.Unix(1e9, 0)) },
		"fetched":                func(i *stoa.Item) { i.Fetched = time.Unix(1e9, 0) },
		"capture":                func(i *stoa.Item) { i.Capture = "c-2" },
		"tracking parameter":     func(i *stoa.Item) { i.URL += "&utm_source=rss&fbclid=1" },
		"www and scheme":         func(i *stoa.Item) { i.URL = "http://partner.example/guide?id=4" },
		"fragment":               func(i *stoa.Item) { i.URL += "#top" },
		"markup":                 func(i *stoa.Item) { i.Summary = "<div class=\"x\"><p>What a <b>country</b> needs.</p></div>" },
		"spacing":                func(i *stoa.Item) { i.Title = "  A\n guide " },
		"entities":               func(i *stoa.Item) { i.Summary = "What&#32;a country needs." },
		"order of categories":    func(i *stoa.Item) { i.Categories = []string{"Legal", "Guides", "Legal"} },
		"order of files":         func(i *stoa.Item) { i.Enclosures = []stoa.Enclosure{i.Enclosures[1], i.Enclosures[0]} },
		"a counter":              func(i *stoa.Item) { i.Extra = map[string]string{"deadline": "1 May 2024", "views": "11"} },
		"an advertisement":       func(i *stoa.Item) { i.Summary += "<div class=\"ad\">Offer 3847</div>" },
		"the body beside it":     func(i *stoa.Item) { i.Content = "<p>Long text</p><p>Today's offer: 3847</p>" },
		"a case of the language": func(i *stoa.Item) { i.Language = "EN" },
	} {
		item := base
		if change(&item); Fingerprint(item) != want {
			t.Errorf("%s makes a change", rule)
		}
	}
	for rule, change := range map[string]func(*stoa.Item){
		"title":       func(i *stoa.Item) { i.Title = "A handbook" },
		"address":     func(i *stoa.Item) { i.URL = "https://www.partner.example/guide?id=5" },
		"summary":     func(i *stoa.Item) { i.Summary = "What a region needs." },
		"dates":       func(i *stoa.Item) { i.When = "10-12 September 2024" },
		"location":    func(i *stoa.Item) { i.Location = "Vienna" },
		"category":    func(i *stoa.Item) { i.Categories = []string{"Guides"} },
		"language":    func(i *stoa.Item) { i.Language = "fr" },
		"deadline":    func(i *stoa.Item) { i.Extra = map[string]string{"deadline": "2 May 2024"} },
		"file":        func(i *stoa.Item) { i.Enclosures = nil },
		"withdrawal":  func(i *stoa.Item) { i.Withdrawn = true },
		"body, alone": func(i *stoa.Item) { i.Summary = ""; i.Content = "<p>Other text</p>" },
	} {
		item := base
		if change(&item); Fingerprint(item) == want {
			t.Errorf("%s makes no change", rule)
		}
	}
}
