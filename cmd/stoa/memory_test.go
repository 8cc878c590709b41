package main

import (
	"math"
	"os"
	"syscall"
	"testing"
)

// The least limit counts: of the process, of its control group, and of the groups around that one.
func TestMemoryAllowed(t *testing.T) {
	const none = int64(math.MaxInt64)
	for name, c := range map[string]struct {
		data, space int64
		files       map[string]string
		want        int64
	}{
		"no limit":           {none, none, nil, none},
		"ulimit -d":          {1 << 30, none, nil, 1 << 30},
		"ulimit -v is less":  {1 << 30, 1 << 29, nil, 1 << 29},
		"a control group":    {none, none, map[string]string{"/proc/self/cgroup": "0::/a/b\n", "/sys/fs/cgroup/a/b/memory.max": "536870912\n"}, 512 << 20},
		"the group around":   {none, none, map[string]string{"/proc/self/cgroup": "0::/a/b\n", "/sys/fs/cgroup/a/b/memory.max": "max\n", "/sys/fs/cgroup/a/memory.max": "1000\n"}, 1000},
		"a group of its own": {none, none, map[string]string{"/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": "2000\n"}, 2000},
		"version 1 only":     {none, none, map[string]string{"/proc/self/cgroup": "4:memory:/a\n", "/sys/fs/cgroup/a/memory.max": "5\n"}, none},
	} {
		limits := map[int]int64{syscall.RLIMIT_DATA: c.data, syscall.RLIMIT_AS: c.space}
		got := memoryAllowed(func(r int) int64 { return limits[r] }, func(path string) ([]byte, error) {
			if text, ok := c.files[path]; ok {
				return []byte(text), nil
			}
			return nil, os.ErrNotExist
		})
		if got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
