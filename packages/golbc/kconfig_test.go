package golbc

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"
)

func TestOptionsAreWrittenAsTheirVariablesTypes(t *testing.T) {
	number := func(size uint32, encoding btf.IntEncoding) *btf.Int { return &btf.Int{Size: size, Encoding: encoding} }
	text := func(length uint32) *btf.Array { return &btf.Array{Type: number(1, btf.Char), Nelems: length} }
	for _, c := range []struct {
		value string
		kind  btf.Type
		want  []byte // none is an error
	}{
		{"y", number(1, btf.Bool), []byte{1}}, {"n", number(1, btf.Bool), []byte{0}}, {"m", number(1, btf.Bool), nil},
		{"m", number(1, btf.Char), []byte("m")}, {"m", &btf.Enum{Name: "libbpf_tristate", Size: 4}, putWord(2)},
		{"250", &btf.Typedef{Name: "u32", Type: number(4, btf.Unsigned)}, putWord(250)}, {"0x10", number(4, btf.Unsigned), putWord(16)},
		{"-1", number(2, btf.Signed), []byte{0xff, 0xff}}, {"256", number(1, btf.Unsigned), nil}, {"x", number(8, btf.Unsigned), nil},
		{`"ab"`, text(4), []byte("ab\x00\x00")}, {`"abcd"`, text(2), []byte("ab")}, {"ab", text(4), nil},
		{"5", &btf.Enum{Name: "libbpf_tristate", Size: 4}, nil}, {"1", &btf.Struct{Size: 4}, nil},
	} {
		size, err := btf.Sizeof(c.kind)
		if err != nil {
			t.Fatal(err)
		}
		got := make([]byte, size)
		err = putOption(got, c.kind, c.value, hostOrder)
		if (err != nil) != (c.want == nil) || err == nil && !bytes.Equal(got, c.want) {
			t.Errorf("%s as %v: got %v, %v", c.value, c.kind, got, err)
		}
	}
}

func putWord(number uint32) []byte { return binary.NativeEndian.AppendUint32(nil, number) }

func TestAConfigurationsLinesAreRead(t *testing.T) {
	config, err := parseKconfig(strings.NewReader("# CONFIG_A is not set\nCONFIG_B=y\nCONFIG_NAME=\"x=y\"\nother=1\n"))
	if err != nil || len(config) != 2 || config["CONFIG_B"] != "y" || config["CONFIG_NAME"] != `"x=y"` {
		t.Errorf("got %v, %v", config, err)
	}
}

func TestBytesThatAreNoObjectStayWhatTheyAre(t *testing.T) {
	for _, foreign := range [][]byte{nil, []byte("no ELF file"), bytes.Repeat([]byte("\x7fELF"), 100)} {
		object, variables := takeKconfig(untypeSymbols(foreign))
		if !bytes.Equal(object, foreign) || variables != nil {
			t.Errorf("%d bytes became %d", len(foreign), len(object))
		}
	}
}
