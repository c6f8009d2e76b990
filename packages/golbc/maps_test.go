package golbc_test

import (
	"bytes"
	"debug/elf"
	"errors"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/lbc-dev/lbc/packages/golbc"
)

type flowKey struct {
	ID   uint32
	Port uint16
	_    [2]byte
}

type flow struct {
	Count uint64
	Delta int32
	Color int32
	Name  golbc.CString[[8]byte]
}

type maps struct {
	*golbc.Object
	hash         *golbc.Map[flowKey, flow]
	lru          *golbc.Map[uint32, uint64]
	perCPU       *golbc.PerCPUMap[uint32, uint64]
	lruPerCPU    *golbc.PerCPUMap[uint32, uint32]
	array        *golbc.Array[flow]
	slots        *golbc.PerCPUArray[uint32]
	ring, perf   *golbc.Events[measurement]
	records      *golbc.RawEvents
	produced     golbc.Var[uint64]
	dropped      golbc.Var[uint64]
	tuned        golbc.Var[int32]
	flows        golbc.Var[[2]flow]
	limits       golbc.Var[limits]
	rodata       golbc.Const[rodata]
	fillRing     golbc.SocketFilterProgram
	fillPerf     golbc.SocketFilterProgram
	fillRecords  golbc.SocketFilterProgram
	touchMaps    golbc.SocketFilterProgram
	optionalProg golbc.SocketFilterProgram
}

type rodata struct {
	Step     uint32
	Greeting golbc.CString[[8]byte]
	_        [4]byte
}

type limits struct {
	Limit uint32
	Mode  uint8
	_     [3]byte
}

func loadMaps(t *testing.T, options ...golbc.Option) *maps {
	t.Helper()
	var spec *golbc.Spec
	remember := golbc.WithSpec(func(s *golbc.Spec) error {
		spec = s
		return nil
	})
	o := load(t, "maps", []string{"optional"}, append(options, remember)...)
	program := func(name string) golbc.SocketFilterProgram {
		return golbc.SocketFilterProgram{Program: golbc.NewProgram(o, name, false, nil)}
	}
	length := golbc.Length{Min: 40, Max: 40}
	m := &maps{
		Object: o, hash: golbc.NewMap[flowKey, flow](o, "hash_map"), lru: golbc.NewMap[uint32, uint64](o, "lru_map"),
		perCPU:    golbc.NewPerCPUMap[uint32, uint64](o, "percpu_map"),
		lruPerCPU: golbc.NewPerCPUMap[uint32, uint32](o, "lru_percpu_map"),
		array:     golbc.NewArray[flow](o, "array_map"), slots: golbc.NewPerCPUArray[uint32](o, "percpu_slots"),
		ring: golbc.NewEvents[measurement](o, "ring", length), perf: golbc.NewEvents[measurement](o, "perf", length),
		records:  golbc.NewRawEvents(o, "records", golbc.Length{Min: 1, Max: 32}),
		produced: variable[uint64](t, o, spec, "produced"), dropped: variable[uint64](t, o, spec, "dropped"), tuned: variable[int32](t, o, spec, "tuned"),
		flows: variable[[2]flow](t, o, spec, "slots"), limits: variable[limits](t, o, spec, "limits"),
		rodata:   golbc.Constants[rodata](o, ".rodata"),
		fillRing: program("fill_ring"), fillPerf: program("fill_perf"), fillRecords: program("fill_records"),
		touchMaps: program("touch_maps"), optionalProg: program("optional"),
	}
	must(t, o.Ready())
	return m
}

// variable finds a global where cilium/ebpf has it; generated code knows the offset.
func variable[T any](t *testing.T, o *golbc.Object, spec *golbc.Spec, name string) golbc.Var[T] {
	t.Helper()
	v, ok := spec.Variables[name]
	if !ok {
		t.Fatalf("no variable %s", name)
	}
	return golbc.NewVar[T](o, v.SectionName, int64(v.Offset))
}

// variableOf finds a global of a loaded object, by its symbol.
func variableOf[T any](t *testing.T, o *golbc.Object, object, name string) golbc.Var[T] {
	t.Helper()
	file, err := elf.NewFile(bytes.NewReader(fixture(t, object)))
	must(t, err)
	symbols, err := file.Symbols()
	must(t, err)
	for _, symbol := range symbols {
		if symbol.Name == name {
			return golbc.NewVar[T](o, file.Sections[symbol.Section].Name, int64(symbol.Value))
		}
	}
	t.Fatalf("no variable %s", name)
	return golbc.Var[T]{}
}

func run(t *testing.T, program golbc.SocketFilterProgram, times int) uint32 {
	t.Helper()
	var result uint32
	for range times {
		var err error
		result, err = program.Run(&ebpf.RunOptions{Data: make([]byte, 64)})
		must(t, err)
	}
	return result
}

