package fetch

import (
	"errors"
	"fmt"
	"html"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// Refuse has no capture kept from now on whose body holds what may not be kept.
func (a *Archive) Refuse(holds func(text string) bool) { a.refuse.Store(&holds) }

// Forget removes every file with a capture whose body holds what may not be kept any more, and says how many files that
// were. Captures that stood beside it in the same file expire with it. A file that cannot be read goes too: nobody could
// tell what it holds.
func (a *Archive) Forget(holds func(text string) bool) (int, error) {
	a.Refuse(holds)
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.finish(); err != nil {
		return 0, fmt.Errorf("forget captures: %w", err)
	}
	n := 0
	for _, num := range slices.Sorted(maps.Keys(a.files)) {
		path := a.path(num, suffixDone)
		if clean, err := cleanFile(path, holds); err == nil && clean || errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err := os.Remove(path); err != nil {
			return n, fmt.Errorf("forget captures: %w", err)
		}
		delete(a.files, num)
		n++
	}
	pinned, err := filepath.Glob(filepath.Join(a.dir, heldDir, "*", "*"+suffixDone))
	if err != nil {
		return n, fmt.Errorf("forget captures: %w", err)
	}
	for _, path := range pinned {
		if clean, err := cleanFile(path, holds); err == nil && clean {
			continue
		}
		if err := os.Remove(path); err != nil {
			return n, fmt.Errorf("forget captures: %w", err)
		}
		n++
	}
	return n, nil
}

// cleanFile reports whether no capture of a file holds what may not be kept.
func cleanFile(path string, holds func(text string) bool) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return false, err
	}
	for at := int64(0); at < info.Size(); {
		r, n, err := readRecord(io.NewSectionReader(f, at, info.Size()-at))
		if err != nil {
			return false, err
		}
		at += n
		if res, err := r.response(); err == nil && (holds(string(res.Body)) || holds(html.UnescapeString(string(res.Body)))) {
			return false, nil
		}
	}
	return true, nil
}
