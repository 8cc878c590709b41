package stoa

import (
	"slices"
	"time"
)

// UserRole is what a signed-in person may do. Each role may do all that the ones before it may.
type UserRole string

// Roles of people and tokens.
const (
	Viewer  UserRole = "viewer"  // sees what is hidden
	Curator UserRole = "curator" // rules on records and conflicts; releases or discards held runs
	Editor  UserRole = "editor"  // rules on sources: stage, pause, address, rules; lends links to partners
	Admin   UserRole = "admin"   // manages people, their accounts and the erasure of their data
)

// UserRoles returns the roles, the weakest first.
func UserRoles() []UserRole { return []UserRole{Viewer, Curator, Editor, Admin} }

// Valid reports whether r is one of the four.
func (r UserRole) Valid() bool { return slices.Contains(UserRoles(), r) }

// May reports whether r includes need.
func (r UserRole) May(need UserRole) bool {
	all := UserRoles()
	return r.Valid() && slices.Index(all, r) >= slices.Index(all, need)
}

// User is a person who may sign in. Password is an encoded argon2id hash (PHC string format), or empty for somebody
// who has tokens only.
type User struct {
	Name     string    `json:"name"`
	Role     UserRole  `json:"role"`
	Password string    `json:"password,omitempty"`
	Email    string    `json:"email,omitempty"`
	Created  time.Time `json:"created"`
	Disabled bool      `json:"disabled,omitempty"`
	Mail     Wishes    `json:"mail,omitzero"`
	Keys     Keys      `json:"keys,omitzero"`
}

// Wishes are what mail somebody at the desk wants. Nobody gets any unasked.
type Wishes struct {
	Digest    bool      `json:"digest,omitempty"`    // once a day, what waits
	Urgent    bool      `json:"urgent,omitempty"`    // at once, of held runs and quarantines
	Language  string    `json:"language,omitempty"`  // one of Languages; "" is English
	Confirmed string    `json:"confirmed,omitempty"` // the address that its owner confirmed; mail goes to no other
	Asked     time.Time `json:"asked,omitzero"`      // when they were asked to
	Digested  time.Time `json:"digested,omitzero"`   // when the last digest went out
	Urged     time.Time `json:"urged,omitzero"`      // up to when held runs and quarantines were told
}

// Session is a signed-in browser. It is kept under a hash of its secret; the secret itself is only in the cookie.
type Session struct {
	User    string    `json:"user"`
	Role    UserRole  `json:"role"`
	Created time.Time `json:"created"`
	Seen    time.Time `json:"seen"`
	Expires time.Time `json:"expires"` // the absolute end
	From    string    `json:"from,omitempty"`
	ID      string    `json:"id,omitempty"` // public handle, for lists and for revoking
}

// Token is a program's way in. It is kept under a hash of its secret.
type Token struct {
	ID      string    `json:"id"` // public handle, for lists and for revoking
	User    string    `json:"user"`
	Role    UserRole  `json:"role"`
	Name    string    `json:"name,omitempty"`   // what it is for
	Scopes  []Scope   `json:"scopes,omitempty"` // what it opens; none is all that the role may
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"`
}

// Scope is a part of the API that a token opens. Within it the token may what its role may.
type Scope string

// Scopes of tokens.
const (
	ScopeRead    Scope = "read"    // see what is hidden: pending and refused records, the queue, who ruled
	ScopeRecords Scope = "records" // rule on records and conflicts
	ScopeRuns    Scope = "runs"    // release and discard held runs
	ScopeSources Scope = "sources" // rule on sources
	ScopePeople  Scope = "people"  // links of partners, erasure
)

// Scopes returns every scope.
func Scopes() []Scope {
	return []Scope{ScopeRead, ScopeRecords, ScopeRuns, ScopeSources, ScopePeople}
}

// Valid reports whether s is one of Scopes.
func (s Scope) Valid() bool { return slices.Contains(Scopes(), s) }

// Opens reports whether a token opens a part of the API.
func (t Token) Opens(s Scope) bool { return len(t.Scopes) == 0 || slices.Contains(t.Scopes, s) }
