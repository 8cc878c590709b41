package page

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"stoa"
	"stoa/server/locales"
)

// Fault is one thing wrong with a request: which field, and what it may be instead.
type Fault struct {
	Field string `json:"field"`
	Text  string `json:"text"`
}

// Refused is a fault from the text of a store's error.
func Refused(text string) Fault {
	about, why := locales.Refusal(text)
	return Fault{Field: about, Text: why}
}

// explained adds to the page of an error why the store refused, where that is a sentence for people and not the trace of a fault.
func explained(v View, err error) Faults {
	switch Status(err) {
	case http.StatusForbidden, http.StatusConflict, http.StatusServiceUnavailable:
		if one := Refused(err.Error()); v.Desk != nil && v.Knows(one.Text) {
			return Faults{one}
		}
	}
	return nil
}

// Faults are all that is wrong with a request, at once. As an error it is stoa.ErrInvalid.
type Faults []Fault

func (f Faults) Error() string {
	var parts []string
	for _, one := range f {
		parts = append(parts, one.Field+": "+one.Text)
	}
	return stoa.ErrInvalid.Error() + " " + strings.Join(parts, "; ")
}

// Is makes errors.Is(f, stoa.ErrInvalid) true.
func (f Faults) Is(target error) bool { return target == stoa.ErrInvalid }

// Status is the only table from errors to statuses.
func Status(err error) int {
	var large *http.MaxBytesError
	var known *statusError
	switch {
	case err == nil:
		return http.StatusOK
	case errors.As(err, &known):
		return known.status
	case errors.As(err, &large):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, stoa.ErrNotFound):
		return http.StatusNotFound
	case errors.Is(err, stoa.ErrGone):
		return http.StatusGone
	case errors.Is(err, stoa.ErrConflict): // somebody was quicker
		return http.StatusConflict
	case errors.Is(err, stoa.ErrWaits): // kept, and counts when another person confirms it
		return http.StatusAccepted
	case errors.Is(err, stoa.ErrInvalid):
		return http.StatusBadRequest
	case errors.Is(err, stoa.ErrDenied):
		return http.StatusForbidden
	case errors.Is(err, stoa.ErrHeld), errors.Is(err, stoa.ErrFull):
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// Problem is an error in JSON (RFC 9457). Type, Status, Instance and Request are filled by SendProblem.
type Problem struct {
	Type     string  `json:"type"`
	Title    string  `json:"title"`
	Status   int     `json:"status"`
	Detail   string  `json:"detail,omitempty"`
	Instance string  `json:"instance"`
	Request  string  `json:"request"`
	Errors   []Fault `json:"errors,omitempty"`
	Current  any     `json:"current,omitempty"` // of a conflict: what stands
	Yours    any     `json:"yours,omitempty"`   // of a conflict: what was asked for
}

// names are the last parts of the stable type addresses, and the keys of their titles.
var names = map[int]string{
	http.StatusAccepted:              "accepted",
	http.StatusBadRequest:            "invalid",
	http.StatusUnauthorized:          "unauthorized",
	http.StatusForbidden:             "forbidden",
	http.StatusNotFound:              "not-found",
	http.StatusMethodNotAllowed:      "method",
	http.StatusNotAcceptable:         "not-acceptable",
	http.StatusConflict:              "conflict",
	http.StatusGone:                  "gone",
	http.StatusPreconditionFailed:    "precondition",
	http.StatusRequestEntityTooLarge: "too-large",
	http.StatusUnsupportedMediaType:  "media-type",
	http.StatusTooManyRequests:       "too-many",
	http.StatusServiceUnavailable:    "unavailable",
	http.StatusInternalServerError:   "internal",
}

// ProblemName returns the name of a status in type addresses: "not-found".
func ProblemName(status int) string {
	if name, ok := names[status]; ok {
		return name
	}
	return "internal"
}

// ProblemNames returns all names, by status.
func ProblemNames() map[int]string {
	out := make(map[int]string, len(names))
	for k, v := range names {
		out[k] = v
	}
	return out
}

// SendProblem answers with a problem, in the reader's language.
func SendProblem(w http.ResponseWriter, r *http.Request, site Site, p Problem) {
	l := locales.Negotiate(r.Header.Get("Accept-Language"))
	name := ProblemName(p.Status)
	p.Type, p.Instance, p.Request = site.Absolute("/problems/"+name), r.URL.Path, RequestID(r.Context())
	if p.Title == "" {
		p.Title = l.Word("problem", name)
	}
	body, err := json.Marshal(p)
	if err != nil { // the two versions of a conflict are plain data; anything else is told without them
		body = fmt.Appendf(nil, `{"type":%q,"title":%q,"status":%d}`, p.Type, p.Title, p.Status)
	}
	Send(w, r, Answer{Status: p.Status, Type: "application/problem+json", Body: append(body, '\n'), Cache: Private, Vary: "Accept-Language"})
}

type requestKey struct{}

// WithRequestID keeps the id under which a request is logged.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestKey{}, id)
}

// RequestID returns the id under which a request is logged, or "".
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}

func help(v View, status int, id string) string {
	text := v.Word("problem.help", ProblemName(status))
	return strings.ReplaceAll(text, "{id}", id)
}

// SendError answers with a page that says what went wrong. The view may be empty but for its Site and Now.
func SendError(w http.ResponseWriter, r *http.Request, v View, err error) {
	if v.Locale == nil {
		v.Locale = locales.Negotiate(r.Header.Get("Accept-Language"))
		v.Path = "/"
	}
	status := Status(err)
	var faults Faults
	if !errors.As(err, &faults) {
		faults = explained(v, err)
	}
	v.Title, v.Noted, v.Feeds, v.Glyph = v.Word("problem", ProblemName(status)), true, nil, false
	body, renderErr := Render(r.Context(), ErrorPage(v, status, RequestID(r.Context()), faults))
	if renderErr != nil {
		body = []byte(v.Title)
	}
	Send(w, r, Answer{Status: status, Type: HTML, Body: body, Cache: Private})
}

// statusError is an error whose status is already known.
type statusError struct {
	status int
	err    error
}

func (e *statusError) Error() string { return e.err.Error() }
func (e *statusError) Unwrap() error { return e.err }

// WithStatus makes an error answer with a status, where no error of the vocabulary says it.
func WithStatus(status int, err error) error { return &statusError{status, err} }
