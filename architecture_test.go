package stoa_test

import (
	"encoding/json"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// arrows are the imports that the design draws between folders. What is not drawn is forbidden. A folder's tests may
// import more, except that the nouns stay alone.
var arrows = map[string][]string{
	"":                {},
	"normalize":       {"", "normalize"},
	"crawler":         {"", "crawler", "normalize"},
	"store":           {"", "store", "normalize"},
	"store/bolt":      {"", "store"},
	"store/postgres":  {"", "store"},
	"store/search":    {"", "store"},
	"store/storetest": {"", "store", "normalize"},
	"server":          {"", "server"},
	"cmd":             {"", "cmd", "crawler", "normalize", "store", "server", "store/bolt", "store/postgres", "store/search"},
}

// folder returns the key of arrows under which a package of ours stands: the longest that fits.
func folder(path string) string {
	path = strings.TrimPrefix(strings.TrimPrefix(path, "stoa"), "/")
	for ; path != ""; path = path[:max(strings.LastIndex(path, "/"), 0)] {
		if _, ok := arrows[path]; ok {
			return path
		}
	}
	return ""
}

func TestImportsFollowTheDesign(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "./...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("list packages: %v", err)
	}
	n := 0
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; n++ {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		from := folder(p.ImportPath)
		for _, imp := range p.Imports {
			ours := imp == "stoa" || strings.HasPrefix(imp, "stoa/")
			if from == "" && strings.Contains(strings.Split(imp, "/")[0], ".") {
				t.Errorf("%s imports %s: the nouns import the standard library only", p.ImportPath, imp)
			}
			if ours && !allowed(from, folder(imp)) {
				t.Errorf("%s imports %s: the design draws no arrow from %q to %q", p.ImportPath, imp, from, folder(imp))
			}
		}
	}
	if n < 2 {
		t.Fatalf("only %d packages listed: the test would pass on anything", n)
	}
}

func allowed(from, to string) bool {
	for _, a := range arrows[from] {
		if a == to {
			return true
		}
	}
	return false
}
