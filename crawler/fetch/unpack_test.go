package fetch

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"

	"stoa"

	"github.com/andybalholm/brotli"
)

func pack(t testing.TB, how string, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser
	switch how {
	case "gzip":
		w, _ = gzip.NewWriterLevel(&out, gzip.BestSpeed)
	case "deflate":
		w, _ = zlib.NewWriterLevel(&out, zlib.BestSpeed)
	case "bare deflate":
		w, _ = flate.NewWriter(&out, flate.BestSpeed)
	case "br":
		w = brotli.NewWriterLevel(&out, brotli.BestSpeed)
	}
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// packed is a body with the headers and the path that say, or do not say, how it is packed.
type packed struct {
	name     string
	how      []string // in the order in which it was packed
	encoding string
	path     string
	kind     string
}

// routes are all the ways in which a body may come packed.
var routes = []packed{
	{"gzip", []string{"gzip"}, "gzip", "/", ""},
	{"x-gzip", []string{"gzip"}, "X-GZIP", "/", ""},
	{"deflate", []string{"deflate"}, "deflate", "/", ""},
	{"bare deflate", []string{"bare deflate"}, "deflate", "/", ""},
	{"brotli", []string{"br"}, "br", "/", ""},
	{"a .gz path", []string{"gzip"}, "", "/feed.xml.gz", "application/xml"},
	{"application/gzip", []string{"gzip"}, "", "/", "application/gzip"},
	{"application/x-gzip", []string{"gzip"}, "", "/", "application/x-gzip"},
	{"not said", []string{"gzip"}, "", "/", "text/plain"},
	{"gzip twice by header", []string{"gzip", "gzip"}, "gzip, gzip", "/", ""},
	{"a chain", []string{"gzip", "br"}, "gzip,br", "/", ""},
	{"a file in gzip, packed again on its way", []string{"gzip", "gzip"}, "gzip", "/feed.xml.gz", "application/gzip"},
	{"a file in gzip, packed by brotli on its way", []string{"gzip", "br"}, "br", "/feed.xml.gz", ""},
	{"gzip said once too often", []string{"gzip"}, "gzip", "/feed.xml.gz", "application/gzip"},
	{"said to be packed, and not", nil, "gzip", "/", ""},
	{"identity", nil, "identity", "/", ""},
}

func (p packed) serve(w http.ResponseWriter, body []byte) {
	if p.encoding != "" {
		w.Header().Set("Content-Encoding", p.encoding)
	}
	if p.kind != "" {
		w.Header().Set("Content-Type", p.kind)
	}
	w.Write(body)
}

func (p packed) pack(t testing.TB, b []byte) []byte {
	for _, how := range p.how {
		b = pack(t, how, b)
	}
	return b
}

func TestBodiesAreUnpacked(t *testing.T) {
	want := []byte("<rss>" + strings.Repeat("an item ", 1000) + "</rss>")
	for _, p := range routes {
		t.Run(p.name, func(t *testing.T) {
			body := p.pack(t, want)
			s := origin(t, func(w http.ResponseWriter, _ *http.Request) { p.serve(w, body) })
			res := get(t, client(t), Request{URL: s.URL + p.path})
			if !bytes.Equal(res.Body, want) || res.Truncated {
				t.Errorf("%d bytes, truncated %v", len(res.Body), res.Truncated)
			}
			if res.Header.Get("Content-Encoding") != p.encoding {
				t.Errorf("header %q is not as received", res.Header.Get("Content-Encoding"))
			}
		})
	}
}

func TestBombsAreRefusedByEachRoute(t *testing.T) {
	zeros := make([]byte, 4<<20)
	for _, p := range routes {
		if len(p.how) == 0 {
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			bomb := p.pack(t, zeros)
			s := origin(t, func(w http.ResponseWriter, _ *http.Request) { p.serve(w, bomb) })
			e := fails(t, client(t), Request{URL: s.URL + p.path, Limit: 512 << 10}, stoa.Failed, stoa.CodeTooLarge)
			if !errors.Is(e, errTooLarge) || e.Status != 200 {
				t.Errorf("%v", e)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := unpack(bomb, http.Header{"Content-Encoding": {p.encoding}}, bounds{bytes: 64 << 10})
			runtime.ReadMemStats(&after)
			// Brotli's window alone is up to 16 MB, whatever the body.
			if got := after.TotalAlloc - before.TotalAlloc; err == nil || (got > 4<<20 && !slices.Contains(p.how, "br")) {
				t.Errorf("%d KiB for a limit of 64 KiB, %v", got>>10, err)
			}
		})
	}
}

// innocent is packed twice so that neither layer grows to 200 times its size, and both together to far more.
func innocent(t *testing.T) []byte {
	t.Helper()
	inner := bytes.Repeat(pack(t, "gzip", make([]byte, 2<<10)), 4<<10)
	outer := pack(t, "gzip", inner)
	if a, b := (8<<20)/len(inner), len(inner)/len(outer); a >= 200 || b >= 200 || a*b < 400 {
		t.Fatalf("grows %d times, then %d", b, a)
	}
	return outer
}

func TestUnpackingIsBounded(t *testing.T) {
	header := func(v string) http.Header { return http.Header{"Content-Encoding": {v}} }
	nested := make([]byte, 10)
	for range 6 {
		nested = pack(t, "gzip", nested)
	}
	long := strings.TrimSuffix(strings.Repeat("gzip, ", 100_000), ", ")
	dense := pack(t, "gzip", make([]byte, 3<<20))
	for _, c := range []struct {
		name string
		body []byte
		h    http.Header
		b    bounds
		code string // "" is good
	}{
		{"at the limit", pack(t, "gzip", make([]byte, 1000)), header("gzip"), bounds{bytes: 1000, ratio: 10}, ""},
		{"a byte over it", pack(t, "gzip", make([]byte, 1001)), header("gzip"), bounds{bytes: 1000, ratio: 10}, stoa.CodeTooLarge},
		{"beyond the ratio", dense, header("gzip"), bounds{bytes: 1 << 30, ratio: 100}, stoa.CodeTooLarge},
		{"within a larger ratio", dense, header("gzip"), bounds{bytes: 1 << 30, ratio: 2000}, ""},
		{"no ratio", dense, header("gzip"), bounds{bytes: 1 << 30}, ""},
		{"gzip in gzip in gzip", nested, nil, bounds{bytes: 1 << 20, ratio: 100}, stoa.CodeTooDeep},
		{"a ratio through two layers", innocent(t), nil, bounds{bytes: 1 << 30, ratio: 200}, stoa.CodeTooLarge},
		{"a long chain", []byte("x"), header(long), bounds{bytes: 1 << 20}, stoa.CodeTooDeep},
		{"what was not asked for", []byte("x"), header("zstd"), bounds{bytes: 1 << 20}, stoa.CodeUnparsable},
		{"not packed and too long", make([]byte, 11), nil, bounds{bytes: 10}, stoa.CodeTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := unpack(c.body, c.h, c.b)
			e, _ := errors.AsType[*Error](err)
			if (err == nil) != (c.code == "") || (e != nil && e.Code != c.code) {
				t.Errorf("got %v, want %q", err, c.code)
			}
		})
	}
}

