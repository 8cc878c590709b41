package stoa

import (
	"slices"
	"time"
)

// LetterKind is what a letter is about.
type LetterKind string

// Kinds of letters.
const (
	LetterMistake LetterKind = "mistake" // something is wrong with a record
	LetterItem    LetterKind = "item"    // something that the catalogue lacks
	LetterSource  LetterKind = "source"  // a listing that the catalogue does not read
)

// LetterKinds returns the three kinds.
func LetterKinds() []LetterKind { return []LetterKind{LetterMistake, LetterItem, LetterSource} }

// Letter is word from outside: what anybody wrote through a public form. It is quarantined: nobody but curators sees
// it, nothing of it is visited, and nothing comes of it until a curator answers it.
type Letter struct {
	ID       string     `json:"id"`
	Kind     LetterKind `json:"kind"`
	Record   string     `json:"record,omitempty"` // of a mistake: which record
	Title    string     `json:"title,omitempty"`
	URL      string     `json:"url,omitempty"`
	Text     string     `json:"text,omitempty"`
	From     string     `json:"from,omitempty"` // address of mail, for questions; never leaves the desk
	Language string     `json:"language"`       // of the form
	At       time.Time  `json:"at"`
	Answered string     `json:"answered,omitempty"` // the decision's id
}

// Answers to a letter: what Value of an Answer decision may be.
const (
	LetterTaken     = "taken"     // it was acted upon
	LetterDismissed = "dismissed" // it was not
)

// Bounds of a letter, in bytes.
const (
	MaxLetterLine = 300
	MaxLetterText = 4000
)

// Valid reports whether k is one of the three.
func (k LetterKind) Valid() bool { return slices.Contains(LetterKinds(), k) }
