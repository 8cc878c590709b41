package fetch

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"stoa"
)

func openArchive(t *testing.T, dir string, max int64) *Archive {
	t.Helper()
	a, err := Open(dir, max)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

// capture keeps a body of random-looking bytes, so that gzip does not make it small.
func capture(t *testing.T, a *Archive, name string, size int) string {
	t.Helper()
	body := make([]byte, size)
	x := uint32(len(name)) + 1
	for i := range body {
		x = x*1664525 + 1013904223
		body[i] = byte(x >> 24)
	}
	id, err := a.Write(&Response{Status: 200, URL: "https://partner.example/" + name, Header: http.Header{}, Body: body, Fetched: noon}, "HTTP/1.1", body, "")
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestACaptureIsReadBackAsItWas(t *testing.T) {
	text := strings.Repeat("<item>ü</item>", 100)
	s := origin(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/packed", http.StatusMovedPermanently)
		case "/packed":
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("ETag", `"v1"`)
			w.Header().Add("X-Twice", "a")
			w.Header().Add("X-Twice", "b")
			w.Write(pack(t, "gzip", []byte(text)))
		case "/cut":
			w.Header().Set("Content-Length", "9999")
			io.WriteString(w, text)
		case "/empty":
		}
	})
	dir := t.TempDir()
	a := openArchive(t, dir, 0)
	c := client(t, func(o *Options) { o.Archive = a })
	var kept []*Response
	for _, path := range []string{"/moved", "/cut", "/empty"} {
		res := get(t, c, Request{URL: s.URL + path})
		if res.Capture == "" {
			t.Fatalf("%s: no capture", path)
		}
		kept = append(kept, res)
	}
	check := func(a *Archive) {
		t.Helper()
		for _, want := range kept {
			got, err := a.Read(want.Capture)
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Body) == 0 && len(want.Body) == 0 {
				got.Body = want.Body
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("read back\n%+v\nwant\n%+v", got, want)
			}
		}
	}
	check(a)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	check(a)
	check(openArchive(t, dir, 0))
	if res := get(t, c, Request{URL: s.URL + "/packed", NoCapture: true}); res.Capture != "" {
		t.Error("a capture that nobody wanted")
	}
}

