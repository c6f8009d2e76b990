package golbc

import (
	"runtime"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"
)

// linkCreate is the member link_create of union bpf_attr of linux/bpf.h.
type linkCreate struct {
	program, target uint32
	attach          ebpf.AttachType
	flags           uint32
	kind            [6]uint64 // what the type of program has
}

// createLink makes a link with what cilium/ebpf does not pass on; kind are the words of its union.
func createLink(program *ebpf.Program, target int, attach ebpf.AttachType, kind ...uint64) (link.Link, error) {
	attr := linkCreate{program: uint32(program.FD()), target: uint32(target), attach: attach}
	copy(attr.kind[:], kind)
	fd, _, errno := unix.Syscall(unix.SYS_BPF, unix.BPF_LINK_CREATE, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr))
	runtime.KeepAlive(program)
	if errno != 0 {
		return nil, errno
	}
	return link.NewFromFD(int(fd))
}
