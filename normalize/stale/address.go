package stale

import (
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode"

	"stoa/normalize/link"
)

// same reports whether two addresses are one page: scheme, "www.", a closing slash and tracking do not matter.
func same(a, b string) bool { return a == b || plain(a) == plain(b) }

func plain(address string) string {
	c, err := link.Canonical(address, nil)
	if err != nil {
		return address
	}
	head, query, has := strings.Cut(c, "?")
	head = strings.TrimRight(head, "/")
	if has {
		return head + "?" + query
	}
	return head
}

// place is an address taken apart, in lower case.
type place struct {
	host     string
	segments []string
	query    url.Values
}

func parse(address string) place {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil {
		return place{}
	}
	p := place{host: link.Host(address), query: u.Query()}
	for s := range strings.SplitSeq(strings.ToLower(u.Path), "/") {
		if s != "" {
			p.segments = append(p.segments, s)
		}
	}
	return p
}

// stem is a path segment without its file type.
func stem(segment string) string {
	if e := path.Ext(segment); len(e) > 1 && len(e) <= 5 {
		return strings.TrimSuffix(segment, e)
	}
	return segment
}

var (
	fronts = []string{"index", "home", "default", "homepage", "main", "start", "accueil", "inicio", "startseite", "welcome", "homepage_node", "portal"}
	logins = []string{"login", "log-in", "signin", "sign-in", "sign_in", "sso", "wp-login", "connexion", "se-connecter", "iniciar-sesion", "acceso",
		"anmelden", "anmeldung", "auth", "authenticate", "authorize", "oauth", "cas", "logon", "user-login", "vhod", "denglu", "idp", "saml"}
	searches = []string{"search", "recherche", "rechercher", "buscar", "busqueda", "buscador", "suche", "poisk", "sousuo", "results",
		"search-results", "searchresults", "resultats", "resultados", "site-search", "pesquisa"}
	listings = []string{"news", "events", "event", "publications", "publication", "projects", "courses", "resources", "articles", "blog", "library",
		"documents", "archive", "archives", "calendar", "catalogue", "catalog", "category", "all", "list", "actualites", "evenements",
		"publicaciones", "noticias", "eventos", "formations", "cursos", "novosti", "meropriyatiya", "xinwen", "topics", "tools", "programmes", "programs"}
	errors = []string{"404", "error404", "404error", "404-error", "error-404", "notfound", "not-found", "not_found", "pagenotfound", "page-not-found",
		"page_not_found", "error", "errors", "errorpage", "error-page", "error_page", "pageerror", "erreur", "page-introuvable", "introuvable",
		"no-encontrada", "pagina-no-encontrada", "no-encontrado", "seite-nicht-gefunden", "nicht-gefunden", "nao-encontrada", "oops", "missing",
		"page-missing", "unavailable", "page-unavailable", "removed", "gone", "fehler", "oshibka", "ne-naydeno", "sorry", "filenotfound", "notfound404",
		"expired", "page-expired", "httperror", "customerror", "custom404", "404page", "404-page", "nopage", "content-not-found"}
)

// language reports whether a segment only names a language or a country's site ("en", "fr-fr", "int").
func language(segment string) bool {
	if len(segment) == 2 {
		return true
	}
	head, tail, ok := strings.Cut(strings.ReplaceAll(segment, "_", "-"), "-")
	return ok && len(head) == 2 && (len(tail) == 2 || len(tail) == 4) ||
		slices.Contains([]string{"eng", "fra", "spa", "ara", "rus", "zho", "chi", "kaz", "english", "french", "spanish", "arabic", "russian", "chinese", "int", "www"}, segment)
}

// front reports whether an address is the front page of a site, or of one of its languages.
func (p place) front() bool {
	for _, s := range p.segments {
		if !language(s) && !slices.Contains(fronts, stem(s)) {
			return false
		}
	}
	for name := range p.query {
		if !slices.Contains([]string{"lang", "language", "locale", "hl"}, strings.ToLower(name)) && !link.Tracking(strings.ToLower(name)) {
			return false
		}
	}
	return p.host != ""
}

func (p place) login() bool {
	return slices.ContainsFunc(p.segments, func(s string) bool { return slices.Contains(logins, stem(s)) }) ||
		strings.HasPrefix(p.host, "login.") || strings.HasPrefix(p.host, "sso.") || strings.HasPrefix(p.host, "auth.") ||
		strings.HasPrefix(p.host, "accounts.") || strings.HasPrefix(p.host, "idp.")
}

func (p place) search() bool {
	if slices.ContainsFunc(p.segments, func(s string) bool { return slices.Contains(searches, stem(s)) }) {
		return true
	}
	return len(p.segments) <= 1 && (p.query.Has("s") || p.query.Has("q") || p.query.Has("search") || p.query.Has("query"))
}

// listing reports whether p lists what the page at from stood among: a part of its path, or a well-known list.
func (p place) listing(from place) bool {
	n := len(p.segments)
	if n == 0 || len(p.query) > 0 && !p.onlyDisplay() {
		return false
	}
	if n < len(from.segments) && p.host == from.host && slices.Equal(p.segments, from.segments[:n]) {
		return true
	}
	last := stem(p.segments[n-1])
	return n <= 3 && slices.Contains(listings, last)
}

func (p place) onlyDisplay() bool {
	for name := range p.query {
		if !slices.Contains([]string{"lang", "language", "page", "locale", "sort", "tab", "redirected", "from", "ref"}, strings.ToLower(name)) {
			return false
		}
	}
	return true
}

// failing reports whether an address says in words that it is the page of an error.
func (p place) failing() bool {
	if slices.ContainsFunc(p.segments, func(s string) bool { return slices.Contains(errors, stem(s)) || saysError(stem(s)) }) {
		return true
	}
	for name, values := range p.query {
		name = strings.ToLower(name)
		for _, v := range values {
			if (name == "error" || name == "err" || name == "status" || name == "code" || name == "e") && (v == "404" || slices.Contains(errors, strings.ToLower(v))) {
				return true
			}
		}
		if name == "404" || strings.HasPrefix(name, "404;") || name == "notfound" || name == "aspxerrorpath" {
			return true
		}
	}
	return false
}

// saysError reports whether a segment says it in one word with others: "PageNotFoundError", "http404", "err-404". The name of an article is
// longer.
func saysError(segment string) bool {
	if len(segment) > 24 {
		return false
	}
	letters := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, segment)
	return strings.Contains(letters, "notfound") ||
		strings.Contains(segment, "404") && slices.Contains([]string{"http", "err", "error", "page", "status", "code", "httperror", "errorpage", "pageerror"}, letters)
}
