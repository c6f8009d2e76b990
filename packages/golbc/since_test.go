package golbc

import (
	"errors"
	"fmt"
	"testing"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// parity: errors.since
func TestTheVersionThatHasWhatAKernelLacksIsNamed(t *testing.T) {
	spec := &Spec{CollectionSpec: &ebpf.CollectionSpec{
		Maps: map[string]*ebpf.MapSpec{"table": {Type: ebpf.Hash}, "seen": {Type: ebpf.BloomFilter}},
		Programs: map[string]*ebpf.ProgramSpec{
			"list": {Type: ebpf.Tracing, AttachType: ebpf.AttachTraceIter}, "many": {Type: ebpf.Kprobe, AttachType: ebpf.AttachTraceKprobeMulti},
		},
	}}
	for running, want := range map[uint32]string{
		linux(5, 4): "map seen: BloomFilter 5.16", linux(5, 10): "map seen: BloomFilter 5.16",
		linux(5, 16): "program many: TraceKprobeMulti 5.18", linux(5, 18): " 0.0",
	} {
		lacks, _ := missing(spec.needs(), running)
		if got := lacks.what + " " + lacks.version(); got != want {
			t.Errorf("on %d.%d: got %s, want %s", running>>16, running>>8&0xff, got, want)
		}
	}
}

func TestAnErrorWithoutAReasonIsExplainedByTheKernelsVersion(t *testing.T) {
	future := []need{{"map later: Later", linux(255, 0)}}
	err := fail(LoadRefused, "load", "hello", fmt.Errorf("map create: %w", unix.EINVAL)).explain(future)
	if !errors.Is(err, NotSupported) || !errors.Is(err, unix.EINVAL) || err.Since != "255.0" {
		t.Errorf("got %v", err)
	}
	for _, reason := range []error{unix.EPERM, unix.ENOSPC} {
		if err := fail(LoadRefused, "load", "hello", reason).explain(future); err.Since != "" {
			t.Errorf("got %v", err)
		}
	}
	if err := fail(LoadRefused, "load", "hello", unix.EINVAL).explain([]need{{"map old: Hash", 0}}); !errors.Is(err, LoadRefused) {
		t.Errorf("got %v", err)
	}
}
