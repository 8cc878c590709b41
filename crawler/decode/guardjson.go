package decode

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// jsonDocument is a JSON Feed of which is known that it harms no parser, and where its items stand.
type jsonDocument struct {
	src       string
	head      string // an object with all members but the items
	items     []span
	hasItems  bool
	truncated bool
}

// errJSONCut says that a document ends, or stops being JSON, within a value.
var errJSONCut = errors.New("cut off")

// surveyJSON checks a document against the limits and finds the items of its top-level object. What the document's
// end cuts is left out.
func surveyJSON(src string) (*jsonDocument, error) {
	if src[0] != '{' {
		return nil, fmt.Errorf("%w: JSON, but no JSON Feed: it begins with %q", ErrUnparsable, src[:1])
	}
	d := &jsonDocument{src: src}
	var head []string
	err := jsonMembers(src, func(key string, at int) (int, error) {
		if key == "items" && !d.hasItems && src[at] == '[' {
			d.hasItems = true
			return d.elements(at + 1)
		}
		end, err := jsonEnd(src, at)
		if err == nil {
			name, _ := json.Marshal(key) // a string always has a form
			head = append(head, string(name)+":"+src[at:end])
		}
		return end, err
	})
	if err != nil && !errors.Is(err, errJSONCut) {
		return nil, err
	}
	d.truncated = err != nil
	d.head = "{" + strings.Join(head, ",") + "}"
	return d, nil
}

// jsonMembers calls each with the key of every member of the object that src begins with, and where its value
// stands; each returns where the value ends.
func jsonMembers(src string, each func(key string, at int) (int, error)) error {
	for pos := skipBlank(src, 1); ; pos = skipBlank(src, pos) {
		if pos >= len(src) {
			return errJSONCut
		}
		if src[pos] == '}' {
			return nil
		}
		if src[pos] == ',' {
			pos++
			continue
		}
		end, err := jsonEnd(src, pos)
		if err != nil {
			return err
		}
		var key string
		if json.Unmarshal([]byte(src[pos:end]), &key) != nil {
			return fmt.Errorf("byte %d: no key: %w", pos, errJSONCut)
		}
		at := skipBlank(src, end)
		if at >= len(src) || src[at] != ':' {
			return errJSONCut
		}
		if at = skipBlank(src, at+1); at >= len(src) {
			return errJSONCut
		}
		if pos, err = each(key, at); err != nil {
			return err
		}
	}
}

// elements notes where the elements of an array stand that begins before pos, and returns where it ends.
func (d *jsonDocument) elements(pos int) (int, error) {
	for pos = skipBlank(d.src, pos); pos < len(d.src); pos = skipBlank(d.src, pos) {
		switch d.src[pos] {
		case ']':
			return pos + 1, nil
		case ',':
			pos++
			continue
		}
		end, err := jsonEnd(d.src, pos)
		if err != nil {
			return 0, err
		}
		d.items = append(d.items, span{from: uint32(pos), to: uint32(end)})
		pos = end
	}
	return 0, errJSONCut
}

// jsonEnd returns where the value that begins at pos ends.
func jsonEnd(src string, pos int) (int, error) {
	depth := 0
	for i := pos; i < len(src); {
		switch c := src[i]; c {
		case '"':
			end := jsonStringEnd(src, i)
			if end < 0 {
				return 0, errJSONCut
			}
			i = end
		case '{', '[':
			if depth++; depth > maxDepth {
				return 0, fmt.Errorf("%w: more than %d objects and arrays within one another", ErrTooDeep, maxDepth)
			}
			i++
		case '}', ']':
			if depth--; depth < 0 {
				return 0, errJSONCut
			}
			i++
		case ',', ':', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return 0, errJSONCut
			}
			i++
			continue
		default:
			for i++; i < len(src) && !strings.ContainsRune(" \t\r\n,:]}[{\"", rune(src[i])); i++ {
			}
			if i == len(src) {
				return 0, errJSONCut // "12" may have been "123"
			}
		}
		if depth == 0 {
			return i, nil
		}
	}
	return 0, errJSONCut
}

// jsonStringEnd returns where the string that begins at pos ends, or -1.
func jsonStringEnd(src string, pos int) int {
	for i := pos + 1; i < len(src); i++ {
		n := strings.IndexByte(src[i:], '"')
		if n < 0 {
			return -1
		}
		slashes := 0
		for j := i + n - 1; j > pos && src[j] == '\\'; j-- {
			slashes++
		}
		if i += n; slashes%2 == 0 {
			return i + 1
		}
	}
	return -1
}

func skipBlank(src string, pos int) int {
	for pos < len(src) && (src[pos] == ' ' || src[pos] == '\t' || src[pos] == '\n' || src[pos] == '\r') {
		pos++
	}
	return pos
}
