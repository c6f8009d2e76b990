package golbc

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/features"
	"golang.org/x/sys/unix"
)

// linux is a version of the kernel as cilium/ebpf and LINUX_VERSION_CODE have it.
func linux(major, minor uint32) uint32 { return major<<16 | minor<<8 }

// The first version of Linux with each kind of map, program and hook; what is not here is older than 5.2.
// See https://docs.ebpf.io/linux/timeline.
var (
	mapsSince = map[ebpf.MapType]uint32{
		ebpf.SkStorage: linux(5, 2), ebpf.DevMapHash: linux(5, 4), ebpf.StructOpsMap: linux(5, 6), ebpf.RingBuf: linux(5, 8),
		ebpf.InodeStorage: linux(5, 10), ebpf.TaskStorage: linux(5, 11), ebpf.BloomFilter: linux(5, 16),
		ebpf.UserRingbuf: linux(6, 1), ebpf.CgroupStorage: linux(6, 2), ebpf.Arena: linux(6, 9),
	}
	programsSince = map[ebpf.ProgramType]uint32{
		ebpf.CGroupSysctl: linux(5, 2), ebpf.RawTracepointWritable: linux(5, 2), ebpf.CGroupSockopt: linux(5, 3),
		ebpf.Tracing: linux(5, 5), ebpf.StructOps: linux(5, 6), ebpf.Extension: linux(5, 6), ebpf.LSM: linux(5, 7),
		ebpf.SkLookup: linux(5, 9), ebpf.Syscall: linux(5, 14), ebpf.Netfilter: linux(6, 4),
	}
	hooksSince = map[ebpf.AttachType]uint32{
		ebpf.AttachModifyReturn: linux(5, 7), ebpf.AttachTraceIter: linux(5, 8), ebpf.AttachTraceKprobeMulti: linux(5, 18),
		ebpf.AttachLSMCgroup: linux(6, 0), ebpf.AttachTCXIngress: linux(6, 6), ebpf.AttachTCXEgress: linux(6, 6),
		ebpf.AttachTraceUprobeMulti: linux(6, 6), ebpf.AttachNetkitPrimary: linux(6, 7), ebpf.AttachNetkitPeer: linux(6, 7),
		ebpf.AttachTraceKprobeSession: linux(6, 10),
	}
)

// need is something that a kernel has from a version on.
type need struct {
	what  string
	since uint32
}

func (n need) version() string { return fmt.Sprintf("%d.%d", n.since>>16, n.since>>8&0xff) }

// needs lists what the maps and programs of a spec that are to be loaded ask of a kernel, in the order of their names.
func (s *Spec) needs() []need {
	var all []need
	for _, name := range slices.Sorted(maps.Keys(s.Maps)) {
		kind := s.Maps[name].Type
		all = append(all, need{fmt.Sprintf("map %s: %s", name, kind), mapsSince[kind]})
	}
	for _, name := range slices.Sorted(maps.Keys(s.Programs)) {
		program := s.Programs[name]
		all = append(all, need{fmt.Sprintf("program %s: %s", name, program.Type), programsSince[program.Type]},
			need{fmt.Sprintf("program %s: %s", name, program.AttachType), hooksSince[program.AttachType]})
	}
	return all
}

// missing is the first need that came with a later version than the running one.
func missing(needs []need, running uint32) (need, bool) {
	i := slices.IndexFunc(needs, func(n need) bool { return n.since > running })
	if i < 0 {
		return need{}, false
	}
	return needs[i], true
}

// explain names what an older kernel lacks, where it refused something without a reason of its own.
func (e *Error) explain(needs []need) *Error {
	isPlain := errors.Is(e.Err, unix.EINVAL) || errors.Is(e.Err, ebpf.ErrNotSupported)
	running, unknown := features.LinuxVersionCode()
	if !isPlain || unknown != nil {
		return e
	}
	if lacks, found := missing(needs, running); found {
		e.Code, e.Since = NotSupported, lacks.version()
		e.Err = fmt.Errorf("%s came with Linux %s, and this is %s: %w", lacks.what, e.Since, need{since: running}.version(), e.Err)
	}
	return e
}
