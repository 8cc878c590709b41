// Package world plays partner sites on loopback: pages of our own wording in the partners' real shapes, with their quirks. `stoa demo` and
// the tests harvest them; nothing of it leaves the machine.
//
// A site is a folder of files under its name and stage. A stage lies over the ones before it: a file of the same path replaces, a file
// that ends in ".gone" removes, and a file that ends in ".http" gives status and headers of the path beside it. In a file,
// [[origin "cybil"]] is the address of a site and [[date 20 "2 January 2006"]] the day twenty days after the world began.
package world

import (
	"bytes"
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
	origins map[string]string
	hits    map[string]int
}

// New reads the names of the sites under files. now is the day that dates in pages refer to.
func New(files fs.FS, now time.Time) (*World, error) {
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil, fmt.Errorf("read world: %w", err)
	}
	w := &World{files: files, now: now, stage: 1, origins: map[string]string{}, hits: map[string]int{}}
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
		srv := &http.Server{Handler: w.handler(site), ReadHeaderTimeout: 10 * time.Second}
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

// fill puts addresses and dates into a file.
func (w *World) fill(name string, raw []byte) ([]byte, error) {
	if !bytes.Contains(raw, []byte("[[")) {
		return raw, nil
	}
	t, err := template.New(name).Delims("[[", "]]").Option("missingkey=error").Funcs(template.FuncMap{
		"origin": func(site string) (string, error) {
			w.mu.RLock()
			defer w.mu.RUnlock()
			if o := w.origins[site]; o != "" {
				return o, nil
			}
			return "", fmt.Errorf("no site %q", site)
		},
		"date": func(days int, layout string) string { return w.now.AddDate(0, 0, days).Format(layout) },
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

func contentType(name string) string {
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "text/html; charset=utf-8"
}