// parity: maps.hash
func TestProgramAndUserSpaceSeeTheSameEntries(t *testing.T) {
	m := loadMaps(t)
	want := flow{Count: 1, Delta: -5, Color: -1, Name: golbc.MakeCString[[8]byte]("touched")}
	equal(t, "result", run(t, m.touchMaps, 1), 42+'h')
	got, err := m.hash.Lookup(flowKey{ID: 1, Port: 80})
	must(t, err)
	equal(t, "hash", got, want)
	got, err = m.array.Lookup(1)
	must(t, err)
	equal(t, "array", got, want)
	equal(t, "global", m.flows.Get()[1], want)
	wide, err := m.lru.Lookup(1)
	must(t, err)
	equal(t, "lru", wide, 1)
	cpus, err := m.slots.Lookup(1)
	must(t, err)
	var sum uint32
	for _, n := range cpus {
		sum += n
	}
	equal(t, "per-CPU sum", sum, 7)
}

// parity: maps.update-modes
func TestHashFlagsAndIteration(t *testing.T) {
	m := loadMaps(t)
	for id := range uint32(10) {
		must(t, m.hash.Update(flowKey{ID: id}, flow{Count: uint64(id)}, ebpf.UpdateNoExist))
	}
	if err := m.hash.Update(flowKey{ID: 3}, flow{}, ebpf.UpdateNoExist); !errors.Is(err, ebpf.ErrKeyExist) {
		t.Errorf("an existing key: %v", err)
	}
	if err := m.hash.Update(flowKey{ID: 99}, flow{}, ebpf.UpdateExist); !errors.Is(err, golbc.KeyNotFound) {
		t.Errorf("a missing key: %v", err)
	}
	must(t, m.hash.Delete(flowKey{ID: 4}))
	if err := m.hash.Delete(flowKey{ID: 4}); !errors.Is(err, golbc.KeyNotFound) {
		t.Errorf("a deleted key: %v", err)
	}
	if _, err := m.hash.Lookup(flowKey{ID: 4}); !errors.Is(err, golbc.KeyNotFound) {
		t.Errorf("a deleted key: %v", err)
	}
	var sum uint64
	for entry, err := range m.hash.All() {
		must(t, err)
		sum += entry.Value.Count
	}
	equal(t, "sum", sum, 45-4)
}

// parity: maps.take
func TestAnEntryIsTakenOutOfAHashMap(t *testing.T) {
	needsLinux(t, 5, 14, "taking entries of hash maps")
	m := loadMaps(t)
	must(t, m.hash.Put(flowKey{ID: 5}, flow{Count: 5}))
	taken, err := m.hash.LookupAndDelete(flowKey{ID: 5})
	must(t, err)
	equal(t, "taken", taken.Count, 5)
	if _, err := m.hash.LookupAndDelete(flowKey{ID: 5}); !errors.Is(err, golbc.KeyNotFound) {
		t.Errorf("a key that was taken: %v", err)
	}
}

// Kernels before 5.11 count maps as locked memory, of which processes have 8 MiB or less.
func TestAMapMayBeLargerThanWhatMayBeLocked(t *testing.T) {
	m := loadMaps(t, golbc.WithSpec(func(spec *golbc.Spec) error {
		spec.Maps["hash_map"].MaxEntries = 1 << 18 // of 32 bytes and what the kernel adds
		return nil
	}))
	must(t, m.hash.Put(flowKey{ID: 1}, flow{Count: 1}))
}

// parity: maps.per-cpu
func TestEveryCPUHasItsOwnValues(t *testing.T) {
	m := loadMaps(t)
	cpus := ebpf.MustPossibleCPU()
	values, small := make([]uint64, cpus), make([]uint32, cpus)
	for cpu := range values {
		values[cpu], small[cpu] = uint64(cpu)<<40, uint32(cpu+5)
	}
	must(t, m.perCPU.Put(7, values))
	must(t, m.lruPerCPU.Put(8, small))
	must(t, m.slots.Put(0, small))
	for entry, err := range m.perCPU.All() {
		must(t, err)
		equal(t, "key", entry.Key, 7)
		for cpu, value := range entry.Value {
			equal(t, "value", value, values[cpu])
		}
	}
	got, err := m.lruPerCPU.Lookup(8)
	must(t, err)
	equal(t, "last CPU", got[cpus-1], small[cpus-1])
	if err := m.perCPU.Put(7, values[:cpus-1]); !errors.Is(err, golbc.WrongType) {
		t.Errorf("too few values: %v", err)
	}
}

