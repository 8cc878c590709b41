package store

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"regexp"
	"time"

	"stoa"
)

// Accounts are the people and programs that may sign in. Secrets of sessions and tokens are stored as hashes only, so
// that reading the store gives nobody a way in.
type Accounts struct{ c *Catalogue }

// Accounts returns the accounts of the catalogue.
func (c *Catalogue) Accounts() Accounts { return Accounts{c} }

var userName = regexp.MustCompile(`^[a-z0-9][a-z0-9._@+-]{0,63}$`)

// AddUser makes an account, or gives a known one new role, address and password (an encoded hash, see HashPassword).
// A name is 1 to 64 letters in lower case, digits and ._@+- only. Sessions of the account end.
func (a Accounts) AddUser(ctx context.Context, u stoa.User) error {
	if !userName.MatchString(u.Name) {
		return fmt.Errorf("add user: %w name %q: want 1 to 64 of a-z 0-9 . _ @ + -", stoa.ErrInvalid, clip(u.Name))
	}
	if !u.Role.Valid() {
		return fmt.Errorf("add user %s: %w role %q: want one of %v", u.Name, stoa.ErrInvalid, clip(string(u.Role)), stoa.UserRoles())
	}
	err := a.c.engine.Update(ctx, func(tx Tx) error {
		old, err := readOr[stoa.User](tx, tUsers, []byte(u.Name))
		if err != nil {
			return err
		}
		if u.Created = old.Created; u.Created.IsZero() {
			u.Created = a.c.now()
		}
		u.Mail, u.Keys = old.Mail, old.Keys
		if u.Email == "" {
			u.Email = old.Email
		}
		if err := write(tx, tUsers, []byte(u.Name), u); err != nil {
			return err
		}
		return endSessions(tx, u.Name)
	})
	if err != nil {
		return fmt.Errorf("add user %s: %w", u.Name, err)
	}
	return nil
}

// User returns an account, or stoa.ErrNotFound.
func (a Accounts) User(ctx context.Context, name string) (stoa.User, error) {
	u, err := one[stoa.User](ctx, a.c, tUsers, []byte(name))
	if err != nil {
		return u, fmt.Errorf("user %q: %w", clip(name), err)
	}
	return u, nil
}

// Users returns all accounts by name.
func (a Accounts) Users(ctx context.Context) ([]stoa.User, error) {
	all, err := every[stoa.User](ctx, a.c, tUsers)
	if err != nil {
		return nil, fmt.Errorf("users: %w", err)
	}
	return all, nil
}

// RemoveUser ends an account with its sessions and tokens. What it decided stays.
func (a Accounts) RemoveUser(ctx context.Context, name string) error {
	err := a.c.engine.Update(ctx, func(tx Tx) error {
		if _, err := tx.Get(tUsers, []byte(name)); err != nil {
			return err
		}
		err := endWhere(tx, tTokens, func(t stoa.Token) bool { return t.User == name })
		return errors.Join(err, endSessions(tx, name), tx.Delete(tUsers, []byte(name)))
	})
	if err != nil {
		return fmt.Errorf("remove user %q: %w", clip(name), err)
	}
	return nil
}

// hashed is how a secret is filed. Secrets have 256 random bits, so a plain hash is enough.
func hashed(secret string) []byte {
	h := sha256.Sum256([]byte(secret))
	return []byte(base64.RawURLEncoding.EncodeToString(h[:]))
}

// secret makes a new secret and a handle by which it can be named without giving it away.
func (a Accounts) secret() (secret, handle string, err error) {
	var b [38]byte
	a.c.mu.Lock()
	_, err = io.ReadFull(a.c.random, b[:])
	a.c.mu.Unlock()
	return base64.RawURLEncoding.EncodeToString(b[:32]), base64.RawURLEncoding.EncodeToString(b[32:]), err
}

