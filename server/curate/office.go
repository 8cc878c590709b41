package curate

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"stoa"
)

// People are the accounts.
type People interface {
	Users(ctx context.Context) ([]stoa.User, error)
	// SetRole gives an account another role, or disables it; its sessions end.
	SetRole(ctx context.Context, name string, role stoa.UserRole, disabled bool) error
	// SetMail keeps what mail an account wants, and where.
	SetMail(ctx context.Context, name, email string, wishes stoa.Wishes) error
	// SetKeys keeps the single keys of an account.
	SetKeys(ctx context.Context, name string, keys stoa.Keys) error
	// SetPassword gives an account another encoded password; its sessions end.
	SetPassword(ctx context.Context, name, encoded string) error
}

// SignedIn are the sessions that there are.
type SignedIn interface {
	// Sessions returns the sessions of an account, or of all.
	Sessions(ctx context.Context, user string) ([]stoa.Session, error)
	// EndSessionOf ends one session of an account by its handle.
	EndSessionOf(ctx context.Context, user, id string) error
	// EndSessions signs an account out everywhere.
	EndSessions(ctx context.Context, user string) error
}

// Tokens are the programs' ways in.
type Tokens interface {
	Tokens(ctx context.Context) ([]stoa.Token, error)
	// NewToken makes a token and returns its secret, which is shown once.
	NewToken(ctx context.Context, t stoa.Token) (secret string, err error)
	EndToken(ctx context.Context, id string) error
}

// Papers are what the desk reads beside records and runs.
type Papers interface {
	// Letter returns word from outside by its id.
	Letter(ctx context.Context, id string) (stoa.Letter, error)
	// ListedBy returns records that some sources list, after a place in the list, and the place after them.
	ListedBy(ctx context.Context, sources []string, after string, limit int) (out []stoa.Record, next string, err error)
	// Waits returns since when each task of the queue waits, by reason.
	Waits(ctx context.Context, limit int) (map[string][]time.Time, error)
	// Concluded returns findings of a rule, newest first, and the number before which older ones stand.
	Concluded(ctx context.Context, rule string, before uint64, limit int) (out []stoa.Finding, older uint64, err error)
}

// Office is what the desk needs beside the triage.
type Office struct {
	People   People
	SignedIn SignedIn
	Tokens   Tokens
	Workshop Workshop                              // nil: this process has no harvester
	Shelf    Shelf                                 // nil: entries are edited on the command line only
	Hash     func(password string) (string, error) // encodes a new password
	Seal     Seal                                  // signs links
	Mail     bool                                  // mail is configured
}

// registerOffice adds the addresses beside the triage.
func (d *Desk) registerOffice(at func(pattern string, need stoa.UserRole, h handler)) {
	at("GET /curate/account", stoa.Viewer, d.account)
	at("POST /curate/account", stoa.Viewer, d.ruleAccount)
	at("GET /curate/people", stoa.Admin, d.people)
	at("POST /curate/people", stoa.Admin, d.rulePeople)
	at("POST /curate/erase", stoa.Admin, d.erase)
	at("GET /curate/partners", stoa.Editor, d.partners)
	at("POST /curate/partners", stoa.Editor, d.rulePartners)
	at("POST /curate/letters/{id}", stoa.Curator, d.ruleLetter)
	at("GET /curate/log.csv", stoa.Viewer, d.logFile)
	at("GET /curate/log.jsonl", stoa.Viewer, d.logLines)
	at("GET /curate/numbers", stoa.Viewer, d.numbers)
	at("GET /curate/stale", stoa.Viewer, d.stale)
	at("POST /curate/stale", stoa.Curator, d.ruleStale)
	at("GET /curate/sources", stoa.Viewer, d.sources)
	at("GET /curate/sources/new", stoa.Editor, d.newSource)
	at("POST /curate/sources/new", stoa.Editor, d.workNew)
	at("GET /curate/sources/opml", stoa.Viewer, d.outlines)
	at("POST /curate/sources/opml", stoa.Editor, d.takeOutlines)
	at("GET /curate/sources/{id}", stoa.Viewer, d.source)
	at("POST /curate/sources/{id}", stoa.Curator, d.ruleSource)
	at("GET /curate/jobs/{id}", stoa.Viewer, d.job)
	at("GET /curate/captures/{id}", stoa.Viewer, d.capture)
}

// okHref leads back to a page of the desk that then says that it is saved.
func okHref(path string) string { return path + "?saved=1" }

func wasSaved(r *http.Request) bool { return r.URL.Query().Get("saved") == "1" }

// whole reads a number within bounds.
func whole(s string, least, most int) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < least || n > most {
		return 0, stoa.ErrInvalid
	}
	return n, nil
}
