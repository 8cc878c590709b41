package fetch

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// maxRobots is how much of a robots.txt is read (RFC 9309 section 2.5 asks for at least so much).
const maxRobots = 500 << 10

// Robots is one robots.txt. The zero value has no rules and allows everything.
//
// It follows RFC 9309 and, where that leaves room, stays on the side of not fetching: rules that are misspelt in the
// usual ways count, several agents on one line count each, a Disallow without its first slash counts as if it had one,
// and a Disallow matches an address whether or not either of them writes unreserved characters as %XX, while an Allow
// does so only where the rule itself writes them plainly.
type Robots struct {
	blocks []block
	named  bool // of one agent: it is meant by its name
}

// block is one run of user-agent lines with what follows them. Blocks are not merged when they are read, but when an
// agent asks, so that many agents times many rules stay a sum.
type block struct {
	agents []string // lower case; "*" is everybody
	rules  []rule
	delays []delay
}

// delay is a Crawl-delay. It is no rule of RFC 9309, so it does not end the list of agents (section 2.2.4), but it
// binds only those named before it.
type delay struct {
	agents int
	time   time.Duration
}

// names returns the place of an agent in the list, or -1.
func (b block) names(agent string) int { return slices.Index(b.agents, agent) }

type rule struct {
	allow bool
	size  int     // octets of the pattern: the longest wins
	plain pattern // as written, in normal form
	loose pattern // with unreserved characters decoded too; of Disallow only
}

// pattern is a path split at its asterisks.
type pattern struct {
	parts    []string
	anchored bool // ended in $
}

// ParseRobots reads the first 500 KiB of a robots.txt, without a last line that the limit cuts.
func ParseRobots(b []byte) *Robots {
	if len(b) > maxRobots {
		b = b[:maxRobots]
		b = b[:bytes.LastIndexAny(b, "\r\n")+1]
	}
	r := &Robots{}
	var open *block // gathers agents until its first rule
	ruled := false
	for line := range strings.FieldsFuncSeq(text(b), func(c rune) bool { return c == '\n' || c == '\r' }) {
		key, value := directive(line)
		switch key {
		case "user-agent":
			if open == nil || ruled {
				r.blocks = append(r.blocks, block{})
				open, ruled = &r.blocks[len(r.blocks)-1], false
			}
			open.agents = append(open.agents, agents(value)...)
		case "allow", "disallow":
			if open == nil {
				continue // belongs to nobody
			}
			ruled = true
			if rule, ok := newRule(key == "allow", value); ok {
				open.rules = append(open.rules, rule)
			}
		case "crawl-delay":
			if open != nil {
				open.delays = append(open.delays, delay{agents: len(open.agents), time: seconds(value)})
			}
		}
	}
	return r
}

// text decodes the file: UTF-8 with or without its mark, or UTF-16 with one.
func text(b []byte) string {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		return string(b[3:])
	case bytes.HasPrefix(b, []byte("\xff\xfe")):
		order = binary.LittleEndian
	case bytes.HasPrefix(b, []byte("\xfe\xff")):
		order = binary.BigEndian
	default:
		return string(b)
	}
	units := make([]uint16, 0, len(b)/2)
	for i := 2; i+1 < len(b); i += 2 {
		units = append(units, order.Uint16(b[i:]))
	}
	return string(utf16.Decode(units))
}

// directive splits a line into what it sets, in its proper spelling, and to what. The key is "" for other lines.
func directive(line string) (key, value string) {
	line, _, _ = strings.Cut(line, "#")
	line = strings.Trim(line, " \t\v\f\x00\ufeff")
	if before, after, ok := strings.Cut(line, ":"); ok {
		if key = spelt(before); key != "" {
			return key, strings.Trim(after, " \t\v\f\x00")
		}
	}
	if i := strings.IndexAny(line, " \t"); i > 0 {
		return spelt(line[:i]), strings.Trim(line[i:], " \t")
	}
	return "", ""
}

// spelt returns the proper spelling of a key, or "". Up to two slips are overlooked where more would be fetched
// otherwise; an Allow has to be spelt right.
func spelt(key string) string {
	if len(key) > 24 {
		return ""
	}
	key = strings.NewReplacer(" ", "", "\t", "", "-", "", "_", "").Replace(strings.ToLower(key))
	switch {
	case key == "allow":
		return "allow"
	case key == "crawldelay":
		return "crawl-delay"
	case strings.HasPrefix(key, "d") && slips(key, "disallow") <= 2:
		return "disallow"
	case strings.HasPrefix(key, "u") && slips(key, "useragent") <= 2:
		return "user-agent"
	}
	return ""
}

