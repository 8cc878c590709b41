package storetest

import (
	"testing"

	"stoa/store"
)

func reading(t *testing.T, open func(*testing.T) store.Engine) {
}
