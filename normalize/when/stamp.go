package when

import (
	"fmt"
	"strings"
	"time"

	"stoa"
)

// Stamp reads one date of a feed.
func Stamp(text string) (stoa.Date, error) {
	text = strings.TrimSpace(text)
	for _, layout := range []string{time.RFC3339, time.RFC1123Z, time.RFC822Z} {
		if t, err := time.Parse(layout, text); err == nil {
			return stoa.At(t), nil
		}
	}
	if d, err := stoa.ParseDate(text); err == nil && text != "" {
		return d, nil
	}
	return "", fmt.Errorf("read date %q: %w", text, stoa.ErrInvalid)
}
