package golbc

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/cilium/ebpf"
)

// Description is what a generated package knows of its object.
type Description struct {
	Name         string   // of the object, for messages
	Object       []byte   // the ELF file
	Manual       []string // programs that are not loaded unless their autoload is switched on
	PerfFallback []string // ring buffers that become perf event arrays on kernels without ring buffers
}

// Spec is an object that is open and not yet loaded: options change it.
type Spec struct {
	*ebpf.CollectionSpec
	// Options go to cilium/ebpf as they are: kernel types, log level and log size, pin path, maps to be reused.
	Options  ebpf.CollectionOptions
	programs map[string]*ProgramSpec
	variants [][]string // of [WithFirstOf]
	kconfig  []kconfigVariable
	config   kernelConfig // of [WithKconfig]
	onLog    func(program, log string)
}

// MapSpec is a map before load.
type MapSpec = ebpf.MapSpec

// ProgramSpec is a program before load. Programs that know their target when they are loaded (fentry, fexit, tp_btf, lsm,
// iter) take another one through AttachTo.
type ProgramSpec struct {
	*ebpf.ProgramSpec
	Autoload   bool // whether it is loaded
	Autoattach bool // whether [Object.Attach] attaches it, where its section says where to
}

// Program gives a program by its name in the object.
func (s *Spec) Program(name string) *ProgramSpec { return s.programs[name] }

// Option changes an object between open and load.
type Option func(*Spec) error

// WithSpec hands out everything that cilium/ebpf lets one change before load.
func WithSpec(change func(*Spec) error) Option { return change }

// WithPinPath puts maps that are declared with LIBBPF_PIN_BY_NAME into that folder of a BPF file system, or takes those
// that are there.
func WithPinPath(folder string) Option {
	return func(spec *Spec) error {
		spec.Options.Maps.PinPath = folder
		return nil
	}
}

// WithSection lets set change the constants in a section, such as .rodata. T has the layout of the section.
func WithSection[T any](section string, set func(*T)) Option {
	return func(spec *Spec) error {
		contents, err := sectionContents(spec, section)
		if err != nil {
			return err
		}
		value := padded[T](contents)
		set(&value)
		copy(contents, Marshal(value, spec.ByteOrder))
		spec.Maps[section].Contents[0].Value = contents
		for _, variable := range variablesIn(spec, section, len(contents)) {
			copy(variable.Value, contents[variable.Offset:])
		}
		return nil
	}
}

// padded reads a section as a T, which may be longer by the padding at its end.
func padded[T any](contents []byte) T {
	buffer := make([]byte, max(len(contents), layoutOf[T]().size))
	copy(buffer, contents)
	return Get[T](buffer, hostOrder)
}

func sectionContents(spec *Spec, section string) ([]byte, error) {
	data, ok := spec.Maps[section]
	if !ok || len(data.Contents) != 1 {
		return nil, &Error{Code: BadOption, Op: "set", Subject: section, Err: errors.New("the object has no such section")}
	}
	contents, ok := data.Contents[0].Value.([]byte)
	if !ok {
		return nil, &Error{Code: BadOption, Op: "set", Subject: section, Err: fmt.Errorf("its contents were replaced by a %T", data.Contents[0].Value)}
	}
	contents = bytes.Clone(contents)
	for _, variable := range variablesIn(spec, section, len(contents)) {
		copy(contents[variable.Offset:], variable.Value)
	}
	return contents, nil
}

// variablesIn lists the variables whose values cilium/ebpf keeps beside their section, and writes over it at load.
func variablesIn(spec *Spec, section string, size int) []*ebpf.VariableSpec {
	var found []*ebpf.VariableSpec
	for _, variable := range spec.Variables {
		if variable.SectionName == section && int(variable.Offset)+len(variable.Value) <= size {
			found = append(found, variable)
		}
	}
	return found
}

// Object is a loaded BPF object: what is common to all skeletons.
type Object struct {
	name       string
	collection *ebpf.Collection
	// attachments, by program, are what its spec said of them.
	attachments map[string]attachment
	// templates of the maps in maps, by the outer map's name.
	templates map[string]*ebpf.MapSpec
	// memory of the data sections, by name.
	memory map[string]*ebpf.Memory

	mu      sync.Mutex
	closed  bool
	err     error // the first map, program or section that was not found
	prepare []func() error
	attach  []attachStep
	links   []*Link // not closed yet
	close   []func() error
}

// Load opens an object, applies the options in their order, and loads it into the kernel.
func Load(description Description, options ...Option) (*Object, error) {
	spec, err := openSpec(description)
	if err != nil {
		return nil, err
	}
	for _, option := range options {
		if err := option(spec); err != nil {
			var typed *Error
			if errors.As(err, &typed) {
				return nil, err
			}
			return nil, &Error{Code: BadOption, Op: "open", Subject: description.Name, Err: err}
		}
	}
	if err := applyEnvironment(spec); err != nil {
		return nil, err
	}
	makeRoom()
	fallBack(spec, description.PerfFallback)
	if err := spec.resolveKconfig(); err != nil {
		return nil, err
	}
	if err := chooseVariants(spec); err != nil {
		return nil, err
	}
	attachments := dropPrograms(spec)
	if err := checkPrograms(spec); err != nil {
		return nil, err
	}
	loaded, err := ebpf.NewCollectionWithOptions(spec.CollectionSpec, spec.Options)
	if err != nil {
		return nil, fail(LoadRefused, "load", description.Name, explainLoad(spec.Programs, err)).explain(spec.needs())
	}
	spec.reportLogs(loaded)
	templates := map[string]*ebpf.MapSpec{}
	for name, declared := range spec.Maps {
		templates[name] = declared.InnerMap
	}
	return &Object{name: description.Name, collection: loaded, attachments: attachments, templates: templates, memory: map[string]*ebpf.Memory{}}, nil
}

