package golbc

import (
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
)

func TestMapsKeepTheTypesThatTheKernelTakes(t *testing.T) {
	number := &btf.Int{Name: "unsigned int", Size: 4}
	holding := func(name string, typ btf.Type) *btf.Struct {
		return &btf.Struct{Name: "s", Size: 8, Members: []btf.Member{{Name: name, Type: typ}}}
	}
	self := &btf.Struct{Name: "node", Size: 8}
	self.Members = []btf.Member{{Name: "next", Type: &btf.Pointer{Target: self}}}
	section := func(typ btf.Type) btf.Type {
		return &btf.Datasec{Name: ".bss", Vars: []btf.VarSecinfo{{Type: &btf.Var{Name: "v", Type: typ}, Size: 8}}}
	}
	atomic := &btf.Typedef{Name: "atomic_t", Type: &btf.Void{}}
	tests := []struct {
		what  string
		value btf.Type
		kept  bool
	}{
		{"a struct", holding("a", number), true},
		{"a pointer to void", holding("a", &btf.Pointer{Target: &btf.Void{}}), true},
		{"a struct that points to itself", self, true},
		{"a section", section(number), true},
		{"a member without a type", holding("a", &btf.Void{}), false},
		{"a member of a typedef without a type", holding("a", atomic), false},
		{"an array of what has no type", holding("a", &btf.Array{Index: number, Type: &btf.Void{}, Nelems: 2}), false},
		{"a variable without a type", section(&btf.Void{}), false},
		{"a name with a dollar sign", holding("a$b", number), false},
		{"a name with a letter beyond ASCII", holding("a", &btf.Pointer{Target: &btf.Struct{Name: "größe"}}), false},
	}
	for _, test := range tests {
		spec := &ebpf.MapSpec{Key: number, Value: test.value}
		untypeMaps(&ebpf.CollectionSpec{Maps: map[string]*ebpf.MapSpec{"m": {InnerMap: spec}}})
		if kept := spec.Key != nil && spec.Value != nil; kept != test.kept {
			t.Errorf("%s: the map keeps its types: %v, want %v", test.what, kept, test.kept)
		}
	}
}
