package main

import "testing"

// TestAHostIsLeftAloneWithItsSubdomains: what a domain asked holds for what is below it, and for nothing else.
func TestAHostIsLeftAloneWithItsSubdomains(t *testing.T) {
	left := map[string]string{"example.org": "by letter", "127.0.0.1": "x"}
	for host, want := range map[string]bool{
		"example.org": true, "www.example.org": true, "a.b.example.org": true, "myexample.org": false, "org": false, "example.com": false,
		"127.0.0.1": true, "127.0.0.2": false,
	} {
		if got := leaves(left, host) != ""; got != want {
			t.Errorf("%s is left alone: %v", host, got)
		}
	}
	for host, want := range map[string]string{"example.org:8080": "example.org", "example.org": "example.org", "[::1]:80": "::1"} {
		if got := nameOnly(host); got != want {
			t.Errorf("nameOnly(%q) = %q", host, got)
		}
	}
}

// TestTheUserAgentLeadsToThePage: with a public address the agent names the page that says how it behaves, and whom to write to.
func TestTheUserAgentLeadsToThePage(t *testing.T) {
	for _, c := range []struct{ public, contact, want string }{
		{"", "", ""},
		{"", "mailto:a@example.org", "mailto:a@example.org"},
		{"https://c.example.org/", "", "https://c.example.org/en/crawler"},
		{"https://c.example.org", "mailto:a@example.org", "https://c.example.org/en/crawler; mailto:a@example.org"},
	} {
		a := newApp(process{})
		a.publicURL, a.contact = c.public, c.contact
		if got := a.agentContact(); got != c.want {
			t.Errorf("%q and %q: %q, want %q", c.public, c.contact, got, c.want)
		}
	}
}
