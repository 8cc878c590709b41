package curate

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// Seal signs links that open something without an account: a partner's list, the end of a mail. It is a secret key of at
// least 32 bytes; whoever has it can make such links.
type Seal []byte

// Sign returns a text with its signature, for the path of an address. A signature for one purpose opens no other.
func (s Seal) Sign(purpose, text string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(text)) + "." + base64.RawURLEncoding.EncodeToString(s.mac(purpose, text))
}

// Read returns the text of a signed link; ok is false for anything that this key did not sign for this purpose.
func (s Seal) Read(purpose, signed string) (text string, ok bool) {
	if len(signed) > 600 || len(s) == 0 {
		return "", false
	}
	head, tail, found := strings.Cut(signed, ".")
	raw, err := base64.RawURLEncoding.DecodeString(head)
	mac, macErr := base64.RawURLEncoding.DecodeString(tail)
	if !found || err != nil || macErr != nil || !hmac.Equal(mac, s.mac(purpose, string(raw))) {
		return "", false
	}
	return string(raw), true
}

func (s Seal) mac(purpose, text string) []byte {
	h := hmac.New(sha256.New, s)
	h.Write([]byte(purpose + "\x00" + text)) // a hash takes everything
	return h.Sum(nil)[:20]
}
