package golbc

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/cilium/ebpf"
)

func TestWeakMapsAreBoundAndOtherBytesStay(t *testing.T) {
	folder := os.Getenv("LBC_FIXTURES")
	if folder == "" {
		folder = filepath.Join("..", "..", ".lbc", "fixtures")
	}
	object, err := os.ReadFile(filepath.Join(folder, "links.bpf.o"))
	if err != nil {
		t.Fatal(err)
	}
	before := bytes.Clone(object)
	if _, err := ebpf.LoadCollectionSpecFromReader(bytes.NewReader(bindMaps(object))); err != nil {
		t.Error(err)
	}
	if !bytes.Equal(object, before) {
		t.Error("the caller's bytes were changed")
	}
	for _, foreign := range [][]byte{nil, []byte("no ELF file"), object[:100]} {
		if got := bindMaps(foreign); !bytes.Equal(got, foreign) {
			t.Errorf("%d bytes became %d", len(foreign), len(got))
		}
	}
}
