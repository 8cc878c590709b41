package curate

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"stoa"
	"stoa/server/page"
)

// command is something that one key does. The first key is the usual one.
type command struct{ name, key string }

// commands are the keys of the conventions, in the order of the help. Digits are for pillars and reasons, and fixed.
func commands() []command {
	return []command{
		{"next", "j"}, {"previous", "k"}, {"open", "o"}, {"original", "v"}, {"select", "x"}, {"accept", "a"}, {"refuse", "r"},
		{"theirs", "t"}, {"edit", "e"}, {"merge", "m"}, {"split", "s"}, {"claim", "c"}, {"undo", "z"}, {"search", "/"}, {"go", "g"}, {"help", "?"},
	}
}

// jumps are where g and a letter lead.
func jumps() []command {
	return []command{
		{home, "q"}, {home + "?reason=duplicate", "d"}, {home + "?reason=conflict", "c"}, {"/curate/stale", "t"}, {"/curate/runs", "r"},
		{"/curate/sources", "s"}, {"/curate/log", "l"}, {"/curate/acts", "u"}, {"/curate/keys", "k"},
	}
}

// keyOf returns the key of a command for somebody.
func keyOf(k stoa.Keys, name string) string {
	if own := k.Map[name]; own != "" {
		return own
	}
	for _, c := range commands() {
		if c.name == name {
			return c.key
		}
	}
	return ""
}

// bound writes the keys of somebody for the script: "next=j previous=k"; "" when single keys are switched off.
func bound(k stoa.Keys) string {
	if k.Off {
		return ""
	}
	var out []string
	for _, c := range commands() {
		out = append(out, c.name+"="+keyOf(k, c.name))
	}
	for _, j := range jumps() {
		out = append(out, "go:"+j.key+"="+j.name)
	}
	return strings.Join(out, " ")
}

// keysOf returns the keys of whoever signed in.
func (d *Desk) keysOf(ctx context.Context, name string) (stoa.Keys, error) {
	u, err := d.Accounts.User(ctx, name)
	if errors.Is(err, stoa.ErrNotFound) {
		return stoa.Keys{}, nil
	}
	return u.Keys, err
}

// key is the key of a command for the visitor, to be shown in the button that it presses; "" when keys are off.
func (v visit) key(name string) string {
	if v.keys.Off {
		return ""
	}
	return keyOf(v.keys, name)
}

// digit is a fixed key, "" when keys are off.
func (v visit) digit(n int) string {
	if v.keys.Off || n > 9 {
		return ""
	}
	return page.Decimal(n)
}

// keyPage is the page of keys: help, and where they are changed.
type keyPage struct {
	keys  stoa.Keys
	saved bool
	wrong []string // keys that two commands would have, or that are none
}

func (d *Desk) keysPage(w http.ResponseWriter, r *http.Request, v visit) error {
	v.Title, v.Nav = v.T("keys.title"), "keys"
	return d.send(w, r, http.StatusOK, keysPage(v, keyPage{keys: v.keys, saved: wasSaved(r)}))
}

// ruleKeys keeps other keys. No two commands may share one, and digits stay what they are.
func (d *Desk) ruleKeys(w http.ResponseWriter, r *http.Request, v visit) error {
	if err := r.ParseForm(); err != nil {
		return errors.Join(stoa.ErrInvalid, err)
	}
	keys, wrong := stoa.Keys{Off: r.PostForm.Get("on") == ""}, []string(nil)
	taken := map[string]bool{}
	for _, c := range commands() {
		k := strings.TrimSpace(r.PostForm.Get(c.name))
		switch {
		case r.PostForm.Get("action") == "reset" || k == "":
			k = c.key
		case utf8.RuneCountInString(k) != 1 || strings.ContainsAny(k, "0123456789= "):
			wrong = append(wrong, k)
			continue
		}
		if taken[k] {
			wrong = append(wrong, k)
		}
		taken[k] = true
		if k != c.key {
			if keys.Map == nil {
				keys.Map = map[string]string{}
			}
			keys.Map[c.name] = k
		}
	}
	if len(wrong) > 0 {
		v.Title, v.Nav = v.T("keys.title"), "keys"
		return d.send(w, r, http.StatusBadRequest, keysPage(v, keyPage{keys: keys, wrong: slices.Compact(wrong)}))
	}
	if err := d.Office.People.SetKeys(r.Context(), v.user.Name, keys); err != nil {
		return err
	}
	seeOther(w, r, okHref("/curate/keys"))
	return nil
}
