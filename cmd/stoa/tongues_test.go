package main

import (
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"stoa"
)

// sayings are the words of the rules' English sentences, as far as they stand together.
func sayings(t *testing.T) []string {
	t.Helper()
	table, err := os.ReadFile("../../server/locales/sentences.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(table)) {
		english, _, ok := strings.Cut(line, " | ")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		for i, part := range strings.FieldsFunc(english, func(r rune) bool { return r == '{' || r == '}' }) {
			if words := strings.Trim(part, " .,:;()\"“”"); (i%2 == 0) != strings.HasPrefix(english, "{") && len(words) > 8 && strings.Contains(words, " ") && !strings.Contains(words, "--") {
				out = append(out, words)
			}
		}
	}
	if len(out) < 100 {
		t.Fatalf("only %d", len(out))
	}
	return out
}

// said is the text of a page in its own language: without what is marked as English, and without what was read.
const said = `(() => {
	const body = document.body.cloneNode(true);
	body.querySelectorAll("[lang|=en], bdi, code, q, script").forEach(e => e.remove());
	return body.textContent.replace(/\s+/g, " ");
})()`

// What rules write is told in the language of the page, on the desk and in the hall.
func TestNoPageIsHalfEnglish(t *testing.T) {
	dir := t.TempDir()
	mixed(t, dir, 20)
	home := hall(t, dir)
	tab := browser(t)
	signIn(t, tab, home+"/curate/queue", "ana")
	steps(t, tab, chromedp.Navigate(home+"/en/records?org=novice&stale=1"))
	record := strings.TrimPrefix(js[string](t, tab, `document.querySelector("ol.list li.rec h2 a").pathname`), "/en")
	steps(t, tab, chromedp.Navigate(home+"/curate/queue?reason=new"))
	waits := js[string](t, tab, `document.querySelector("[data-act=open]").pathname`)
	desk := []string{waits, "/curate/runs", "/curate/stale", "/curate/sources", "/curate/sources/" + relocated, "/curate/log", "/curate/log?rule=S1", "/curate/log?rule=match:test", "/curate/numbers", "/curate/acts", "/curate/account", "/curate/stale?page=0", "/curate/log?before=x&action=x"}
	for _, reason := range []string{"new", "changed", "conflict", "duplicate", "stale", "incident", "letter"} {
		desk = append(desk, "/curate/queue?reason="+reason)
	}
	public := []string{"/", "/records", record, "/sources", "/changes", "/crawler", "/about"}
	languages := stoa.Languages()[1:]
	if os.Getenv("STOA_SOAK") == "" {
		languages = []string{"ar", "zh"}
	}
	english := sayings(t)
	for _, language := range languages {
		var addresses []string
		for _, path := range desk {
			addresses = append(addresses, path+map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")]+"language="+language)
		}
		for _, path := range public {
			addresses = append(addresses, "/"+language+path)
		}
		for _, address := range addresses {
			steps(t, tab, chromedp.Navigate(home+address), chromedp.WaitReady(chromedp.CSS(`main`)))
			if lang := js[string](t, tab, `document.documentElement.lang`); lang != language {
				t.Fatalf("%s is in %q", address, lang)
			}
			text := js[string](t, tab, said)
			for _, words := range english {
				if at := strings.Index(text, words); at >= 0 {
					t.Errorf("%s says %q: %s", address, words, text[max(0, at-40):min(len(text), at+len(words)+40)])
				}
			}
		}
	}
	steps(t, tab, chromedp.Navigate(home+"/en"+record))
	if text := js[string](t, tab, said); !strings.Contains(text, "speaks for") {
		t.Error("the page of a record gives no reason: the test would pass on anything")
	}
}
