// Package sources reads sources.yaml and DATA/sources.d: strictly, with defaults filled in, and with all faults at once,
// each with file, line and remedy. The file is the only definition of a source; what people decide about one
// (stage, pause, an adopted address) is a decision keyed by its id and is not kept here.
package sources

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"stoa"
)

// Defaults of an entry, as section 6 of the design states them.
const (
	DefaultDelay = 5 * time.Second
	DefaultMin   = 6 * time.Hour
	DefaultMax   = 7 * 24 * time.Hour
	DefaultItems = 20_000
	DefaultBody  = 10_000_000
	DefaultPages = 50
	DefaultTime  = 5 * time.Minute
	// DefaultExcerpt is the length of a teaser in characters unless the source's terms allow more.
	DefaultExcerpt = 300
)

// Fault is one thing wrong in a file, and what to do about it.
type Fault struct {
	File string
	Line int
	Text string
}

// Error is "file:line: text".
func (f Fault) Error() string { return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Text) }

// Faults are all the faults of a set of files. Its message has one line each.
type Faults []Fault

// Error lists the faults, a line each.
func (f Faults) Error() string {
	var b strings.Builder
	for i, one := range f {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(one.Error())
	}
	return b.String()
}

// Is makes every set of faults an invalid input.
func (f Faults) Is(target error) bool { return target == stoa.ErrInvalid }

// Read reads one file's bytes. All faults are reported at once, as Faults; entries without fault are returned even then.
func Read(name string, data []byte) ([]stoa.Source, error) {
	set, _, faults := read(name, data)
	if len(faults) > 0 {
		return set, faults
	}
	return set, nil
}

// read also returns the line at which each entry begins.
func read(name string, data []byte) (set []stoa.Source, lines []int, faults Faults) {
	fault := func(line int, format string, args ...any) {
		faults = append(faults, Fault{name, line, fmt.Sprintf(format, args...)})
	}
	var doc yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		fault(1, "the file is empty: begin it with \"sources:\"")
		return nil, nil, faults
	} else if err != nil {
		line, text := yamlError(err)
		fault(line, "not readable as YAML: %s", text)
		return nil, nil, faults
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		fault(1, "more than one YAML document: keep one, beginning with \"sources:\"")
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		fault(root.Line, "want a mapping with the key \"sources\"")
		return nil, nil, faults
	}
	var list *yaml.Node
	for i := 0; i+1 < len(root.Content); i += 2 {
		if k := root.Content[i]; k.Value == "sources" {
			list = root.Content[i+1]
		} else {
			fault(k.Line, "unknown key %q: only \"sources\" stands here", k.Value)
		}
	}
	if list == nil || list.Kind != yaml.SequenceNode {
		fault(root.Line, "want a list under \"sources:\"")
		return nil, nil, faults
	}
	for _, n := range list.Content {
		e := entry{file: name}
		e.read(n)
		faults = append(faults, e.faults...)
		if len(e.faults) == 0 {
			set, lines = append(set, e.src), append(lines, n.Line)
		}
	}
	return set, lines, faults
}

// yamlError takes the line out of the parser's message.
func yamlError(err error) (int, string) {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 1
	if _, e := fmt.Sscanf(text, "line %d:", &line); e == nil {
		_, text, _ = strings.Cut(text, ": ")
	}
	return line, text
}

// Load reads the main file (the embedded bytes when path is empty) and every *.yaml of dir, which may be missing. Ids
// must differ over all of them.
func Load(path string, embedded []byte, dir string) ([]stoa.Source, error) {
	type file struct {
		name string
		data []byte
	}
	files := []file{{"sources.yaml (built in)", embedded}}
	if path != "" {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read sources: %w", err)
		}
		files = []file{{path, data}}
	}
	if dir != "" {
		names, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", dir, err)
		}
		slices.Sort(names)
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				return nil, fmt.Errorf("read sources: %w", err)
			}
			files = append(files, file{name, data})
		}
	}
	var all []stoa.Source
	var faults Faults
	seen := map[string]string{}
	for _, f := range files {
		set, lines, bad := read(f.name, f.data)
		faults = append(faults, bad...)
		for i, s := range set {
			at := fmt.Sprintf("%s:%d", f.name, lines[i])
			if first, double := seen[s.ID]; double {
				faults = append(faults, Fault{f.name, lines[i], fmt.Sprintf("id %q stands at %s already: give this entry another id, or remove one", s.ID, first)})
				continue
			}
			seen[s.ID] = at
			all = append(all, s)
		}
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return all, nil
}

