package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"stoa"
	"stoa/store"
)

// minPassword is the shortest password, in characters (NIST SP 800-63B, 3.1.1.2, for a password alone).
const minPassword = 15

func (a *app) userCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "user", Short: "Curators, roles and tokens", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(a.userAddCommand(), a.userListCommand(), a.userDisableCommand(), a.userSignOutCommand(), a.userTokensCommand(), a.userRevokeCommand())
	return cmd
}

func (a *app) userAddCommand() *cobra.Command {
	var role, email string
	var password, token bool
	var scopes []string
	var days int
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "Add a person, or give one another password, role or token",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !stoa.UserRole(role).Valid() {
				return usageError{fmt.Errorf("--role %q: want viewer, curator, editor or admin", role)}
			}
			if password == token {
				return usageError{errors.New("give --password-stdin or --token")}
			}
			h, err := a.need(cmd.Context())
			if err != nil {
				return err
			}
			user := stoa.User{Name: args[0], Role: stoa.UserRole(role), Email: email}
			if token {
				return a.addToken(cmd.Context(), h, user, scopes, days, cmd.OutOrStdout())
			}
			word, err := bufio.NewReader(a.Stdin).ReadString('\n')
			word = strings.TrimRight(word, "\r\n")
			if err != nil && word == "" {
				return usageError{fmt.Errorf("read password from standard input: %w", err)}
			}
			if len([]rune(word)) < minPassword {
				return usageError{fmt.Errorf("a password needs at least %d characters: a short sentence will do", minPassword)}
			}
			if user.Password, err = store.HashPassword(word, rand.Reader); err != nil {
				return err
			}
			if err := h.accounts.AddUser(cmd.Context(), user); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s may sign in as %s\n", user.Name, user.Role)
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&role, "role", "curator", "`R`: viewer, curator, editor or admin")
	f.StringVar(&email, "email", "", "`ADDRESS` for the digest")
	f.BoolVar(&password, "password-stdin", false, "read the password from standard input")
	f.BoolVar(&token, "token", false, "print a new API token, once")
	f.StringSliceVar(&scopes, "scope", nil, "what the token opens: `S`,… of read, records, runs, sources, people; default is all that the role may")
	f.IntVar(&days, "days", 0, "`N` days after which the token ends; 0 is never")
	return cmd
}

// addToken prints a new token, once: only its hash is kept. Somebody who is not known yet is added, without a password.
func (a *app) addToken(ctx context.Context, h *house, user stoa.User, scopes []string, days int, out io.Writer) error {
	t := stoa.Token{User: user.Name, Role: user.Role, Name: "command line"}
	for _, s := range scopes {
		t.Scopes = append(t.Scopes, stoa.Scope(s))
	}
	if days < 0 {
		return usageError{fmt.Errorf("--days %d: want 0 or more", days)}
	}
	if days > 0 {
		t.Expires = a.clock().UTC().AddDate(0, 0, days)
	}
	known, err := h.accounts.User(ctx, user.Name)
	if errors.Is(err, stoa.ErrNotFound) {
		known, err = user, h.accounts.AddUser(ctx, user)
	}
	if err != nil {
		return err
	}
	t.User = known.Name
	secret, err := h.accounts.NewToken(ctx, t)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, secret)
	return err
}

func (a *app) userListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "Who may sign in", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			h, err := a.need(cmd.Context())
			if err != nil {
				return err
			}
			users, err := h.accounts.Users(cmd.Context())
			if err != nil {
				return err
			}
			for _, u := range users {
				state := ""
				if u.Disabled {
					state = "disabled"
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%-20s %-8s %s %s\n", u.Name, u.Role, u.Created.Format("2006-01-02"), state)
			}
			return nil
		},
	}
}

func (a *app) userDisableCommand() *cobra.Command {
	return &cobra.Command{
		Use: "disable NAME", Short: "Sign a person out everywhere, for good; their tokens end too", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			h, err := a.need(cmd.Context())
			if err != nil {
				return err
			}
			user, err := h.accounts.User(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			user.Disabled = true
			if err := h.accounts.AddUser(cmd.Context(), user); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s is disabled\n", args[0])
			return nil
		},
	}
}

func (a *app) userSignOutCommand() *cobra.Command {
	return &cobra.Command{
		Use: "signout NAME", Short: "End all sessions of a person; they may sign in again", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			h, err := a.need(cmd.Context())
			if err != nil {
				return err
			}
			if _, err := h.accounts.User(cmd.Context(), args[0]); err != nil {
				return err
			}
			if err := h.accounts.EndSessions(cmd.Context(), args[0]); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s is signed out everywhere\n", args[0])
			return nil
		},
	}
}

func (a *app) userTokensCommand() *cobra.Command {
	return &cobra.Command{
		Use: "tokens", Short: "Tokens by their handles, without their secrets", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			h, err := a.need(cmd.Context())
			if err != nil {
				return err
			}
			all, err := h.accounts.Tokens(cmd.Context())
			if err != nil {
				return err
			}
			for _, t := range all {
				ends, scopes := "never ends", "all"
				if !t.Expires.IsZero() {
					ends = "ends " + t.Expires.Format("2006-01-02")
				}
				if len(t.Scopes) > 0 {
					scopes = fmt.Sprint(t.Scopes)
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%-10s %-20s %-8s %s  %s  %s\n", t.ID, t.User, t.Role, scopes, ends, t.Name)
			}
			return nil
		},
	}
}

func (a *app) userRevokeCommand() *cobra.Command {
	return &cobra.Command{
		Use: "revoke TOKEN", Short: "End a token, named by its handle", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			h, err := a.need(cmd.Context())
			if err != nil {
				return err
			}
			if err := h.accounts.EndToken(cmd.Context(), args[0]); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s is revoked\n", args[0])
			return nil
		},
	}
}
