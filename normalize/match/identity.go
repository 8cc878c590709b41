package match

import (
	"net/url"
	"regexp"
	"strings"
)

var (
	doiRE   = regexp.MustCompile(`\b10\.\d{4,9}/[^\s"'<>?#]+`)
	isbnRE  = regexp.MustCompile(`(?i)\bISBN(?:-1[03])?:?\s*((?:97[89][- ]?)?(?:\d[- ]?){9}[\dXx])\b`)
	issnRE  = regexp.MustCompile(`(?i)\bISSN(?:-L)?:?\s*(\d{4})-?(\d{3}[\dX])\b`)
	codeRE  = regexp.MustCompile(`\b([A-Z][A-Z0-9]*(?:[-/.][A-Z]+)*)((?:[ \-./_]?\(?\d+[A-Z]?\)?)(?:[\-./_ ]\d+)*)`)
	pairRE  = regexp.MustCompile(`\b\d{1,4}[-/]\d{1,5}(?:[-/]\d{1,5})*\b`)
	mixedRE = regexp.MustCompile(`\b[0-9]*[A-Za-z]+[0-9][0-9A-Za-z]*\b|\b[0-9]+[A-Za-z]+[0-9A-Za-z]*\b`)
	noRE    = regexp.MustCompile(`(?:\b[Nn][ºo°]\.?|№|\bNr\.?|#)\s?(\d{1,6})\b|第(\d{1,6})号`)
	celexRE = regexp.MustCompile(`\b[1-9]\d{4}[A-Z]{1,2}\d{4}\b`)
	nistRE  = regexp.MustCompile(`(?i)\bsp[./ -]?(?:nist\.)?(\d{3,4})[-/](\d{1,3}[a-qs-z]?)`)
)

var dashes = strings.NewReplacer("–", "-", "‑", "-", "—", "-")

// doi returns the digital object identifiers in text, lower case.
func doi(text string) []string {
	var out []string
	if !strings.Contains(text, "10.") {
		return nil
	}
	for _, d := range doiRE.FindAllString(text, 4) {
		out = append(out, strings.ToLower(strings.TrimRight(d, ".,;:)]")))
	}
	return out
}

// isbn returns the ISBNs in text, as 13 digits.
func isbn(text string) []string {
	var out []string
	if !strings.Contains(strings.ToUpper(text), "ISBN") {
		return nil
	}
	for _, g := range isbnRE.FindAllStringSubmatch(text, 4) {
		digits := strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' || r == 'X' || r == 'x' {
				return r
			}
			return -1
		}, g[1])
		if len(digits) == 10 {
			digits = isbn13(digits)
		}
		if len(digits) == 13 {
			out = append(out, digits)
		}
	}
	return out
}

// issn returns the ISSNs in text whose check digit is right, without the hyphen. One names a serial, not what is in it.
func issn(text string) []string {
	var out []string
	if !strings.Contains(strings.ToUpper(text), "ISSN") {
		return nil
	}
	for _, g := range issnRE.FindAllStringSubmatch(text, 4) {
		s := strings.ToUpper(g[1] + g[2])
		sum := 0
		for i := range 7 {
			sum += int(s[i]-'0') * (8 - i)
		}
		if (11-sum%11)%11 == strings.IndexByte("0123456789X", s[7]) {
			out = append(out, s)
		}
	}
	return out
}

func isbn13(ten string) string {
	twelve := "978" + ten[:9]
	sum := 0
	for i, c := range twelve {
		sum += int(c-'0') * (1 + 2*(i%2))
	}
	return twelve + string(rune('0'+(10-sum%10)%10))
}

// codesOf returns the document numbers that a text names: letters and number ("GAO-08-588" → "GAO08588"), numbers of
// several parts ("800-82"), long words of letters and digits ("9RAS17059"), and numbers after "No." ("no121"). A plain
// year and a version after a name are none.
func codesOf(text string) map[string]bool {
	out := map[string]bool{}
	if text = cut(text, longestText); !strings.ContainsAny(text, "0123456789") {
		return out
	}
	if text = dashes.Replace(text); strings.Contains(text, "ISSN") {
		text = issnRE.ReplaceAllString(text, " ") // it numbers the serial, not the document
	}
	for _, g := range codeRE.FindAllStringSubmatch(text, 12) {
		letters, digits := alnum(g[1]), alnum(g[2])
		if len(letters) < 1 || len(digits) < 2 || year(digits) || strings.Contains(g[2], ".") && len(digits) < 3 ||
			len(letters) == 1 && !strings.Contains(g[0], ".") || yearsOnly(g[2]) {
			continue
		}
		out[letters+digits] = true
	}
	for _, p := range pairRE.FindAllString(text, 8) {
		if !yearsOnly(p) && !dayLike(p) {
			out[strings.ReplaceAll(p, "/", "-")] = true
		}
	}
	for _, m := range mixedRE.FindAllString(text, 12) {
		if digits := countDigits(m); len(m) >= 7 && digits >= 4 && digits < len(m) {
			out[strings.ToUpper(m)] = true
		}
	}
	for _, g := range noRE.FindAllStringSubmatch(text, 4) {
		out["no"+g[1]+g[2]] = true
	}
	return out
}

// addressCodes returns the document numbers in an address, where their forms leave no doubt.
func addressCodes(address string) map[string]bool {
	out := map[string]bool{}
	if !strings.ContainsAny(address, "0123456789") {
		return out
	}
	if p, err := url.QueryUnescape(address); err == nil {
		address = p
	}
	for _, c := range celexRE.FindAllString(address, 4) {
		out[c] = true
	}
	for _, g := range nistRE.FindAllStringSubmatch(address, 2) {
		out[g[1]+"-"+strings.ToLower(g[2])] = true
	}
	for _, m := range mixedRE.FindAllString(address, 16) {
		digits := countDigits(m)
		if len(m) >= 8 && len(m) <= 14 && digits >= 5 && digits < len(m) && strings.ToUpper(m) == m {
			out[m] = true
		}
	}
	return out
}

func alnum(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

func countDigits(s string) int {
	n := 0
	for _, r := range s {
		if r >= '0' && r <= '9' {
			n++
		}
	}
	return n
}

func year(digits string) bool {
	return len(digits) == 4 && (digits[:2] == "19" || digits[:2] == "20")
}

// yearsOnly reports whether every part of a number is a year, or the short end of a range of years.
func yearsOnly(s string) bool {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	for i, p := range parts {
		if !year(p) && !(i > 0 && len(p) == 2 && year(parts[i-1])) {
			return false
		}
	}
	return len(parts) > 0
}

// dayLike reports whether a number of several parts is a date or a span of days, or says nothing ("24/7").
func dayLike(s string) bool {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == '-' || r == '/' })
	if s == "24/7" {
		return true
	}
	if len(parts) == 2 {
		return len(parts[0]) <= 2 && len(parts[1]) <= 2 || strings.Contains(s, "-") && year(parts[0]) && len(parts[1]) <= 2
	}
	years := 0
	for _, p := range parts {
		if year(p) {
			years++
		}
	}
	return years == 1 && len(parts) == 3 && len(s) <= 10
}
