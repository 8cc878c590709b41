package decode

import (
	"fmt"
	"html"
	"iter"
	"strings"
)

// xmlEvent is a step through a document of XML: into an element, out of one, or over characters between them.
type xmlEvent struct {
	kind  tokenKind // startToken, endToken or textToken
	name  string    // without prefix, in lower case
	attrs string    // of a start
	text  string    // characters, entities read
}

// xmlSteps goes through XML that may be broken or cut off, without recursion. It ends with an error where elements are
// nested too deep, or, wrapping errCut, where the document ends inside an element.
func xmlSteps(text string) iter.Seq2[xmlEvent, error] {
	return func(yield func(xmlEvent, error) bool) {
		s := newScanner(text, 0, len(text))
		depth := 0
		for t := (token{}); s.next(&t); {
			var e xmlEvent
			if t.cut {
				yield(e, errCut)
				return
			}
			switch t.kind {
			case textToken:
				e = xmlEvent{kind: textToken, text: cleanText(html.UnescapeString(t.text))}
			case cdataToken:
				e = xmlEvent{kind: textToken, text: cleanText(t.text)}
			case startToken:
				e = xmlEvent{kind: startToken, name: bareName(t.text), attrs: t.attrs}
				depth++
			case endToken:
				e = xmlEvent{kind: endToken, name: bareName(t.text)}
				depth--
			default:
				continue
			}
			if depth > maxDepth {
				yield(e, fmt.Errorf("%w: elements nested deeper than %d", ErrTooDeep, maxDepth))
				return
			}
			if !yield(e, nil) {
				return
			}
			if t.kind == startToken && t.closed {
				depth--
				if !yield(xmlEvent{kind: endToken, name: e.name}, nil) {
					return
				}
			}
		}
		if depth > 0 {
			yield(xmlEvent{}, errCut)
		}
	}
}

// errCut says that a document ended inside an element.
var errCut = fmt.Errorf("%w: the document ends in the middle: what was whole before counts", ErrUnparsable)

func bareName(name string) string {
	if i := strings.LastIndexByte(name, ':'); i >= 0 {
		name = name[i+1:]
	}
	return strings.ToLower(name)
}

// attributesOf returns the attributes of a tag by their names in lower case, entities read.
func attributesOf(attrs string) map[string]string {
	out := map[string]string{}
	for len(out) < maxAttrs {
		a, rest := nextAttribute(attrs)
		if a.name == "" {
			break
		}
		name := strings.ToLower(a.name)
		if _, double := out[name]; !double {
			out[name] = cleanText(html.UnescapeString(a.value))
		}
		attrs = rest
	}
	return out
}
