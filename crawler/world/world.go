// Package world plays partner sites on loopback: pages of our own wording in the partners' real shapes, with their quirks. `stoa demo` and
// the tests harvest them; nothing of it leaves the machine.
//
// A site is a folder of files under its name and stage. A stage lies over the ones before it: a file of the same path replaces, a file
// that ends in ".gone" removes, and a file that ends in ".http" gives status and headers of the path beside it. In a file,
// [[origin "cybil"]] is the address of a site and [[date 20 "2 January 2006"]] the day twenty days after the world began.
//
// Within a stage, days pass: [[if from 12]]…[[end]] is on the page from the twelfth day, [[if until 40]]…[[end]] until the fortieth, and
// [[since 30 "old" "new"]] changes its words on the thirtieth. [[range seq 596]]…[[end]] repeats. A path that ends in ".gz" is served packed
// from the file without it.
package world

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"text/template"
	"time"
)

// World is a set of running sites. Its methods may be called from several goroutines.
type World struct {
	files fs.FS
	now   time.Time
	sites []string

	mu      sync.RWMutex
	stage   int
	day     int
	origins map[string]string
	hits    map[string]int
	veils   map[string]Veil
}

// Veil is laid over a site: it is asked instead, with the site behind it, and may change what the site answers.
type Veil func(site http.Handler) http.Handler

// New reads the names of the sites under files. now is the day that dates in pages refer to.
func New(files fs.FS, now time.Time) (*World, error) {
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil, fmt.Errorf("read world: %w", err)
	}
	w := &World{files: files, now: now, stage: 1, origins: map[string]string{}, hits: map[string]int{}, veils: map[string]Veil{}}
	for _, e := range entries {
		if e.IsDir() {
			w.sites = append(w.sites, e.Name())
		}
	}
	if len(w.sites) == 0 {
		return nil, errors.New("read world: no site in it")
	}
	return w, nil
}

// Sites returns the names of the sites, sorted.
func (w *World) Sites() []string { return slices.Clone(w.sites) }

// Start serves each site on a loopback address of its own, with the port given (0 takes any), until ctx ends. It returns when all of them answer.
func (w *World) Start(ctx context.Context, port int) error {
	for i, site := range w.sites {
		address := fmt.Sprintf("127.0.63.%d:%d", i+1, port)
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
		if err != nil {
			return fmt.Errorf("play site %s: %w; another world may be running", site, err)
		}
		w.mu.Lock()
		w.origins[site] = "http://" + l.Addr().String()
		w.mu.Unlock()
		srv := &http.Server{Handler: w.veiled(site), ReadHeaderTimeout: 10 * time.Second}
		context.AfterFunc(ctx, func() { srv.Close() })
		go func() { _ = srv.Serve(l) }() // ends with ctx, by Close
	}
	return nil
}

// SetStage moves every site on, or back.
func (w *World) SetStage(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stage = n
}

// SetDay lets so many days have passed since the world began.
func (w *World) SetDay(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.day = n
}

// Veil lays v over a site; nil takes it away.
func (w *World) Veil(site string, v Veil) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.veils[site] = v
}

// Origin returns the address of a running site.
func (w *World) Origin(site string) string {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.origins[site]
}

// Hits returns how often each site was asked.
func (w *World) Hits() map[string]int {
	w.mu.RLock()
	defer w.mu.RUnlock()
	out := map[string]int{}
	for k, v := range w.hits {
		out[k] = v
	}
	return out
}

// Sources returns the world's own sources.yaml with the addresses of the running sites.
func (w *World) Sources() ([]byte, error) {
	raw, err := fs.ReadFile(w.files, "sources.yaml")
	if err != nil {
		return nil, fmt.Errorf("read world: %w", err)
	}
	return w.fill("sources.yaml", raw)
}

// fill puts addresses, dates and what has become of the site by today into a file.
func (w *World) fill(name string, raw []byte) ([]byte, error) {
	if !bytes.Contains(raw, []byte("[[")) {
		return raw, nil
	}
	w.mu.RLock()
	day := w.day
	w.mu.RUnlock()
	t, err := template.New(name).Delims("[[", "]]").Option("missingkey=error").Funcs(template.FuncMap{
		"origin": func(site string) (string, error) {
			if o := w.Origin(site); o != "" {
				return o, nil
			}
			return "", fmt.Errorf("no site %q", site)
		},
		"date":  func(days int, layout string) string { return w.now.AddDate(0, 0, days).Format(layout) },
		"from":  func(first int) bool { return day >= first },
		"until": func(last int) bool { return day < last },
		"since": func(first int, before, after string) string {
			if day < first {
				return before
			}
			return after
		},
		"seq": func(n int) []int {
			out := make([]int, n)
			for i := range out {
				out[i] = i + 1
			}
			return out
		},
	}).Parse(string(raw))
	if err != nil {
		return nil, fmt.Errorf("fill %s: %w", name, err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, nil); err != nil {
		return nil, fmt.Errorf("fill %s: %w", name, err)
	}
	return b.Bytes(), nil
}

// veiled is a site under whatever lies over it at the time of the request.
func (w *World) veiled(site string) http.Handler {
	bare := w.handler(site)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.RLock()
		v := w.veils[site]
		w.mu.RUnlock()
		if v == nil {
			bare.ServeHTTP(rw, r)
			return
		}
		v(bare).ServeHTTP(rw, r)
	})
}

