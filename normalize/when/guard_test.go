package when

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"stoa"
)

// TestHostZoneDoesNotMatter reads all cases again in processes whose TZ is elsewhere.
func TestHostZoneDoesNotMatter(t *testing.T) {
	if os.Getenv("WHEN_CHILD") != "" {
		return // this is such a process
	}
	for _, zone := range []string{"America/New_York", "Asia/Kolkata", "Pacific/Kiritimati"} {
		cmd := exec.Command(os.Args[0], "-test.run=^(TestCases|TestGold|TestStamp|TestSuiteOfFeedDates)$")
		cmd.Env = append(os.Environ(), "TZ="+zone, "WHEN_CHILD=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("TZ=%s: %v\n%.2000s", zone, err, out)
		}
	}
}

func TestZonesAreBuiltIn(t *testing.T) {
	for name, z := range cities {
		if z.place != nil && z.place() == time.UTC {
			t.Errorf("no tables for %s", name)
		}
	}
	for name, z := range abbreviations {
		if z.place != nil && z.place() == time.UTC {
			t.Errorf("no tables for %s", name)
		}
	}
}

func TestWordsHaveKnownMeanings(t *testing.T) {
	for line := range strings.Lines(table) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		head, _, ok := strings.Cut(line, ": ")
		name, _, _ := strings.Cut(head, " ")
		if !ok || kinds[name] == 0 {
			t.Errorf("not an entry: %.40q", line)
		}
	}
}

func TestReferenceDay(t *testing.T) {
	late := time.Date(2025, 3, 4, 23, 30, 0, 0, time.UTC)
	apia := time.FixedZone("", 13*3600)
	for _, c := range []struct {
		rule string
		o    Options
		want stoa.Date
	}{
		{"in UTC it is still the 4th", Options{Reference: late}, "2025-03-04"},
		{"in the source's zone it is the 5th already, so the 4th is past", Options{Reference: late, Zone: apia}, "2026-03-04"},
		{"without a day of reading no year is made up", Options{}, ""},
	} {
		if got := Read("4 March", c.o).Start; got != c.want {
			t.Errorf("%s: %q, want %q", c.rule, got, c.want)
		}
	}
}

func TestOrderOfNumbers(t *testing.T) {
	for _, c := range []struct {
		rule, text string
		o          Options
		want       stoa.Date
	}{
		{"day first", "03/04/2025", Options{}, "2025-04-03"},
		{"the source writes the month first", "03/04/2025", Options{USOrder: true}, "2025-03-04"},
		{"so does American English", "03/04/2025", Options{Language: "en-US"}, "2025-03-04"},
		{"only one order is possible", "9/30/2026", Options{}, "2026-09-30"},
		{"nor does the source's order matter then", "30/9/2026", Options{USOrder: true}, "2026-09-30"},
		{"the day of the week decides", "Tuesday 03/04/2025", Options{}, "2025-03-04"},
		{"another date of the line decides", "03/04/2025, 03/14/2025", Options{}, "2025-03-04"},
	} {
		if got := Read(c.text, c.o).Start; got != c.want {
			t.Errorf("%s: %q, want %q", c.rule, got, c.want)
		}
	}
}

