package golbc

import (
	"fmt"
	"sort"
)

// Symbol tells what an address of code belongs to.
type Symbol struct {
	Address uint64
	Name    string // of the function, as the file has it: C++ and Rust names stay mangled; "" where none is known
	Module  string // the kernel module, or the file that is mapped there; "" for the kernel itself and where none is known
	Offset  uint64 // of the address from the function's beginning, or without a name from the beginning of the file
}

// String is "vfs_read+0x1f", "nf_hook_slow+0x3a [nf_tables]", "[libc.so.6+0x1234]" or "0xffff…", whatever is known.
func (s Symbol) String() string {
	switch {
	case s.Name != "" && s.Module != "":
		return fmt.Sprintf("%s+%#x [%s]", s.Name, s.Offset, s.Module)
	case s.Name != "":
		return fmt.Sprintf("%s+%#x", s.Name, s.Offset)
	case s.Module != "":
		return fmt.Sprintf("[%s+%#x]", s.Module, s.Offset)
	default:
		return fmt.Sprintf("%#x", s.Address)
	}
}

// Frames are the addresses of a stack trace, innermost first: what stands before the first zero in the value of a stack
// trace map, or in an array that bpf_get_stack filled.
func Frames(stack []uint64) []uint64 {
	for i, address := range stack {
		if address == 0 {
			return stack[:i]
		}
	}
	return stack
}

// function is a range of code that has a name. An end of 0 is not known: the next function ends it.
type function struct {
	start, end uint64
	name       string
	module     string
	local      bool // not to be seen from other files
}

// functions by ascending start; of several at one address the global ones come first.
type functions []function

func (f functions) sort() {
	sort.SliceStable(f, func(i, j int) bool {
		return f[i].start < f[j].start || f[i].start == f[j].start && !f[i].local && f[j].local
	})
}

// find gives the function that holds an address.
func (f functions) find(address uint64) (function, bool) {
	i := sort.Search(len(f), func(i int) bool { return f[i].start > address }) - 1
	if i < 0 || f[i].end != 0 && address >= f[i].end {
		return function{}, false
	}
	for i > 0 && f[i-1].start == f[i].start && (f[i-1].end == 0 || address < f[i-1].end) {
		i--
	}
	return f[i], true
}
