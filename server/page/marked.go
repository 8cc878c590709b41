package page

import (
	"context"
	"io"

	"github.com/a-h/templ"
)

// Marked is a text in which the words that the reader searched for are marked. All of it is escaped.
func Marked(v View, language, text string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		last, out := 0, make([]byte, 0, len(text)+64)
		if v.Marks != nil {
			for _, s := range v.Marks(language, text) {
				if s.From < last || s.To <= s.From || s.To > len(text) {
					continue // not of this text
				}
				out = append(out, templ.EscapeString(text[last:s.From])...)
				out = append(out, "<mark>"...)
				out = append(out, templ.EscapeString(text[s.From:s.To])...)
				out = append(out, "</mark>"...)
				last = s.To
			}
		}
		_, err := w.Write(append(out, templ.EscapeString(text[last:])...))
		return err
	})
}