func TestAPackedBodyThatIsCutKeepsWhatItHolds(t *testing.T) {
	text := make([]byte, 0, 100_000)
	for i := range 10_000 {
		text = append(text, byte('a'+i*i%23), byte('0'+i%10), byte(i*7919>>3))
	}
	for _, how := range []string{"gzip", "deflate", "br"} {
		whole := pack(t, how, text)
		for _, share := range []int{1, 30, 60, 99} {
			h := http.Header{"Content-Encoding": {how}}
			u, err := unpack(whole[:len(whole)*share/100], h, bounds{bytes: 1 << 20, ratio: 200})
			if err != nil || !u.cut || !bytes.HasPrefix(text, u.body) {
				t.Errorf("%s cut at %d %%: %d bytes, cut %v, %v", how, share, len(u.body), u.cut, err)
			}
			if share == 99 && len(u.body) < len(text)*8/10 {
				t.Errorf("%s cut at 99 %%: only %d of %d bytes", how, len(u.body), len(text))
			}
		}
		damaged := bytes.Clone(whole)
		damaged[len(damaged)/2] ^= 0xff
		if u, err := unpack(damaged, http.Header{"Content-Encoding": {how}}, bounds{bytes: 1 << 20, ratio: 200}); err == nil && !u.cut && !bytes.Equal(u.body, text) && how != "br" {
			t.Errorf("%s with a damaged byte passes for whole", how)
		}
	}
	two := append(pack(t, "gzip", text), pack(t, "gzip", text)...)
	if u, err := unpack(two, nil, bounds{bytes: 1 << 20}); err != nil || u.cut || len(u.body) != 2*len(text) {
		t.Errorf("two members: %d bytes, cut %v, %v", len(u.body), u.cut, err)
	}
	padded := append(pack(t, "gzip", text), 0, 0, 0, 0)
	if u, err := unpack(padded, nil, bounds{bytes: 1 << 20}); err != nil || u.cut || !bytes.Equal(u.body, text) {
		t.Errorf("padding after the end: cut %v, %v", u.cut, err)
	}
}

// FuzzUnpack asks that nothing comes out that is larger than the limit, whatever the header says.
func FuzzUnpack(f *testing.F) {
	for _, how := range []string{"gzip", "deflate", "bare deflate", "br"} {
		f.Add(pack(f, how, []byte("hello hello hello")), strings.TrimPrefix(how, "bare "))
	}
	f.Add([]byte{0x1f, 0x8b, 8}, "gzip, br")
	f.Fuzz(func(t *testing.T, body []byte, encoding string) {
		const limit = 4096
		u, err := unpack(body, http.Header{"Content-Encoding": {encoding}}, bounds{bytes: limit, ratio: 100})
		if err == nil && len(u.body) > limit {
			t.Errorf("%d bytes under a limit of %d", len(u.body), limit)
		}
	})
}
