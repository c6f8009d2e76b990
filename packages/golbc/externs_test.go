package golbc_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
	"golang.org/x/sys/unix"

	"github.com/lbc-dev/lbc/packages/golbc"
)

// taken is what externs.bpf.c takes from the kernel by name.
type taken struct {
	Version     uint32
	_           [4]byte
	HZ          uint64
	HasBPF      int32
	HasOption   int32
	Address     uint64
	HasSymbol   int32
	HasVariable int32
	Called      int32
	HasFunction int32
}

func readExterns(t *testing.T) taken {
	t.Helper()
	o := load(t, "externs", []string{"read_variable"})
	program := golbc.NewProgram(o, "read_externs", false, nil)
	values := golbc.NewVar[taken](o, ".bss", 0)
	must(t, o.Ready())
	runLength(t, program, 64)
	return values.Get()
}

// parity: data.kconfig
func TestOptionsOfTheKernelAreValuesAndZeroWhereWeakAndMissing(t *testing.T) {
	got := readExterns(t)
	var name unix.Utsname
	must(t, unix.Uname(&name))
	var major, minor uint32
	_, err := fmt.Sscanf(unix.ByteSliceToString(name.Release[:]), "%d.%d", &major, &minor)
	must(t, err)
	equal(t, "version", got.Version>>8, major<<8|minor)
	if got.HZ < 100 || got.HZ > 1000 {
		t.Errorf("CONFIG_HZ: %d", got.HZ)
	}
	equal(t, "CONFIG_BPF_SYSCALL", got.HasBPF, 1)
	equal(t, "an option of no kernel", got.HasOption, 0)
}

// options is .kconfig of externs.bpf.c as libbpf lays it out.
type options struct {
	HZ      uint64
	BPF     uint32
	Version uint32
	None    bool
	_       [7]byte
}

func TestOptionsOfTheKernelAreReadWhereGeneratedTypesHaveThem(t *testing.T) {
	o := load(t, "externs", []string{"read_variable"})
	values := golbc.Constants[options](o, ".kconfig")
	must(t, o.Ready())
	got := readExterns(t)
	equal(t, "options", values.Get(), options{HZ: got.HZ, BPF: 1, Version: got.Version})
}

func TestTheConfigurationMayBeGiven(t *testing.T) {
	o := load(t, "externs", []string{"read_variable"}, golbc.WithKconfig("CONFIG_HZ=77\nCONFIG_BPF_SYSCALL=m\n"))
	values := golbc.Constants[options](o, ".kconfig")
	must(t, o.Ready())
	got := values.Get()
	equal(t, "HZ", got.HZ, 77)
	equal(t, "a module", got.BPF, 2)
	_, err := golbc.Load(golbc.Description{Name: "externs", Object: fixture(t, "externs")}, golbc.WithKconfig("CONFIG_HZ=77\n"))
	if !errors.Is(err, golbc.NotSupported) || !strings.Contains(err.Error(), "CONFIG_BPF_SYSCALL") {
		t.Errorf("a strong option that is missing: %v", err)
	}
}

// parity: data.ksym
func TestSymbolsOfTheKernelAreAddressesAndZeroWhereWeakAndMissing(t *testing.T) {
	got := readExterns(t)
	symbols, err := golbc.ReadKernelSymbols()
	must(t, err)
	symbol := symbols.Resolve(got.Address)
	equal(t, "symbol", symbol.String(), "vfs_read+0x0")
	equal(t, "a symbol of no kernel", got.HasSymbol, 0)
}

// parity: data.kfunc
func TestFunctionsOfTheKernelAreCalledWhereTheyAreThere(t *testing.T) {
	got := readExterns(t)
	var function *btf.Func
	kernel, err := btf.LoadKernelSpec()
	must(t, err)
	equal(t, "called", got.Called == 1, kernel.TypeByName("bpf_rcu_read_lock", &function) == nil)
	equal(t, "a function of no kernel", got.HasFunction, 0)
}

// relocated is what the relocations of relocations.bpf.c became.
type relocated struct {
	ByteOffset, ByteSize, Exists, IsSigned, LeftShift, RightShift uint32
	LocalID, TargetID, TypeExists, TypeSize, TypeMatches          uint32
	EnumeratorExists, Enumerator, Missing                         uint32
}

