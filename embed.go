package stoa

import (
	"embed"
	"io/fs"
)

//go:embed sources.yaml
var sourcesYAML []byte

//go:embed seed.jsonl
var seed []byte

// SourcesYAML returns the sources.yaml that ships with the program.
func SourcesYAML() []byte { return sourcesYAML }

// Seed returns the records with which a new catalogue starts, as JSON Lines of the `table` format.
func Seed() []byte { return seed }

//go:embed all:testdata/world
var world embed.FS

// World returns the files of the simulated partner sites of `stoa demo`.
func World() fs.FS {
	sub, err := fs.Sub(world, "testdata/world")
	if err != nil {
		panic(err) // the directory is embedded above
	}
	return sub
}