func (w *World) handler(site string) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.hits[site]++
		stage := w.stage
		w.mu.Unlock()
		name, raw := w.find(site, stage, r.URL)
		status, header := w.head(site, stage, name)
		if name == "" && status == 0 {
			http.NotFound(rw, r)
			return
		}
		body, err := w.fill(name, raw)
		if err == nil && strings.HasSuffix(r.URL.Path, ".gz") && !strings.HasSuffix(name, ".gz") {
			name += ".gz"
			body, err = packed(body)
		}
		if err != nil {
			http.Error(rw, err.Error(), http.StatusInternalServerError)
			return
		}
		sum := sha256.Sum256(body)
		rw.Header().Set("ETag", `"`+hex.EncodeToString(sum[:8])+`"`)
		rw.Header().Set("Content-Type", contentType(name))
		for k, v := range header {
			rw.Header()[k] = v
		}
		if status == 0 && r.Header.Get("If-None-Match") == rw.Header().Get("ETag") {
			rw.WriteHeader(http.StatusNotModified)
			return
		}
		if status != 0 {
			rw.WriteHeader(status)
		}
		_, _ = rw.Write(body) // whoever asked may be gone
	})
}

func packed(body []byte) ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(body); err != nil {
		return nil, err
	}
	err := z.Close() // before the bytes are taken: it writes the last of them
	return b.Bytes(), err
}

// suffixes are tried after an address's path, in this order.
var suffixes = []string{"", ".html", ".json", ".xml", ".ics", ".txt", "/index.html", "/index.json", "/index.xml"}

// find returns the file behind an address: that of the newest stage, the one with the query before the one without.
func (w *World) find(site string, stage int, u *url.URL) (name string, body []byte) {
	base := strings.Trim(path.Clean("/"+u.Path), "/")
	if base == "" {
		base = "index.html"
	}
	bases := []string{base}
	if u.RawQuery != "" {
		bases = []string{base + "@" + strings.ReplaceAll(u.RawQuery, "/", "_"), base}
	}
	if plain, ok := strings.CutSuffix(base, ".gz"); ok {
		bases = append(bases, plain)
	}
	for _, b := range bases {
		for _, suffix := range suffixes {
			if name, body := w.newest(site, stage, b+suffix); name != "" {
				return name, body
			}
		}
	}
	return "", nil
}

// newest returns a file as the given stage has it.
func (w *World) newest(site string, stage int, file string) (string, []byte) {
	for s := stage; s >= 1; s-- {
		name := path.Join(site, strconv.Itoa(s), file)
		if body, err := fs.ReadFile(w.files, name); err == nil {
			return name, body
		}
		if _, err := fs.Stat(w.files, name+".gone"); err == nil {
			return "", nil
		}
	}
	return "", nil
}

// head reads status and headers that stand beside a file, under its name and ".http": "503 Service Unavailable", then lines "Name: value".
func (w *World) head(site string, stage int, name string) (int, http.Header) {
	if name == "" {
		return 0, nil
	}
	_, file, _ := strings.Cut(strings.TrimPrefix(name, site+"/"), "/")
	_, raw := w.newest(site, stage, file+".http")
	if raw == nil {
		return 0, nil
	}
	first, rest, _ := strings.Cut(string(raw), "\n")
	code, _, _ := strings.Cut(first, " ")
	status, err := strconv.Atoi(code)
	if err != nil {
		status = http.StatusInternalServerError
	}
	if status == http.StatusOK {
		status = 0
	}
	h := http.Header{}
	for line := range strings.Lines(rest) {
		if k, v, ok := strings.Cut(strings.TrimSpace(line), ": "); ok {
			h.Add(k, v)
		}
	}
	return status, h
}

// kinds are the types of files that machines name differently.
var kinds = map[string]string{
	".xml": "text/xml; charset=utf-8", ".json": "application/json", ".ics": "text/calendar; charset=utf-8", ".gz": "application/gzip",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".rdf": "application/rdf+xml", ".atom": "application/atom+xml; charset=utf-8",
	".rss": "application/rss+xml; charset=utf-8", ".opml": "text/x-opml; charset=utf-8", ".html": "text/html; charset=utf-8",
}

func contentType(name string) string {
	if t := kinds[path.Ext(name)]; t != "" {
		return t
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "text/html; charset=utf-8"
}
