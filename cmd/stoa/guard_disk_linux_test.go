package main

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"unsafe"
)

// disk is a small disk of its own; where nothing may be mounted, a limit on the size of files stands for it.
type disk struct {
	dir, kind string
	mounted   bool
	before    syscall.Rlimit
}

func newDisk(t *testing.T) *disk {
	t.Helper()
	d := &disk{dir: t.TempDir(), kind: "a disk of 80 MB"}
	if err := syscall.Mount("none", d.dir, "tmpfs", 0, "size=80m"); err != nil {
		d.kind = "files that must not grow"
		return d
	}
	d.mounted = true
	t.Cleanup(func() {
		if err := syscall.Unmount(d.dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return d
}

// fill leaves no room.
func (d *disk) fill(t *testing.T, s *serving) {
	t.Helper()
	if !d.mounted {
		d.before = prlimit(t, s.cmd.Process.Pid, nil)
		info, err := os.Stat(filepath.Join(s.data, "stoa.db"))
		if err != nil {
			t.Fatal(err)
		}
		small := d.before
		small.Cur = uint64(info.Size())
		prlimit(t, s.cmd.Process.Pid, &small)
		return
	}
	f, err := os.Create(filepath.Join(d.dir, "ballast"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() // its bytes mean nothing
	for n := 1 << 20; n > 0; {
		if _, err := f.Write(make([]byte, n)); err != nil {
			n /= 2
		}
	}
}

// free makes room again.
func (d *disk) free(t *testing.T, s *serving) {
	t.Helper()
	if !d.mounted {
		prlimit(t, s.cmd.Process.Pid, &d.before)
		return
	}
	if err := os.Remove(filepath.Join(d.dir, "ballast")); err != nil {
		t.Fatal(err)
	}
}

// lock makes the disk one that can only be read.
func (d *disk) lock() error {
	if !d.mounted {
		return os.ErrPermission
	}
	return syscall.Mount("none", d.dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, "")
}

// prlimit sets the limit on the size of another process's files, and returns what it was.
func prlimit(t *testing.T, pid int, to *syscall.Rlimit) (was syscall.Rlimit) {
	t.Helper()
	const fileSize = syscall.RLIMIT_FSIZE
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(pid), fileSize, uintptr(unsafe.Pointer(to)), uintptr(unsafe.Pointer(&was)), 0, 0)
	if errno != 0 {
		t.Fatal(errno)
	}
	return was
}
