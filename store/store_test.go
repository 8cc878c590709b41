package store

import (
	"bytes"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"stoa"
)

func TestSlug(t *testing.T) {
	for _, c := range []struct{ rule, title, want string }{
		{"words in lower case", "Guide to Developing a Strategy", "guide-to-developing-a-strategy"},
		{"accents are left out", "Sécurité numérique à l’école", "securite-numerique-a-l-ecole"},
		{"other scripts stay", "网络安全 Киберучения الأمن", "网络安全-киберучения-الامن"},
		{"marks between words", "TLP 2.0 — what's new?", "tlp-2-0-what-s-new"},
		{"nothing to read", "!!! …", ""},
		{"cut at a word", strings.Repeat("word ", 30), strings.TrimSuffix(strings.Repeat("word-", 12), "-")},
		{"one endless word", strings.Repeat("x", 100), strings.Repeat("x", 60)},
	} {
		if got := slug(c.title); got != c.want {
			t.Errorf("%s: %q, want %q", c.rule, got, c.want)
		}
	}
}

func FuzzSlug(f *testing.F) {
	for _, s := range []string{"Guide to cyber", "Ёлка ё", "İstanbul ǅ", "a\u0301\u0301", "\xff", "ﬁ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, title string) {
		once := slug(title)
		if slug(once) != once {
			t.Errorf("slug(%q) = %q, and again %q", title, once, slug(once))
		}
		if !utf8.ValidString(once) && utf8.ValidString(title) || utf8.RuneCountInString(once) > 60 {
			t.Errorf("slug(%q) = %q", title, once)
		}
		if strings.ContainsFunc(once, func(r rune) bool { return r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			t.Errorf("slug(%q) = %q: more than letters and digits", title, once)
		}
	})
}

func TestKeysOfAnyLengthAreKeptApart(t *testing.T) {
	long := strings.Repeat("k", 100_000)
	keys := [][]byte{
		itemKey("s", "a"), itemKey("s", "a\x00b"), itemKey("s", long), itemKey("s", long+"x"), itemKey("s", "x"+long), itemKey("t", "a"),
	}
	for i, k := range keys {
		if len(k) > 1000 {
			t.Errorf("key %d has %d bytes", i, len(k))
		}
		if j := slices.IndexFunc(keys, func(o []byte) bool { return bytes.Equal(o, k) }); j != i {
			t.Errorf("keys %d and %d are one", i, j)
		}
	}
}

func TestPrefixHoldsWhatBeginsWithIt(t *testing.T) {
	for _, c := range []struct {
		prefix, key string
		in          bool
	}{
		{"a", "a", true}, {"a", "a\xff\xff", true}, {"a", "b", false}, {"a\xff", "a\xff\x00", true}, {"a\xff", "b", false}, {"\xff", "\xff\xff", true}, {"", "x", true},
	} {
		r := Prefix([]byte(c.prefix))
		in := c.key >= string(r.From) && (r.To == nil || c.key < string(r.To))
		if in != c.in {
			t.Errorf("%q in prefix %q: %t", c.key, c.prefix, in)
		}
	}
}

func TestPasswords(t *testing.T) {
	h, err := HashPassword("correct horse", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(h, "$argon2id$v=19$") || strings.Contains(h, "horse") {
		t.Errorf("hash %q", h)
	}
	for _, c := range []struct {
		rule, hash, password string
		want                 bool
	}{
		{"the right one", h, "correct horse", true},
		{"a wrong one", h, "correct Horse", false},
		{"no account", "", "correct horse", false},
		{"a hash of another kind", "$2a$10$abcdefghijklmnopqrstuv", "correct horse", false},
		{"a hash that would take for ever", strings.Replace(h, "t=2", "t=999999", 1), "correct horse", false},
		{"a password without end", h, strings.Repeat("x", 1<<20), false},
		{"the hash of nobody", nobody, "", false},
	} {
		if got := CheckPassword(c.hash, c.password); got != c.want {
			t.Errorf("%s: %t", c.rule, got)
		}
	}
	if again, err := HashPassword("correct horse", rand.Reader); err != nil || again == h {
		t.Errorf("two hashes of one password are the same, %v", err)
	}
	for _, p := range []string{"short", strings.Repeat("x", 2000)} {
		if _, err := HashPassword(p, rand.Reader); !errors.Is(err, stoa.ErrInvalid) {
			t.Errorf("a password of %d bytes: %v, want ErrInvalid", len(p), err)
		}
	}
}
