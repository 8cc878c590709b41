package storetest

import (
	"testing"

	"stoa/store"
)

func engine(t *testing.T, open func(*testing.T) store.Engine) {
}
