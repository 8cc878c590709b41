package stoa

import (
	"encoding/binary"
	"io"
	"time"
)

// alphabet is Crockford's base 32 in lower case: no i, l, o, u.
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// NewID returns a time-ordered id of 26 characters: 48 bits of milliseconds, then 80 bits from random. Ids are never
// derived from content.
func NewID(now time.Time, random io.Reader) (string, error) {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(now.UnixMilli())<<16)
	if _, err := io.ReadFull(random, b[6:]); err != nil {
		return "", err
	}
	out := make([]byte, 26)
	hi, lo := binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
	for i := 25; i >= 0; i-- {
		out[i] = alphabet[lo&31]
		lo = lo>>5 | hi<<59
		hi >>= 5
	}
	return string(out), nil
}

// Short returns the first n characters of an id's random part. The store keeps the shortest n ≥ 7 that is free.
func Short(id string, n int) string {
	if len(id) < 26 {
		return id
	}
	return id[10:min(10+n, 26)]
}
