package store

import (
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/argon2"

	"stoa"
)

// Cost of a password hash: argon2id with the second recommendation of RFC 9106, section 4, less memory for small
// servers (OWASP: at least 19 MiB and two passes).
const (
	argonTime    = 2
	argonMemory  = 19 * 1024 // KiB
	argonThreads = 1
	saltLen      = 16
	hashLen      = 32
	minPassword  = 8
	maxPassword  = 1024
)

// HashPassword returns the argon2id hash of a password in the PHC string format. A password has 8 to 1,024 bytes.
func HashPassword(password string, random io.Reader) (string, error) {
	if len(password) < minPassword || len(password) > maxPassword {
		return "", fmt.Errorf("%w password: want %d to %d bytes", stoa.ErrInvalid, minPassword, maxPassword)
	}
	salt := make([]byte, saltLen)
	if _, err := io.ReadFull(random, salt); err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	h := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonThreads, hashLen)
	e := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads, e.EncodeToString(salt), e.EncodeToString(h)), nil
}

// nobody is the hash that is checked for unknown names, so that they cost what known ones cost.
const nobody = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// CheckPassword reports whether a password belongs to an encoded hash. An empty or unreadable hash takes as long as any
// other and is never right, so that a caller can ask for names that do not exist.
func CheckPassword(encoded, password string) bool {
	salt, want, params, ok := parsePHC(encoded)
	if !ok {
		salt, want, params, _ = parsePHC(nobody)
	}
	if len(password) > maxPassword {
		return false
	}
	got := argon2.IDKey([]byte(password), salt, params.time, params.memory, params.threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1 && ok
}

type argonParams struct {
	time, memory uint32
	threads      uint8
}

func parsePHC(encoded string) (salt, hash []byte, p argonParams, ok bool) {
	parts := strings.Split(encoded, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return nil, nil, p, false
	}
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.memory, &p.time, &p.threads); n != 3 || err != nil {
		return nil, nil, p, false
	}
	if p.time == 0 || p.time > 16 || p.threads == 0 || p.memory > 1<<20 {
		return nil, nil, p, false
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil || len(salt) == 0 {
		return nil, nil, p, false
	}
	hash, err = base64.RawStdEncoding.DecodeString(parts[5])
	return salt, hash, p, err == nil && len(hash) == hashLen
}