// slips is the number of letters to add, drop or change between two short words.
func slips(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		last := row[0]
		row[0] = i + 1
		for j := range len(b) {
			here := row[j+1]
			cost := last
			if a[i] != b[j] {
				cost++
			}
			row[j+1], last = min(cost, here+1, row[j]+1), here
		}
	}
	return row[len(b)]
}

// agents returns the product tokens of a user-agent line.
func agents(value string) []string {
	var out []string
	for piece := range strings.FieldsFuncSeq(value, func(c rune) bool { return strings.ContainsRune(" \t,;()", c) }) {
		if strings.HasPrefix(piece, "*") {
			out = append(out, "*")
			continue
		}
		if token := token(piece); token != "" {
			out = append(out, token)
		}
	}
	return out
}

// token is the product token at the start of an agent's name, in lower case.
func token(name string) string {
	end := strings.IndexFunc(name, func(c rune) bool {
		return c != '-' && c != '_' && c != '.' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z')
	})
	if end >= 0 {
		name = name[:end]
	}
	return strings.ToLower(name)
}

func newRule(allow bool, value string) (rule, bool) {
	if !allow {
		if _, rest, ok := strings.Cut(value, "://"); ok && strings.HasPrefix(strings.ToLower(value), "http") {
			value = "/"
			if i := strings.IndexByte(rest, '/'); i >= 0 {
				value = rest[i:]
			}
		} else if value != "" && value[0] != '/' && value[0] != '*' && value[0] != '$' {
			value = "/" + value
		}
	}
	if value == "" {
		return rule{}, false
	}
	r := rule{allow: allow, plain: newPattern(value, false)}
	for i := range len(value) {
		if r.size++; value[i] >= 0x80 {
			r.size += 2 // counts as it is encoded
		}
	}
	if !allow && strings.Contains(value, "%") {
		r.loose = newPattern(value, true)
	}
	return r, true
}

func newPattern(value string, decode bool) pattern {
	var p pattern
	value, p.anchored = strings.CutSuffix(value, "$")
	for i, part := range strings.Split(value, "*") {
		part = normal(part, decode)
		if part == "" && i > 0 && p.parts[len(p.parts)-1] == "" && len(p.parts) > 1 {
			continue // several asterisks are one
		}
		p.parts = append(p.parts, part)
	}
	return p
}

// matches takes time in proportion to the path and the pattern, however many asterisks there are: the leftmost
// place of each part is as good as any other.
func (p pattern) matches(path string) bool {
	if len(p.parts) == 0 {
		return false
	}
	rest, ok := strings.CutPrefix(path, p.parts[0])
	if !ok {
		return false
	}
	if len(p.parts) == 1 {
		return !p.anchored || rest == ""
	}
	last := len(p.parts) - 1
	for _, part := range p.parts[1:last] {
		i := strings.Index(rest, part)
		if i < 0 {
			return false
		}
		rest = rest[i+len(part):]
	}
	if p.anchored {
		return strings.HasSuffix(rest, p.parts[last])
	}
	return strings.Contains(rest, p.parts[last])
}

const upperHex = "0123456789ABCDEF"