// parity: core.kinds
func TestEveryKindOfRelocationIsResolvedAgainstTheKernelsTypes(t *testing.T) {
	o := load(t, "relocations", nil)
	program := golbc.NewProgram(o, "relocate", false, nil)
	found := golbc.NewVar[relocated](o, ".bss", 0)
	must(t, o.Ready())
	runLength(t, program, 64)
	kernel, err := btf.LoadKernelSpec()
	must(t, err)
	var task *btf.Struct
	must(t, kernel.TypeByName("task_struct", &task))
	id, err := kernel.TypeID(task)
	must(t, err)
	handle, err := program.Program().Handle() // cilium/ebpf loads with the types that the program needs
	must(t, err)
	defer handle.Close()
	own, err := handle.Spec(nil)
	must(t, err)
	var view *btf.Struct
	must(t, own.TypeByName("task_struct___view", &view))
	local, err := own.TypeID(view)
	must(t, err)
	want := relocated{
		ByteSize: 4, Exists: 1, IsSigned: 1, LeftShift: 32, RightShift: 32, LocalID: uint32(local), TargetID: uint32(id),
		TypeExists: 1, TypeSize: task.Size, TypeMatches: 1, EnumeratorExists: 1, Enumerator: uint32(ebpf.Array),
	}
	for _, member := range task.Members {
		if member.Name == "tgid" {
			want.ByteOffset = member.Offset.Bytes()
		}
	}
	equal(t, "found", found.Get(), want)
}

// parity: core.min-btf
func TestAFileWithTheTypesThatAnObjectNeedsIsEnough(t *testing.T) {
	folder := t.TempDir()
	types, object := filepath.Join(folder, "min.btf"), filepath.Join(folder, "attach.bpf.o")
	must(t, os.WriteFile(object, fixture(t, "attach"), 0o600))
	bpftool := exec.Command("bpftool", "gen", "min_core_btf", "/sys/kernel/btf/vmlinux", types, object)
	if _, err := exec.LookPath("bpftool"); err != nil {
		bpftool.Path, bpftool.Err = "/usr/sbin/bpftool", nil // where Debian has it
	}
	must(t, bpftool.Run())
	info, err := os.Stat(types)
	must(t, err)
	if info.Size() > 10_000 {
		t.Errorf("%d bytes", info.Size())
	}
	o := load(t, "attach", nil, golbc.WithKernelTypes(types))
	golbc.NewProgram(o, "on_tp_btf", true, golbc.Tracing)
	must(t, o.Attach())
}

// parity: errors.unresolved
func TestATargetThatTheKernelLacksIsNamed(t *testing.T) {
	_, err := golbc.Load(golbc.Description{Name: "hooks", Object: fixture(t, "hooks"), Manual: hookPrograms},
		golbc.WithSpec(func(spec *golbc.Spec) error {
			spec.Program("newer").Autoload = true
			return nil
		}))
	if !errors.Is(err, golbc.NotSupported) || !strings.Contains(err.Error(), "no_such_function") {
		t.Errorf("got %v", err)
	}
}

func TestWhatCiliumDoesNotLoadIsSaid(t *testing.T) {
	_, err := golbc.Load(golbc.Description{Name: "arena", Object: fixture(t, "arena")})
	if !errors.Is(err, golbc.NotSupported) {
		t.Errorf("an arena with variables: %v", err)
	}
	_, err = golbc.Load(golbc.Description{Name: "hooks", Object: fixture(t, "hooks"), Manual: hookPrograms},
		golbc.WithSpec(func(spec *golbc.Spec) error {
			spec.Program("on_lsm_cgroup").Autoload = true
			return nil
		}))
	if !errors.Is(err, golbc.NotSupported) || !strings.Contains(err.Error(), "lsm_cgroup") {
		t.Errorf("a security hook of cgroups: %v", err)
	}
}

// parity: programs.variants
func TestTheFirstVariantThatTheKernelTakesIsLoaded(t *testing.T) {
	o := load(t, "hooks", hookPrograms, golbc.WithFirstOf("newer", "older"))
	hits := variableOf[[hookCount]uint64](t, o, "hooks", "hits")
	newer := golbc.NewProgram(o, "newer", true, golbc.Tracing)
	golbc.NewProgram(o, "older", true, golbc.RawTracepoint("sched_process_fork"))
	must(t, o.Ready())
	must(t, o.Attach())
	fork(t)
	if hits.Get()[hookVariant] == 0 {
		t.Error("no hit")
	}
	if _, err := newer.Attach(); !errors.Is(err, golbc.NotLoaded) {
		t.Errorf("the variant that was left out: %v", err)
	}
}

func TestWhereTheKernelTakesNoVariantTheLastOnesErrorIsGiven(t *testing.T) {
	description := golbc.Description{Name: "hooks", Object: fixture(t, "hooks"), Manual: hookPrograms}
	_, err := golbc.Load(description, golbc.WithFirstOf("newer"))
	if !errors.Is(err, golbc.NotSupported) || !strings.Contains(err.Error(), "no_such_function") {
		t.Errorf("got %v", err)
	}
	for _, names := range [][]string{{"older", "none"}, {}} {
		if _, err := golbc.Load(description, golbc.WithFirstOf(names...)); !errors.Is(err, golbc.BadOption) {
			t.Errorf("%v: %v", names, err)
		}
	}
}
