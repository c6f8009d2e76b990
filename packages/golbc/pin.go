package golbc

import (
	"errors"

	"github.com/cilium/ebpf"
)

// Pin keeps the map in a BPF file system, where other processes find it, for as long as the file is there.
func (h handle) Pin(path string) error { return h.fail("pin", h.raw.Pin(path)) }

// Unpin removes the file that Pin made; the map lives on while somebody uses it.
func (h handle) Unpin() error { return h.fail("unpin", h.raw.Unpin()) }

// Freeze forbids user space to write to the map, for good (Linux 5.2 and later).
func (h handle) Freeze() error { return h.fail("freeze", h.raw.Freeze()) }

// WithMap lets the object use a map that there is already instead of one of its own: of the same type and sizes. The caller
// may close its own handle after load.
func WithMap(name string, replacement *ebpf.Map) Option {
	return func(spec *Spec) error {
		if spec.Options.MapReplacements == nil {
			spec.Options.MapReplacements = map[string]*ebpf.Map{}
		}
		spec.Options.MapReplacements[name] = replacement
		return nil
	}
}

// WithoutPrograms loads none of the programs: for a front end in a process of its own that works with maps which a loader
// has pinned, together with [WithPinPath].
func WithoutPrograms() Option {
	return func(spec *Spec) error {
		for _, program := range spec.programs {
			program.Autoload = false
		}
		return nil
	}
}

// OpenPinnedMap opens one map by its file in a BPF file system. The caller closes it with Map().Close().
func OpenPinnedMap[K, V any](path string) (*Map[K, V], error) {
	raw, err := ebpf.LoadPinnedMap(path, nil)
	if err != nil {
		return nil, fail(MapRefused, "open", path, err)
	}
	opened, err := typed(raw, path, layoutOf[K]().size, layoutOf[V]().size)
	if err != nil {
		return nil, errors.Join(err, raw.Close())
	}
	return &Map[K, V]{opened}, nil
}
