package golbc_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/lbc-dev/lbc/packages/golbc"
)

// needsRefusal skips where cilium/ebpf alone loads a program with a trampoline, or fails for another reason.
func needsRefusal(t *testing.T, object []byte, program string) {
	t.Helper()
	spec, err := ebpf.LoadCollectionSpecFromReader(bytes.NewReader(object))
	must(t, err)
	for name := range spec.Programs {
		if name != program {
			delete(spec.Programs, name)
		}
	}
	alone, err := ebpf.NewCollection(spec)
	if err == nil {
		alone.Close()
	}
	if !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.Errno(524)) {
		t.Skipf("this kernel does not refuse trampolines: %v", err)
	}
}

func TestAKernelThatRefusesTrampolinesToRootIsNamedWithOtherWays(t *testing.T) {
	const program = "on_fentry"
	object := fixture(t, "probes")
	needsRefusal(t, object, program)
	_, err := golbc.Load(golbc.Description{Name: "probes", Object: object}, golbc.WithSpec(func(spec *golbc.Spec) error {
		for _, other := range []string{"on_kprobe", "on_kretprobe", "on_fexit"} {
			spec.Program(other).Autoload = false
		}
		return nil
	}))
	if !errors.Is(err, golbc.NotSupported) || errors.Is(err, golbc.NotPermitted) {
		t.Fatalf("got %v", err)
	}
	for _, words := range []string{"program on_fentry: this kernel, or the hypervisor under it, refuses trampolines", "kprobe", "tp_btf"} {
		if !strings.Contains(err.Error(), words) {
			t.Errorf("%q is not in: %v", words, err)
		}
	}
}