func TestFilesAreWARC(t *testing.T) {
	dir := t.TempDir()
	a := openArchive(t, dir, 0)
	capture(t, a, "a", 100)
	capture(t, a, "b", 0)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	names, _ := filepath.Glob(filepath.Join(dir, "captures-*.warc.gz"))
	if len(names) != 1 {
		t.Fatalf("files %v", names)
	}
	f, err := os.Open(names[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zip, err := gzip.NewReader(f) // a plain reader sees one stream of records
	if err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(zip)
	if err != nil {
		t.Fatal(err)
	}
	var types []string
	for s := bufio.NewScanner(bytes.NewReader(all)); s.Scan(); {
		if kind, ok := strings.CutPrefix(s.Text(), "WARC-Type: "); ok {
			types = append(types, kind)
		}
	}
	if got := fmt.Sprint(types); got != "[warcinfo response response]" || !bytes.HasPrefix(all, []byte("WARC/1.1\r\n")) {
		t.Errorf("records %s", got)
	}
}

func TestTheArchiveIsBounded(t *testing.T) {
	dir := t.TempDir()
	const bound = 4 << 20
	a := openArchive(t, dir, bound)
	var ids []string
	for i := range 100 {
		ids = append(ids, capture(t, a, fmt.Sprint(i), 100<<10))
		if i == 1 {
			if err := a.Pin("run1", ids[:2]); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := a.Size(); n > bound || n < bound/2 {
		t.Errorf("%d bytes under a bound of %d", n, bound)
	}
	if _, err := a.Read(ids[99]); err != nil {
		t.Errorf("the newest: %v", err)
	}
	if _, err := a.Read(ids[2]); !errors.Is(err, stoa.ErrNotFound) {
		t.Errorf("the oldest: %v, want not found", err)
	}
	for _, id := range ids[:2] {
		if res, err := a.Read(id); err != nil || len(res.Body) != 100<<10 {
			t.Errorf("a pinned capture: %v", err)
		}
	}
	if runs, err := a.Pinned(); err != nil || fmt.Sprint(runs) != "[run1]" {
		t.Errorf("pinned %v, %v", runs, err)
	}
	again := openArchive(t, dir, bound)
	if _, err := again.Read(ids[0]); err != nil {
		t.Errorf("a pinned capture after a restart: %v", err)
	}
	if err := again.Unpin("run1"); err != nil {
		t.Fatal(err)
	}
	if _, err := again.Read(ids[0]); !errors.Is(err, stoa.ErrNotFound) {
		t.Errorf("an unpinned capture: %v, want not found", err)
	}
	if err := again.Unpin("run1"); err != nil {
		t.Errorf("unpinned twice: %v", err)
	}
}

// TestPinsAreBounded pins more than the bound allows: a run keeps what an eighth of it holds, and the runs that were pinned first let go.
func TestPinsAreBounded(t *testing.T) {
	const bound = 4 << 20
	a := openArchive(t, t.TempDir(), bound)
	for run := range 12 {
		var ids []string
		for i := range 8 {
			ids = append(ids, capture(t, a, fmt.Sprint(run, i), 100<<10))
		}
		if err := a.Pin(fmt.Sprint("run", run), ids); err != nil {
			t.Fatal(err)
		}
	}
	runs, err := a.Pinned()
	if err != nil || len(runs) < 6 || len(runs) > 9 || !slices.Contains(runs, "run11") || slices.Contains(runs, "run0") {
		t.Errorf("pinned %v, %v", runs, err)
	}
	var total int64
	files, _ := filepath.Glob(filepath.Join(a.dir, heldDir, "*", "*"))
	for _, f := range files {
		if info, err := os.Stat(f); err == nil {
			total += info.Size()
		}
	}
	if total > bound || total < bound/2 {
		t.Errorf("%d bytes are pinned under a bound of %d", total, bound)
	}
}

func TestPinsKeepToTheirDirectory(t *testing.T) {
	a := openArchive(t, t.TempDir(), 0)
	id := capture(t, a, "a", 10)
	for _, run := range []string{"", "..", "a/b", "../../x", strings.Repeat("a", 65)} {
		if err := a.Pin(run, []string{id}); !errors.Is(err, stoa.ErrInvalid) {
			t.Errorf("Pin(%q): %v", run, err)
		}
		if err := a.Unpin(run); !errors.Is(err, stoa.ErrInvalid) {
			t.Errorf("Unpin(%q): %v", run, err)
		}
	}
	if err := a.Pin("run", []string{"1-2-00000000", id}); !errors.Is(err, stoa.ErrNotFound) {
		t.Errorf("an expired capture: %v", err)
	}
	if held, _ := filepath.Glob(filepath.Join(a.dir, heldDir, "run", "*")); len(held) != 1 {
		t.Errorf("held %v, want the capture that was there", held)
	}
}

func TestIdsThatAreNone(t *testing.T) {
	a := openArchive(t, t.TempDir(), 0)
	id := capture(t, a, "a", 10)
	num, rest, _ := strings.Cut(id, "-")
	at, _, _ := strings.Cut(rest, "-")
	for _, bad := range []string{
		"", "x", "1-2", "../../etc/passwd", "1-2-3", num + "-" + at + "-00000000", num + "-99999999-00000000", "999999999999999999-0-00000000",
		"1-1-*", strings.Repeat("9", 30) + "-0-00000000",
	} {
		if _, err := a.Read(bad); !errors.Is(err, stoa.ErrNotFound) {
			t.Errorf("Read(%q): %v, want not found", bad, err)
		}
	}
}

func TestDamageIsNamed(t *testing.T) {
	dir := t.TempDir()
	a := openArchive(t, dir, 0)
	id := capture(t, a, "a", 5000)
	a.Close()
	names, _ := filepath.Glob(filepath.Join(dir, "*.warc.gz"))
	whole, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	for i := len(whole) - 4000; i < len(whole); i += 397 {
		b := bytes.Clone(whole)
		b[i] ^= 0x10
		if err := os.WriteFile(names[0], b, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Read(id); !errors.Is(err, stoa.ErrDamaged) && !errors.Is(err, stoa.ErrNotFound) {
			t.Errorf("byte %d changed: %v", i, err)
		}
	}
	if err := os.WriteFile(names[0], whole[:100], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Read(id); !errors.Is(err, stoa.ErrNotFound) {
		t.Errorf("a file that is shorter now: %v", err)
	}
}

func TestAHalfWrittenRecordIsCutOff(t *testing.T) {
	dir := t.TempDir()
	a := openArchive(t, dir, 0)
	ids := []string{capture(t, a, "a", 3000), capture(t, a, "b", 3000)}
	open := a.path(a.num, suffixOpen)
	whole, err := os.ReadFile(open)
	if err != nil {
		t.Fatal(err)
	}
	second := int(a.size) - len(memberOf(t, a, ids[1]))
	for _, left := range []int{len(whole), len(whole) - 1, len(whole) - 8, second + 1, second, 5, 0} {
		t.Run(fmt.Sprintf("%d bytes left", left), func(t *testing.T) {
			other := t.TempDir()
			if err := os.WriteFile(filepath.Join(other, filepath.Base(open)), whole[:left], 0o600); err != nil {
				t.Fatal(err)
			}
			b := openArchive(t, other, 0)
			for i, id := range ids {
				_, err := b.Read(id)
				if want := left == len(whole) || (i == 0 && left >= second); (err == nil) != want {
					t.Errorf("capture %d: %v, want whole: %v", i, err, want)
				}
				if err != nil && !errors.Is(err, stoa.ErrNotFound) {
					t.Errorf("capture %d: %v, want not found", i, err)
				}
			}
			id := capture(t, b, "c", 100)
			if _, err := b.Read(id); err != nil {
				t.Errorf("a new capture after it: %v", err)
			}
			b.Close()
			if leftover, _ := filepath.Glob(filepath.Join(other, "*.open")); len(leftover) != 0 {
				t.Errorf("left open: %v", leftover)
			}
		})
	}
}

func memberOf(t *testing.T, a *Archive, id string) []byte {
	t.Helper()
	_, member, err := a.find(id)
	if err != nil {
		t.Fatal(err)
	}
	return member
}

func TestFilesOfOthersAreLeftAlone(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"captures-x.warc.gz", "captures--1.warc.gz", "notes.txt", "other.warc.gz.open"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a := openArchive(t, dir, 1)
	for i := range 5 {
		capture(t, a, fmt.Sprint(i), 200<<10)
	}
	for _, name := range []string{"captures-x.warc.gz", "captures--1.warc.gz", "notes.txt", "other.warc.gz.open"} {
		if b, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(b) != "mine" {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
}

func TestWritersAndReadersAtOnce(t *testing.T) {
	a := openArchive(t, t.TempDir(), 2<<20)
	var g sync.WaitGroup
	for i := range 4 {
		g.Go(func() {
			for n := range 30 {
				id := capture(t, a, fmt.Sprint(i, n), 20<<10)
				res, err := a.Read(id)
				if err != nil && !errors.Is(err, stoa.ErrNotFound) {
					t.Error(err)
				} else if err == nil && res.URL != fmt.Sprint("https://partner.example/", i, n) && !strings.HasSuffix(res.URL, fmt.Sprint(i, n)) {
					t.Errorf("%s is %s", id, res.URL)
				}
			}
		})
	}
	g.Wait()
}

// writerEnv makes the test binary write captures until it is killed; see TestKilledWhileWriting.
const writerEnv = "STOA_TEST_WRITE_CAPTURES"

func TestMain(m *testing.M) {
	if dir := os.Getenv(writerEnv); dir != "" {
		writeUntilKilled(dir)
		return
	}
	os.Exit(m.Run())
}

func writeUntilKilled(dir string) {
	a, err := Open(dir, 8<<20)
	for n := 0; err == nil; n++ {
		body := bytes.Repeat(fmt.Append(nil, n, "-"), 5000+n%977)
		var id string
		id, err = a.Write(&Response{Status: 200, URL: "https://partner.example/", Header: http.Header{}, Body: body, Fetched: time.Now()}, "HTTP/1.1", body, "")
		fmt.Println(id)
	}
	fmt.Println("error:", err)
}

func TestKilledWhileWriting(t *testing.T) {
	dir := t.TempDir()
	var last []string
	for round := range 6 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), writerEnv+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		s := bufio.NewScanner(out)
		for n := 0; n < 30+round*17 && s.Scan(); n++ {
			last = append(last, s.Text())
		}
		cmd.Process.Kill()
		for s.Scan() {
			last = append(last, s.Text())
		}
		cmd.Wait()
		last = last[max(len(last)-40, 0):]
		a := openArchive(t, dir, 8<<20)
		for _, id := range last {
			if _, err := a.Read(id); err != nil {
				t.Errorf("round %d: acknowledged capture %s: %v", round, id, err)
			}
		}
		a.Close()
	}
}

// FuzzRecord asks that what is read as a record and an answer is bounded by what it says, and reads the same after it
// was written again.
func FuzzRecord(f *testing.F) {
	res := &Response{Status: 200, URL: "https://partner.example/", Header: http.Header{"A": {"b"}}, Body: []byte("hello"), Fetched: noon, Hops: []stoa.Hop{{Status: 301, Location: "https://a.example/"}}}
	member, err := responseRecord(newUUID(), res, "HTTP/1.1", []byte("hello"), "192.0.2.1").encode()
	if err != nil {
		f.Fatal(err)
	}
	zip, err := gzip.NewReader(bytes.NewReader(member))
	if err != nil {
		f.Fatal(err)
	}
	plain, err := io.ReadAll(zip)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(plain)
	f.Add([]byte("WARC/1.1\r\nContent-Length: 0\r\n\r\n\r\n\r\n"))
	f.Add([]byte("WARC/1.1\r\nContent-Length: 99999999999\r\n\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := parseRecord(bytes.NewReader(b))
		if err != nil {
			return
		}
		if len(r.block) > len(b) {
			t.Fatalf("block of %d bytes from %d", len(r.block), len(b))
		}
		res, err := r.response()
		if err != nil {
			return
		}
		again, err := responseRecord(newUUID(), res, "HTTP/1.1", res.Body, "").encode()
		if err != nil {
			t.Fatal(err)
		}
		second, n, err := readRecord(bytes.NewReader(again))
		if err != nil || n != int64(len(again)) {
			t.Fatalf("written again, it reads %d of %d bytes: %v", n, len(again), err)
		}
		if _, err := second.response(); err != nil && res.Header.Get("Content-Encoding") == "" && !isGzip(res.Body) && res.Fetched.Year() > 0 && res.Fetched.Year() < 10000 {
			t.Errorf("written again, it is no answer: %v", err)
		}
	})
}
