package decode

import (
	"bytes"
	"embed"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"stoa"
)

//go:embed presets/*.yaml
var presetFiles embed.FS

// Presets returns the names of the stored mappings, sorted. They are data: what a platform's pages have in common, so
// that a source states only what is its own.
func Presets() []string {
	entries, err := presetFiles.ReadDir("presets")
	if err != nil {
		return nil // an embedded folder is there
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	slices.Sort(names)
	return names
}

// Preset returns a stored mapping and the format it is written for, or false when there is none of that name.
func Preset(name string) (stoa.Mapping, stoa.Format, bool) {
	if name != path.Base(name) {
		return stoa.Mapping{}, "", false
	}
	data, err := presetFiles.ReadFile("presets/" + name + ".yaml")
	if err != nil {
		return stoa.Mapping{}, "", false
	}
	m, format, err := readPreset(data)
	return m, format, err == nil
}

func readPreset(data []byte) (stoa.Mapping, stoa.Format, error) {
	var file struct {
		Format  stoa.Format `yaml:"format"`
		About   string      `yaml:"about"`
		Mapping yaml.Node   `yaml:"mapping"`
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&file); err != nil {
		return stoa.Mapping{}, "", fmt.Errorf("read preset: %w", err)
	}
	m, errs := MappingFor(file.Format, &file.Mapping)
	if len(errs) > 0 {
		return stoa.Mapping{}, "", fmt.Errorf("read preset: %w", errs[0])
	}
	return m, file.Format, nil
}

// Merge lays a source's own rules over a preset's: what is its own wins, field by field. A field that is given as the
// empty text takes the preset's away. Merging twice is merging once.
func Merge(preset, own stoa.Mapping) stoa.Mapping {
	out := own
	out.Item = first(own.Item, preset.Item)
	out.Region = first(own.Region, preset.Region)
	out.Method = first(own.Method, preset.Method)
	out.Body = first(own.Body, preset.Body)
	if own.Status.IsZero() {
		out.Status = preset.Status
	}
	out.Next = mergeNext(preset.Next, own.Next)
	out.Fields = maps.Clone(preset.Fields)
	for name, f := range own.Fields {
		if out.Fields == nil {
			out.Fields = map[string]stoa.Field{}
		}
		out.Fields[name] = f
	}
	out.Aliases = maps.Clone(preset.Aliases)
	for name, labels := range own.Aliases {
		if out.Aliases == nil {
			out.Aliases = map[string][]string{}
		}
		out.Aliases[name] = labels
	}
	if preset.Detail != nil {
		d := *preset.Detail
		if own.Detail != nil {
			d = Merge(d, *own.Detail)
		}
		out.Detail = &d
	}
	return out
}

// mergeNext replaces the way to the next page as a whole; bounds and sizes may be stated alone.
func mergeNext(preset, own stoa.Next) stoa.Next {
	if !own.IsZero() {
		return own
	}
	preset.From = max(own.From, preset.From)
	if own.Step > 0 {
		preset.Step = own.Step
	}
	if own.Size > 0 {
		preset.Size = own.Size
	}
	if own.Limit > 0 {
		preset.Limit = own.Limit
	}
	preset.Total = first(own.Total, preset.Total)
	return preset
}

// mappingOf returns the mapping of a source with its preset's beneath. Callers that merged it already lose nothing.
func mappingOf(src stoa.Source) stoa.Mapping {
	m := src.Mapping
	if preset, _, ok := Preset(src.Preset); ok {
		m = Merge(preset, m)
	}
	return m
}

// first returns the first text that is not empty.
func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
