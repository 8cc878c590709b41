package alert

import (
	"context"
	"fmt"
	"net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"stoa"
)

// sendTime bounds one letter's way to the mail server.
const sendTime = 30 * time.Second

// SMTP hands mail to one server.
type SMTP struct {
	client *gomail.Client
	from   string
	name   string
	now    func() time.Time
}

// NewSMTP reads where mail goes. address is smtp://HOST[:PORT] (TLS when the server offers it), smtp+starttls://… (TLS or
// nothing) or smtps://… (TLS from the beginning); a user before the host signs in with the password, never unencrypted but
// on this machine. from is the sender's address, name the catalogue's. What cannot be is stoa.ErrInvalid.
func NewSMTP(address, password, from, name string, now func() time.Time) (*SMTP, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" {
		return nil, fmt.Errorf("%w mail server %q: want smtp://HOST:PORT, smtp+starttls://… or smtps://…", stoa.ErrInvalid, address)
	}
	if a, err := mail.ParseAddress(from); err != nil || a.Address != from {
		return nil, fmt.Errorf("%w sender %q: want an address of mail", stoa.ErrInvalid, from)
	}
	port := map[string]int{"smtp": 25, "smtp+starttls": 587, "smtps": 465}[u.Scheme]
	if port == 0 {
		return nil, fmt.Errorf("%w mail server %q: want smtp://, smtp+starttls:// or smtps://", stoa.ErrInvalid, address)
	}
	if s := u.Port(); s != "" {
		if port, err = strconv.Atoi(s); err != nil {
			return nil, fmt.Errorf("%w mail server %q: its port is no number", stoa.ErrInvalid, address)
		}
	}
	options := []gomail.Option{gomail.WithTimeout(sendTime)}
	switch u.Scheme {
	case "smtp":
		options = append(options, gomail.WithTLSPolicy(gomail.TLSOpportunistic))
	case "smtp+starttls":
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	default:
		options = append(options, gomail.WithSSL())
	}
	if user := u.User.Username(); user != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(user), gomail.WithPassword(password))
	}
	client, err := gomail.NewClient(u.Hostname(), append(options, gomail.WithPort(port))...)
	if err != nil {
		return nil, fmt.Errorf("%w mail server: %w", stoa.ErrInvalid, err)
	}
	return &SMTP{client: client, from: from, name: name, now: now}, nil
}

// Send hands a letter over. It carries no picture and no address but those that it says.
func (s *SMTP) Send(ctx context.Context, l Letter) error {
	m := gomail.NewMsg()
	if err := m.FromFormat(line(s.name), s.from); err != nil {
		return fmt.Errorf("send mail: sender: %w", err)
	}
	if err := m.To(l.To); err != nil {
		return fmt.Errorf("send mail: receiver: %w", err)
	}
	m.Subject(line(l.Subject))
	m.SetDateWithValue(s.now())
	m.SetUserAgent("stoa")
	m.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no answer of a machine
	if l.Stop != "" {
		m.SetGenHeader("List-Unsubscribe", "<"+l.Stop+">")
		m.SetGenHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click") // RFC 8058
	}
	m.SetBodyString(gomail.TypeTextPlain, l.Text)
	m.AddAlternativeString(gomail.TypeTextHTML, l.HTML)
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	if err := s.client.DialAndSendWithContext(ctx, m); err != nil {
		return fmt.Errorf("send mail: %w", err)
	}
	return nil
}

// line is a text that cannot begin another header.
func line(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }), " ")
}