// NewSession signs somebody in and returns the secret for the cookie. Its absolute end is s.Expires.
func (a Accounts) NewSession(ctx context.Context, s stoa.Session) (secret string, err error) {
	if secret, s.ID, err = a.secret(); err != nil {
		return "", fmt.Errorf("new session: %w", err)
	}
	s.Created, s.Seen = a.c.now(), a.c.now()
	err = a.c.engine.Update(ctx, func(tx Tx) error { return write(tx, tSessions, hashed(secret), s) })
	if err != nil {
		return "", fmt.Errorf("new session: %w", err)
	}
	return secret, nil
}

// Session returns the session of a secret. One that is unknown, past its end or whose account is gone or disabled is
// stoa.ErrNotFound. Its role is the account's present one.
func (a Accounts) Session(ctx context.Context, secret string) (s stoa.Session, err error) {
	err = a.c.engine.View(ctx, func(tx Tx) (err error) {
		if s, err = read[stoa.Session](tx, tSessions, hashed(secret)); err != nil {
			return err
		}
		u, err := read[stoa.User](tx, tUsers, []byte(s.User))
		if err != nil {
			return err
		}
		if u.Disabled || !s.Expires.After(a.c.now()) {
			return stoa.ErrNotFound
		}
		s.Role = u.Role
		return nil
	})
	if err != nil {
		return stoa.Session{}, fmt.Errorf("session: %w", err)
	}
	return s, nil
}

// TouchSession notes that a session was used; for its idle end.
func (a Accounts) TouchSession(ctx context.Context, secret string) error {
	err := a.c.engine.Update(ctx, func(tx Tx) error {
		s, err := read[stoa.Session](tx, tSessions, hashed(secret))
		if err != nil {
			return err
		}
		s.Seen = a.c.now()
		return write(tx, tSessions, hashed(secret), s)
	})
	if err != nil {
		return fmt.Errorf("session: %w", err)
	}
	return nil
}

// EndSession signs out. An unknown secret is no error.
func (a Accounts) EndSession(ctx context.Context, secret string) error {
	err := a.c.engine.Update(ctx, func(tx Tx) error { return tx.Delete(tSessions, hashed(secret)) })
	if err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}

// EndSessions signs an account out everywhere.
func (a Accounts) EndSessions(ctx context.Context, user string) error {
	err := a.c.engine.Update(ctx, func(tx Tx) error { return endSessions(tx, user) })
	if err != nil {
		return fmt.Errorf("end sessions of %q: %w", clip(user), err)
	}
	return nil
}

func endSessions(tx Tx, user string) error {
	return endWhere(tx, tSessions, func(s stoa.Session) bool { return s.User == user })
}

// Sessions returns the sessions of an account, or of all.
func (a Accounts) Sessions(ctx context.Context, user string) ([]stoa.Session, error) {
	all, err := every[stoa.Session](ctx, a.c, tSessions)
	if err != nil {
		return nil, fmt.Errorf("sessions: %w", err)
	}
	var out []stoa.Session
	for _, s := range all {
		if user == "" || s.User == user {
			out = append(out, s)
		}
	}
	return out, nil
}

// Sweep removes sessions and tokens whose end passed, and sessions that were idle for longer than idle.
func (a Accounts) Sweep(ctx context.Context, idle time.Duration) error {
	now := a.c.now()
	err := a.c.engine.Update(ctx, func(tx Tx) error {
		return errors.Join(
			endWhere(tx, tSessions, func(s stoa.Session) bool {
				return !s.Expires.After(now) || idle > 0 && now.Sub(s.Seen) > idle
			}),
			endWhere(tx, tTokens, func(t stoa.Token) bool { return !t.Expires.IsZero() && !t.Expires.After(now) }),
		)
	})
	if err != nil {
		return fmt.Errorf("sweep accounts: %w", err)
	}
	return nil
}

