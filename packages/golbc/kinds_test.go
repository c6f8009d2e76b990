package golbc_test

import (
	"context"
	"errors"
	"net"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/lbc-dev/lbc/packages/golbc"
)

// The types of kinds.bpf.c.
type prefix struct {
	Bits    uint32
	Address [4]byte
}

type command struct{ Number, Operand uint32 }

// loadKinds keeps the pinned map of the fixture in a BPF file system of the test's own.
func loadKinds(t *testing.T, options ...golbc.Option) *golbc.Object {
	t.Helper()
	return load(t, "kinds", nil, append([]golbc.Option{golbc.WithPinPath(bpfFolder(t)), knownKinds(t)}, options...)...)
}

// knownKinds leaves out the maps of the fixture that this kernel lacks, and the programs that use them.
func knownKinds(t *testing.T) golbc.Option {
	t.Helper()
	return golbc.WithSpec(func(spec *golbc.Spec) error {
		for _, kind := range []struct {
			major, minor uint32
			name, user   string
		}{{5, 11, "by_task", "mark_task"}, {5, 16, "seen", "remember"}, {6, 1, "commands", "take_commands"}, {6, 2, "by_cgroup", ""}} {
			if !kernelBefore(t, kind.major, kind.minor) {
				continue
			}
			delete(spec.Maps, kind.name)
			if kind.user != "" {
				spec.Program(kind.user).Autoload = false
			}
		}
		return nil
	})
}

// bpfFolder mounts a BPF file system for one test.
func bpfFolder(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	must(t, unix.Mount("bpf", folder, "bpf", 0, ""))
	t.Cleanup(func() { must(t, unix.Unmount(folder, 0)) })
	return folder
}

func runLength(t *testing.T, program *golbc.Program, length int) uint32 {
	t.Helper()
	result, err := program.Run(&ebpf.RunOptions{Data: make([]byte, length+14)}) // behind an Ethernet header
	must(t, err)
	return result
}

// parity: maps.lpm
func TestTheLongestPrefixOfATrieWins(t *testing.T) {
	o := loadKinds(t)
	routes := golbc.NewMap[prefix, uint32](o, "routes")
	route := golbc.NewProgram(o, "route", false, nil)
	must(t, o.Ready())
	must(t, routes.Put(prefix{8, [4]byte{10}}, 1))
	must(t, routes.Put(prefix{24, [4]byte{10, 1, 2}}, 2))
	equal(t, "route", runLength(t, route, 64), 2)
	value, err := routes.Lookup(prefix{32, [4]byte{10, 9}})
	must(t, err)
	equal(t, "shorter prefix", value, 1)
	count := 0
	for _, err := range routes.All() {
		must(t, err)
		count++
	}
	equal(t, "entries", count, 2)
	must(t, routes.Delete(prefix{24, [4]byte{10, 1, 2}}))
	equal(t, "route", runLength(t, route, 64), 1)
}

// parity: maps.queue, maps.bloom
func TestQueuesStacksAndFiltersHaveNoKeys(t *testing.T) {
	needsLinux(t, 5, 16, "bloom filters")
	o := loadKinds(t)
	queue, lifo := golbc.NewQueue[uint64](o, "queue"), golbc.NewQueue[uint64](o, "lifo")
	seen := golbc.NewBloomFilter[uint64](o, "seen")
	remember := golbc.NewProgram(o, "remember", false, nil)
	must(t, o.Ready())
	for _, length := range []int{50, 60} {
		equal(t, "not seen", runLength(t, remember, length), 0)
		must(t, seen.Add(uint64(length)))
		known, err := seen.Contains(uint64(length))
		must(t, err)
		equal(t, "seen", known, true)
	}
	known, err := seen.Contains(51)
	must(t, err)
	equal(t, "never added", known, false)
	for _, c := range []struct {
		queue *golbc.Queue[uint64]
		want  []uint64
	}{{queue, []uint64{50, 60}}, {lifo, []uint64{60, 50}}} {
		next, err := c.queue.Peek()
		must(t, err)
		equal(t, "next", next, c.want[0])
		for _, want := range c.want {
			got, err := c.queue.Pop()
			must(t, err)
			equal(t, "popped", got, want)
		}
		if _, err := c.queue.Pop(); !errors.Is(err, golbc.KeyNotFound) {
			t.Errorf("an empty queue: %v", err)
		}
	}
	for value := range uint64(4) {
		must(t, queue.Push(value, ebpf.UpdateAny))
	}
	if err := queue.Push(4, ebpf.UpdateAny); !errors.Is(err, golbc.MapRefused) {
		t.Errorf("a full queue: %v", err)
	}
	must(t, queue.Push(4, ebpf.UpdateExist))
	first, err := queue.Pop()
	must(t, err)
	equal(t, "the oldest was dropped", first, 1)
}

