package decode

import (
	"fmt"
	"strings"

	"stoa"
)

// checkJSONPath checks what can be checked of a path before there is a document.
func checkJSONPath(path string) error {
	for one := range strings.SplitSeq(path, "||") {
		if strings.TrimSpace(one) == "" {
			return fmt.Errorf("path %q: empty", path)
		}
	}
	return nil
}

func jsonDetail(p Page, src stoa.Source, m *stoa.Mapping, item stoa.Item) (stoa.Item, error) {
	return item, nil
}
