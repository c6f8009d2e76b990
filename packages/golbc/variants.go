package golbc

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
)

// WithFirstOf loads the first of several programs that the kernel takes, and leaves the others out: variants of one program
// for newer and older kernels. To find it, each is loaded alone for a moment. Where the kernel takes none, the error is the
// last one's.
func WithFirstOf(programs ...string) Option {
	return func(spec *Spec) error {
		if len(programs) == 0 {
			return errors.New("no program to choose from")
		}
		for _, name := range programs {
			if spec.Program(name) == nil {
				return fmt.Errorf("there is no program %s", name)
			}
		}
		spec.variants = append(spec.variants, programs)
		return nil
	}
}

// chooseVariants switches autoload on for the chosen ones, and off for the others.
func chooseVariants(spec *Spec) error {
	for _, names := range spec.variants {
		var refused error
		chosen := ""
		for _, name := range names {
			if refused = tryAlone(spec, name); refused == nil {
				chosen = name
				break
			}
		}
		if refused != nil {
			return fail(LoadRefused, "load", names[len(names)-1], refused)
		}
		for _, name := range names {
			spec.programs[name].Autoload = name == chosen
		}
	}
	return nil
}

// tryAlone loads one program with maps of its own, which no other process sees.
func tryAlone(spec *Spec, name string) error {
	alone := *spec
	alone.CollectionSpec = spec.Copy()
	alone.Programs = map[string]*ebpf.ProgramSpec{name: alone.Programs[name]}
	for _, m := range alone.Maps {
		m.Pinning = ebpf.PinNone
		if m.Type == ebpf.ProgramArray || m.Type == ebpf.StructOpsMap {
			m.Contents = nil // of programs that are not there
		}
	}
	loaded, err := ebpf.NewCollectionWithOptions(alone.CollectionSpec, alone.Options)
	if err == nil {
		loaded.Close()
	}
	return err
}
