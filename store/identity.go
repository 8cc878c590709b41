package store

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"stoa"
)

// shortest is how many characters a short id has at least; it grows where one is taken.
const shortest = 7

// identify returns what was promised of a record, and gives a new one its short id. What is new is written by show, which
// follows.
func (w *work) identify(id string) (identity, error) {
	who, err := read[identity](w.tx, tIdentities, []byte(id))
	if err == nil || !errors.Is(err, stoa.ErrNotFound) {
		return who, err
	}
	for n := shortest; n <= 16; n++ {
		who.Short = stoa.Short(id, n)
		taken, err := has(w.tx, tShorts, []byte(who.Short))
		if err != nil {
			return who, err
		}
		if !taken {
			return who, w.tx.Put(tShorts, []byte(who.Short), []byte(id))
		}
	}
	return who, fmt.Errorf("%w: no short id is free for %s", stoa.ErrConflict, id)
}

// resolve returns the id of a record that is named by its id or short id.
func resolve(tx Tx, name string) (string, error) {
	if ok, err := has(tx, tRecords, []byte(name)); err != nil || ok {
		return name, err
	}
	b, err := tx.Get(tShorts, []byte(name))
	return string(b), err
}

// slug makes the readable part of an address from a title: words of letters and digits in lower case, without accents,
// at most 60 characters. It never decides which record is meant.
func slug(title string) string {
	title = title[:min(len(title), 1000)]
	plain := norm.NFC.String(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(strings.ToLower(strings.ToValidUTF8(title, " ")))))
	words := strings.FieldsFunc(plain, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	var b strings.Builder
	length := 0
	for _, w := range words {
		n := len([]rune(w))
		if length > 0 && length+1+n > 60 {
			break
		}
		if length > 0 {
			b.WriteByte('-')
			length++
		}
		if n > 60 {
			w, n = string([]rune(w)[:60]), 60
		}
		b.WriteString(w)
		length += n
	}
	return b.String()
}
