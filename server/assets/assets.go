// Package assets holds the sheet, the desk's own, the mark and the icons, under names that carry a hash of their content, so that a
// browser may keep them for ever.
package assets

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

//go:embed stoa.css desk.css desk.js mark.svg favicon.svg favicon.ico
var files embed.FS

var types = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
	".ico": "image/x-icon",
}

// asset is one file, ready to be sent.
type asset struct {
	name, kind, hash string
	plain, packed    []byte
}

var all = sync.OnceValues(func() (map[string]asset, error) {
	out := map[string]asset{}
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil, fmt.Errorf("read assets: %w", err)
	}
	for _, e := range entries {
		body, err := files.ReadFile(e.Name())
		if err != nil {
			return nil, fmt.Errorf("read asset: %w", err)
		}
		if path.Ext(e.Name()) == ".css" {
			body = tight(body)
		}
		sum := sha256.Sum256(body)
		a := asset{name: e.Name(), kind: types[path.Ext(e.Name())], hash: hex.EncodeToString(sum[:])[:10], plain: body}
		if a.packed, err = pack(body); err != nil {
			return nil, fmt.Errorf("pack %s: %w", e.Name(), err)
		}
		out[e.Name()] = a
	}
	return out, nil
})

var (
	remarks = regexp.MustCompile(`(?s)/\*.*?\*/`)
	breaks  = regexp.MustCompile(`\s*\n\s*`)
)

// shorter are the names of the same directions in lines that run from side to side, as those of all our languages do. What
// turns around from right to left keeps its logical name.
var shorter = strings.NewReplacer("inset-block-start", "top", "inset-block-end", "bottom", "inline-size", "width", "block-size", "height", "-block-start", "-top", "-block-end", "-bottom")

// tight drops the remarks and line breaks of a sheet, which are for us alone, and writes long names short.
func tight(sheet []byte) []byte {
	return []byte(shorter.Replace(string(breaks.ReplaceAll(remarks.ReplaceAll(sheet, nil), nil))))
}

func pack(body []byte) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(body); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Path returns the address of an asset: "/assets/stoa.1a2b3c4d5e.css". It is empty for a name that does not exist.
func Path(name string) string {
	m, err := all()
	if err != nil {
		return ""
	}
	a, ok := m[name]
	if !ok {
		return ""
	}
	ext := path.Ext(name)
	return "/assets/" + strings.TrimSuffix(name, ext) + "." + a.hash + ext
}

// Text returns the content of an asset as text, or "".
func Text(name string) string {
	m, err := all()
	if err != nil {
		return ""
	}
	return string(m[name].plain)
}

// Handler answers GET /assets/NAME.HASH.EXT, for ever cacheable, and the plain names of icons, cacheable for a day.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m, err := all()
		if err != nil {
			http.Error(w, "assets are damaged", http.StatusInternalServerError)
			return
		}
		base := path.Base(r.URL.Path)
		for name, a := range m {
			switch {
			case "/assets/"+base == Path(name):
				w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			case base == name && r.URL.Path == "/"+name:
				w.Header().Set("Cache-Control", "public, max-age=86400")
			default:
				continue
			}
			a.send(w, r)
			return
		}
		http.NotFound(w, r)
	})
}

func (a asset) send(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Vary", "Accept-Encoding")
	tag, body := `"`+a.hash+`"`, a.plain
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") && len(a.packed) < len(a.plain) {
		tag, body = `"`+a.hash+`-gz"`, a.packed
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", tag)
	if match := r.Header.Get("If-None-Match"); match != "" && strings.Contains(match, a.hash) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		w.Write(body) // an error means that the reader left
	}
}
