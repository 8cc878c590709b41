package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// browser starts Chromium and returns a tab. In CI a missing browser fails the test; elsewhere it says what to install.
func browser(t *testing.T, flags ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("no browser: apt-get install chromium")
		}
		t.Skip("no browser: apt-get install chromium, then this test runs")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.WindowSize(1280, 900))
	alloc, cancel := chromedp.NewExecAllocator(t.Context(), append(options, flags...)...)
	t.Cleanup(cancel)
	tab, cancelTab := chromedp.NewContext(alloc)
	t.Cleanup(cancelTab)
	if err := chromedp.Do(tab); err != nil { // starts the browser, which lives as long as this context
		t.Fatalf("start browser: %v", err)
	}
	limit := 4 * time.Minute // two slow cores have a dozen others to serve
	if os.Getenv("STOA_SOAK") != "" {
		limit = 30 * time.Minute
	}
	tab, cancelTime := context.WithTimeout(tab, limit)
	t.Cleanup(cancelTime)
	return tab
}

// text is what a reader sees in an element.
func text(t *testing.T, tab context.Context, selector string) string {
	t.Helper()
	got, err := chromedp.Run(tab, chromedp.Text(chromedp.CSS(selector)))
	if err != nil {
		t.Fatalf("read %s: %v", selector, err)
	}
	return got
}

// steps does what a person does, one after the other.
func steps(t *testing.T, tab context.Context, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	for i, action := range actions {
		if err := chromedp.Do(tab, action); err != nil {
			where, _ := chromedp.Run(tab, chromedp.Location())
			t.Fatalf("step %d at %s: %v", i+1, where, err)
		}
	}
}

// arrive waits until the tab is at an address with a part.
func arrive(t *testing.T, tab context.Context, part string) {
	t.Helper()
	var last string
	for range 300 {
		if at, err := chromedp.Run(tab, chromedp.Location()); err == nil { // an error says that the page is just changing
			if last = at; strings.Contains(at, part) {
				return
			}
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-tab.Done():
			t.Fatal(context.Cause(tab))
		}
	}
	t.Fatalf("still at %s, want %q in it", last, part)
}

// output collects what a running command prints.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// command runs one command in a directory and fails the test unless it ends with the status wanted.
func command(t *testing.T, dir, stdin string, want int, args ...string) string {
	t.Helper()
	var out output
	p := process{Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &out, Getenv: func(string) string { return "" }, Dir: dir}
	if got := run(t.Context(), args, p); got != want {
		t.Fatalf("stoa %s: exit status %d, want %d\n%s", strings.Join(args, " "), got, want, out.String())
	}
	return out.String()
}

var opened = regexp.MustCompile(`open (http://[^/]+)/en/`)

// hall serves a catalogue and returns its address.
func hall(t *testing.T, dir string, flags ...string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var out output
	done := make(chan int)
	p := process{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out, Getenv: func(string) string { return "" }, Dir: dir}
	go func() {
		done <- run(ctx, append([]string{"serve", "--no-harvest", "--listen", "127.0.0.1:0"}, flags...), p)
	}()
	t.Cleanup(func() {
		cancel()
		select {
		case status := <-done:
			if status != 0 {
				t.Errorf("serve ended with %d:\n%s", status, out.String())
			}
		case <-time.After(15 * time.Second):
			t.Error("serve did not end within 15 s")
		}
	})
	for began := time.Now(); time.Since(began) < 30*time.Second; {
		if m := opened.FindStringSubmatch(out.String()); m != nil {
			return m[1]
		}
		select {
		case status := <-done:
			t.Fatalf("serve ended with %d:\n%s", status, out.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
	t.Fatalf("serve did not come up:\n%s", out.String())
	return ""
}

// An official finds a record in three steps: home, search, record.
func TestReaderFindsARecord(t *testing.T) {
	home := hall(t, t.TempDir())
	tab := browser(t)
	steps(t, tab, chromedp.Navigate(home+"/en/"))
	count := text(t, tab, `label[for=q]`)
	steps(t, tab,
		chromedp.SendKeys(chromedp.CSS(`#q`), "csirt maturity"),
		chromedp.Submit(chromedp.CSS(`#q`)),
		chromedp.WaitVisible(chromedp.CSS(`ol.list li.rec a`)))
	title := text(t, tab, `ol.list li.rec h2 a`)
	steps(t, tab,
		chromedp.Click(chromedp.CSS(`ol.list li.rec h2 a`)),
		chromedp.WaitVisible(chromedp.CSS(`article h1`)))
	heading := text(t, tab, `article h1`)
	var n int
	if _, err := fmt.Sscanf(count, "Search %d records", &n); err != nil || n <= 150 {
		t.Errorf("home says %q, want more than 150 records", count)
	}
	if heading == "" || heading != title {
		t.Errorf("the list says %q, the record %q", title, heading)
	}
}

// A curator signs in, accepts one item and refuses another; readers see the one and not the other.
func TestCuratorRulesAndReadersSee(t *testing.T) {
	dir := t.TempDir()
	const list = `title,url,summary,publisher
Zebra course on incident handling for national teams,https://zebra.example/course,A training course for staff of national response teams.,Zebra
Yak guide to national cybersecurity strategies,https://yak.example/guide,A guide for ministries that write a strategy.,Yak
`
	if err := os.WriteFile(filepath.Join(dir, "list.csv"), []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	command(t, dir, "", 0, "import", "list.csv")
	command(t, dir, "a sentence as password\n", 0, "user", "add", "ana", "--role", "curator", "--password-stdin")
	home := hall(t, dir)
	tab := browser(t)
	link := func(title string) chromedp.Search { return chromedp.Search(fmt.Sprintf(`//a[contains(., %q)]`, title)) }
	steps(t, tab,
		chromedp.Navigate(home+"/curate/queue?reason=new"),
		chromedp.WaitVisible(chromedp.CSS(`#name`)),
		chromedp.SendKeys(chromedp.CSS(`#name`), "ana"),
		chromedp.SendKeys(chromedp.CSS(`input[type=password]`), "a sentence as password"),
		chromedp.Submit(chromedp.CSS(`#name`)))
	for title, button := range map[string]string{"Zebra": `article [name=action][value=accept]`, "Yak": `article [name=reason][value=out-of-scope]`} {
		steps(t, tab,
			chromedp.WaitVisible(link(title)),
			chromedp.Click(link(title)))
		arrive(t, tab, "open=") // its card is there, and not the one that was open before
		steps(t, tab,
			chromedp.WaitVisible(chromedp.CSS(`article [data-act=refuse]`)),
			chromedp.Click(chromedp.CSS(`article [data-act=refuse]`)),
			chromedp.Click(chromedp.CSS(button)))
		arrive(t, tab, "done=")
		steps(t, tab, chromedp.Navigate(home+"/curate/queue?reason=new"))
	}
	var zebra, yak string
	deadline := time.Now().Add(10 * time.Second)
	for zebra == "" && time.Now().Before(deadline) { // the search index follows the log
		steps(t, tab, chromedp.Navigate(home+"/en/records?q=zebra"))
		zebra = text(t, tab, `main`)
		steps(t, tab, chromedp.Navigate(home+"/en/records?q=yak"))
		yak = text(t, tab, `main`)
		if !strings.Contains(zebra, "Zebra course") {
			zebra = ""
		}
	}
	if zebra == "" {
		t.Error("the accepted item is not in the public catalogue")
	}
	if strings.Contains(yak, "Yak guide") {
		t.Error("the refused item is in the public catalogue")
	}
}