// NewToken makes a program's way in and returns its secret, which is shown once and stored nowhere.
func (a Accounts) NewToken(ctx context.Context, t stoa.Token) (secret string, err error) {
	if !t.Role.Valid() {
		return "", fmt.Errorf("new token: %w role %q", stoa.ErrInvalid, clip(string(t.Role)))
	}
	for _, s := range t.Scopes {
		if !s.Valid() {
			return "", fmt.Errorf("new token: %w scope %q: want some of %v", stoa.ErrInvalid, clip(string(s)), stoa.Scopes())
		}
	}
	if secret, t.ID, err = a.secret(); err != nil {
		return "", fmt.Errorf("new token: %w", err)
	}
	secret = "stoa_" + secret
	t.Created = a.c.now()
	err = a.c.engine.Update(ctx, func(tx Tx) error {
		u, err := read[stoa.User](tx, tUsers, []byte(t.User))
		if err != nil {
			return fmt.Errorf("user %q: %w", clip(t.User), err)
		}
		if !u.Role.May(t.Role) {
			return fmt.Errorf("%w: %s is %s, the token would be %s", stoa.ErrDenied, u.Name, u.Role, t.Role)
		}
		return write(tx, tTokens, hashed(secret), t)
	})
	if err != nil {
		return "", fmt.Errorf("new token: %w", err)
	}
	return secret, nil
}

// Token returns the token of a secret. One that is unknown, past its end or whose account is gone or disabled is
// stoa.ErrNotFound. Its role is at most the account's present one.
func (a Accounts) Token(ctx context.Context, secret string) (t stoa.Token, err error) {
	err = a.c.engine.View(ctx, func(tx Tx) (err error) {
		if t, err = read[stoa.Token](tx, tTokens, hashed(secret)); err != nil {
			return err
		}
		u, err := read[stoa.User](tx, tUsers, []byte(t.User))
		if err != nil {
			return err
		}
		if u.Disabled || !t.Expires.IsZero() && !t.Expires.After(a.c.now()) {
			return stoa.ErrNotFound
		}
		if !u.Role.May(t.Role) {
			t.Role = u.Role
		}
		return nil
	})
	if err != nil {
		return stoa.Token{}, fmt.Errorf("token: %w", err)
	}
	return t, nil
}

// Tokens returns all tokens, without their secrets.
func (a Accounts) Tokens(ctx context.Context) ([]stoa.Token, error) {
	all, err := every[stoa.Token](ctx, a.c, tTokens)
	if err != nil {
		return nil, fmt.Errorf("tokens: %w", err)
	}
	return all, nil
}

// EndToken revokes a token by its handle. An unknown one is stoa.ErrNotFound.
func (a Accounts) EndToken(ctx context.Context, id string) error {
	found := false
	err := a.c.engine.Update(ctx, func(tx Tx) error {
		found = false
		return endWhere(tx, tTokens, func(t stoa.Token) bool {
			found = found || t.ID == id
			return t.ID == id
		})
	})
	if err == nil && !found {
		err = stoa.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("end token %q: %w", clip(id), err)
	}
	return nil
}

// endWhere deletes the values of a table that answer a question.
func endWhere[T any](tx Tx, table string, is func(T) bool) error {
	var ended [][]byte
	err := tx.Scan(table, Range{}, func(k, b []byte) error {
		var v T
		if err := decode(table, k, b, &v); err != nil {
			return err
		}
		if is(v) {
			ended = append(ended, append([]byte(nil), k...))
		}
		return nil
	})
	for _, k := range ended {
		err = errors.Join(err, tx.Delete(table, k))
	}
	return err
}

func one[T any](ctx context.Context, c *Catalogue, table string, key []byte) (v T, err error) {
	err = c.engine.View(ctx, func(tx Tx) (err error) {
		v, err = read[T](tx, table, key)
		return err
	})
	return v, err
}

func every[T any](ctx context.Context, c *Catalogue, table string) (all []T, err error) {
	err = c.engine.View(ctx, func(tx Tx) (err error) {
		all, err = values[T](tx, table, Range{}, 0)
		return err
	})
	return all, err
}
