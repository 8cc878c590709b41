package fetch

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"stoa"
)

const (
	suffixDone = ".warc.gz"
	suffixOpen = ".warc.gz.open" // being written; after a kill its last record may be half
	heldDir    = "held"
	minFile    = 256 << 10
	maxFile    = 64 << 20
)

// Archive keeps captures in WARC files in one directory. The oldest file goes when all of them are larger than the
// bound; captures of held runs are copied aside first and stay until they are unpinned. What is copied aside is bounded too: a
// run may pin an eighth of the bound, and when all of them have more than the bound, the runs that were pinned first let go.
//
// A capture's id names its file, its offset and part of its record's id, so that an id never finds another capture,
// whatever became of the files. What was written survives the end of the process, not necessarily that of the machine:
// captures are evidence, and a field may cite one that is gone.
//
// One process at a time may have an archive open; whoever holds the store holds the archive.
type Archive struct {
	dir    string
	max    int64
	rotate int64
	now    func() time.Time

	refuse atomic.Pointer[func(text string) bool] // what may not be kept

	mu    sync.Mutex
	files map[int64]int64 // sizes by number
	open  *os.File        // nil until the first capture
	num   int64           // of open, or of the last file
	size  int64           // of open
}

// Open opens the archive in dir, which it makes, and mends what a killed process left half written. bytes bounds
// all files together, captures of held runs apart; 0 means 2 GB.
func Open(dir string, bytes int64) (*Archive, error) {
	if bytes <= 0 {
		bytes = 2 << 30
	}
	a := &Archive{dir: dir, max: bytes, rotate: min(maxFile, max(bytes/8, minFile)), now: time.Now, files: map[int64]int64{}}
	if err := os.MkdirAll(filepath.Join(dir, heldDir), 0o700); err != nil {
		return nil, fmt.Errorf("open archive %s: %w", dir, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("open archive %s: %w", dir, err)
	}
	for _, e := range entries {
		if err := a.adopt(e); err != nil {
			return nil, fmt.Errorf("open archive %s: %w", dir, err)
		}
	}
	return a, nil
}

// adopt takes in a file that is there.
func (a *Archive) adopt(e os.DirEntry) error {
	num, open, ok := fileNumber(e.Name())
	if !ok {
		return nil
	}
	if open {
		if err := a.mend(num); err != nil {
			return err
		}
	}
	info, err := os.Stat(a.path(num, suffixDone))
	if errors.Is(err, os.ErrNotExist) {
		return nil // held nothing whole
	}
	if err != nil {
		return err
	}
	a.files[num] = info.Size()
	a.num = max(a.num, num)
	return nil
}

func fileNumber(name string) (num int64, open, ok bool) {
	digits, open := strings.CutSuffix(name, suffixOpen)
	if !open {
		if digits, ok = strings.CutSuffix(name, suffixDone); !ok {
			return 0, false, false
		}
	}
	digits, ok = strings.CutPrefix(digits, "captures-")
	if !ok {
		return 0, false, false
	}
	num, err := strconv.ParseInt(digits, 10, 64)
	return num, open, err == nil && num > 0
}

func (a *Archive) path(num int64, suffix string) string {
	return filepath.Join(a.dir, fmt.Sprintf("captures-%010d%s", num, suffix))
}

// mend cuts a file after its last whole record and closes it.
func (a *Archive) mend(num int64) error {
	name := a.path(num, suffixOpen)
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	var whole int64
	for {
		if _, err := f.Seek(whole, io.SeekStart); err != nil {
			return err
		}
		_, n, err := readRecord(f)
		if err != nil {
			break // the end, or a half written record
		}
		whole += n
	}
	if whole == 0 {
		return os.Remove(name)
	}
	if err := f.Truncate(whole); err != nil {
		return err
	}
	return os.Rename(name, a.path(num, suffixDone))
}

// Close ends the file under way. The archive may be read on, and written to again.
func (a *Archive) Close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.finish()
}

func (a *Archive) finish() error {
	if a.open == nil {
		return nil
	}
	err := errors.Join(a.open.Close(), os.Rename(a.path(a.num, suffixOpen), a.path(a.num, suffixDone)))
	a.open = nil
	if err != nil {
		return fmt.Errorf("close archive file: %w", err)
	}
	return nil
}

