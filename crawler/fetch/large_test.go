package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"stoa"
)

// Request.Large is asked before much is kept: once a body shows to be large, and before a packed one is unpacked.
func TestLargeBodiesAreAskedFor(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(bytes.Repeat([]byte("a"), 1000)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	small, large := bytes.Repeat([]byte("s"), LargeBody), bytes.Repeat([]byte("l"), LargeBody+1)
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/small":
			_, _ = w.Write(small)
		case "/large":
			_, _ = w.Write(large)
		case "/unstated":
			w.(http.Flusher).Flush()
			_, _ = w.Write(large)
		case "/packed":
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(packed.Bytes())
		default:
			http.NotFound(w, r)
		}
	}))
	defer origin.Close()
	c := client(t)
	torn := errors.New("no room")
	for path, want := range map[string]struct{ asked, bytes int }{"/small": {0, len(small)}, "/large": {1, len(large)}, "/unstated": {1, len(large)}, "/packed": {1, 1000}} {
		asked := 0
		res, err := c.Do(t.Context(), Request{URL: origin.URL + path, Large: func(context.Context) error { asked++; return nil }})
		if err != nil || asked != want.asked || len(res.Body) != want.bytes {
			t.Errorf("%s: asked %d times, %+v, %v", path, asked, res, err)
		}
		_, err = c.Do(t.Context(), Request{URL: origin.URL + path, Large: func(context.Context) error { return torn }})
		if errors.Is(err, torn) != (want.asked > 0) {
			t.Errorf("%s, refused: %v", path, err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := c.Do(ctx, Request{URL: origin.URL + "/large", Large: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }})
	if e, ok := errors.AsType[*Error](err); !ok || e.Code != stoa.CodeTimeout {
		t.Errorf("a wait that took too long: %v", err)
	}
}
