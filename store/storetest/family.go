package storetest

import (
	"testing"

	"stoa/store"
)

func family(t *testing.T, open func(*testing.T) store.Engine) {
}