// Write keeps an answer and returns the capture's id. proto is the protocol of its status line, packed its body as it
// came, ip the address it came from (host:port or a bare IP, or "").
func (a *Archive) Write(res *Response, proto string, packed []byte, ip string) (string, error) {
	if holds := a.refuse.Load(); holds != nil && ((*holds)(string(res.Body)) || (*holds)(html.UnescapeString(string(res.Body)))) {
		return "", nil // a lawful erasure: it may not be kept again
	}
	id := newUUID()
	if i := strings.LastIndexByte(ip, ':'); i > 0 && (strings.Contains(ip, "]") || strings.Count(ip, ":") == 1) {
		ip = strings.Trim(ip[:i], "[]")
	}
	member, err := responseRecord(id, res, proto, packed, ip).encode()
	if err != nil {
		return "", fmt.Errorf("write capture: %w", err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.ready(int64(len(member))); err != nil {
		return "", fmt.Errorf("write capture: %w", err)
	}
	at := a.size
	if err := a.append(member); err != nil {
		return "", fmt.Errorf("write capture: %w", err)
	}
	a.bound()
	return fmt.Sprintf("%d-%d-%s", a.num, at, id[:8]), nil
}

// ready has a file open into which n more bytes may go.
func (a *Archive) ready(n int64) error {
	if a.open != nil && a.size > 0 && a.size+n > a.rotate {
		if err := a.finish(); err != nil {
			return err
		}
	}
	if a.open != nil {
		return nil
	}
	if size, ok := a.files[a.num]; ok && size+n <= a.rotate {
		return a.resume(size)
	}
	// Numbers begin at the clock, so that an archive that was emptied does not use old ones again.
	a.num = max(a.num+1, a.now().Unix())
	f, err := os.OpenFile(a.path(a.num, suffixOpen), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	a.open, a.size, a.files[a.num] = f, 0, 0
	member, err := infoRecord(newUUID(), filepath.Base(a.path(a.num, suffixDone)), "stoa", a.now()).encode()
	if err != nil {
		return err
	}
	return a.append(member)
}

// resume goes on with the last file.
func (a *Archive) resume(size int64) error {
	if err := os.Rename(a.path(a.num, suffixDone), a.path(a.num, suffixOpen)); err != nil {
		return err
	}
	f, err := os.OpenFile(a.path(a.num, suffixOpen), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	a.open, a.size = f, size
	return nil
}

// append writes one member, or nothing: what a full disk took of it is cut off again.
func (a *Archive) append(member []byte) error {
	if _, err := a.open.WriteAt(member, a.size); err != nil {
		return errors.Join(err, a.open.Truncate(a.size))
	}
	a.size += int64(len(member))
	a.files[a.num] = a.size
	return nil
}

// bound removes the oldest files until all are small enough together. The file under way stays.
func (a *Archive) bound() {
	var total int64
	for _, size := range a.files {
		total += size
	}
	for _, num := range slices.Sorted(maps.Keys(a.files)) {
		if total <= a.max || num == a.num {
			return
		}
		if err := os.Remove(a.path(num, suffixDone)); err != nil && !errors.Is(err, os.ErrNotExist) {
			continue // tried again with the next capture
		}
		total -= a.files[num]
		delete(a.files, num)
	}
}

// Size returns the bytes of all files, captures of held runs apart.
func (a *Archive) Size() int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	var total int64
	for _, size := range a.files {
		total += size
	}
	return total
}

func newUUID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}

var captureID = regexp.MustCompile(`^([0-9]{1,18})-([0-9]{1,18})-([0-9a-f]{8})$`)

// Read returns a capture. One that has expired, or never was, is stoa.ErrNotFound; one whose bytes changed is
// stoa.ErrDamaged.
func (a *Archive) Read(id string) (*Response, error) {
	r, _, err := a.find(id)
	if err != nil {
		return nil, err
	}
	res, err := r.response()
	if err != nil {
		return nil, fmt.Errorf("read capture %s: %w: %w", id, stoa.ErrDamaged, err)
	}
	res.Capture = id
	return res, nil
}

// find returns the record of a capture and the packed member it is.
func (a *Archive) find(id string) (record, []byte, error) {
	m := captureID.FindStringSubmatch(id)
	if m == nil {
		return record{}, nil, fmt.Errorf("read capture %.60q: %w", id, stoa.ErrNotFound)
	}
	num, _ := strconv.ParseInt(m[1], 10, 64) // the pattern lets only numbers through that fit
	at, _ := strconv.ParseInt(m[2], 10, 64)
	f, held, err := a.file(num, id)
	if errors.Is(err, os.ErrNotExist) {
		return record{}, nil, fmt.Errorf("read capture %s: it has expired: %w", id, stoa.ErrNotFound)
	}
	if err != nil {
		return record{}, nil, fmt.Errorf("read capture %s: %w", id, err)
	}
	defer f.Close()
	if held {
		at = 0
	}
	info, err := f.Stat()
	if err != nil {
		return record{}, nil, fmt.Errorf("read capture %s: %w", id, err)
	}
	if at >= info.Size() {
		return record{}, nil, fmt.Errorf("read capture %s: its file is shorter now: %w", id, stoa.ErrNotFound)
	}
	r, n, err := readRecord(io.NewSectionReader(f, at, info.Size()-at))
	if err != nil {
		return r, nil, fmt.Errorf("read capture %s: %w: %w", id, stoa.ErrDamaged, err)
	}
	if !strings.HasPrefix(r.fields.Get("WARC-Record-ID"), "<urn:uuid:"+m[3]) {
		return r, nil, fmt.Errorf("read capture %s: another stands in its place: %w", id, stoa.ErrNotFound)
	}
	member := make([]byte, n)
	_, err = f.ReadAt(member, at)
	return r, member, err
}

// file opens the file that a capture stands in. held says that it is the capture's own.
func (a *Archive) file(num int64, id string) (f *os.File, held bool, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, suffix := range []string{suffixDone, suffixOpen} {
		if f, err := os.Open(a.path(num, suffix)); !errors.Is(err, os.ErrNotExist) {
			return f, false, err
		}
	}
	kept, err := filepath.Glob(filepath.Join(a.dir, heldDir, "*", id+suffixDone))
	if err != nil {
		return nil, false, err
	}
	if len(kept) == 0 {
		return nil, false, os.ErrNotExist
	}
	f, err = os.Open(kept[0])
	return f, true, err
}

var runName = regexp.MustCompile(`^[0-9A-Za-z_-]{1,64}$`)

// Pin keeps captures of a run for as long as it is held, whatever becomes of the files they stand in. They are on
// disk when it returns. A capture that has expired already is an error, after the others are kept. Beyond an eighth of the
// archive's bound the rest of a run is not pinned, and stays readable until its files go.
func (a *Archive) Pin(run string, ids []string) error {
	if !runName.MatchString(run) {
		return fmt.Errorf("pin captures of run %.80q: %w", run, stoa.ErrInvalid)
	}
	dir := filepath.Join(a.dir, heldDir, run)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("pin captures of run %s: %w", run, err)
	}
	var errs []error
	var kept int64
	for _, id := range ids {
		_, member, err := a.find(id)
		if kept += int64(len(member)); kept > a.max/8 {
			break
		}
		if err == nil {
			err = writeWhole(filepath.Join(dir, id+suffixDone), member)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("pin captures of run %s: %w", run, err))
		}
	}
	return errors.Join(append(errs, a.boundPinned(run))...)
}