// parity: maps.task-storage, maps.socket-storage, maps.cgroup-storage
func TestStoragesAreReachedByDescriptors(t *testing.T) {
	needsLinux(t, 6, 2, "storage of cgroups")
	o := loadKinds(t)
	byTask, bySocket := golbc.NewMap[int32, uint64](o, "by_task"), golbc.NewMap[int32, uint64](o, "by_socket")
	byCgroup := golbc.NewMap[int32, uint64](o, "by_cgroup")
	must(t, o.Ready())
	task, err := unix.PidfdOpen(os.Getpid(), 0)
	must(t, err)
	defer unix.Close(task)
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	must(t, err)
	defer unix.Close(socket)
	cgroup, err := os.Open(cgroupMount(t))
	must(t, err)
	defer cgroup.Close()
	for fd, storage := range map[int]*golbc.Map[int32, uint64]{task: byTask, socket: bySocket, int(cgroup.Fd()): byCgroup} {
		if _, err := storage.Lookup(int32(fd)); !errors.Is(err, golbc.KeyNotFound) {
			t.Errorf("%s before: %v", storage.Map(), err)
		}
		must(t, storage.Put(int32(fd), 42))
		value, err := storage.Lookup(int32(fd))
		must(t, err)
		equal(t, "value", value, 42)
		must(t, storage.Delete(int32(fd)))
	}
}

// parity: maps.map-in-map
func TestMapsInMapsAreMadePutAndOpened(t *testing.T) {
	o := loadKinds(t)
	tables, named := golbc.NewMapOfMaps[uint32](o, "tables"), golbc.NewMapOfMaps[uint64](o, "named_tables")
	nested := golbc.NewProgram(o, "nested", false, nil)
	must(t, o.Ready())
	made, err := named.NewInner()
	must(t, err)
	must(t, named.Put(5, made))
	counts, err := golbc.Inner[uint32, uint64](made)
	must(t, err)
	must(t, counts.Put(7, 10))
	runLength(t, nested, 64)
	equal(t, "sum", runLength(t, nested, 64), 2+12)
	must(t, made.Close())
	again, err := named.Lookup(5)
	must(t, err)
	defer again.Close()
	counts, err = golbc.Inner[uint32, uint64](again)
	must(t, err)
	value, err := counts.Lookup(7)
	must(t, err)
	equal(t, "count", value, 12)
	if _, err := golbc.Inner[uint32, uint32](again); !errors.Is(err, golbc.WrongType) {
		t.Errorf("a wrong type: %v", err)
	}
	must(t, named.Delete(5))
	must(t, tables.Delete(1))
	equal(t, "sum", runLength(t, nested, 64), 0)
	if _, err := tables.Lookup(1); !errors.Is(err, golbc.KeyNotFound) {
		t.Errorf("an empty slot: %v", err)
	}
}

// parity: maps.program-array, programs.tail-call
func TestTailCallsGoWhereTheProgArraySays(t *testing.T) {
	o := loadKinds(t)
	steps := golbc.NewProgArray(o, "steps")
	first, third := golbc.NewProgram(o, "first", false, nil), golbc.NewProgram(o, "third", false, nil)
	must(t, o.Ready())
	equal(t, "declared", runLength(t, first, 1), 2)
	equal(t, "empty", runLength(t, first, 0), 1)
	must(t, steps.Put(0, third))
	equal(t, "put", runLength(t, first, 0), 3)
	must(t, steps.Delete(0))
	equal(t, "deleted", runLength(t, first, 0), 1)
}

