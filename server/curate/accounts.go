package curate

import (
	"context"

	"stoa"
)

// Accounts tells who may do what. Those that are disabled, and what is over, count as absent.
type Accounts interface {
	// User returns an account by name; stoa.ErrNotFound when there is none.
	User(ctx context.Context, name string) (stoa.User, error)
	// Token returns a token by its secret; stoa.ErrNotFound when there is none.
	Token(ctx context.Context, secret string) (stoa.Token, error)
}

// Sessions keeps who is signed in. Their secrets are stored as hashes only.
type Sessions interface {
	// NewSession signs somebody in until s.Expires and returns the secret for the cookie.
	NewSession(ctx context.Context, s stoa.Session) (secret string, err error)
	// Session returns a session by its secret, with the present role; stoa.ErrNotFound when there is none.
	Session(ctx context.Context, secret string) (stoa.Session, error)
	// TouchSession notes that a session is in use.
	TouchSession(ctx context.Context, secret string) error
	// EndSession signs out. An unknown secret is no error.
	EndSession(ctx context.Context, secret string) error
}

// TokenOf returns the token of a secret as it came from outside; stoa.ErrNotFound for anything that is none.
func TokenOf(ctx context.Context, a Accounts, secret string) (stoa.Token, error) {
	if len(secret) < 16 || len(secret) > 200 {
		return stoa.Token{}, stoa.ErrNotFound
	}
	return a.Token(ctx, secret)
}