// attachment is how a program attaches.
type attachment struct {
	kind ebpf.AttachType
	auto bool
}

// dropPrograms leaves out what is not to be loaded, in arrays of programs too; it returns how each program attaches.
func dropPrograms(spec *Spec) map[string]attachment {
	attachments := map[string]attachment{}
	for name, program := range spec.programs {
		attachments[name] = attachment{program.AttachType, program.Autoattach}
		if !program.Autoload {
			delete(spec.Programs, name)
		}
	}
	for _, array := range spec.Maps {
		if array.Type != ebpf.ProgramArray {
			continue
		}
		array.Contents = slices.DeleteFunc(array.Contents, func(slot ebpf.MapKV) bool {
			name, ok := slot.Value.(string)
			return ok && spec.Programs[name] == nil
		})
	}
	return attachments
}

// checkPrograms refuses what cilium/ebpf hands to the kernel without its target, of which the verifier's words tell nothing.
func checkPrograms(spec *Spec) error {
	for name, program := range spec.Programs {
		if program.AttachType == ebpf.AttachLSMCgroup {
			return &Error{Code: NotSupported, Op: "load", Subject: name, Err: errors.New("cilium/ebpf does not load programs of lsm_cgroup")}
		}
	}
	return nil
}

func openSpec(description Description) (*Spec, error) {
	object, kconfig := takeKconfig(untypeSymbols(bindMaps(description.Object)))
	collection, err := ebpf.LoadCollectionSpecFromReader(bytes.NewReader(object))
	if err != nil {
		return nil, fail(BadObject, "open", description.Name, err)
	}
	untypeMaps(collection)
	spec := &Spec{CollectionSpec: collection, programs: map[string]*ProgramSpec{}, kconfig: kconfig}
	for name, program := range collection.Programs {
		spec.programs[name] = &ProgramSpec{program, !slices.Contains(description.Manual, name), true}
	}
	return spec, nil
}

// Collection is the layer below, with every map, program and variable by name.
func (o *Object) Collection() *ebpf.Collection { return o.collection }

// Ready gives the first error of the typed handles made of this object, and closes it then: generated code calls it last.
func (o *Object) Ready() error {
	if o.err == nil {
		return nil
	}
	return errors.Join(o.err, o.Close())
}

// attachStep is one thing that [Object.Attach] attaches.
type attachStep struct {
	*attachable
	attach func() (*Link, error)
}

// Attach attaches every loaded program whose section says where to, and that has no link now: once more, it attaches those
// whose links were closed. When one cannot be attached, what this call attached is detached again.
func (o *Object) Attach() error {
	if o.isClosed() {
		return o.closedError("attach", o.name)
	}
	var made []*Link
	for _, step := range o.attach {
		if len(step.Links()) > 0 {
			continue
		}
		l, err := step.attach()
		if err != nil {
			return errors.Join(err, closeLinks(made))
		}
		made = append(made, l)
	}
	return nil
}

// Detach closes every link, in reverse order.
func (o *Object) Detach() error {
	o.mu.Lock()
	links := slices.Clone(o.links)
	o.mu.Unlock()
	return closeLinks(links)
}

func closeLinks(links []*Link) error {
	var errs []error
	for i := len(links) - 1; i >= 0; i-- {
		errs = append(errs, links[i].Close())
	}
	return errors.Join(errs...)
}

// Close detaches, ends loops over events, and frees the object; the second time it does nothing. Live globals stay readable.
func (o *Object) Close() error {
	o.mu.Lock()
	closed := o.closed
	o.closed = true
	o.mu.Unlock()
	if closed {
		return nil
	}
	errs := []error{o.Detach()}
	for _, closer := range o.close {
		errs = append(errs, closer())
	}
	o.collection.Close()
	return errors.Join(errs...)
}

// missing remembers the first thing that the object does not have, which an option may have removed.
func (o *Object) missing(what, name string) {
	if o.err == nil {
		o.err = &Error{Code: BadOption, Op: "load", Subject: o.name, Err: fmt.Errorf("there is no %s %s", what, name)}
	}
}

// Map gives a map of the object as cilium/ebpf has it.
func (o *Object) Map(name string) *ebpf.Map {
	m, ok := o.collection.Maps[name]
	if !ok {
		o.missing("map", name)
	}
	return m
}

func (o *Object) closedError(op, subject string) error {
	return &Error{Code: Closed, Op: op, Subject: subject}
}

func (o *Object) isClosed() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.closed
}
