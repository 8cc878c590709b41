package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"stoa/server/curate"
)

// sealFile holds the key that signs links, beside the store and not in it: a backup carries no way in.
const sealFile = "links.key"

// seal returns the key that signs links, and makes it the first time. Whoever removes the file revokes all links.
func (a *app) seal() (curate.Seal, error) {
	path := filepath.Join(a.dataDir(), sealFile)
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		key := make([]byte, 32)
		rand.Read(key) // never fails
		b = []byte(hex.EncodeToString(key) + "\n")
		if err = os.WriteFile(path, b, 0o600); err != nil { // a disk that takes nothing now: reading goes on
			a.log.Warn("links that are signed now end with this process", "err", err)
			return key, nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("key of links: %w", err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(b)))
	if err != nil || len(key) < 32 {
		return nil, fmt.Errorf("key of links: %s is damaged: remove it, and lend partners new links", path)
	}
	return key, nil
}
