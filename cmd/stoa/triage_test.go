package main

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"stoa"
	"stoa/store"
)

const sentence = "a sentence as password"

// mixed fills a catalogue with n things to settle, of every reason that the queue knows, and makes the accounts ana, an editor, and
// ben, a curator.
func mixed(t *testing.T, dir string, n int) {
	t.Helper()
	inner := newApp(process{Stdin: strings.NewReader(""), Stdout: os.Stderr, Stderr: os.Stderr, Getenv: func(string) string { return "" }, Dir: dir})
	inner.data, inner.clock, inner.log = filepath.Join(dir, "data"), time.Now, slog.New(slog.DiscardHandler)
	h, err := inner.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := h.close(); err != nil {
			t.Fatal(err)
		}
	}()
	changed, duplicate, conflict, stale := n/5, n/10, n/10, n/10
	src := stoa.Source{ID: "novice", Organisation: "Novice", Title: "Novice listing", Format: "feed", Trust: stoa.Probation, VanishMeans: stoa.VanishNothing}
	harvest := func(revision int) {
		steps := stoa.Steps{Draft: func(i stoa.Item) stoa.Draft {
			d := stockDraft(i)
			d.Organisations, d.Kind.Value = []stoa.Organisation{{ID: "novice", Name: "Novice", Role: stoa.Publisher}}, stoa.Programme
			return d
		}, Judge: func(stoa.Run, stoa.History) (string, string) { return "", "" }}
		if _, err := h.catalogue.Apply(t.Context(), stoa.Run{}, src, revised(n+duplicate, revision, changed, conflict), steps); err != nil {
			t.Fatal(err)
		}
	}
	harvest(0)
	ids := recordsOf(t, h, n+duplicate)
	decide := func(d stoa.Decision) {
		d.By = "setup"
		if _, err := h.catalogue.Decide(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	for i := range changed + conflict + stale {
		decide(stoa.Decision{Subject: ids[i], Action: stoa.Accept})
	}
	for i := changed; i < changed+conflict; i++ {
		decide(stoa.Decision{Subject: ids[i], Action: stoa.Set, Field: "summary", Value: "Ours, " + strconv.Itoa(i)})
	}
	harvest(1)
	for i := changed; i < changed+conflict; i++ { // only the question is left, not that it changed
		decide(stoa.Decision{Subject: ids[i], Action: stoa.Confirm})
	}
	var proposals []stoa.Finding
	for i := range duplicate {
		proposals = append(proposals, stoa.Finding{Subject: ids[n-1-i], Other: ids[n+i], Kind: stoa.Proposal, Rule: "match:test", Why: []string{"titles 84 % alike", "same publisher"}, Confidence: 0.7})
	}
	if err := h.catalogue.Find(t.Context(), proposals); err != nil {
		t.Fatal(err)
	}
	troubled(t, h, src, ids[changed+conflict:changed+conflict+stale], ids[n-duplicate-1])
	hash, err := store.HashPassword(sentence, strings.NewReader("0123456789abcdef0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	for name, role := range map[string]stoa.UserRole{"ana": stoa.Editor, "ben": stoa.Curator} {
		if err := h.accounts.AddUser(t.Context(), stoa.User{Name: name, Role: role, Password: hash}); err != nil {
			t.Fatal(err)
		}
	}
}

// relocated is a source of the program's own list, of which mixed says that it has moved.
const relocated = "cybil-projects"

// troubled adds a run that is held, a source that has moved, links that are gone, and a letter about a record.
func troubled(t *testing.T, h *house, src stoa.Source, gone []string, mistaken string) {
	t.Helper()
	steps := stoa.Steps{Draft: stockDraft, Judge: func(stoa.Run, stoa.History) (string, string) {
		return stoa.CodeShrunk, "18 of 20 known items are missing; nothing was removed"
	}}
	if run, err := h.catalogue.Apply(t.Context(), stoa.Run{}, src, revised(2, 2, 2, 0), steps); err != nil || run.Outcome != stoa.Held {
		t.Fatalf("run %+v, %v", run, err)
	}
	if _, err := h.catalogue.Incident(t.Context(), stoa.Incident{Source: relocated, Rule: stoa.RuleMoved, About: "https://new.example/projects", Text: "https://old.example/projects has redirected for good to " +
		"https://new.example/projects since 2 January 2026. Take the new address with `stoa decide cybil-projects adopt --value https://new.example/projects`, or stay with the old one: `--value https://old.example/projects`"}); err != nil {
		t.Fatal(err)
	}
	var looks []stoa.Finding
	for _, days := range []int{4, 2} {
		at := time.Now().UTC().AddDate(0, 0, -days).Truncate(time.Second)
		for _, id := range gone {
			looks = append(looks, stoa.Finding{Subject: id, Kind: stoa.Link, At: at, Rule: "S1", Check: &stoa.Check{At: at, Status: 410}})
		}
	}
	if err := h.catalogue.Find(t.Context(), looks); err != nil {
		t.Fatal(err)
	}
	if _, err := h.catalogue.Write(t.Context(), stoa.Letter{Kind: stoa.LetterMistake, Record: mistaken, Text: "The day is wrong.", Language: "en"}); err != nil {
		t.Fatal(err)
	}
}

// revised are stock items; in a later revision those that were changed, and those that raise a question, say something else.
func revised(n, revision, changed, conflict int) iter.Seq2[stoa.Item, error] {
	return func(yield func(stoa.Item, error) bool) {
		at := 0
		for item := range stockItems(0, n) {
			if revision > 0 && at < changed+conflict {
				item.Summary = fmt.Sprintf("Revised %d: %s", revision, item.Summary)
			}
			if !yield(item, nil) {
				return
			}
			at++
		}
	}
}

// recordsOf returns the records of the items 0 to n.
func recordsOf(t *testing.T, h *house, n int) []string {
	t.Helper()
	var out []string
	for i := range n {
		o, err := h.catalogue.Observation(t.Context(), "novice", strconv.Itoa(i))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, o.Record)
	}
	return out
}

// signIn signs somebody in on a page of the desk.
func signIn(t *testing.T, tab context.Context, address, name string) {
	t.Helper()
	steps(t, tab,
		chromedp.Navigate(address),
		chromedp.WaitVisible(chromedp.CSS(`#name`)),
		chromedp.SendKeys(chromedp.CSS(`#name`), name),
		chromedp.SendKeys(chromedp.CSS(`#password`), sentence),
		chromedp.Submit(chromedp.CSS(`#name`)),
		chromedp.WaitVisible(chromedp.CSS(`h1`)))
	arrive(t, tab, "/curate/queue")
	until(t, tab, `document.readyState == "complete"`) // a key that is pressed before the script runs is lost
}

// js evaluates an expression in the page.
func js[T any](t *testing.T, tab context.Context, expression string) T {
	t.Helper()
	var got T
	var err error
	for range 20 { // while a page gives place to the next there is none
		if got, err = chromedp.Run(tab, chromedp.Evaluate[T](expression)); err == nil {
			return got
		}
		if !rest(tab, 50*time.Millisecond) {
			break
		}
	}
	t.Fatalf("%s: %v", expression, err)
	return got
}

func rest(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// until waits for an expression to become true.
func until(t *testing.T, tab context.Context, expression string) {
	t.Helper()
	for range 200 {
		if js[bool](t, tab, expression) {
			return
		}
		if !rest(tab, 25*time.Millisecond) {
			break
		}
	}
	t.Fatalf("never true: %s\nat %s\n%s", expression, js[string](t, tab, `location.href`), js[string](t, tab, `document.querySelector("main").innerText.slice(0, 1500)`))
}

const waiting = `+document.querySelector(".tools strong").textContent.replace(/\D/g, "")`

// settles presses keys until nothing waits, and returns how many acts of each reason it took. What belongs to a card is read from it.
func settles(t *testing.T, tab context.Context, most int) map[string]int {
	t.Helper()
	acts := map[string]int{}
	for n := range most {
		left := js[int](t, tab, waiting)
		if left == 0 {
			return acts
		}
		reason := js[string](t, tab, `new URL(document.querySelector(".q .now a").href).searchParams.get("open").split("-")[0]`)
		keys := map[string]string{"new": "a", "changed": "a", "conflict": "a", "duplicate": "s", "stale": "a", "letter": "a", "incident": "a"}[reason]
		if reason == "incident" && js[bool](t, tab, `!!document.querySelector("article button[value=discard]")`) { // what was released or discarded stays so
			keys = "r"
		}
		if n%7 == 3 && (reason == "new" || reason == "changed") {
			keys = "r1"
		}
		if n%5 == 2 && reason == "conflict" {
			keys = "t"
		}
		if keys == "" {
			t.Fatalf("a task of reason %q", reason)
		}
		steps(t, tab, chromedp.KeyEvent(keys))
		if reason == "letter" { // it leads to the record, to mend it
			until(t, tab, `location.pathname.startsWith("/curate/records/")`)
			steps(t, tab, chromedp.KeyEvent("gq"))
			until(t, tab, `location.pathname == "/curate/queue"`)
		}
		until(t, tab, fmt.Sprintf(`%s < %d || !!document.querySelector("[role=alert]")`, waiting, left))
		if alert := js[string](t, tab, `document.querySelector("[role=alert]")?.textContent || ""`); alert != "" {
			t.Fatalf("act %d on %s: %s", n, reason, alert)
		}
		acts[reason]++
	}
	t.Fatalf("after %d acts %d are left", most, js[int](t, tab, waiting))
	return nil
}

// keysOnly settles n mixed items by keys alone, without one load of a page, and takes the last twenty back.
func keysOnly(t *testing.T, n int) {
	dir := t.TempDir()
	mixed(t, dir, n)
	home := hall(t, dir)
	tab := browser(t)
	signIn(t, tab, home+"/curate/queue", "ana")
	js[bool](t, tab, `(window.sameDocument = true)`)
	total := js[int](t, tab, waiting)
	if total < n {
		t.Fatalf("%d items wait, want %d", total, n)
	}
	began := time.Now()
	done := settles(t, tab, 2*n)
	took, acts := time.Since(began), 0
	for _, n := range done {
		acts += n
	}
	t.Logf("%d tasks settled by %d acts in %.1f s: %v", total, acts, took.Seconds(), done)
	for _, reason := range []string{"new", "changed", "conflict", "duplicate", "stale", "incident", "letter"} {
		if done[reason] == 0 {
			t.Errorf("no task of reason %q was settled", reason)
		}
	}
	acts -= done["incident"] // they come first; a run stays discarded, and an offer is made again by the next run
	if took > 3*time.Minute {
		t.Errorf("%d tasks took %s, want less than 3 minutes", total, took)
	}
	back := min(acts, stoa.MaxUndo)
	for i := range back {
		steps(t, tab, chromedp.KeyEvent("z"))
		until(t, tab, fmt.Sprintf(`%s > %d`, waiting, i))
	}
	if got := js[int](t, tab, waiting); got < back {
		t.Errorf("%d acts were taken back and %d tasks wait", back, got)
	}
	if !js[bool](t, tab, `window.sameDocument === true`) {
		t.Error("a page was loaded between items")
	}
	if at := js[string](t, tab, `document.activeElement.id`); at != "h-c" {
		t.Errorf("the focus is on %q, want the heading of the card", at)
	}
	until(t, tab, `document.getElementById("live").textContent.includes("Undone")`) // those who listen hear it
}

func TestAQueueIsSettledByKeysAlone(t *testing.T) { keysOnly(t, 20) }

func TestSoakAHundredMixedItemsAreSettledByKeysAlone(t *testing.T) {
	if os.Getenv("STOA_SOAK") == "" {
		t.Log("the short form ran in its place: TestAQueueIsSettledByKeysAlone")
		return
	}
	keysOnly(t, 100)
}

func TestKeysDoNothingWhileSomebodyTypes(t *testing.T) {
	dir := t.TempDir()
	mixed(t, dir, 10)
	home := hall(t, dir)
	tab := browser(t)
	signIn(t, tab, home+"/curate/queue?reason=new", "ana")
	before := js[int](t, tab, waiting)
	steps(t, tab, chromedp.KeyEvent("/"), chromedp.KeyEvent("azr1"))
	if got := js[string](t, tab, `document.activeElement.id + ":" + document.activeElement.value`); !strings.HasPrefix(got, "q:") || !strings.HasSuffix(got, "azr1") {
		t.Errorf("typed %q, want the text in the search", got)
	}
	if got := js[int](t, tab, waiting); got != before {
		t.Errorf("typing settled %d items", before-got)
	}
	// While an input method composes, a key is not ours either.
	js[bool](t, tab, `(document.activeElement.blur(), document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "a", isComposing: true, bubbles: true})))`)
	steps(t, tab, chromedp.KeyEvent("gu"))
	arrive(t, tab, "/curate/acts")
	if n := js[int](t, tab, `document.querySelectorAll("ul.list li").length`); n != 0 {
		t.Errorf("%d acts were made", n)
	}
	// Another key for accept, and then none at all.
	steps(t, tab, chromedp.Navigate(home+"/curate/keys"), chromedp.SetValue(chromedp.CSS(`#k-accept`), "y"), chromedp.Submit(chromedp.CSS(`#k-accept`)))
	arrive(t, tab, "saved=1")
	steps(t, tab, chromedp.Navigate(home+"/curate/queue?reason=new"), chromedp.KeyEvent("y"))
	until(t, tab, fmt.Sprintf(`%s == %d`, waiting, before-1))
	steps(t, tab, chromedp.Navigate(home+"/curate/keys"), chromedp.Click(chromedp.CSS(`[name=on]`)), chromedp.Submit(chromedp.CSS(`#k-accept`)))
	arrive(t, tab, "saved=1")
	steps(t, tab, chromedp.Navigate(home+"/curate/queue?reason=new"), chromedp.KeyEvent("ya"))
	if n := js[int](t, tab, waiting+` + 100 * document.querySelectorAll("main kbd").length`); n != before-1 {
		t.Errorf("with keys off %d", n)
	}
}

func TestTwoCuratorsCollideAndNeitherLosesWork(t *testing.T) {
	dir := t.TempDir()
	mixed(t, dir, 10)
	home := hall(t, dir)
	ana, ben := browser(t), browser(t)
	signIn(t, ana, home+"/curate/queue?reason=new", "ana")
	signIn(t, ben, home+"/curate/queue?reason=new", "ben")
	// A claim is seen by the other within two seconds, without a load.
	steps(t, ana, chromedp.KeyEvent("c"))
	until(t, ana, `document.querySelector("[data-claim]").textContent.includes("You hold this")`)
	began := time.Now()
	until(t, ben, `document.querySelector("article [data-claim]").textContent.startsWith("ana ")`)
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("the claim was seen after %s", took)
	}
	// Both edit the same record.
	for _, tab := range []context.Context{ana, ben} {
		steps(t, tab, chromedp.KeyEvent("e"), chromedp.WaitVisible(chromedp.CSS(`#f-summary`)))
	}
	steps(t, ana, chromedp.SetValue(chromedp.CSS(`#f-summary`), "What ana wrote."), chromedp.Submit(chromedp.CSS(`#f-summary`)))
	until(t, ana, `location.search.includes("done=")`)
	steps(t, ben, chromedp.SetValue(chromedp.CSS(`#f-summary`), "What ben wrote."), chromedp.SetValue(chromedp.CSS(`#f-title`), "A title by ben"), chromedp.Submit(chromedp.CSS(`#f-summary`)))
	until(t, ben, `!!document.querySelector("[role=alert]")`)
	page := js[string](t, ben, `document.querySelector("main").innerText`)
	typed := js[string](t, ben, `document.querySelector("#f-summary").value + "|" + document.querySelector("#f-title").value`)
	if typed != "What ben wrote.|A title by ben" || !strings.Contains(page, "Not saved.") || !strings.Contains(page, "What ana wrote.") {
		t.Errorf("ben typed %q and sees\n%s", typed, page)
	}
	judged(t, ben, "the edit page after a collision")
	steps(t, ben, chromedp.Submit(chromedp.CSS(`#f-summary`)))
	until(t, ben, `location.search.includes("done=")`)
	if shown := js[string](t, ben, `document.querySelector("article").innerText`); !strings.Contains(shown, "What ben wrote.") {
		t.Errorf("after the second save:\n%s", shown)
	}
}

func TestManyRefusalsAskForASecondPerson(t *testing.T) {
	dir := t.TempDir()
	mixed(t, dir, 50)
	home := hall(t, dir)
	ana, ben := browser(t), browser(t)
	signIn(t, ana, home+"/curate/queue?reason=new", "ana")
	before := js[int](t, ana, waiting)
	js[bool](t, ana, `(document.querySelectorAll("[name=sel]").forEach(b => b.click()), true)`)
	steps(t, ana, chromedp.KeyEvent("r3"))
	until(t, ana, `document.querySelectorAll("[name=pick]").length == 30`)
	judged(t, ana, "the preview of a bulk refusal")
	if text := js[string](t, ana, `document.querySelector("main").innerText`); !strings.Contains(text, "second person") {
		t.Errorf("the preview does not say that a second person is asked:\n%s", text)
	}
	steps(t, ana, chromedp.KeyEvent("a"))
	until(t, ana, `location.search.includes("waits=")`)
	if got := js[int](t, ana, waiting); got != before {
		t.Errorf("%d of %d wait before anybody confirmed", got, before)
	}
	signIn(t, ben, home+"/curate/queue?reason=second", "ben")
	judged(t, ben, "a motion")
	steps(t, ben, chromedp.KeyEvent("a"))
	until(t, ben, waiting+` == 0`)
	steps(t, ana, chromedp.Navigate(home+"/curate/queue?reason=new"))
	if got := js[int](t, ana, waiting); got != before-30 {
		t.Errorf("after the confirmation %d wait, want %d", got, before-30)
	}
	// One undo takes all thirty back.
	steps(t, ana, chromedp.KeyEvent("z"))
	until(t, ana, fmt.Sprintf(`%s == %d`, waiting, before))
}

// The same journeys by forms and links alone.
func TestTheDeskWorksWithoutScripts(t *testing.T) {
	dir := t.TempDir()
	mixed(t, dir, 40)
	home := hall(t, dir)
	tab := browser(t)
	scriptless(t, tab)
	signIn(t, tab, home+"/curate/queue", "ana")
	if keys := js[bool](t, tab, `document.querySelector("[data-bulk]").hasAttribute("data-none")`); keys {
		t.Fatal("the script runs")
	}
	left := js[int](t, tab, waiting)
	for _, press := range []struct{ reason, open, button string }{
		{"new", "", `article button[value=accept]`}, {"new", `article details:has([name=reason]) summary`, `article [name=reason][value=closed]`},
		{"changed", "", `article button[value=confirm]`}, {"conflict", "", `article button[value=theirs]`}, {"duplicate", "", `article button[value=differ]`},
		{"new", `article details:has(.p3) summary`, `article button.p3`},
	} {
		steps(t, tab, chromedp.Navigate(home+"/curate/queue?reason="+press.reason))
		if press.open != "" {
			steps(t, tab, chromedp.Click(chromedp.CSS(press.open)))
		}
		steps(t, tab, chromedp.Click(chromedp.CSS(press.button)))
		arrive(t, tab, "done=")
	}
	steps(t, tab, chromedp.Navigate(home+"/curate/queue"))
	if got := js[int](t, tab, waiting); got != left-5 {
		t.Errorf("%d of %d are left after five answers", got, left)
	}
	for range 6 {
		steps(t, tab, chromedp.Click(chromedp.CSS(`.bulk button[value=undo]`)))
		arrive(t, tab, "undone=")
		steps(t, tab, chromedp.Navigate(home+"/curate/queue"))
	}
	if got := js[int](t, tab, waiting); got != left {
		t.Errorf("%d wait after all was taken back, want %d", got, left)
	}
	// Claim, edit, bulk with a preview.
	steps(t, tab, chromedp.Navigate(home+"/curate/queue?reason=new"), chromedp.Click(chromedp.CSS(`.claim button`)), chromedp.WaitVisible(chromedp.CSS(`.claim button[value=leave]`)),
		chromedp.Click(chromedp.CSS(`[data-act=edit]`)), chromedp.WaitVisible(chromedp.CSS(`#f-title`)), chromedp.SetValue(chromedp.CSS(`#f-title`), "A title of ours"), chromedp.Submit(chromedp.CSS(`#f-title`)))
	arrive(t, tab, "done=")
	steps(t, tab, chromedp.Navigate(home+"/curate/queue?reason=new"))
	picked := js[int](t, tab, `document.querySelectorAll("[name=sel]").length`)
	steps(t, tab, chromedp.Click(chromedp.CSS(`[data-all]`)), chromedp.Click(chromedp.CSS(`.bulk details summary`)), chromedp.Click(chromedp.CSS(`.bulk [name=refuse][value=commercial]`)))
	arrive(t, tab, "/curate/bulk")
	if got := js[int](t, tab, `document.querySelectorAll("[name=pick]").length`); got < min(picked, 21) {
		t.Errorf("the preview has %d of %d", got, picked)
	}
	steps(t, tab, chromedp.Click(chromedp.CSS(`main form button[data-act=accept]`)))
	arrive(t, tab, "waits=")
}

// Every page of the desk, in two directions and two widths, breaks no rule; and the judge does judge.
func TestDeskPagesBreakNoRule(t *testing.T) {
	dir := t.TempDir()
	mixed(t, dir, 20)
	home := hall(t, dir)
	tab := browser(t)
	signIn(t, tab, home+"/curate/queue", "ana")
	link := func(selector string) string {
		return js[string](t, tab, fmt.Sprintf(`document.querySelector(%q).href`, selector))
	}
	steps(t, tab, chromedp.Navigate(home+"/curate/queue?reason=new"), chromedp.KeyEvent("a"))
	until(t, tab, `location.search.includes("done=")`)
	record, edit := link(`[data-act=open]`), link(`[data-act=edit]`)
	ids := js[[]string](t, tab, `[...document.querySelectorAll("[name=sel]")].map(b => b.value)`)
	paths := []string{record, edit, home + "/curate/keys", home + "/curate/acts", home + "/curate/bulk?do=accept&sel=" + strings.Join(ids[:3], "&sel="), home + "/curate/bulk?do=merge&sel=" + strings.Join(ids[:2], "&sel=")}
	for _, reason := range []string{"", "new", "changed", "conflict", "duplicate", "stale", "incident", "letter", "second"} {
		paths = append(paths, home+"/curate/queue?reason="+reason)
	}
	shots, soak := os.Getenv("STOA_SHOTS_DESK"), os.Getenv("STOA_SOAK") != ""
	for _, language := range []string{"en", "ar"} {
		for i, path := range paths {
			if !soak && shots == "" && i%3 != map[string]int{"en": 1, "ar": 0}[language] { // each page once, all ways under STOA_SOAK
				continue
			}
			mark := "?"
			if strings.Contains(path, "?") {
				mark = "&"
			}
			for _, width := range []int64{360, 1280} {
				name := fmt.Sprintf("%s in %s at %d px", strings.TrimPrefix(path, home), language, width)
				steps(t, tab, chromedp.EmulateViewport(width, 900), chromedp.Navigate(path+mark+"language="+language), chromedp.WaitVisible(chromedp.CSS(`main`)))
				js[bool](t, tab, `(document.querySelectorAll("article details, .filters").forEach(d => d.open = true), true)`)
				if wide := js[int64](t, tab, `document.scrollingElement.scrollWidth`); wide > width {
					t.Errorf("%s is %d px wide: %s", name, wide, js[string](t, tab, `[...document.querySelectorAll("main *")].filter(e => e.getBoundingClientRect().width > 340).slice(-4).map(e => e.outerHTML.slice(0, 120)).join("\n")`))
				}
				judged(t, tab, name)
				if shots != "" {
					js[bool](t, tab, `(document.querySelectorAll("article details, .filters").forEach(d => d.open = false), true)`)
					picture, err := chromedp.Run(tab, chromedp.CaptureScreenshot())
					if err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(filepath.Join(shots, fmt.Sprintf("%02d-%s-%d.png", i, language, width)), picture, 0o644); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
	if slices.Contains(paths, "") {
		t.Error("a page was not found")
	}
}

// scriptless switches the scripts of pages off; the debugger still reads the page.
func scriptless(t *testing.T, tab context.Context) {
	t.Helper()
	err := chromedp.Do(tab, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
	if err != nil {
		t.Fatal(err)
	}
}
