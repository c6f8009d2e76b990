package golbc

import (
	"errors"
	"os"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
	"github.com/cilium/ebpf/features"
)

// kernelTypesVariable is the environment's name for a BTF file; [WithKernelTypes] goes before it.
const kernelTypesVariable = "LBC_BTF"

// WithKernelTypes takes the kernel's types from a BTF file, or from the BTF of an ELF file such as vmlinux: for kernels that
// have no BTF of their own. The environment's LBC_BTF does the same.
func WithKernelTypes(path string) Option {
	return func(spec *Spec) error {
		types, err := btf.LoadSpec(path)
		if err != nil {
			return fail(BadOption, "read", path, err)
		}
		spec.Options.Programs.KernelTypes = types
		return nil
	}
}

// applyEnvironment takes the kernel's types from LBC_BTF where no option names them.
func applyEnvironment(spec *Spec) error {
	path := os.Getenv(kernelTypesVariable)
	if path == "" || spec.Options.Programs.KernelTypes != nil {
		return nil
	}
	return WithKernelTypes(path)(spec)
}

// fallBack makes ring buffers that programs send to by LBC_EMIT perf event arrays, where the target has no ring buffers
// (Linux before 5.8). The programs' other way is chosen by CO-RE, by the same types.
func fallBack(spec *Spec, maps []string) {
	if len(maps) == 0 || hasRingBuffers(spec.Options.Programs.KernelTypes) {
		return
	}
	for _, name := range maps {
		if m, ok := spec.Maps[name]; ok {
			makePerfEventArray(m)
		}
	}
}

// hasRingBuffers goes by the types that CO-RE is given, else by the running kernel.
func hasRingBuffers(types *btf.Spec) bool {
	if types == nil {
		return !errors.Is(features.HaveMapType(ebpf.RingBuf), ebpf.ErrNotSupported)
	}
	var kinds *btf.Enum
	if types.TypeByName("bpf_map_type", &kinds) != nil {
		return false
	}
	for _, kind := range kinds.Values {
		if kind.Name == "BPF_MAP_TYPE_RINGBUF" {
			return true
		}
	}
	return false
}

// makePerfEventArray turns the declaration of a ring buffer into one that Linux before 5.8 has; cilium/ebpf gives it an entry
// for each CPU.
func makePerfEventArray(spec *ebpf.MapSpec) {
	spec.Type, spec.KeySize, spec.ValueSize, spec.MaxEntries = ebpf.PerfEventArray, 4, 4, 0
	spec.Key, spec.Value = nil, nil
}