// boundPinned lets go of the runs that were pinned first, but not of the one named, until what is pinned is within the bound.
func (a *Archive) boundPinned(keep string) error {
	type pinned struct {
		run  string
		at   time.Time
		size int64
	}
	runs, err := a.Pinned()
	if err != nil {
		return err
	}
	var all []pinned
	var total int64
	for _, run := range runs {
		p := pinned{run: run}
		dir := filepath.Join(a.dir, heldDir, run)
		entries, err := os.ReadDir(dir)
		if err != nil {
			return fmt.Errorf("bound pinned captures: %w", err)
		}
		for _, e := range entries {
			if info, err := e.Info(); err == nil {
				p.size += info.Size()
				if p.at.IsZero() || info.ModTime().Before(p.at) {
					p.at = info.ModTime()
				}
			}
		}
		total += p.size
		all = append(all, p)
	}
	slices.SortFunc(all, func(x, y pinned) int { return cmp.Or(x.at.Compare(y.at), strings.Compare(x.run, y.run)) })
	for _, p := range all {
		if total <= a.max {
			return nil
		}
		if p.run != keep {
			total -= p.size
			if err := a.Unpin(p.run); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeWhole writes a file that is there whole or not at all.
func writeWhole(name string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), "new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// Unpin lets go of the captures that Pin kept for a run. A run that pinned nothing is no error.
func (a *Archive) Unpin(run string) error {
	if !runName.MatchString(run) {
		return fmt.Errorf("unpin captures of run %.80q: %w", run, stoa.ErrInvalid)
	}
	if err := os.RemoveAll(filepath.Join(a.dir, heldDir, run)); err != nil {
		return fmt.Errorf("unpin captures of run %s: %w", run, err)
	}
	return nil
}

// Pinned returns the runs whose captures are kept.
func (a *Archive) Pinned() ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(a.dir, heldDir))
	if err != nil {
		return nil, fmt.Errorf("list pinned captures: %w", err)
	}
	var runs []string
	for _, e := range entries {
		if e.IsDir() && runName.MatchString(e.Name()) {
			runs = append(runs, e.Name())
		}
	}
	return runs, nil
}
