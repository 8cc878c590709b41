package main

import (
	"math"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
)

// memoryShare is the part of the memory we may have at which the garbage collector begins to work as hard as it can. The rest is for stacks and
// for what the kernel counts otherwise.
const memoryShare = 0.75

// limitMemory tells the garbage collector how much memory there is, when somebody limited it (ulimit -d, ulimit -v, a control group) and did not
// state GOMEMLIMIT. Without this a burst of garbage is a death for want of memory, though nearly all of it could be freed.
func limitMemory(getenv func(string) string, readFile func(string) ([]byte, error)) {
	if getenv("GOMEMLIMIT") != "" {
		return
	}
	if most := memoryAllowed(rlimit, readFile); most < math.MaxInt64 {
		debug.SetMemoryLimit(int64(float64(most) * memoryShare))
	}
}

// memoryAllowed returns the least of the limits in force, in bytes.
func memoryAllowed(rlimit func(resource int) int64, readFile func(string) ([]byte, error)) int64 {
	most := min(rlimit(syscall.RLIMIT_DATA), rlimit(syscall.RLIMIT_AS))
	text, err := readFile("/proc/self/cgroup")
	if err != nil {
		return most // no Linux
	}
	for line := range strings.Lines(string(text)) {
		group, ok := strings.CutPrefix(strings.TrimSpace(line), "0::") // version 2 (cgroups(7))
		for ; ok; group = path.Dir(group) {
			if limit, err := readFile(path.Join("/sys/fs/cgroup", group, "memory.max")); err == nil {
				if n, err := strconv.ParseInt(strings.TrimSpace(string(limit)), 10, 64); err == nil { // otherwise "max"
					most = min(most, n)
				}
			}
			if group == "/" || group == "." {
				break
			}
		}
	}
	return most
}

// rlimit returns a soft limit of the process; none is the largest number.
func rlimit(resource int) int64 {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(resource, &l); err != nil || l.Cur > math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(l.Cur)
}
