package golbc_test

import (
	"context"
	"errors"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"github.com/lbc-dev/lbc/packages/golbc"
)

// fromEnvironment gives the number of long tests: rounds or seconds.
func fromEnvironment(t *testing.T, name string, usual int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return usual
	}
	number, err := strconv.Atoi(text)
	must(t, err)
	return number
}

// descriptors counts the open ones of this process.
func descriptors(t *testing.T) int {
	t.Helper()
	open, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	return len(open)
}

// mappings counts those of maps in this process.
func mappings(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile("/proc/self/maps")
	must(t, err)
	return strings.Count(string(text), "bpf-map")
}

// settles waits until no more are left than before: globals stay mapped, and cleanups run, until nobody refers to them.
func settles(t *testing.T, what string, count func() int, before int) {
	t.Helper()
	for end := time.Now().Add(soon); count() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d %s, %d at the start", count(), what, before)
		}
		runtime.GC()
	}
}

// kernelObjects are the ids of what a round had in the kernel.
type kernelObjects struct {
	maps     []ebpf.MapID
	programs []ebpf.ProgramID
	links    []link.ID
}

func objectsOf(t *testing.T, o *golbc.Object, programs ...*golbc.Program) kernelObjects {
	t.Helper()
	var found kernelObjects
	for _, m := range o.Collection().Maps {
		info, err := m.Info()
		must(t, err)
		id, _ := info.ID()
		found.maps = append(found.maps, id)
	}
	for _, p := range programs {
		info, err := p.Program().Info()
		must(t, err)
		id, _ := info.ID()
		found.programs = append(found.programs, id)
		for _, l := range p.Links() {
			info, err := l.Link().Info()
			must(t, err)
			found.links = append(found.links, info.ID)
		}
	}
	return found
}

// count is how many of them the kernel still has.
func (k kernelObjects) count() int {
	left := 0
	for _, id := range k.maps {
		if m, err := ebpf.NewMapFromID(id); err == nil {
			m.Close()
			left++
		}
	}
	for _, id := range k.programs {
		if p, err := ebpf.NewProgramFromID(id); err == nil {
			p.Close()
			left++
		}
	}
	for _, id := range k.links {
		if l, err := link.NewFromID(id); err == nil {
			l.Close()
			left++
		}
	}
	return left
}

func (k *kernelObjects) add(other kernelObjects) {
	k.maps = append(k.maps, other.maps...)
	k.programs = append(k.programs, other.programs...)
	k.links = append(k.links, other.links...)
}

// gone waits for the kernel, which frees maps some grace periods after the last program that used them.
func (k kernelObjects) gone(t *testing.T) {
	t.Helper()
	for end := time.Now().Add(time.Minute); k.count() > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d of %d maps, %d programs and %d links are still there", k.count(), len(k.maps), len(k.programs), len(k.links))
		}
	}
}

// round opens, loads, attaches, reads an event and closes.
func round(t *testing.T) kernelObjects {
	t.Helper()
	o, err := golbc.Load(golbc.Description{Name: "attach", Object: fixture(t, "attach")},
		golbc.WithSection(".rodata", func(r *target) { r.PID = uint32(os.Getpid()) }))
	must(t, err)
	tracing := golbc.NewProgram(o, "on_tp_btf", true, golbc.Tracing)
	raw := golbc.NewProgram(o, "on_raw_tracepoint", true, golbc.RawTracepoint("sched_process_fork"))
	golbc.NewVar[[hooks]uint64](o, ".bss", 0)
	events := golbc.NewEvents[hit](o, "events", golbc.Length{Min: 16, Max: 16})
	must(t, o.Ready())
	must(t, o.Attach())
	found := objectsOf(t, o, tracing, raw)
	fork(t)
	waitForHit(t, events, hookTPBTF)
	must(t, o.Close())
	must(t, o.Close())
	return found
}

// parity: errors.rounds
func TestRoundsOfOpenLoadAttachReadAndCloseLeaveNothing(t *testing.T) {
	seen := round(t) // what the libraries keep, they have after the first one
	files, loops, mapped := descriptors(t), runtime.NumGoroutine(), mappings(t)
	rounds := fromEnvironment(t, "LBC_ROUNDS", 50)
	for range rounds {
		seen.add(round(t))
	}
	equal(t, "programs", len(seen.programs), 2*(rounds+1))
	equal(t, "links", len(seen.links), 2*(rounds+1))
	if len(seen.maps) < 2*(rounds+1) {
		t.Errorf("%d maps", len(seen.maps))
	}
	seen.gone(t)
	equal(t, "descriptors", descriptors(t), files)
	settles(t, "goroutines", runtime.NumGoroutine, loops)
	settles(t, "mappings", func() int { return mappings(t) }, mapped)
}

// failures are the steps at which a round can fail, each up to its error.
var failures = map[string]func(t *testing.T) error{
	"open": func(t *testing.T) error {
		_, err := golbc.Load(golbc.Description{Name: "attach", Object: fixture(t, "attach")[:2000]})
		return err
	},
	"option": func(t *testing.T) error {
		_, err := golbc.Load(golbc.Description{Name: "attach", Object: fixture(t, "attach")}, golbc.WithSection(".none", func(*target) {}))
		return err
	},
	"load": func(t *testing.T) error {
		_, err := golbc.Load(golbc.Description{Name: "refused", Object: fixture(t, "refused")})
		return err
	},
	"types": func(t *testing.T) error {
		o, err := golbc.Load(golbc.Description{Name: "maps", Object: fixture(t, "maps")})
		must(t, err)
		golbc.NewMap[uint64, uint64](o, "lru_map")
		return o.Ready()
	},
	"attach": func(t *testing.T) error {
		o, err := golbc.Load(golbc.Description{Name: "attach", Object: fixture(t, "attach")})
		must(t, err)
		golbc.NewProgram(o, "on_tp_btf", true, golbc.Tracing)
		golbc.NewProgram(o, "on_tracepoint", true, golbc.Tracepoint("sched", "no_such_event"))
		return errors.Join(o.Attach(), o.Close())
	},
	"read": func(t *testing.T) error {
		o, err := golbc.Load(golbc.Description{Name: "maps", Object: fixture(t, "maps")})
		must(t, err)
		events := golbc.NewEvents[measurement](o, "perf", golbc.Length{Min: 1000, Max: 1000})
		fill := golbc.NewProgram(o, "fill_perf", false, nil)
		must(t, events.Open())
		_, err = fill.Run(&ebpf.RunOptions{Data: make([]byte, 64)})
		must(t, err)
		ctx, stop := context.WithTimeout(t.Context(), soon)
		defer stop()
		return errors.Join(events.ForEach(ctx, func(*measurement, int) error { return nil }), o.Close())
	},
}

// parity: errors.failures
func TestErrorsAtEachStepLeaveNothing(t *testing.T) {
	for step, fail := range failures {
		t.Run(step, func(t *testing.T) {
			if fail(t) == nil {
				t.Fatal("no error")
			}
			files, loops := descriptors(t), runtime.NumGoroutine()
			for range fromEnvironment(t, "LBC_ROUNDS", 50) / 10 {
				if err := fail(t); !errors.As(err, new(*golbc.Error)) {
					t.Fatalf("got %v", err)
				}
			}
			equal(t, "descriptors", descriptors(t), files)
			settles(t, "goroutines", runtime.NumGoroutine, loops)
		})
	}
}
