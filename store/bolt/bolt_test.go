package bolt

import (
	"path/filepath"
	"testing"

	"stoa/store"
	"stoa/store/storetest"
)

func open(t *testing.T, path string) *Engine {
	t.Helper()
	e, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Engine { return open(t, filepath.Join(t.TempDir(), "stoa.db")) })
}
