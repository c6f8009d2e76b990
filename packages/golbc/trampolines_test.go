package golbc

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

func TestTracingIsAllowedByCapabilitiesAndLockdown(t *testing.T) {
	const locked = "none integrity [confidentiality]\n"
	root, tracer, nobody := "CapEff:\t000001fffeffffff\n", "Name:\tx\nCapEff:\t000000c000000000\nCapBnd:\t0\n", "CapEff:\t0000000000000000\n"
	for _, test := range []struct {
		status, lockdown string
		want             bool
	}{{root, "", true}, {tracer, "[none] integrity confidentiality\n", true}, {nobody, "", false}, {root, locked, false}, {"", "", false}} {
		if got := allowsTracing(test.status, test.lockdown); got != test.want {
			t.Errorf("%q, %q: got %v", test.status, test.lockdown, got)
		}
	}
}

func TestOnlyRefusedTrampolinesAreExplainedByThem(t *testing.T) {
	verifier := &ebpf.VerifierError{Cause: enotsupp, Log: []string{"R0 !read_ok"}}
	for _, test := range []struct {
		kind    ebpf.AttachType
		err     error
		refused bool
	}{
		{ebpf.AttachTraceFEntry, enotsupp, true},
		{ebpf.AttachTraceFExit, fmt.Errorf("create raw tracepoint: %w", ebpf.ErrNotSupported), true},
		{ebpf.AttachModifyReturn, &ebpf.VerifierError{Cause: enotsupp}, true},
		{ebpf.AttachTraceFEntry, unix.EPERM, mayTrace()},
		{ebpf.AttachTraceFEntry, verifier, false},
		{ebpf.AttachTraceFEntry, unix.EINVAL, false},
		{ebpf.AttachTraceRawTp, enotsupp, false},
	} {
		err := fail(AttachRefused, "attach", "on_open", explainTrampoline("on_open", test.kind, test.err))
		says := strings.Contains(err.Error(), "program on_open: this kernel, or the hypervisor under it, refuses trampolines")
		if says != test.refused || (says && !errors.Is(err, NotSupported)) {
			t.Errorf("%s, %v: got %v", test.kind, test.err, err)
		}
	}
	if err := explainTrampoline("on_open", ebpf.AttachTraceFEntry, nil); err != nil {
		t.Errorf("an attached program: got %v", err)
	}
}

func TestAMapThatIsRefusedIsNotItsProgramsTrampoline(t *testing.T) {
	programs := map[string]*ebpf.ProgramSpec{"on_open": {Type: ebpf.Tracing, AttachType: ebpf.AttachTraceFEntry}}
	refused := fmt.Errorf("program on_open: map events: map create: %w", unix.EPERM)
	if err := explainLoad(programs, refused); !errors.Is(fail(LoadRefused, "load", "probes", err), NotPermitted) {
		t.Errorf("got %v", err)
	}
}