// One reads a single entry, written either as an element of the list or as a whole file with one element. It also returns the whole file.
func One(name string, text []byte) (stoa.Source, []byte, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil || len(doc.Content) == 0 {
		line, what := 1, "the file is empty"
		if err != nil {
			line, what = yamlError(err)
		}
		return stoa.Source{}, nil, Faults{{name, line, "not readable as YAML: " + what}}
	}
	root := doc.Content[0]
	if root.Kind == yaml.MappingNode && !hasKey(root, "sources") {
		root = &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{root}}
	}
	if root.Kind == yaml.SequenceNode {
		root = &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Value: "sources"}, root}}
	}
	whole, err := yaml.Marshal(root)
	if err != nil {
		return stoa.Source{}, nil, fmt.Errorf("write entry: %w", err)
	}
	set, err := Read(name, whole)
	if err != nil {
		return stoa.Source{}, nil, err
	}
	if len(set) != 1 {
		return stoa.Source{}, nil, Faults{{name, 1, fmt.Sprintf("want one entry, found %d", len(set))}}
	}
	return set[0], whole, nil
}

// Pick reads the entry with an id out of a file that holds it alone or among others. It also returns it as a file of its own.
func Pick(name string, text []byte, id string) (stoa.Source, []byte, error) {
	set, _, faults := read(name, text)
	if len(set) == 0 && len(faults) > 0 { // a bare entry, or nothing good
		src, whole, err := One(name, text)
		if err == nil && src.ID != id {
			err = fmt.Errorf("%w: %s holds the entry %q, not %q", stoa.ErrInvalid, name, src.ID, id)
		}
		return src, whole, err
	}
	if len(faults) > 0 {
		return stoa.Source{}, nil, faults
	}
	for _, src := range set {
		if src.ID == id {
			whole, err := Text(src)
			return src, whole, err
		}
	}
	return stoa.Source{}, nil, fmt.Errorf("%w: %s holds no entry %q", stoa.ErrInvalid, name, id)
}

// Edit sets keys of a file with one entry; an empty value removes the key. It returns the entry and the whole file.
func Edit(name string, text []byte, changes map[string]string) (stoa.Source, []byte, error) {
	var file struct {
		Sources []map[string]any `yaml:"sources"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil || len(file.Sources) != 1 {
		return stoa.Source{}, nil, fmt.Errorf("edit %s: %w: want a file with one entry (%v)", name, stoa.ErrInvalid, err)
	}
	entry := file.Sources[0]
	for key, value := range changes {
		if value == "" {
			delete(entry, key)
			continue
		}
		var v any
		if err := yaml.Unmarshal([]byte(value), &v); err != nil {
			return stoa.Source{}, nil, fmt.Errorf("edit %s: %w: value of %s: %v", name, stoa.ErrInvalid, key, err)
		}
		entry[key] = v
	}
	out, err := yaml.Marshal(entry)
	if err != nil {
		return stoa.Source{}, nil, fmt.Errorf("edit %s: %w", name, err)
	}
	return One(name, out)
}

// Write puts an entry's file in its place, whole or not at all.
func Write(path string, whole []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make %s: %w", dir, err)
	}
	f, err := os.CreateTemp(dir, ".entry-*")
	if err != nil {
		return fmt.Errorf("write entry: %w", err)
	}
	defer os.Remove(f.Name()) // gone already when all went well
	_, err = f.Write(whole)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write entry: %w", err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("write entry: %w", err)
	}
	return nil
}
