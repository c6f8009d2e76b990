package golbc

import (
	"errors"
	"fmt"
	"os"

	"github.com/cilium/ebpf"
)

// Code says what went wrong, in a form that a program can compare: errors.Is(err, golbc.KeyNotFound).
type Code string

// The codes of this package.
const (
	BadObject       Code = "bad-object"       // the bytes are no BPF object that can be loaded
	BadOption       Code = "bad-option"       // an option does not fit the object
	LoadRefused     Code = "load-refused"     // the kernel did not take a map, the BTF or a program
	VerifierRefused Code = "verifier-refused" // the verifier refused a program: see [Error.VerifierLog]
	NotPermitted    Code = "not-permitted"    // CAP_BPF, CAP_PERFMON or CAP_NET_ADMIN is missing
	NotSupported    Code = "not-supported"    // by this kernel, the hypervisor under it, or cilium/ebpf
	NotLoaded       Code = "not-loaded"       // the program's autoload was off
	NoTarget        Code = "no-target"        // the program's section names no target: use AttachTo
	AttachRefused   Code = "attach-refused"   // the kernel did not attach the program
	WrongType       Code = "wrong-type"       // a Go type does not have the size of what it stands for
	KeyNotFound     Code = "key-not-found"    // the map has no such entry, or an array no such index
	MapRefused      Code = "map-refused"      // the kernel refused an operation on a map
	RunRefused      Code = "run-refused"      // the kernel did not run the program on what it was given
	BadLength       Code = "bad-length"       // an event is shorter or longer than its declaration allows
	Busy            Code = "busy"             // another loop reads this event stream
	Full            Code = "full"             // a user ring buffer has no room until programs have read
	Closed          Code = "closed"           // the object, or the map, was closed
)

// Error makes a Code usable as the target of errors.Is.
func (c Code) Error() string { return string(c) }

// Error is every error that this package returns.
type Error struct {
	Code    Code
	Op      string // what was done: "load", "attach", "lookup" …
	Subject string // the object, map, program or variable it was done to
	Err     error  // what the layer below said; may be nil
	Since   string // with [NotSupported]: the first version of Linux that has what is missing, such as "6.6"; "" where that is not known
}

// Error reads "attach on_exec: attach-refused: …".
func (e *Error) Error() string {
	text := fmt.Sprintf("%s %s: %s", e.Op, e.Subject, string(e.Code))
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap gives the layer below.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is this error's code.
func (e *Error) Is(target error) bool {
	code, ok := target.(Code)
	return ok && code == e.Code
}

// VerifierLog is what the verifier said of the program it refused, line by line; empty for other errors.
func (e *Error) VerifierLog() []string {
	var refused *ebpf.VerifierError
	if errors.As(e.Err, &refused) {
		return refused.Log
	}
	return nil
}

// fail wraps an error of the layer below, with the code that its cause has, else the one given.
func fail(code Code, op, subject string, err error) *Error {
	var refused *ebpf.VerifierError
	var trampolines *trampolinesRefused
	switch {
	case errors.As(err, &refused):
		code = VerifierRefused
	case errors.As(err, &trampolines):
		code = NotSupported
	case errors.Is(err, os.ErrPermission):
		code = NotPermitted
	case errors.Is(err, ebpf.ErrNotSupported):
		code = NotSupported
	case errors.Is(err, ebpf.ErrKeyNotExist):
		code = KeyNotFound
	}
	return &Error{Code: code, Op: op, Subject: subject, Err: err}
}
