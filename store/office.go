package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"stoa"
)

// SetRole gives an account another role, or disables it. Its sessions end, so that nobody goes on with a role of before;
// its tokens may never more than the account may.
func (a Accounts) SetRole(ctx context.Context, name string, role stoa.UserRole, disabled bool) error {
	if !role.Valid() {
		return fmt.Errorf("set role of %q: %w role %q", clip(name), stoa.ErrInvalid, clip(string(role)))
	}
	err := a.c.engine.Update(ctx, func(tx Tx) error {
		u, err := read[stoa.User](tx, tUsers, []byte(name))
		if err != nil {
			return err
		}
		u.Role, u.Disabled = role, disabled
		if err := write(tx, tUsers, []byte(name), u); err != nil {
			return err
		}
		return endSessions(tx, name)
	})
	if err != nil {
		return fmt.Errorf("set role of %q: %w", clip(name), err)
	}
	return nil
}

// SetMail keeps what mail an account wants, and to which address. Sessions go on.
func (a Accounts) SetMail(ctx context.Context, name, email string, wishes stoa.Wishes) error {
	if l := wishes.Language; l != "" && !slices.Contains(stoa.Languages(), l) {
		return fmt.Errorf("set mail of %q: %w language %q", clip(name), stoa.ErrInvalid, clip(l))
	}
	if email != "" && (len(email) > maxLine/4 || mailAddress.FindString(email) != email) {
		return fmt.Errorf("set mail of %q: %w address %q", clip(name), stoa.ErrInvalid, clip(email))
	}
	err := a.c.engine.Update(ctx, func(tx Tx) error {
		u, err := read[stoa.User](tx, tUsers, []byte(name))
		if err != nil {
			return err
		}
		if u.Email != email { // another address, another owner perhaps
			wishes.Asked = time.Time{}
		}
		u.Email, u.Mail = email, wishes
		return write(tx, tUsers, []byte(name), u)
	})
	if err != nil {
		return fmt.Errorf("set mail of %q: %w", clip(name), err)
	}
	return nil
}

// SetKeys keeps the single keys of an account. Sessions go on.
func (a Accounts) SetKeys(ctx context.Context, name string, keys stoa.Keys) error {
	err := a.c.engine.Update(ctx, func(tx Tx) error {
		u, err := read[stoa.User](tx, tUsers, []byte(name))
		if err != nil {
			return err
		}
		u.Keys = keys
		return write(tx, tUsers, []byte(name), u)
	})
	if err != nil {
		return fmt.Errorf("set keys of %q: %w", clip(name), err)
	}
	return nil
}

// SetPassword gives an account another password, an encoded hash. All its sessions end.
func (a Accounts) SetPassword(ctx context.Context, name, encoded string) error {
	err := a.c.engine.Update(ctx, func(tx Tx) error {
		u, err := read[stoa.User](tx, tUsers, []byte(name))
		if err != nil {
			return err
		}
		u.Password = encoded
		if err := write(tx, tUsers, []byte(name), u); err != nil {
			return err
		}
		return endSessions(tx, name)
	})
	if err != nil {
		return fmt.Errorf("set password of %q: %w", clip(name), err)
	}
	return nil
}

// EndSessionOf signs an account out of one browser, by the session's handle. An unknown one is stoa.ErrNotFound.
func (a Accounts) EndSessionOf(ctx context.Context, user, id string) error {
	found := false
	err := a.c.engine.Update(ctx, func(tx Tx) error {
		found = false
		return endWhere(tx, tSessions, func(s stoa.Session) bool {
			is := s.ID == id && id != "" && s.User == user
			found = found || is
			return is
		})
	})
	if err == nil && !found {
		err = stoa.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("end session %q: %w", clip(id), err)
	}
	return nil
}

// Mailed notes up to when somebody was told by mail, and leaves what they wish; a zero time leaves what was noted.
func (a Accounts) Mailed(ctx context.Context, name string, asked, digested, urged time.Time) error {
	err := a.c.engine.Update(ctx, func(tx Tx) error {
		u, err := read[stoa.User](tx, tUsers, []byte(name))
		if err != nil {
			return err
		}
		for p, at := range map[*time.Time]time.Time{&u.Mail.Asked: asked, &u.Mail.Digested: digested, &u.Mail.Urged: urged} {
			if !at.IsZero() {
				*p = at
			}
		}
		return write(tx, tUsers, []byte(name), u)
	})
	if err != nil {
		return fmt.Errorf("note mail to %q: %w", clip(name), err)
	}
	return nil
}
