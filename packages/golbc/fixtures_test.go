package golbc_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/lbc-dev/lbc/packages/golbc"
)

// load loads a fixture of packages/conformance/fixtures/kernel, which `node tools/fixtures/compile.ts` compiles.
func load(t *testing.T, name string, manual []string, options ...golbc.Option) *golbc.Object {
	t.Helper()
	return loadObject(t, golbc.Description{Name: name, Object: fixture(t, name), Manual: manual}, options...)
}

func fixture(t *testing.T, name string) []byte {
	t.Helper()
	folder := os.Getenv("LBC_FIXTURES")
	if folder == "" {
		folder = filepath.Join("..", "..", ".lbc", "fixtures")
	}
	bytes, err := os.ReadFile(filepath.Join(folder, name+".bpf.o"))
	if err != nil {
		t.Fatal(err)
	}
	return bytes
}

func loadObject(t *testing.T, description golbc.Description, options ...golbc.Option) *golbc.Object {
	t.Helper()
	object, err := golbc.Load(description, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := object.Close(); err != nil {
			t.Error(err)
		}
	})
	return object
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// soon bounds every wait of a test.
const soon = 5 * time.Second