// parity: maps.array
func TestArraysHaveEveryIndexAndNoOther(t *testing.T) {
	m := loadMaps(t)
	must(t, m.array.Put(3, flow{Delta: -3}))
	var seen []uint32
	for entry, err := range m.array.All() {
		must(t, err)
		seen = append(seen, entry.Key)
		equal(t, "delta", entry.Value.Delta, map[uint32]int32{3: -3}[entry.Key])
	}
	equal(t, "length", len(seen), 4)
	if _, err := m.array.Lookup(4); !errors.Is(err, golbc.KeyNotFound) {
		t.Errorf("behind the end: %v", err)
	}
}

// parity: data.live, data.sections
func TestGlobalsAreShared(t *testing.T) {
	m := loadMaps(t)
	equal(t, "initial", m.tuned.Get(), 7)
	equal(t, "custom section", m.limits.Get(), limits{Limit: 42, Mode: 3})
	m.tuned.Set(-9)
	m.limits.Set(limits{Limit: 1000})
	equal(t, "result", run(t, m.touchMaps, 1), 1000+'h')
	cpus, err := m.slots.Lookup(1)
	must(t, err)
	var sum int32
	for _, n := range cpus {
		sum += int32(n)
	}
	equal(t, "sum", sum, -9)
	equal(t, "produced", m.produced.Get(), 1)
	must(t, m.Close())
	equal(t, "after close", m.produced.Get(), 1)
}

// parity: data.constants
func TestConstantsAreSetBeforeLoad(t *testing.T) {
	m := loadMaps(t, golbc.WithSection(".rodata", func(r *rodata) {
		equal(t, "initial", r.Greeting.String(), "hello")
		r.Step = 3
		r.Greeting.Set("Z")
	}))
	equal(t, "step", m.rodata.Get().Step, 3)
	equal(t, "result", run(t, m.touchMaps, 1), 42+'Z')
}

// parity: maps.max-entries, programs.autoload
func TestOptionsChangeMapsAndPrograms(t *testing.T) {
	m := loadMaps(t, golbc.WithSpec(func(spec *golbc.Spec) error {
		spec.Maps["hash_map"].MaxEntries = 1
		spec.Program("optional").Autoload = true
		spec.Program("fill_perf").Autoload = false
		return nil
	}))
	equal(t, "optional", run(t, m.optionalProg, 1), 7)
	if _, err := m.fillPerf.Run(nil); !errors.Is(err, golbc.NotLoaded) {
		t.Errorf("switched off: %v", err)
	}
	must(t, m.hash.Put(flowKey{ID: 1}, flow{}))
	if err := m.hash.Put(flowKey{ID: 2}, flow{}); !errors.Is(err, golbc.MapRefused) {
		t.Errorf("a full map: %v", err)
	}
}

// parity: maps.autocreate
func TestAMapIsLeftOut(t *testing.T) {
	o := load(t, "maps", nil, golbc.WithSpec(func(spec *golbc.Spec) error {
		delete(spec.Maps, "perf")
		spec.Program("fill_perf").Autoload = false
		return nil
	}))
	equal(t, "another map's descriptor", o.Map("ring").FD() > 0, true)
	if o.Map("perf"); !errors.Is(o.Ready(), golbc.BadOption) {
		t.Errorf("got %v", o.Ready())
	}
}

func TestWrongTypesAreFoundAtLoad(t *testing.T) {
	o := load(t, "maps", []string{"optional"})
	golbc.NewMap[uint32, flow](o, "hash_map")
	if err := o.Ready(); !errors.Is(err, golbc.WrongType) {
		t.Errorf("got %v", err)
	}
}

func TestErrorsTellWhatAndWhere(t *testing.T) {
	_, err := golbc.Load(golbc.Description{Name: "hello", Object: []byte("no object")})
	if !errors.Is(err, golbc.BadObject) || !strings.HasPrefix(err.Error(), "open hello: bad-object: ") {
		t.Errorf("got %v", err)
	}
}

// parity: errors.closed
func TestAMapOfAClosedObjectTellsThatItIsClosed(t *testing.T) {
	m := loadMaps(t)
	must(t, m.Close())
	_, lookup := m.hash.Lookup(flowKey{})
	_, percpu := m.perCPU.Lookup(1)
	for _, err := range []error{lookup, percpu, m.array.Put(0, flow{}), m.lru.Delete(1), m.hash.Freeze()} {
		if !errors.Is(err, golbc.Closed) {
			t.Errorf("got %v", err)
		}
	}
	for _, err := range m.hash.All() {
		if !errors.Is(err, golbc.Closed) {
			t.Errorf("walk: got %v", err)
		}
	}
	for _, err := range m.ring.All(t.Context()) {
		if !errors.Is(err, golbc.Closed) {
			t.Errorf("events: got %v", err)
		}
	}
}
