package fetch

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"stoa"
)

// raw answers each request of a connection with f, and a request for robots.txt with 404.
func raw(t *testing.T, f func(w net.Conn)) string {
	t.Helper()
	return "http://" + talker(t, func(conn net.Conn) {
		r, err := http.ReadRequest(bufio.NewReader(conn))
		if err != nil {
			return
		}
		if r.URL.Path == "/robots.txt" {
			io.WriteString(conn, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			return
		}
		f(conn)
	})
}

// drip writes s over and over, a piece each 5 ms, until the other side goes or two seconds passed.
func drip(w io.Writer, s string) {
	for range 400 {
		if _, err := io.WriteString(w, s); err != nil {
			return
		}
		<-time.After(5 * time.Millisecond)
	}
}

func TestNoOriginHoldsARequestBeyondItsTime(t *testing.T) {
	for _, c := range []struct {
		name string
		f    func(net.Conn)
		code string
	}{
		{"hangs before the answer", func(w net.Conn) { io.Copy(io.Discard, w) }, stoa.CodeTimeout},
		{"drips its headers", func(w net.Conn) { io.WriteString(w, "HTTP/1.1 200 OK\r\nX-A: "); drip(w, "a") }, stoa.CodeTimeout},
		{"drips header lines", func(w net.Conn) { io.WriteString(w, "HTTP/1.1 200 OK\r\n"); drip(w, "X-A: a\r\n") }, stoa.CodeTimeout},
		{"says 100 Continue for ever", func(w net.Conn) { drip(w, "HTTP/1.1 100 Continue\r\n\r\n") }, stoa.CodeTimeout},
		{"drips its body", func(w net.Conn) { io.WriteString(w, "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"); drip(w, "a") }, stoa.CodeTimeout},
		{"drips chunks", func(w net.Conn) {
			io.WriteString(w, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
			drip(w, "1\r\na\r\n")
		}, stoa.CodeTimeout},
		{"never ends its body", func(w net.Conn) {
			io.WriteString(w, "HTTP/1.1 200 OK\r\n\r\n")
			for line := strings.Repeat("a", 4096); ; {
				if _, err := io.WriteString(w, line); err != nil {
					return
				}
			}
		}, stoa.CodeTooLarge},
		{"announces too much", func(w net.Conn) { io.WriteString(w, "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nab") }, stoa.CodeTooLarge},
		{"floods with headers", func(w net.Conn) {
			io.WriteString(w, "HTTP/1.1 200 OK\r\n")
			for i := range 10_000 {
				fmt.Fprintf(w, "Set-Cookie: name%d=value%d; path=/\r\n", i, i)
			}
			io.WriteString(w, "\r\n")
		}, stoa.CodeTooLarge},
		{"sends one huge header", func(w net.Conn) { io.WriteString(w, "HTTP/1.1 200 OK\r\nX-A: "+strings.Repeat("a", 1<<20)) }, stoa.CodeTooLarge},
		{"says what is no HTTP", func(w net.Conn) { io.WriteString(w, "220 ready\r\n") }, stoa.CodeConnect},
		{"hangs up", func(net.Conn) {}, stoa.CodeConnect},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			address := raw(t, c.f)
			cl := client(t, func(o *Options) { o.Limits = Limits{Time: 300 * time.Millisecond, Body: 100_000} })
			began := time.Now()
			fails(t, cl, Request{URL: address}, stoa.Failed, c.code)
			if took := time.Since(began); took > 3*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestAnOriginThatGoesSilentIsLeftEarly(t *testing.T) {
	for name, answer := range map[string]string{
		"before the answer": "", "inside the headers": "HTTP/1.1 200 OK\r\nX-A", "inside the body": "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := raw(t, func(w net.Conn) { io.WriteString(w, answer); io.Copy(io.Discard, w) })
			e := fails(t, client(t, func(o *Options) { o.Limits.Idle = 150 * time.Millisecond }), Request{URL: address}, stoa.Failed, stoa.CodeTimeout)
			if !errors.Is(e, errIdle) {
				t.Errorf("%v", e)
			}
		})
	}
	t.Run("slow is not silent", func(t *testing.T) {
		t.Parallel()
		address := raw(t, func(w net.Conn) {
			io.WriteString(w, "HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n")
			for range 60 {
				io.WriteString(w, "a")
				<-time.After(5 * time.Millisecond)
			}
		})
		get(t, client(t, func(o *Options) { o.Limits.Idle = 150 * time.Millisecond }), Request{URL: address})
	})
}

func TestSourcesOfAHangingHostFailTogether(t *testing.T) {
	hanging := "http://" + silent(t)
	good := origin(t, nil2)
	c := client(t, func(o *Options) { o.Limits.Time = 400 * time.Millisecond })
	began := time.Now()
	var g sync.WaitGroup
	for i := range 50 {
		g.Go(func() { fails(t, c, Request{URL: fmt.Sprint(hanging, "/", i)}, stoa.Failed, stoa.CodeTimeout) })
	}
	for i := range 50 {
		g.Go(func() { get(t, c, Request{URL: fmt.Sprint(good.URL, "/", i)}) })
	}
	g.Wait()
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestAnErrorPageThatDripsIsStillItsStatus(t *testing.T) {
	address := raw(t, func(w net.Conn) { io.WriteString(w, "HTTP/1.1 404 Not Found\r\n\r\nabc"); drip(w, "a") })
	e := fails(t, client(t, func(o *Options) { o.Limits.Time = 200 * time.Millisecond }), Request{URL: address}, stoa.Failed, stoa.CodeStatus)
	if e.Status != 404 || !strings.HasPrefix(string(e.Body), "abc") {
		t.Errorf("status %d with %.10q", e.Status, e.Body)
	}
}

func TestAnUnusedPortIsRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if e := fails(t, client(t), Request{URL: "http://" + l.Addr().String()}, stoa.Failed, stoa.CodeConnect); e.Class() != "refused" {
		t.Errorf("class %q of %v", e.Class(), e)
	}
}

func TestABodyThatIsCutKeepsWhatCame(t *testing.T) {
	for _, c := range []struct{ name, answer, want string }{
		{"shorter than announced", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", "half"},
		{"nothing of what was announced", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", ""},
		{"chunked, between chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", "half"},
		{"chunked, inside one", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nhalf", "half"},
		{"chunked, malformed", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n", "half"},
	} {
		t.Run(c.name, func(t *testing.T) {
			address := raw(t, func(w net.Conn) { io.WriteString(w, c.answer) })
			res := get(t, client(t), Request{URL: address})
			if !res.Truncated || string(res.Body) != c.want {
				t.Errorf("truncated %v with %q, want %q", res.Truncated, res.Body, c.want)
			}
		})
	}
}

func TestTheLimitOfARequestIsItsOwn(t *testing.T) {
	s := origin(t, func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, 1000)) })
	c := client(t)
	if res := get(t, c, Request{URL: s.URL, Limit: 1000}); len(res.Body) != 1000 || res.Truncated {
		t.Errorf("%d bytes, truncated %v", len(res.Body), res.Truncated)
	}
	e := fails(t, c, Request{URL: s.URL, Limit: 999}, stoa.Failed, stoa.CodeTooLarge)
	if e.Status != 200 {
		t.Errorf("status %d", e.Status)
	}
}

func TestACancelledRequestIsNoTimeout(t *testing.T) {
	address := raw(t, func(w net.Conn) { io.Copy(io.Discard, w) })
	stopping := errors.New("stoa is stopping")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(50*time.Millisecond, func() { cancel(stopping) })
	_, err := client(t).Do(ctx, Request{URL: address})
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Outcome != stoa.Skipped || e.Code != CodeStopped || !errors.Is(err, stopping) {
		t.Errorf("got %v", err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	_, err = client(t).Do(ctx, Request{URL: address})
	if e, ok := errors.AsType[*Error](err); !ok || e.Outcome != stoa.Failed || e.Code != stoa.CodeTimeout || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a run whose time is up: %v", err)
	}
}
