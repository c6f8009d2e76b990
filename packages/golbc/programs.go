package golbc

import (
	"errors"
	"io"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
)

// Program is a program of an object.
type Program struct {
	attachable
	raw      *ebpf.Program // nil when its autoload was off
	attacher Attacher
	kind     ebpf.AttachType
}

// Attacher attaches a program to what its section names; nil where that has to be said at run time.
type Attacher func(*ebpf.Program) (io.Closer, error)

// NewProgram gives the program of that name its way to attach; with auto, [Object.Attach] does it.
func NewProgram(object *Object, name string, auto bool, attacher Attacher) *Program {
	said := object.attachments[name]
	p := &Program{attachable{object, name}, object.collection.Programs[name], attacher, said.kind}
	if auto && said.auto && p.raw != nil && attacher != nil {
		object.attach = append(object.attach, attachStep{&p.attachable, p.Attach})
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
	return p.AttachWith(p.attacher)
}

// Run runs the program once on what BPF_PROG_TEST_RUN is given, and returns the program's result.
func (p *Program) Run(options *ebpf.RunOptions) (uint32, error) {
	if err := p.usable("run"); err != nil {
		return 0, err
	}
	result, err := p.raw.Run(options)
	if err != nil {
		return 0, fail(RunRefused, "run", p.name, err)
	}
	return result, nil
}

// usable tells why a program cannot be used: its object is closed, or it was not loaded.
func (p *Program) usable(op string) error {
	if p.object.isClosed() {
		return p.object.closedError(op, p.name)
	}
	if p.raw == nil {
		return &Error{Code: NotLoaded, Op: op, Subject: p.name, Err: errors.New("its autoload is off")}
	}
	return nil
}

// AttachWith attaches with any function of cilium's link package, for targets and options that have no function here; the
// object owns the link, as with all others.
func (p *Program) AttachWith(attach Attacher) (*Link, error) {
	if err := p.usable("attach"); err != nil {
		return nil, err
	}
	return p.link(func() (io.Closer, error) {
		attached, err := attach(p.raw)
		return attached, explainTrampoline(p.name, p.kind, err)
	}, need{p.kind.String(), hooksSince[p.kind]})
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
	attachable
}

// NewStructOps makes the struct_ops map of that name attachable; with auto, [Object.Attach] does it.
func NewStructOps(object *Object, name string, auto bool) *StructOps {
	s := &StructOps{handle{object.Map(name), name}, attachable{object, name}}
	if auto {
		object.attach = append(object.attach, attachStep{&s.attachable, s.Attach})
	}
	return s
}

// Attach registers the operations with the kernel.
func (s *StructOps) Attach() (*Link, error) {
	if s.object.isClosed() {
		return nil, s.object.closedError("attach", s.attachable.name)
	}
	return s.link(func() (io.Closer, error) {
		return link.AttachStructOps(link.StructOpsOptions{Map: s.raw})
	}, need{"links of struct_ops", linux(6, 4)})
}
