// Command train learns the classifier's model from a folder of labelled items and writes it: `make model`. The same
// folder gives the same bytes.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"

	"stoa/normalize/classify"
	"stoa/normalize/eval"
)

func main() {
	gold := flag.String("gold", "testdata/gold", "folder with items.jsonl")
	out := flag.String("out", "normalize/classify/data/model.tsv", "where the model goes")
	flag.Parse()
	if err := run(*gold, *out); err != nil {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(1)
	}
}

func run(gold, out string) error {
	examples, err := eval.Examples(os.DirFS(gold))
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if _, err := classify.Train(examples, classify.Seed).WriteTo(&b); err != nil {
		return err
	}
	if err := os.WriteFile(out, b.Bytes(), 0o644); err != nil {
		return fmt.Errorf("write model: %w", err)
	}
	fmt.Printf("%s: %d examples and %d of the book, %d bytes\n", out, len(examples), len(classify.Book()), b.Len())
	return nil
}
