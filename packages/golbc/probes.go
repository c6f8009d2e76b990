package golbc

import (
	"io"
	"os"
	"path"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
)

// Kprobe attaches to the entry of a kernel function, or behind it by offset bytes; with ret, to its return.
func Kprobe(symbol string, offset uint64, ret bool) Attacher {
	return kprobe(symbol, ret, &link.KprobeOptions{Offset: offset})
}

func kprobe(symbol string, ret bool, options *link.KprobeOptions) Attacher {
	return func(program *ebpf.Program) (io.Closer, error) {
		if ret {
			return link.Kretprobe(symbol, program, options)
		}
		return link.Kprobe(symbol, program, options)
	}
}

// KprobeProgram is a kprobe or kretprobe program.
type KprobeProgram struct {
	*Program
	Return bool // at the function's return
}

// AttachKprobe attaches to that kernel function; options may be nil.
func (p KprobeProgram) AttachKprobe(symbol string, options *link.KprobeOptions) (*Link, error) {
	return p.AttachWith(kprobe(symbol, p.Return, options))
}

// Ksyscall attaches to a system call by its plain name, such as openat.
func Ksyscall(name string, ret bool) Attacher { return kprobe("sys_"+name, ret, nil) }

// KsyscallProgram is a ksyscall or kretsyscall program.
type KsyscallProgram struct {
	*Program
	Return bool
}

// AttachKsyscall attaches to a system call by its plain name, such as openat.
func (p KsyscallProgram) AttachKsyscall(name string) (*Link, error) {
	return p.AttachWith(Ksyscall(name, p.Return))
}

// KprobeMultiProgram attaches to many kernel functions at once (Linux 5.18 and later).
type KprobeMultiProgram struct {
	*Program
	Return  bool
	Session bool // at entry and return
}

// AttachKprobes attaches to the kernel functions of these names.
func (p KprobeMultiProgram) AttachKprobes(symbols ...string) (*Link, error) {
	return p.AttachWith(kprobeMulti(symbols, p.Return, p.Session))
}

// KprobeMulti attaches to the kernel functions whose names match a pattern with * and ?.
func KprobeMulti(pattern string, ret, session bool) Attacher {
	return func(program *ebpf.Program) (io.Closer, error) {
		symbols, err := traceable(pattern)
		if err != nil {
			return nil, err
		}
		return kprobeMulti(symbols, ret, session)(program)
	}
}

func kprobeMulti(symbols []string, ret, session bool) Attacher {
	options := link.KprobeMultiOptions{Symbols: symbols, Session: session}
	return func(program *ebpf.Program) (io.Closer, error) {
		if ret {
			return link.KretprobeMulti(program, options)
		}
		return link.KprobeMulti(program, options)
	}
}

// traceable lists the functions of the kernel that match a pattern and can be traced; a name without * and ? is itself.
func traceable(pattern string) ([]string, error) {
	if !strings.ContainsAny(pattern, "*?") {
		return []string{pattern}, nil
	}
	list, err := os.ReadFile("/sys/kernel/tracing/available_filter_functions")
	if err != nil {
		return nil, err
	}
	var symbols []string
	for line := range strings.Lines(string(list)) {
		name, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		if matched, _ := path.Match(pattern, name); matched {
			symbols = append(symbols, name)
		}
	}
	return symbols, nil
}

// Uprobe attaches to a function in an executable or library, or behind it by offset bytes; with ret, to its return.
func Uprobe(path, symbol string, offset uint64, ret bool) Attacher {
	return uprobe(path, symbol, ret, &link.UprobeOptions{Offset: offset})
}

func uprobe(path, symbol string, ret bool, options *link.UprobeOptions) Attacher {
	return func(program *ebpf.Program) (io.Closer, error) {
		executable, err := link.OpenExecutable(path)
		if err != nil {
			return nil, err
		}
		if ret {
			return executable.Uretprobe(symbol, program, options)
		}
		return executable.Uprobe(symbol, program, options)
	}
}

// UprobeProgram is a uprobe or uretprobe program.
type UprobeProgram struct {
	*Program
	Return bool
}

// AttachUprobe attaches to a function in the file at path, of one process or of all; options may be nil.
func (p UprobeProgram) AttachUprobe(path, symbol string, options *link.UprobeOptions) (*Link, error) {
	return p.AttachWith(uprobe(path, symbol, p.Return, options))
}

// UprobeMultiProgram attaches to many functions at once (Linux 6.6 and later).
type UprobeMultiProgram struct {
	*Program
	Return bool
}

// AttachUprobes attaches to the functions of these names in the file at path.
func (p UprobeMultiProgram) AttachUprobes(path string, symbols ...string) (*Link, error) {
	return p.AttachWith(uprobeMulti(path, symbols, p.Return))
}

// UprobeMulti attaches to the function of that name; cilium/ebpf resolves no patterns in executables.
func UprobeMulti(path, symbol string, ret bool) Attacher {
	if strings.ContainsAny(symbol, "*?") {
		return Unsupported("uprobe.multi with a pattern")
	}
	return uprobeMulti(path, []string{symbol}, ret)
}

func uprobeMulti(path string, symbols []string, ret bool) Attacher {
	return func(program *ebpf.Program) (io.Closer, error) {
		executable, err := link.OpenExecutable(path)
		if err != nil {
			return nil, err
		}
		if ret {
			return executable.UretprobeMulti(symbols, program, nil)
		}
		return executable.UprobeMulti(symbols, program, nil)
	}
}

// Tracepoint attaches to an event below /sys/kernel/tracing/events.
func Tracepoint(category, name string) Attacher {
	return func(program *ebpf.Program) (io.Closer, error) { return link.Tracepoint(category, name, program, nil) }
}

// TracepointProgram is a tracepoint program.
type TracepointProgram struct{ *Program }

// AttachTracepoint attaches to an event below /sys/kernel/tracing/events.
func (p TracepointProgram) AttachTracepoint(category, name string) (*Link, error) {
	return p.AttachWith(Tracepoint(category, name))
}

// RawTracepoint attaches to a tracepoint of that name.
func RawTracepoint(name string) Attacher {
	return func(program *ebpf.Program) (io.Closer, error) {
		return link.AttachRawTracepoint(link.RawTracepointOptions{Name: name, Program: program})
	}
}

// RawTracepointProgram is a raw_tp program.
type RawTracepointProgram struct{ *Program }

// AttachRawTracepoint attaches to a tracepoint of that name.
func (p RawTracepointProgram) AttachRawTracepoint(name string) (*Link, error) {
	return p.AttachWith(RawTracepoint(name))
}
