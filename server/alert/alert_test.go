package alert_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"stoa"
	"stoa/server/alert"
	"stoa/server/curate"
	"stoa/server/page"
	"stoa/server/servertest"
)

// mailbox is a mail server on loopback that keeps what it gets, as RFC 5321 has it, without TLS.
type mailbox struct {
	address string
	mu      sync.Mutex
	got     []string
	refuse  bool
}

func openMailbox(t *testing.T) *mailbox {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &mailbox{address: l.Addr().String()}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { m.talk(conn) })
		}
	})
	t.Cleanup(func() { l.Close(); all.Wait() })
	return m
}

func (m *mailbox) talk(conn net.Conn) {
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	in := bufio.NewReader(conn)
	say := func(s string) { fmt.Fprint(conn, s+"\r\n") }
	say("220 mail.test ESMTP")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		switch verb := strings.ToUpper(strings.Fields(line + " x")[0]); verb {
		case "EHLO":
			say("250-mail.test")
			say("250 8BITMIME")
		case "DATA":
			say("354 go on")
			var body strings.Builder
			for {
				line, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if line == ".\r\n" {
					break
				}
				body.WriteString(strings.TrimPrefix(line, "."))
			}
			m.mu.Lock()
			m.got = append(m.got, body.String())
			m.mu.Unlock()
			say("250 taken")
		case "RCPT":
			m.mu.Lock()
			refuse := m.refuse
			m.mu.Unlock()
			if refuse {
				say("550 nobody here")
			} else {
				say("250 ok")
			}
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

// letters returns what came since the last call.
func (m *mailbox) letters(t *testing.T) []*mail.Message {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []*mail.Message
	for _, raw := range m.got {
		msg, err := mail.ReadMessage(strings.NewReader(raw))
		if err != nil {
			t.Fatalf("letter cannot be read: %v\n%s", err, raw)
		}
		out = append(out, msg)
	}
	m.got = nil
	return out
}

func subject(t *testing.T, m *mail.Message) string {
	t.Helper()
	s, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// parts returns the text and the HTML of a letter.
func parts(t *testing.T, m *mail.Message) (text, html string) {
	t.Helper()
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("%s: %v", kind, err)
	}
	for r := multipart.NewReader(m.Body, params["boundary"]); ; {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return text, html
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(p.Header.Get("Content-Type"), "text/html") {
			html = string(body)
		} else {
			text = string(body)
		}
	}
}

type bench struct {
	*testing.T
	world *servertest.World
	box   *mailbox
	desk  *alert.Desk
	now   time.Time
}

func setUp(t *testing.T) *bench {
	t.Helper()
	w, err := servertest.New()
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{T: t, world: w, box: openMailbox(t), now: servertest.Now()}
	clock := func() time.Time { return b.now }
	w.Clock = clock
	post, err := alert.NewSMTP("smtp://"+b.box.address, "", "stoa@catalogue.example", "stoa", clock)
	if err != nil {
		t.Fatal(err)
	}
	b.desk = &alert.Desk{
		Accounts: w, Queue: w, Sources: w.Sources, Send: post, Seal: curate.Seal(strings.Repeat("k", 32)),
		Site: page.Site{Title: "stoa", URL: "https://stoa.example"}, Now: clock, Log: slog.New(slog.DiscardHandler),
	}
	return b
}

// wish lets an account want mail, at an address that it confirmed.
func (b *bench) wish(name string, wishes stoa.Wishes) {
	b.Helper()
	wishes.Confirmed = name + "@desk.example"
	if err := b.world.SetMail(b.Context(), name, wishes.Confirmed, wishes); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) round() []*mail.Message {
	b.Helper()
	if err := b.desk.Round(b.Context()); err != nil {
		b.Fatal(err)
	}
	return b.box.letters(b.T)
}

func TestNobodyGetsMailUnasked(t *testing.T) {
	b := setUp(t)
	if err := b.world.SetMail(t.Context(), "curator", "curator@desk.example", stoa.Wishes{}); err != nil {
		t.Fatal(err)
	}
	if got := b.round(); len(got) != 0 {
		t.Errorf("%d letters", len(got))
	}
}

func TestAnAddressIsConfirmedBeforeAnythingElseGoesThere(t *testing.T) {
	b := setUp(t)
	if err := b.world.SetMail(t.Context(), "curator", "curator@desk.example", stoa.Wishes{Digest: true, Urgent: true, Language: "fr"}); err != nil {
		t.Fatal(err)
	}
	got := b.round()
	if len(got) != 1 {
		t.Fatalf("%d letters, want the question alone", len(got))
	}
	text, _ := parts(t, got[0])
	if !strings.Contains(text, "https://stoa.example/fr/mail/") || got[0].Header.Get("List-Unsubscribe") != "" {
		t.Errorf("the question:\n%s", text)
	}
	b.now = b.now.Add(26 * time.Hour)
	if again := b.round(); len(again) != 0 {
		t.Errorf("asked again, or told: %d letters", len(again))
	}
}

func TestTheDigestComesOnceADayAndEndsWithOneClick(t *testing.T) {
	b := setUp(t)
	b.wish("curator", stoa.Wishes{Digest: true})
	got := b.round()
	if len(got) != 1 {
		t.Fatalf("%d letters", len(got))
	}
	m := got[0]
	if m.Header.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" || !strings.HasPrefix(m.Header.Get("List-Unsubscribe"), "<https://stoa.example/en/mail/") ||
		m.Header.Get("Auto-Submitted") != "auto-generated" {
		t.Errorf("headers: %v", m.Header)
	}
	text, html := parts(t, m)
	for _, want := range []string{"7", "Held run", "Conflicts: 1", "https://stoa.example/curate/queue", "https://stoa.example/en/mail/"} {
		if !strings.Contains(text, want) {
			t.Errorf("the text does not say %q:\n%s", want, text)
		}
	}
	if strings.Contains(html, "<img") || strings.Contains(html, "src=") {
		t.Error("the letter loads something")
	}
	if again := b.round(); len(again) != 0 {
		t.Errorf("twice on one day: %d", len(again))
	}
	b.now = b.now.Add(24 * time.Hour)
	if next := b.round(); len(next) != 1 {
		t.Errorf("the next day: %d letters", len(next))
	}
	b.world.Tasks = nil
	b.now = b.now.Add(24 * time.Hour)
	if empty := b.round(); len(empty) != 0 {
		t.Errorf("an empty queue is told: %d", len(empty))
	}
}

func TestHeldRunsAndQuarantinesAreToldAtOnceAndOnce(t *testing.T) {
	b := setUp(t)
	b.wish("editor", stoa.Wishes{Urgent: true, Urged: b.now})
	if got := b.round(); len(got) != 0 {
		t.Errorf("what was there before the wish is told: %d", len(got))
	}
	b.now = b.now.Add(time.Minute)
	held := b.world.PastRuns["itu-academy"][0]
	rec := b.world.Entries[servertest.ID(41)]
	rec.Title = "Sold\r\nBcc: everybody@example.com"
	b.world.Tasks = append(b.world.Tasks,
		stoa.Task{Subject: held.ID + "x", Reason: stoa.ReasonIncident, Since: b.now, Run: &held},
		stoa.Task{Subject: "9", Reason: stoa.ReasonConflict, Since: b.now, Record: &rec, Conflict: &stoa.Conflict{Number: 9, Kind: stoa.Unsafe, Record: rec.ID}},
		stoa.Task{Subject: "10", Reason: stoa.ReasonConflict, Since: b.now, Record: &rec, Conflict: &stoa.Conflict{Number: 10, Kind: stoa.UnderEdit, Record: rec.ID}})
	got := b.round()
	if len(got) != 1 || !strings.Contains(subject(t, got[0]), "(2)") || got[0].Header.Get("Bcc") != "" {
		t.Fatalf("%d letters: %v", len(got), got)
	}
	text, _ := parts(t, got[0])
	if !strings.Contains(text, "ITU Academy full course catalogue") || !strings.Contains(text, "/curate/sources/itu-academy") {
		t.Errorf("the letter does not say what waits:\n%s", text)
	}
	b.now = b.now.Add(time.Hour)
	if again := b.round(); len(again) != 0 {
		t.Errorf("told again: %d", len(again))
	}
}

func TestLettersAreInTheLanguageOfTheirReader(t *testing.T) {
	for _, code := range stoa.Languages() {
		b := setUp(t)
		b.wish("curator", stoa.Wishes{Digest: true, Language: code})
		got := b.round()
		if len(got) != 1 {
			t.Fatalf("%s: %d letters", code, len(got))
		}
		text, html := parts(t, got[0])
		if strings.ContainsAny(text+subject(t, got[0]), "{}") || !strings.Contains(html, `lang="`+code+`"`) || strings.Contains(html, `dir="rtl"`) != (code == "ar") {
			t.Errorf("%s: %s\n%s", code, subject(t, got[0]), html)
		}
		if code != "en" && strings.Contains(text, "In the queue") {
			t.Errorf("%s: in English", code)
		}
	}
}

func TestALetterThatIsRefusedIsGivenUpAtLast(t *testing.T) {
	b := setUp(t)
	b.wish("curator", stoa.Wishes{Digest: true})
	b.box.refuse = true
	tries := &counted{Sender: b.desk.Send}
	b.desk.Send = tries
	for range 2000 { // sixteen hours, half a minute at a time
		if err := b.desk.Round(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.now = b.now.Add(30 * time.Second)
		if b.now.Day() != servertest.Now().Day() {
			break
		}
	}
	if tries.n < 3 || tries.n > 8 {
		t.Errorf("tried %d times, want a few, at most 8", tries.n)
	}
	b.box.refuse = false
	b.now = b.now.Add(31 * time.Hour) // the hour of the next digest but one has come
	if got := b.round(); len(got) != 1 {
		t.Errorf("the next digest: %d letters", len(got))
	}
}

type counted struct {
	alert.Sender
	n int
}

func (c *counted) Send(ctx context.Context, l alert.Letter) error {
	c.n++
	return c.Sender.Send(ctx, l)
}

func TestAServerThatCannotBeIsRefusedAtTheStart(t *testing.T) {
	for _, c := range []struct{ rule, address, from string }{
		{"no scheme", "mail.example:25", "stoa@example.org"},
		{"another scheme", "http://mail.example", "stoa@example.org"},
		{"no host", "smtp://", "stoa@example.org"},
		{"a sender that is no address", "smtp://mail.example", "stoa"},
		{"a sender with a header", "smtp://mail.example", "a@b.example\r\nBcc: c@d.example"},
	} {
		if _, err := alert.NewSMTP(c.address, "", c.from, "stoa", time.Now); !errors.Is(err, stoa.ErrInvalid) {
			t.Errorf("%s: %v", c.rule, err)
		}
	}
}
