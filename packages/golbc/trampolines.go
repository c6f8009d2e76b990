package golbc

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// enotsupp is the kernel's own ENOTSUPP, which has no name in user space: include/linux/errno.h.
const enotsupp = unix.Errno(524)

// trampolinesRefused is a program that a kernel cannot, or is not let, call by a trampoline: as on arm64 before Linux 6.0.
type trampolinesRefused struct {
	program string
	errno   unix.Errno
}

func (e *trampolinesRefused) Error() string {
	name := "ENOTSUPP"
	if e.errno != enotsupp {
		name = unix.ErrnoName(e.errno)
	}
	return fmt.Sprintf("program %s: this kernel, or the hypervisor under it, refuses trampolines, which fentry and fexit need (%s): "+
		"use a kprobe for the function, or tp_btf for a tracepoint near it", e.program, name)
}

// Unwrap gives the kernel's error number.
func (e *trampolinesRefused) Unwrap() error { return e.errno }

// usesTrampoline holds for fentry, fexit and fmod_ret.
func usesTrampoline(kind ebpf.AttachType) bool {
	return kind == ebpf.AttachTraceFEntry || kind == ebpf.AttachTraceFExit || kind == ebpf.AttachModifyReturn
}

// explainLoad gives the reason of an error of cilium/ebpf, where that is the trampoline of one of the programs.
func explainLoad(programs map[string]*ebpf.ProgramSpec, err error) error {
	for _, name := range slices.Sorted(maps.Keys(programs)) {
		if strings.Contains(err.Error(), "program "+name+": load program: ") {
			return explainTrampoline(name, programs[name].AttachType, err)
		}
	}
	return err
}

// explainTrampoline gives the reason where a process that has every right was refused a trampoline, else the error itself.
func explainTrampoline(program string, kind ebpf.AttachType, err error) error {
	var verifier *ebpf.VerifierError
	hasReason := errors.As(err, &verifier) && len(verifier.Log) > 0
	switch {
	case !usesTrampoline(kind) || hasReason:
		return err
	case errors.Is(err, enotsupp) || errors.Is(err, ebpf.ErrNotSupported): // cilium/ebpf's word for it, when it attaches
		return &trampolinesRefused{program, enotsupp}
	case errors.Is(err, unix.EPERM) && mayTrace():
		return &trampolinesRefused{program, unix.EPERM}
	}
	return err
}

// mayTrace tells whether capabilities and lockdown let the process trace the kernel.
func mayTrace() bool {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return false
	}
	lockdown, _ := os.ReadFile("/sys/kernel/security/lockdown") // absent where the kernel has none
	return allowsTracing(string(status), string(lockdown))
}

// allowsTracing reads CapEff in a status of proc(5), and the mode in brackets of kernel_lockdown(7).
func allowsTracing(status, lockdown string) bool {
	var effective uint64
	for line := range strings.Lines(status) {
		if mask, found := strings.CutPrefix(line, "CapEff:"); found {
			effective, _ = strconv.ParseUint(strings.TrimSpace(mask), 16, 64) // the kernel's own hexadecimal digits
		}
	}
	has := func(capability int) bool { return effective>>capability&1 == 1 }
	isTracer := has(unix.CAP_SYS_ADMIN) || (has(unix.CAP_PERFMON) && has(unix.CAP_BPF))
	return isTracer && !strings.Contains(lockdown, "[confidentiality]")
}