func TestDeadlineOfALabelledField(t *testing.T) {
	for text, want := range map[string]stoa.Date{
		"31 March 2025, 17:00 CET": "2025-03-31T17:00:00+01:00", "31 March 2025": "2025-03-31", "by 31 March 2025": "2025-03-31", "end of March 2025": "2025-03-31",
		"1 March - 31 March 2025": "2025-03-31", "TBC": "", "Rolling": "", "": "",
	} {
		if got := Deadline(text, Options{}); got != want {
			t.Errorf("Deadline(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestRolling(t *testing.T) {
	for text, want := range map[string]bool{
		"Rolling basis": true, "On demand, self-paced": true, "Inscription en continu": true, "Постоянно": true, "长期有效": true, "مفتوح على مدار السنة": true,
		"3 June 2025": false, "TBC": false, "Applications on a rolling basis until 3 June 2025": false,
	} {
		if got := Read(text, Options{}).Rolling; got != want {
			t.Errorf("Read(%q).Rolling = %v", text, got)
		}
	}
}

func TestHostileTextIsCheap(t *testing.T) {
	for _, unit := range []string{"1", "1, ", "1-", "1.", "1/1/", "2024-", "March ", "3 March ", "end of ", "(", "until 5 ", "9:00-", "Mon, ", "年", "一", "و", "deadline ", "the ", "a b ", "'"} {
		text := strings.Repeat(unit, 1<<20/len(unit))
		began := time.Now()
		r := Read(text, Options{Reference: on("2025-01-01")})
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("%q: %v for 1 MB", unit, took)
		}
		check(t, unit+"…", r)
		if _, err := Stamp(text); err == nil {
			t.Errorf("%q: 1 MB is a date", unit)
		}
	}
}

// check holds a reading to what all readings promise.
func check(t *testing.T, text string, r Reading) {
	t.Helper()
	for _, d := range []stoa.Date{r.Start, r.End, r.Deadline} {
		if _, err := stoa.ParseDate(string(d)); err != nil {
			t.Errorf("Read(%q): %v", text, err)
		}
	}
	for _, d := range []stoa.Date{r.Start, r.End} {
		if d.Precision() == stoa.Instant {
			t.Errorf("Read(%q): a clock time in %q", text, d)
		}
	}
	if r.Start != "" && r.End != "" && r.End.Begin(time.UTC).Before(r.Start.Begin(time.UTC)) {
		t.Errorf("Read(%q): from %s to %s", text, r.Start, r.End)
	}
	if r.Rolling && r.Deadline != "" {
		t.Errorf("Read(%q): rolling, and a deadline", text)
	}
}

func FuzzWhen(f *testing.F) {
	for _, s := range []string{
		"Deadline: 3 June 2025, 23:59 AoE", "du 3 au 5 juin 2025", "с 3 по 5 июня 2025 года", "2025年3月4日至8日", "من 3 إلى 5 يونيو 2025", "- 02-21-2022 08:00 - 02-25-2022 00:00",
		"Q4 2025 – Q1 2026", "1.4.–30.4.2025", "令和6年5月10日", "Deadline extended from 15 March to 30 March 2025", "end of June", "31.12.", "2024/25",
	} {
		f.Add(s, "en", int64(1735689600), false)
	}
	f.Fuzz(func(t *testing.T, text, lang string, reference int64, us bool) {
		at := time.Unix(reference%(1<<37), 0).UTC()
		if at.Year() < 1 || at.Year() > 9000 {
			return
		}
		o := Options{Reference: at, Language: lang, USOrder: us}
		r := Read(text, o)
		check(t, text, r)
		o.Reference = at.In(time.FixedZone("", 5*3600)) // the same instant as another host would hand it in
		if again := Read(text, o); again != r {
			t.Errorf("Read(%q) = %+v, then %+v", text, r, again)
		}
	})
}

func FuzzStamp(f *testing.F) {
	for _, s := range []string{"Thu, 01 Jan 2004 19:48:21 GMT", "2003-12-31T10:14:55Z", "2004년 05월 28일  01:31:15", "-0312", "Sun Jan  4 16:29:06 PST 2004"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := Stamp(text)
		if (err == nil) != (d != "") {
			t.Errorf("Stamp(%q) = %q, %v", text, d, err)
		}
		if _, err := stoa.ParseDate(string(d)); err != nil {
			t.Errorf("Stamp(%q): %v", text, err)
		}
		if d.Precision() == stoa.Instant {
			if again, err := Stamp(string(d)); err != nil || again != d {
				t.Errorf("Stamp(%q) = %q, and of that %q, %v", text, d, again, err)
			}
		}
	})
}
