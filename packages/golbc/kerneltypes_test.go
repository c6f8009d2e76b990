package golbc_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/cilium/ebpf"

	"github.com/lbc-dev/lbc/packages/golbc"
)

type message struct {
	Number uint64
	Text   golbc.CString[[16]byte]
}

// typesWithoutRingBuffer is a file with the running kernel's BTF and one name changed: CO-RE finds no ring buffer in it.
func typesWithoutRingBuffer(t *testing.T) string {
	t.Helper()
	types, err := os.ReadFile("/sys/kernel/btf/vmlinux")
	must(t, err)
	name, other := []byte("\x00BPF_MAP_TYPE_RINGBUF\x00"), []byte("\x00BPF_MAP_TYPE_REMOVED\x00")
	equal(t, "names", bytes.Count(types, name), 1)
	path := filepath.Join(t.TempDir(), "vmlinux")
	must(t, os.WriteFile(path, bytes.Replace(types, name, other, 1), 0o600))
	return path
}

func loadEmit(t *testing.T, options ...golbc.Option) (*golbc.Object, *golbc.Events[message], golbc.SocketFilterProgram) {
	t.Helper()
	description := golbc.Description{Name: "emit", Object: fixture(t, "emit"), PerfFallback: []string{"messages"}}
	o := loadObject(t, description, options...)
	messages := golbc.NewEvents[message](o, "messages", golbc.Length{Min: 24, Max: 24})
	emit := golbc.SocketFilterProgram{Program: golbc.NewProgram(o, "emit", false, nil)}
	must(t, o.Ready())
	return o, messages, emit
}

func checkMessages(t *testing.T, messages *golbc.Events[message], emit golbc.SocketFilterProgram) {
	t.Helper()
	must(t, messages.Open())
	run(t, emit, 3)
	seen := map[uint64]bool{} // of several CPUs' buffers they come in no order
	for m, err := range messages.All(t.Context()) {
		must(t, err)
		equal(t, "text", m.Text.String(), "emitted")
		if seen[m.Number] = true; len(seen) == 3 {
			break
		}
	}
	equal(t, "the last", seen[2], true)
}

func TestWithRingBuffersEmittedEventsGoThroughOne(t *testing.T) {
	o, messages, emit := loadEmit(t)
	equal(t, "type", o.Map("messages").Type(), ebpf.RingBuf)
	checkMessages(t, messages, emit)
}

// parity: events.fallback, core.btf-file
func TestWithoutRingBuffersEmittedEventsGoThroughPerfBuffers(t *testing.T) {
	o, messages, emit := loadEmit(t, golbc.WithKernelTypes(typesWithoutRingBuffer(t)))
	equal(t, "type", o.Map("messages").Type(), ebpf.PerfEventArray)
	checkMessages(t, messages, emit)
}

func TestTheEnvironmentNamesTheKernelsTypesWhereNoOptionDoes(t *testing.T) {
	t.Setenv("LBC_BTF", typesWithoutRingBuffer(t))
	o, messages, emit := loadEmit(t)
	equal(t, "type", o.Map("messages").Type(), ebpf.PerfEventArray)
	checkMessages(t, messages, emit)
	o, _, _ = loadEmit(t, golbc.WithKernelTypes("/sys/kernel/btf/vmlinux"))
	equal(t, "type with an option", o.Map("messages").Type(), ebpf.RingBuf)

	t.Setenv("LBC_BTF", "/no/such/file")
	_, err := golbc.Load(golbc.Description{Name: "emit", Object: fixture(t, "emit")})
	if !errors.Is(err, golbc.BadOption) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
