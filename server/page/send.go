// Package page is what all pages share: the frame with head and foot, the drawings of the look, and the way in which an
// answer is made whole in memory before the first byte of it leaves.
package page

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"
)

// Answer is a whole answer. The zero Status is 200.
type Answer struct {
	Status int
	Type   string
	Body   []byte
	Tag    string // ETag without quotes; "" is a hash of the body
	Cache  string // Cache-Control; "" is: ask each time, which costs a 304
	Vary   string // beyond Accept-Encoding
}

// Public is the Cache-Control of pages that everyone may keep, if they ask each time whether it is still the same.
const Public = "public, no-cache"

// Private is the Cache-Control of pages that nobody may keep.
const Private = "no-store"

// smallest is the size in bytes under which packing costs more than it saves.
const smallest = 512

// Send answers with a whole body: ETag, 304, gzip, HEAD. It does not fail: what goes wrong from here on is the
// reader's connection.
func Send(w http.ResponseWriter, r *http.Request, a Answer) {
	h := w.Header()
	if a.Status == 0 {
		a.Status = http.StatusOK
	}
	if a.Cache == "" {
		a.Cache = Public
	}
	if a.Tag == "" {
		sum := sha256.Sum256(a.Body)
		a.Tag = hex.EncodeToString(sum[:10])
	}
	h.Set("Content-Type", a.Type)
	h.Set("Cache-Control", a.Cache)
	h.Add("Vary", "Accept-Encoding")
	if a.Vary != "" {
		h.Add("Vary", a.Vary)
	}
	packed := len(a.Body) >= smallest && AcceptsGzip(r)
	if a.Cache != Private && a.Status == http.StatusOK {
		tag := a.Tag
		if packed {
			tag += "-gz"
		}
		h.Set("ETag", `"`+tag+`"`)
		if Matches(r.Header.Get("If-None-Match"), a.Tag) && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
			h.Del("Content-Type")
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	body := a.Body
	if packed {
		body = squeeze(a.Body)
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(a.Status)
	if r.Method != http.MethodHead {
		w.Write(body) // an error means that the reader left
	}
}

func squeeze(body []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(body) // a buffer takes everything
	z.Close()
	return b.Bytes()
}

// AcceptsGzip reports whether the reader unpacks gzip (RFC 9110, 12.5.3): named, and not with q=0.
func AcceptsGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if name = strings.TrimSpace(name); name != "gzip" && name != "*" {
			continue
		}
		q := strings.TrimSpace(params)
		return q != "q=0" && !strings.HasPrefix(q, "q=0.0")
	}
	return false
}

// Matches reports whether an If-None-Match or If-Match header names a tag, in any of its codings.
func Matches(header, tag string) bool {
	if strings.TrimSpace(header) == "*" {
		return true
	}
	for part := range strings.SplitSeq(header, ",") {
		part = strings.Trim(strings.TrimPrefix(strings.TrimSpace(part), "W/"), `"`)
		if strings.TrimSuffix(part, "-gz") == tag {
			return tag != ""
		}
	}
	return false
}

// HTML is the type of pages.
const HTML = "text/html; charset=utf-8"

// Render makes a whole page: a component that fails half way must not send half a page.
func Render(ctx context.Context, c templ.Component) ([]byte, error) {
	var b bytes.Buffer
	if err := c.Render(ctx, &b); err != nil {
		return nil, fmt.Errorf("render page: %w", err)
	}
	return b.Bytes(), nil
}
