package golbc

import (
	"sync"

	"github.com/cilium/ebpf/features"
	"golang.org/x/sys/unix"
)

// makeRoom lifts the limit of locked memory, by which kernels before 5.11 count maps and programs, as libbpf does too. Where
// that is not permitted, the kernel's refusal of a map tells.
var makeRoom = sync.OnceFunc(func() {
	if version, err := features.LinuxVersionCode(); err != nil || version >= linux(5, 11) {
		return
	}
	unlimited := unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}
	_ = unix.Setrlimit(unix.RLIMIT_MEMLOCK, &unlimited)
})