// parity: maps.devices, maps.sockets
func TestRedirectMapsTakeDevicesCPUsAndSockets(t *testing.T) {
	o := loadKinds(t)
	type target struct{ ID, Program uint32 }
	devices, cpus := golbc.NewMap[uint32, target](o, "devices"), golbc.NewMap[uint32, target](o, "cpus")
	sockets := golbc.NewMap[uint32, uint64](o, "sockets")
	must(t, o.Ready())
	loopback, err := net.InterfaceByName("lo")
	must(t, err)
	must(t, devices.Put(2, target{ID: uint32(loopback.Index)}))
	device, err := devices.Lookup(2)
	must(t, err)
	equal(t, "device", int(device.ID), loopback.Index)
	must(t, cpus.Put(0, target{ID: 192})) // the length of its queue
	cpu, err := cpus.Lookup(0)
	must(t, err)
	equal(t, "queue", cpu.ID, 192)
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	must(t, err)
	defer unix.Close(socket)
	must(t, unix.Connect(socket, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}, Port: 9}))
	must(t, sockets.Put(1, uint64(socket)))
	must(t, sockets.Delete(1))
	for _, m := range []*golbc.Map[uint32, target]{devices, cpus} {
		if err := m.Put(99, target{ID: 1}); !errors.Is(err, golbc.MapRefused) {
			t.Errorf("behind the end of %s: %v", m.Map(), err)
		}
	}
}

