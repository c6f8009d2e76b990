package golbc

import (
	"errors"
	"io"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
)

// Program is a program of an object.
type Program struct {
	object   *Object
	name     string
	raw      *ebpf.Program // nil when its autoload was off
	attacher Attacher
	kind     ebpf.AttachType
}

// Attacher attaches a program to what its section names; nil where that has to be said at run time.
type Attacher func(*ebpf.Program) (io.Closer, error)

// NewProgram gives the program of that name its way to attach; with auto, [Object.Attach] does it.
func NewProgram(object *Object, name string, auto bool, attacher Attacher) *Program {
	p := &Program{object: object, name: name, raw: object.collection.Programs[name], attacher: attacher, kind: object.attachTypes[name]}
	if auto && p.raw != nil && attacher != nil {
		object.attach = append(object.attach, func() error {
			_, err := p.Attach()
			return err
		})
	}
	return p
}

// Program is the layer below; nil when the program was not loaded.
func (p *Program) Program() *ebpf.Program { return p.raw }

// Attach attaches the program to what its section names. Where that is nothing, the error is [NoTarget].
func (p *Program) Attach() (*Link, error) {
	if p.attacher == nil {
		return nil, &Error{Code: NoTarget, Op: "attach", Subject: p.name, Err: errors.New("its section names no target")}
	}
	return p.attachWith(p.attacher)
}

// Run runs the program once on what BPF_PROG_TEST_RUN is given, and returns the program's result.
func (p *Program) Run(options *ebpf.RunOptions) (uint32, error) {
	if p.raw == nil {
		return 0, p.notLoaded("run")
	}
	result, err := p.raw.Run(options)
	if err != nil {
		return 0, fail(NotSupported, "run", p.name, err)
	}
	return result, nil
}

func (p *Program) notLoaded(op string) error {
	return &Error{Code: NotLoaded, Op: op, Subject: p.name, Err: errors.New("its autoload is off")}
}

func (p *Program) attachWith(attach Attacher) (*Link, error) {
	if p.object.isClosed() {
		return nil, &Error{Code: Closed, Op: "attach", Subject: p.name}
	}
	if p.raw == nil {
		return nil, p.notLoaded("attach")
	}
	raw, err := attach(p.raw)
	if err != nil {
		return nil, fail(AttachRefused, "attach", p.name, err)
	}
	return p.object.keep(raw, p.name), nil
}

// Unsupported is the attacher of programs that cilium/ebpf cannot attach.
func Unsupported(kind string) Attacher {
	return func(*ebpf.Program) (io.Closer, error) {
		return nil, errors.Join(ebpf.ErrNotSupported, errors.New(kind+": cilium/ebpf has no way to attach it"))
	}
}

// Tracing attaches tp_btf, fentry, fexit and fmod_ret programs: the kernel has known their target since load.
func Tracing(program *ebpf.Program) (io.Closer, error) {
	return link.AttachTracing(link.TracingOptions{Program: program})
}

// LSM attaches to the hook that the section names.
func LSM(program *ebpf.Program) (io.Closer, error) {
	return link.AttachLSM(link.LSMOptions{Program: program})
}

// StructOps is a struct_ops map.
type StructOps struct {
	handle
	object *Object
}

// NewStructOps makes the struct_ops map of that name attachable; with auto, [Object.Attach] does it.
func NewStructOps(object *Object, name string, auto bool) *StructOps {
	s := &StructOps{handle{object.Map(name), name}, object}
	if auto {
		object.attach = append(object.attach, func() error {
			_, err := s.Attach()
			return err
		})
	}
	return s
}

// Attach registers the operations with the kernel.
func (s *StructOps) Attach() (*Link, error) {
	raw, err := link.AttachStructOps(link.StructOpsOptions{Map: s.raw})
	if err != nil {
		return nil, fail(AttachRefused, "attach", s.name, err)
	}
	return s.object.keep(raw, s.name), nil
}
