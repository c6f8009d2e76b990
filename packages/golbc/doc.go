// Package golbc is the Go runtime of lbc. Packages that `lbc gen --lang go` writes stand on it: they describe one BPF
// object, this package loads it and gives its maps, globals, events, programs and links types.
//
// Loading, CO-RE and the system calls are those of [github.com/cilium/ebpf], and nothing of it is hidden: every map has
// its *ebpf.Map, every program its *ebpf.Program and every link its link.Link within reach.
//
// A T in this package is a Go type that has, byte for byte, the layout of a C type: fixed-size integers, floats and
// bools, arrays and structs of them, and the types [CString], [Pointer], [Int128] and [Uint128]. Blank fields are
// padding. The generated packages hold such types, with their layout asserted at compile time.
package golbc