// normal is the form in which paths and patterns are compared: escapes in upper case; what cannot stand in an address,
// and the two signs with a meaning in patterns, escaped. decode also turns escapes of unreserved characters back
// (RFC 9309 section 2.2.2).
func normal(s string, decode bool) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' && i+2 < len(s) {
			if v, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				if i += 2; decode && unreserved(byte(v)) {
					b.WriteByte(byte(v))
				} else {
					b.WriteString("%" + strings.ToUpper(s[i-1:i+1]))
				}
				continue
			}
		}
		if c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`{|}*$", c) >= 0 {
			b.Write([]byte{'%', upperHex[c>>4], upperHex[c&15]})
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

func unreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

// seconds reads a delay; what is no number, or a negative one, is none.
func seconds(value string) time.Duration {
	end := strings.IndexFunc(value, func(c rune) bool { return (c < '0' || c > '9') && c != '.' })
	if end >= 0 {
		value = value[:end]
	}
	f, err := strconv.ParseFloat(value, 64)
	if err != nil && !math.IsInf(f, 1) || f < 0 || math.IsNaN(f) {
		return 0
	}
	return time.Duration(min(f, 1e6) * float64(time.Second))
}

// blocksOf returns the blocks that bind an agent, and the name by which they do: its own, or else everybody's.
func (r *Robots) blocksOf(agent string) (blocks []block, name string) {
	name = token(agent)
	for _, b := range r.blocks {
		if name != "" && b.names(name) >= 0 {
			blocks = append(blocks, b)
		}
	}
	if len(blocks) > 0 {
		return blocks, name
	}
	for _, b := range r.blocks {
		if b.names("*") >= 0 {
			blocks = append(blocks, b)
		}
	}
	return blocks, "*"
}

// Allowed reports whether agent (a product token, or a user agent that begins with one) may fetch address (absolute, or a path with its
// query). The longest matching rule decides, Allow among equals; without one, yes.
func (r *Robots) Allowed(agent, address string) bool {
	path := pathOf(address)
	if path == "/robots.txt" {
		return true
	}
	plain, loose := normal(path, false), normal(path, true)
	allow, disallow := -1, -1
	blocks, _ := r.blocksOf(agent)
	for _, b := range blocks {
		for _, rule := range b.rules {
			best := &disallow
			if rule.allow {
				best = &allow
			}
			if rule.size <= *best {
				continue
			}
			if rule.plain.matches(plain) || rule.plain.matches(loose) || rule.loose.matches(plain) || rule.loose.matches(loose) {
				*best = rule.size
			}
		}
	}
	return allow >= disallow
}

// pathOf returns the path and query of an address.
func pathOf(address string) string {
	if _, rest, ok := strings.Cut(address, "://"); ok && !strings.ContainsAny(address[:len(address)-len(rest)-3], "/?#") {
		i := strings.IndexAny(rest, "/?#")
		if i < 0 {
			return "/"
		}
		address = rest[i:]
	}
	address, _, _ = strings.Cut(address, "#")
	if !strings.HasPrefix(address, "/") {
		address = "/" + address
	}
	return address
}

// CrawlDelay returns the longest Crawl-delay for an agent; 0 when none is asked for. It stands in no RFC; the client
// keeps to it up to MaxCrawlDelay.
func (r *Robots) CrawlDelay(agent string) time.Duration {
	var longest time.Duration
	blocks, name := r.blocksOf(agent)
	for _, b := range blocks {
		place := b.names(name)
		for _, d := range b.delays {
			if place < d.agents {
				longest = max(longest, d.time)
			}
		}
	}
	return longest
}

// only returns the rules for one agent, so that nothing else is kept in memory.
func (r *Robots) only(agent string) *Robots {
	own := block{agents: []string{token(agent)}, delays: []delay{{agents: 1, time: r.CrawlDelay(agent)}}}
	blocks, name := r.blocksOf(agent)
	for _, b := range blocks {
		own.rules = append(own.rules, b.rules...)
	}
	return &Robots{blocks: []block{own}, named: name != "*"}
}

// optsOut reports whether the rules for one agent name it and let it in nowhere: the host's word to stoa, and not to all the
// world.
func (r *Robots) optsOut() bool {
	if !r.named || len(r.blocks) != 1 || len(r.blocks[0].rules) == 0 || r.Allowed(agentName, "/") {
		return false
	}
	return !slices.ContainsFunc(r.blocks[0].rules, func(rule rule) bool { return rule.allow })
}

// size is about how many bytes of memory the rules take.
func (r *Robots) size() int {
	n := 64
	for _, b := range r.blocks {
		for _, rule := range b.rules {
			n += 160 + 2*rule.size
		}
	}
	return n
}

// state is what a ledger shows.
func (r *Robots) state(agent string) string {
	rules := 0
	blocks, _ := r.blocksOf(agent)
	for _, b := range blocks {
		rules += len(b.rules)
	}
	switch {
	case rules == 0:
		return "no rules for us"
	case r.optsOut():
		return "asks stoa to stay away"
	case !r.Allowed(agent, "/") && rules == 1:
		return "forbids everything"
	}
	if rules == 1 {
		return "1 rule"
	}
	return strconv.Itoa(rules) + " rules"
}
