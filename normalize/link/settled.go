package link

import "strings"

// settled reports whether raw certainly is as the standard's serialiser writes it, so that nothing is left to parse. Most
// addresses of most listings are: "https://www.itu.int/en/ITU-D/Pages/x.aspx?id=3". It may say no of others that are, too.
func settled(raw string) bool {
	if len(raw) > Longest {
		return false
	}
	rest, ok := strings.CutPrefix(raw, "https://")
	if !ok {
		if rest, ok = strings.CutPrefix(raw, "http://"); !ok {
			return false
		}
	}
	slash := strings.IndexByte(rest, '/')
	if slash <= 0 || !settledHost(rest[:slash]) {
		return false
	}
	path, query, _ := strings.Cut(rest[slash:], "?")
	return settledPath(path) && within(query, &inQuery)
}

// settledHost reports whether host is a name of letters that needs neither lower case nor Punycode and is no address in
// figures.
func settledHost(host string) bool {
	dot := strings.LastIndexByte(host, '.')
	if dot < 0 || dot+1 == len(host) || host[dot+1] < 'a' || host[dot+1] > 'z' || strings.Contains(host, "xn--") {
		return false
	}
	label := 0
	for i := range len(host) {
		switch c := host[i]; {
		case c == '.' && label > 0 && host[i-1] != '-':
			label = 0
			continue
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' && label > 0:
		default:
			return false
		}
		if label++; label > 63 {
			return false
		}
	}
	return host[len(host)-1] != '-' && len(host) <= 253
}

// settledPath reports whether a path has nothing to encode and no dots for segments, in either spelling.
func settledPath(path string) bool {
	return within(path, &inPath) && !strings.Contains(path, "/.") && !strings.Contains(path, "%2e") && !strings.Contains(path, "%2E")
}

// inPath and inQuery are the bytes that stay as they are.
var (
	inPath  = bytesOf("-._~!$&'()*+,;=:@/%|")
	inQuery = bytesOf("-._~!$&()*+,;=:@/%?|[]")
)

func bytesOf(marks string) (t [256]bool) {
	for c := '0'; c <= 'z'; c++ {
		t[c] = c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a'
	}
	for _, c := range []byte(marks) {
		t[c] = true
	}
	return t
}

func within(s string, set *[256]bool) bool {
	for i := range len(s) {
		if !set[s[i]] {
			return false
		}
	}
	return true
}
