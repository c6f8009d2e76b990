package golbc

import (
	"regexp"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
)

// kernelName is what the kernel takes as the name of a type, see btf_name_valid_identifier in its kernel/bpf/btf.c; it
// does not look at those of numbers, and those of sections may have other characters.
var kernelName = regexp.MustCompile(`^[A-Za-z0-9_.]*$`)

// untypeMaps takes the types from maps that the kernel would refuse for them, as libbpf does: clang writes what BTF cannot
// describe, such as _Atomic, as void, and takes letters and a dollar sign in names.
func untypeMaps(collection *ebpf.CollectionSpec) {
	for _, spec := range collection.Maps {
		for ; spec != nil; spec = spec.InnerMap {
			seen := map[btf.Type]bool{}
			if !isKnown(spec.Key, seen) || !isKnown(spec.Value, seen) {
				spec.Key, spec.Value = nil, nil
			}
		}
	}
}

// isKnown tells whether the kernel takes a type that is held by value.
func isKnown(typ btf.Type, seen map[btf.Type]bool) bool {
	if typ == nil {
		return true
	}
	if _, ok := btf.UnderlyingType(typ).(*btf.Void); ok {
		return false
	}
	return isTaken(typ, seen)
}

// isTaken tells whether the kernel takes a type, which may be void.
func isTaken(typ btf.Type, seen map[btf.Type]bool) bool {
	if typ == nil || seen[typ] {
		return true
	}
	seen[typ] = true
	switch typ.(type) {
	case *btf.Int, *btf.Float, *btf.Datasec:
	default:
		if !kernelName.MatchString(typ.TypeName()) {
			return false
		}
	}
	switch typ := typ.(type) {
	case *btf.Struct:
		return areTaken(typ.Members, seen)
	case *btf.Union:
		return areTaken(typ.Members, seen)
	case *btf.Datasec:
		for _, variable := range typ.Vars {
			if !isTaken(variable.Type, seen) {
				return false
			}
		}
	case *btf.Var:
		return isKnown(typ.Type, seen)
	case *btf.Array:
		return isKnown(typ.Type, seen)
	case *btf.Pointer:
		return isTaken(typ.Target, seen)
	case *btf.Typedef:
		return isTaken(typ.Type, seen)
	case *btf.Const:
		return isTaken(typ.Type, seen)
	case *btf.Volatile:
		return isTaken(typ.Type, seen)
	case *btf.Restrict:
		return isTaken(typ.Type, seen)
	case *btf.TypeTag:
		return isTaken(typ.Type, seen)
	}
	return true
}

func areTaken(members []btf.Member, seen map[btf.Type]bool) bool {
	for _, member := range members {
		if !kernelName.MatchString(member.Name) || !isKnown(member.Type, seen) {
			return false
		}
	}
	return true
}
