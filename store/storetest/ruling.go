package storetest

import (
	"testing"

	"stoa/store"
)

func ruling(t *testing.T, open func(*testing.T) store.Engine) {
}
