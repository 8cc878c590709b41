package curate

import (
	"cmp"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"stoa"
	"stoa/server/locales"
	"stoa/server/page"
)

// Whatever next= says, a browser that follows it stays on the desk.
func FuzzOwnPath(f *testing.F) {
	for _, s := range []string{"/curate/queue?x=1", "//evil", "/curate/../x", "/curate//x", "/curate/%2e%2e/x", "/curate/\\x", "\t/curate/", "/curate/x#//y", "/curate/x?y=//z"} {
		f.Add(s)
	}
	base, err := url.Parse("https://stoa.example/curate/login")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, next string) {
		got := ownPath(next)
		to, err := base.Parse(got)
		if err != nil || to.Host != "stoa.example" || to.Scheme != "https" || !strings.HasPrefix(to.Path, "/curate/") || strings.ContainsAny(got, "\r\n\\\t") || strings.HasPrefix(got, "//") {
			t.Errorf("%q leads to %q (%v)", next, got, err)
		}
		if ownPath(got) != got {
			t.Errorf("%q, and again %q", got, ownPath(got))
		}
	})
}

func TestDelaysGrowAndEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g guard
		g.init(time.Second, time.Now)
		for range freeFailures {
			g.failed("ann", "a")
		}
		if w := g.wait("ann", "a"); w != 0 {
			t.Errorf("%d mistypes cost %s", freeFailures, w)
		}
		last := time.Duration(0)
		for range 12 {
			g.failed("ann", "a")
			w := g.wait("ann", "a")
			if w < last || w == 0 {
				t.Errorf("the delay goes from %s to %s", last, w)
			}
			last = w
		}
		if last > maxDelay {
			t.Errorf("waits %s", last)
		}
		if w := g.wait("ann", "elsewhere"); w > maxNameDelay {
			t.Errorf("from elsewhere the real person waits %s", w)
		}
		if w := g.wait("bob", "a"); w == 0 {
			t.Error("an address that guesses goes on with another name")
		}
		time.Sleep(maxDelay + time.Second)
		if w := g.wait("ann", "a"); w != 0 {
			t.Errorf("after the delay still %s", w)
		}
		time.Sleep(forgetFailures + time.Second)
		g.failed("ann", "a")
		if w := g.wait("ann", "a"); w != 0 {
			t.Errorf("failures of long ago count: %s", w)
		}
	})
}

func TestGuardRemembersBoundedly(t *testing.T) {
	var g guard
	g.init(time.Second, time.Now)
	for i := range maxRemembered {
		g.failed(strings.Repeat("x", i%100)+string(rune('a'+i%26)), string(rune(i)))
	}
	if len(g.fails) > maxRemembered+3 {
		t.Errorf("%d remembered", len(g.fails))
	}
}

func TestDifferencesWordByWord(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want []word
	}{
		{"a b c", "a b c", []word{{kept, "a b c"}}},
		{"a b c", "a x c", []word{{kept, "a"}, {deleted, "b"}, {inserted, "x"}, {kept, "c"}}},
		{"", "new words", []word{{inserted, "new words"}}},
		{"old words", "", []word{{deleted, "old words"}}},
		{"", "", nil},
		{"27 Nov 2026", "30 Nov 2026, 18:00", []word{{deleted, "27"}, {inserted, "30"}, {kept, "Nov"}, {deleted, "2026"}, {inserted, "2026, 18:00"}}},
	} {
		if got := difference(c.a, c.b); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q to %q: %v, want %v", c.a, c.b, got, c.want)
		}
	}
	long := strings.Repeat("word ", maxWords+1)
	if got := difference(long, "x"); len(got) != 2 {
		t.Errorf("a long text gives %d parts", len(got))
	}
}

func TestTasksAreReadFromParameters(t *testing.T) {
	v, err := url.ParseQuery("reason=new&source=itu-hub&kind=guidance&pillar=legal&language=fr&subject=abc")
	if err != nil {
		t.Fatal(err)
	}
	q, err := ParseTasks(v)
	want := stoa.TaskQuery{Reason: "new", Source: "itu-hub", Kind: stoa.Guidance, Pillar: stoa.Legal, Language: "fr", Subject: "abc"}
	if err != nil || q != want {
		t.Errorf("%+v, %v", q, err)
	}
	for _, bad := range []string{"reason=x", "source=A%20b", "kind=x", "pillar=x", "language=%3C", "subject=%20"} {
		v, _ := url.ParseQuery(bad)
		if _, err := ParseTasks(v); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}

func TestEachActionNeedsItsRole(t *testing.T) {
	more := map[stoa.Action]stoa.UserRole{
		stoa.Stage: stoa.Editor, stoa.Pause: stoa.Editor, stoa.Adopt: stoa.Editor, stoa.Switch: stoa.Editor, stoa.Invite: stoa.Editor,
		stoa.Withdraw: stoa.Editor, stoa.Takedown: stoa.Editor, stoa.Leave: stoa.Editor, stoa.Erase: stoa.Admin,
	}
	for _, a := range stoa.Actions() {
		want := cmp.Or(more[a], stoa.Curator)
		if got := Needed(a); got != want {
			t.Errorf("%s needs %s, want %s", a, got, want)
		}
	}
}

func TestValuesOfDecisionsAreSaidInWords(t *testing.T) {
	french, _ := locales.For("fr")
	v := visit{View: page.View{Locale: french}}
	for _, c := range []struct {
		d           stoa.Decision
		value, want string
	}{
		{stoa.Decision{Action: stoa.Accept}, "pending", french.Word("state", "pending")},
		{stoa.Decision{Action: stoa.Stage}, "trusted", french.Word("trust", "trusted")},
		{stoa.Decision{Action: stoa.Set, Field: "kind"}, "guidance", french.Word("kind", "guidance")},
		{stoa.Decision{Action: stoa.Set, Field: "pillars"}, "legal,technical", french.List([]string{french.Word("pillar.short", "legal"), french.Word("pillar.short", "technical")})},
		{stoa.Decision{Action: stoa.Set, Field: "language"}, "ar", french.LanguageName("ar")},
		{stoa.Decision{Action: stoa.Set, Field: "title"}, "pending", "pending"}, // a title is nobody's code
		{stoa.Decision{Action: stoa.Accept}, "", ""},
	} {
		if got := valued(v, c.d, c.value); got != c.want || c.want == c.value && c.d.Field != "title" && c.value != "" {
			t.Errorf("%s %s %q is said %q, want %q", c.d.Action, c.d.Field, c.value, got, c.want)
		}
	}
}