// parity: maps.user-ring
func TestProgramsTakeWhatAUserRingBufferIsSent(t *testing.T) {
	needsLinux(t, 6, 1, "user ring buffers")
	o := loadKinds(t)
	commands := golbc.NewUserEvents[command](o, "commands")
	drain := golbc.NewProgram(o, "take_commands", false, nil)
	operands := variableOf[uint64](t, o, "kinds", "operands")
	must(t, o.Ready())
	take := func() int {
		taken, err := drain.Run(&ebpf.RunOptions{})
		must(t, err)
		return int(taken)
	}
	for round := range uint32(300) { // many times around the ring
		for i := range uint32(3) {
			must(t, commands.Send(command{round, i}))
		}
		equal(t, "taken", take(), 3)
	}
	equal(t, "sum", operands.Get(), 300*3)
	sent := 0
	err := error(nil)
	for ; err == nil; sent++ {
		err = commands.Send(command{Number: 1})
	}
	if !errors.Is(err, golbc.Full) || sent != 4096/16+1 {
		t.Errorf("full after %d: %v", sent, err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer stop()
	if err := commands.SendWhenFree(ctx, command{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("no room: %v", err)
	}
	drained := make(chan struct{})
	later(t, 50*time.Millisecond, func() {
		defer close(drained)
		equal(t, "drained", take(), 256)
	})
	must(t, commands.SendWhenFree(t.Context(), command{Operand: 5}))
	<-drained
	equal(t, "the last", take(), 1)
	if err := commands.SendBytes(make([]byte, 5000)); !errors.Is(err, unix.E2BIG) {
		t.Errorf("longer than the ring: %v", err)
	}
	must(t, o.Close())
	if err := commands.Send(command{}); !errors.Is(err, golbc.Closed) {
		t.Errorf("after close: %v", err)
	}
}

// parity: maps.mapped
func TestAnArrayIsMappedIntoMemory(t *testing.T) {
	o := loadKinds(t)
	array := golbc.NewArray[uint64](o, "mapped")
	write := golbc.NewProgram(o, "write_mapped", false, nil)
	must(t, o.Ready())
	mapped, err := array.Mmap()
	must(t, err)
	equal(t, "length", mapped.Len(), 600)
	mapped.At(599).Set(1000)
	runLength(t, write, 50)
	equal(t, "shared", mapped.At(599).Get(), 1050)
	mapped.At(3).Set(7)
	value, err := array.Lookup(3)
	must(t, err)
	equal(t, "looked up", value, 7)
	must(t, o.Close())
	equal(t, "after close", mapped.At(599).Get(), 1050)
}

// parity: maps.pin, maps.open-pinned
func TestAFrontEndWorksWithWhatALoaderPinned(t *testing.T) {
	folder := bpfFolder(t)
	loader := load(t, "kinds", nil, golbc.WithPinPath(folder), knownKinds(t))
	shared := golbc.NewMap[uint32, uint64](loader, "lbc_shared")
	must(t, loader.Ready())
	must(t, shared.Put(1, 11))

	frontEnd := load(t, "kinds", nil, golbc.WithPinPath(folder), knownKinds(t), golbc.WithoutPrograms())
	same := golbc.NewMap[uint32, uint64](frontEnd, "lbc_shared")
	first := golbc.NewProgram(frontEnd, "first", true, golbc.Tracing)
	must(t, frontEnd.Ready())
	must(t, frontEnd.Attach())
	if first.Program() != nil {
		t.Error("a program was loaded")
	}
	value, err := same.Lookup(1)
	must(t, err)
	equal(t, "the loader's value", value, 11)
	must(t, loader.Close())

	opened, err := golbc.OpenPinnedMap[uint32, uint64](folder + "/lbc_shared")
	must(t, err)
	value, err = opened.Lookup(1)
	must(t, err)
	equal(t, "the file's value", value, 11)
	must(t, opened.Map().Close())
	if _, err := golbc.OpenPinnedMap[uint32, uint32](folder + "/lbc_shared"); !errors.Is(err, golbc.WrongType) {
		t.Errorf("a wrong type: %v", err)
	}
	if _, err := golbc.OpenPinnedMap[uint32, uint64](folder + "/none"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no such file: %v", err)
	}
}

// parity: maps.reuse, maps.freeze
func TestAMapIsPinnedUnpinnedReusedAndFrozen(t *testing.T) {
	folder := bpfFolder(t)
	o := loadKinds(t)
	inner := golbc.NewMap[uint32, uint64](o, "inner")
	must(t, o.Ready())
	must(t, inner.Pin(folder+"/table"))
	_, err := os.Stat(folder + "/table")
	must(t, err)
	must(t, inner.Unpin())
	if _, err := os.Stat(folder + "/table"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("after unpin: %v", err)
	}
	must(t, inner.Put(3, 33))

	other := loadKinds(t, golbc.WithMap("inner", inner.Map()))
	reused := golbc.NewMap[uint32, uint64](other, "inner")
	must(t, other.Ready())
	value, err := reused.Lookup(3)
	must(t, err)
	equal(t, "reused", value, 33)
	must(t, inner.Freeze())
	if err := reused.Put(3, 34); !errors.Is(err, golbc.NotPermitted) {
		t.Errorf("frozen: %v", err)
	}
}

// parity: maps.batch
func TestManyEntriesMoveWithOneCall(t *testing.T) {
	m := loadMaps(t)
	var entries []golbc.Entry[uint32, uint64]
	var keys []uint32
	for key := range uint32(64) {
		entries, keys = append(entries, golbc.Entry[uint32, uint64]{Key: key, Value: uint64(key) * 10}), append(keys, key)
	}
	written, err := m.lru.UpdateAll(entries[:10], ebpf.UpdateAny)
	must(t, err)
	equal(t, "written", written, 10)
	deleted, err := m.lru.DeleteAll(keys[:4])
	must(t, err)
	equal(t, "deleted", deleted, 4)
	if _, err := m.lru.DeleteAll(keys[:1]); !errors.Is(err, golbc.KeyNotFound) {
		t.Errorf("a key that is gone: %v", err)
	}
	var taken []uint32
	for entry, err := range m.lru.TakeAll() {
		must(t, err)
		equal(t, "value", entry.Value, uint64(entry.Key)*10)
		taken = append(taken, entry.Key)
	}
	slices.Sort(taken)
	if want := []uint32{4, 5, 6, 7, 8, 9}; !slices.Equal(taken, want) {
		t.Errorf("took %v", taken)
	}
	for entry, err := range m.lru.All() {
		t.Errorf("left: %v %v", entry, err)
	}
	none, err := m.lru.UpdateAll(nil, ebpf.UpdateAny)
	must(t, err)
	equal(t, "nothing", none, 0)
}

// parity: maps.iterate
func TestALoopMayDeleteTheEntriesThatItSees(t *testing.T) {
	m := loadMaps(t)
	for id := range uint32(64) {
		must(t, m.hash.Put(flowKey{ID: id}, flow{Count: uint64(id)}))
	}
	seen := map[uint32]int{}
	for entry, err := range m.hash.All() {
		must(t, err)
		seen[entry.Key.ID]++
		if entry.Key.ID%2 == 0 {
			must(t, m.hash.Delete(entry.Key))
		}
	}
	equal(t, "entries", len(seen), 64)
	for id, times := range seen {
		equal(t, "times", times, 1)
		_, err := m.hash.Lookup(flowKey{ID: id})
		equal(t, "deleted", errors.Is(err, golbc.KeyNotFound), id%2 == 0)
	}
}
