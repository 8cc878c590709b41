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
	Curator UserRole = "curator" // rules on records
	Editor  UserRole = "editor"  // rules on sources and runs; confirms bulk rulings
	Admin   UserRole = "admin"   // manages people
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
	Name    string    `json:"name,omitempty"` // what it is for
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"`
}
