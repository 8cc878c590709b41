package fetch

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"stoa"
)

// authority is a certificate authority of the test.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func (a authority) issue(t *testing.T, change func(*x509.Certificate)) (tls.Certificate, authority) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: fmt.Sprint("test ", time.Now().UnixNano())},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"partner.example"},
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, BasicConstraintsValid: true,
	}
	change(c)
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: parsed}, authority{parsed, key}
}

func ca(c *x509.Certificate) { c.IsCA = true }

// secureOrigin serves TLS with a configuration and says nothing in the log.
func secureOrigin(t *testing.T, config *tls.Config, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		h(w, r)
	}))
	s.TLS = config
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func TestTLSFaultsHaveTheirNames(t *testing.T) {
	_, root := authority{}.issue(t, ca)
	_, middle := root.issue(t, ca)
	good, _ := root.issue(t, func(*x509.Certificate) {})
	expired, _ := root.issue(t, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
	early, _ := root.issue(t, func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Minute) })
	other, _ := root.issue(t, func(c *x509.Certificate) { c.DNSNames = []string{"other.example"} })
	own, _ := authority{}.issue(t, func(*x509.Certificate) {})
	_, stranger := authority{}.issue(t, ca)
	unknown, _ := stranger.issue(t, func(*x509.Certificate) {})
	incomplete, _ := middle.issue(t, func(*x509.Certificate) {})

	pool := x509.NewCertPool()
	pool.AddCert(root.cert)
	plain := origin(t, nil2)
	for _, c := range []struct {
		name string
		cert tls.Certificate
		max  uint16
		want string // "" is good
	}{
		{"good", good, 0, ""},
		{"expired", expired, 0, "certificate expired on "},
		{"not yet valid", early, 0, "certificate is not valid before "},
		{"another host's", other, 0, "certificate is for another host: other.example"},
		{"self-signed", own, 0, "certificate is self-signed"},
		{"unknown authority", unknown, 0, "unknown authority"},
		{"missing intermediate", incomplete, 0, "intermediate certificate is missing"},
		{"TLS 1.0", good, tls.VersionTLS10, "old version of TLS"},
		{"TLS 1.1", good, tls.VersionTLS11, "old version of TLS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := secureOrigin(t, &tls.Config{Certificates: []tls.Certificate{c.cert}, MinVersion: tls.VersionTLS10, MaxVersion: c.max}, nil2)
			cl := client(t, resolver(t, at("127.0.0.1")), func(o *Options) { o.Roots = pool })
			address := "https://partner.example:" + port(s) + "/"
			if c.want == "" {
				get(t, cl, Request{URL: address})
				return
			}
			e := fails(t, cl, Request{URL: address}, stoa.Failed, stoa.CodeTLS)
			if !strings.Contains(e.Error(), c.want) || e.Class() != "tls" {
				t.Errorf("%v, want %q", e, c.want)
			}
		})
	}
	t.Run("no TLS at all", func(t *testing.T) {
		e := fails(t, client(t), Request{URL: strings.Replace(plain.URL, "http", "https", 1)}, stoa.Failed, stoa.CodeTLS)
		if !strings.Contains(e.Error(), "does not speak TLS") {
			t.Error(e)
		}
	})
	t.Run("a handshake that stalls", func(t *testing.T) {
		l := silent(t)
		c := client(t, func(o *Options) { o.Limits.Time = 300 * time.Millisecond })
		e := fails(t, c, Request{URL: "https://" + l}, stoa.Failed, stoa.CodeTLS)
		if !strings.Contains(e.Error(), "stalled") {
			t.Error(e)
		}
	})
}

// silent accepts connections and never says a word.
func silent(t *testing.T) string {
	t.Helper()
	return talker(t, func(conn net.Conn) { io.Copy(io.Discard, conn) })
}

// talker serves each connection with f.
func talker(t *testing.T, f func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				f(conn)
			}()
		}
	}()
	return l.Addr().String()
}
