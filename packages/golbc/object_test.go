package golbc

import (
	"testing"

	"github.com/cilium/ebpf"
)

func TestARingBufferBecomesAPerfEventArrayOnOldKernels(t *testing.T) {
	spec := &ebpf.MapSpec{Name: "events", Type: ebpf.RingBuf, MaxEntries: 4096}
	makePerfEventArray(spec)
	m, err := ebpf.NewMap(spec)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if cpus := ebpf.MustPossibleCPU(); m.Type() != ebpf.PerfEventArray || int(m.MaxEntries()) != cpus {
		t.Errorf("a %v with %d entries for %d CPUs", m.Type(), m.MaxEntries(), cpus)
	}
}
