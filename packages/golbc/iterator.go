package golbc

import (
	"io"
	"runtime"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
)

// Iter makes the iterator that the section names readable.
func Iter(program *ebpf.Program) (io.Closer, error) {
	return link.AttachIter(link.IterOptions{Program: program})
}

// IterProgram is an iter program.
type IterProgram struct{ *Program }

// AttachIter attaches to the elements of a map, or to the section's target where the map is nil.
func (p IterProgram) AttachIter(over *ebpf.Map) (*Link, error) {
	return p.AttachWith(func(program *ebpf.Program) (io.Closer, error) {
		return link.AttachIter(link.IterOptions{Program: program, Map: over})
	})
}

// AttachIterTasks attaches to the tasks of one thread, or of one process where tid is 0 (Linux 6.1 and later).
func (p IterProgram) AttachIterTasks(tid, pid uint32) (*Link, error) {
	return p.attachWithInfo(unsafe.Pointer(&struct{ tid, pid, pidFD uint32 }{tid: tid, pid: pid}), 12)
}

// CgroupOrder is the way that an iterator of cgroups takes: enum bpf_cgroup_iter_order of linux/bpf.h.
type CgroupOrder uint32

// The orders.
const (
	CgroupSelf            CgroupOrder = 1 // itself alone
	CgroupDescendantsPre  CgroupOrder = 2 // a parent before its children
	CgroupDescendantsPost CgroupOrder = 3 // the children before their parent
	CgroupAncestors       CgroupOrder = 4 // up to the root
)

// AttachIterCgroups attaches to the cgroups from one on, which is an open folder (Linux 6.1 and later).
func (p IterProgram) AttachIterCgroups(fd int, order CgroupOrder) (*Link, error) {
	info := struct {
		order CgroupOrder
		fd    uint32
		id    uint64
	}{order: order, fd: uint32(fd)}
	return p.attachWithInfo(unsafe.Pointer(&info), 16)
}

// attachWithInfo takes a member of union bpf_iter_link_info of linux/bpf.h, and its size in bytes.
func (p IterProgram) attachWithInfo(info unsafe.Pointer, size uint64) (*Link, error) {
	var pinned runtime.Pinner
	pinned.Pin(info)
	defer pinned.Unpin()
	return p.AttachWith(func(program *ebpf.Program) (io.Closer, error) {
		return createLink(program, 0, ebpf.AttachTraceIter, uint64(uintptr(info)), size)
	})
}

// Open runs the iterator: what the program prints is read from it. The link has to be one of this program.
func (p IterProgram) Open(l *Link) (io.ReadCloser, error) {
	iterator, ok := l.raw.(*link.Iter)
	if !ok {
		return nil, &Error{Code: WrongType, Op: "iterate", Subject: p.name}
	}
	reader, err := iterator.Open()
	if err != nil {
		return nil, fail(AttachRefused, "iterate", p.name, err)
	}
	return reader, nil
}
