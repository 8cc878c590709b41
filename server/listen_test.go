package server_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"stoa"
	"stoa/server"
	"stoa/server/servertest"
)

// serve runs a site on a loopback port, with a cap on connections.
func serve(t *testing.T, s *site, most int) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := server.HTTP(s.handler, nil)
	done := make(chan error, 1)
	go func() { done <- srv.Serve(server.Capped(l, most)) }()
	t.Cleanup(func() {
		srv.Close()
		<-done
	})
	return l.Addr().String()
}

func TestTimesOfAConnectionAreBounded(t *testing.T) {
	srv := server.HTTP(http.NotFoundHandler(), nil)
	if srv.ReadHeaderTimeout <= 0 || srv.ReadTimeout <= 0 || srv.WriteTimeout <= 0 || srv.IdleTimeout <= 0 || srv.MaxHeaderBytes > 64<<10 {
		t.Errorf("%+v", srv)
	}
}

// Many connections that drip keep no good reader out: the silent ones make room.
func TestDrippingConnectionsKeepNobodyOut(t *testing.T) {
	address := serve(t, open(t), 20)
	for i := range 60 {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fmt.Fprintf(c, "GET /en/ HTTP/1.1\r\nX-Drip-%d: ", i)
	}
	client := http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	for range 3 {
		res, err := client.Get("http://" + address + "/en/")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != http.StatusOK || !strings.Contains(string(body), "</html>") {
			t.Fatalf("%d, %v", res.StatusCode, err)
		}
	}
}

func TestOddBytesOnTheLine(t *testing.T) {
	address := serve(t, open(t), 100)
	for name, c := range map[string]struct{ send, want string }{
		"a long header":          {"GET /en/ HTTP/1.1\r\nHost: x\r\nX-Long: " + strings.Repeat("a", 100<<10) + "\r\n\r\n", "HTTP/1.1 431"},
		"no host":                {"GET /en/ HTTP/1.1\r\n\r\n", "HTTP/1.1 400"},
		"length and chunked":     {"POST /curate/login HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "HTTP/1.1 "},
		"two lengths":            {"POST /curate/login HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd", "HTTP/1.1 400"},
		"a header with a colon ": {"GET /en/ HTTP/1.1\r\nHost: x\r\nBad Header: y\r\n\r\n", "HTTP/1.1 400"},
		"HTTP/0.9":               {"GET /en/\r\n\r\n", "HTTP/1.1 400"},
		"all of the server":      {"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200"},
		"an absolute address":    {"GET http://evil.example/en/ HTTP/1.1\r\nHost: evil.example\r\n\r\n", "HTTP/1.1 200"},
		"TRACE":                  {"TRACE /en/ HTTP/1.1\r\nHost: x\r\nCookie: secret\r\n\r\n", "HTTP/1.1 405"},
		"dots in the path":       {"GET /en/../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 307"},
	} {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		if _, err := io.WriteString(conn, c.send); err != nil {
			t.Fatal(err)
		}
		line, _ := bufio.NewReader(conn).ReadString('\n')
		if !strings.HasPrefix(line, c.want) {
			t.Errorf("%s: %q, want %s", name, line, c.want)
		}
		conn.Close()
	}
}

// A list too long to be made whole is streamed; a reader who takes it slowly holds nothing of the store.
func TestLongListsAreStreamedWhole(t *testing.T) {
	s := open(t, func(w *servertest.World, _ *server.Options) {
		pattern := w.Entries[servertest.ID(0)]
		pattern.Summary = strings.Repeat("Long text of a record. ", 100)
		for i := range 600 {
			r := pattern
			r.ID = fmt.Sprintf("02hg%022d", i)
			r.Short = fmt.Sprintf("s%06d", i)
			w.Entries[r.ID] = r
		}
	})
	for _, coding := range []string{"", "gzip"} {
		a := s.get("/en/records.json?stale=1", "Accept-Encoding", coding).want(t, http.StatusOK)
		if got := len(in[listing](t, a).Records); got != 639 {
			t.Errorf("%q: %d records, want 639", coding, got)
		}
		if a.Header.Get("ETag") != "" || a.Header.Get("Content-Length") != "" {
			t.Errorf("%q: a stream has ETag %q, length %q", coding, a.Header.Get("ETag"), a.Header.Get("Content-Length"))
		}
	}
	address := serve(t, s, 100)
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET /en/records.json?stale=1 HTTP/1.1\r\nHost: x\r\n\r\n")
	one := make([]byte, 1)
	for range 100 { // a few bytes, and no more
		if _, err := conn.Read(one); err != nil {
			t.Fatal(err)
		}
	}
	done := make(chan error, 1)
	go func() {
		_, err := s.world.Decide(t.Context(), stoa.Decision{Subject: servertest.ID(33), Action: stoa.Accept, By: "curator"})
		done <- err
	}()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(2 * time.Second):
		t.Error("a slow reader stops a ruling")
	}
}

// A list that breaks half way is cut off, so that nobody takes it for all.
func TestBrokenListsAreCutOff(t *testing.T) {
	s := open(t, func(w *servertest.World, o *server.Options) {
		pattern := w.Entries[servertest.ID(0)]
		pattern.Summary = strings.Repeat("Long text of a record. ", 100)
		for i := range 600 {
			r := pattern
			r.ID = fmt.Sprintf("02hg%022d", i)
			w.Entries[r.ID] = r
		}
		o.Search = &breaking{World: w, after: 2}
	})
	address := serve(t, s, 100)
	res, err := http.Get("http://" + address + "/en/records.csv")
	if err != nil {
		return // cut before the first byte was on the line
	}
	defer res.Body.Close()
	if _, err := io.ReadAll(res.Body); err == nil {
		t.Error("half a list looks like a whole one")
	}
}

// Beyond the cap, each new connection costs the address that has most of them one of its own, the one that is silent longest.
func TestConnectionsAreCapped(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer inner.Close()
	l := server.Capped(inner, 3)
	open := func(from string) net.Conn {
		t.Helper()
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
		out, err := d.DialContext(t.Context(), "tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { out.Close() })
		in, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { in.Close() })
		if _, err := in.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		return out
	}
	closed := func(c net.Conn) bool { // waits for the end of one that was closed; what is open is looked at last
		t.Helper()
		if err := c.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, c)
		return n <= 1 && err == nil
	}
	good := open("127.0.0.1")
	var greedy []net.Conn
	for range 4 {
		greedy = append(greedy, open("127.0.0.2"))
	}
	for i, c := range greedy[:2] {
		if !closed(c) {
			t.Errorf("connection %d of an address that has too many stays open", i)
		}
	}
	for _, c := range []net.Conn{good, greedy[2], greedy[3]} {
		if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
			t.Errorf("within the cap: %v", err)
		}
		if err := c.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("one within the cap was closed: %v", err)
		}
	}
}
