package golbc_test

import (
	"context"
	"os"
	"testing"

	"github.com/lbc-dev/lbc/packages/golbc"
)

// TestProbes needs a kernel with kprobes and trampolines, which a virtual machine gives: tools/kernels runs this test there.
func TestProbes(t *testing.T) {
	if os.Getenv("LBC_PROBES") == "" {
		t.Skip("LBC_PROBES is not set: this kernel may have no kprobes")
	}
	const kprobe, kretprobe, fentry, fexit, hooks = 0, 1, 2, 3, 4
	o := load(t, "probes", nil, golbc.WithSection(".rodata", func(r *target) { r.PID = uint32(os.Getpid()) }))
	golbc.NewProgram(o, "on_kprobe", true, golbc.Kprobe("security_file_open", 0, false))
	golbc.NewProgram(o, "on_kretprobe", true, golbc.Kprobe("security_file_open", 0, true))
	golbc.NewProgram(o, "on_fentry", true, golbc.Tracing)
	golbc.NewProgram(o, "on_fexit", true, golbc.Tracing)
	counts := golbc.NewVar[[hooks]uint64](o, ".bss", 0)
	events := golbc.NewEvents[hit](o, "events", golbc.Length{Min: 16, Max: 16})
	must(t, o.Ready())
	must(t, o.Attach())
	file, err := os.Open("/")
	must(t, err)
	must(t, file.Close())
	want := map[int32]int64{kprobe: 1, kretprobe: 0, fentry: 1, fexit: 0}
	seen := map[int32]bool{}
	ctx, stop := context.WithTimeout(t.Context(), soon)
	defer stop()
	for event, err := range events.All(ctx) {
		must(t, err)
		equal(t, "value", event.Value, want[event.Hook])
		if seen[event.Hook] = true; len(seen) == hooks {
			break
		}
	}
	equal(t, "hooks hit", len(seen), hooks)
	must(t, o.Detach())
	before := counts.Get()
	file, err = os.Open("/")
	must(t, err)
	must(t, file.Close())
	equal(t, "hits after detach", counts.Get(), before)
}
