package golbc_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
	"github.com/cilium/ebpf/features"
	"github.com/lbc-dev/lbc/packages/golbc"
	"golang.org/x/sys/unix"
)

// needsProbes is for tests on a kernel with kprobes and trampolines, which a virtual machine gives: tools/kernels runs those
// whose names begin with TestProbes.
func needsProbes(t *testing.T) {
	t.Helper()
	if os.Getenv("LBC_PROBES") == "" {
		t.Skip("LBC_PROBES is not set: this kernel may have no kprobes")
	}
}

// parity: links.kprobe, links.fentry
func TestProbes(t *testing.T) {
	needsProbes(t)
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

// parity: programs.freplace, programs.load-target
func TestProbesReplaceAFunctionOfAProgram(t *testing.T) {
	needsProbes(t)
	only := func(program string, target *ebpf.Program) *golbc.Program {
		o := load(t, "links", manualLinks, golbc.WithSpec(func(spec *golbc.Spec) error {
			for name := range spec.Programs {
				spec.Program(name).Autoload = name == program
			}
			spec.Program(program).AttachTarget = target
			return nil
		}))
		return golbc.NewProgram(o, program, false, nil)
	}
	result := func(p *golbc.Program) uint32 {
		verdict, err := p.Run(&ebpf.RunOptions{Data: make([]byte, 64)})
		must(t, err)
		return verdict
	}
	target := only("calls_replaceable", nil)
	equal(t, "XDP_PASS", result(target), 2)
	replacement := golbc.FreplaceProgram{Program: only("replacement", target.Program())}
	attached, err := replacement.AttachFreplace(target.Program(), "replaceable")
	must(t, err)
	equal(t, "XDP_TX", result(target), 3)
	must(t, attached.Close())
	equal(t, "XDP_PASS again", result(target), 2)
}

func kernelHasFunction(t *testing.T, name string) bool {
	t.Helper()
	kernel, err := btf.LoadKernelSpec()
	must(t, err)
	var function *btf.Func
	return kernel.TypeByName(name, &function) == nil
}

// needsLinux skips on kernels before a version; on a newer one the test has to pass.
func needsLinux(t *testing.T, major, minor uint32, what string) {
	t.Helper()
	if kernelBefore(t, major, minor) {
		t.Skipf("%s came with Linux %d.%d", what, major, minor)
	}
}

func kernelBefore(t *testing.T, major, minor uint32) bool {
	t.Helper()
	version, err := features.LinuxVersionCode()
	must(t, err)
	return version < major<<16|minor<<8
}

// parity: links.ksyscall, links.lsm, links.fmod-ret, programs.sleepable
func TestProbesOfSystemCallsAndSecurityHooks(t *testing.T) {
	needsProbes(t)
	attachers := map[string]golbc.Attacher{
		"on_getpgid": golbc.Ksyscall("getpgid", false), "on_lsm": golbc.LSM, "on_sleepable_lsm": golbc.LSM, "on_fmod_ret": golbc.Tracing,
	}
	hits := map[string]int{"on_getpgid": hookKsyscall, "on_lsm": hookLSM, "on_sleepable_lsm": hookLSM, "on_fmod_ret": hookFmodRet}
	for name, attacher := range attachers {
		if strings.HasSuffix(name, "lsm") && !kernelHasFunction(t, "bpf_lsm_file_open") {
			t.Logf("%s: this kernel is built without CONFIG_BPF_LSM", name)
			continue
		}
		if name == "on_sleepable_lsm" && kernelBefore(t, 5, 11) {
			t.Logf("%s: file_open may sleep since Linux 5.11", name)
			continue
		}
		o := load(t, "hooks", hookPrograms,
			golbc.WithSection(".rodata", func(r *target) { r.PID = uint32(os.Getpid()) }),
			golbc.WithSpec(func(spec *golbc.Spec) error {
				spec.Program(name).Autoload = true
				return nil
			}))
		counts := variableOf[[hookCount]uint64](t, o, "hooks", "hits")
		golbc.NewProgram(o, name, true, attacher)
		must(t, o.Ready())
		must(t, o.Attach())
		_, err := unix.Getpgid(1)
		must(t, err)
		file, err := os.Open("/")
		must(t, err)
		must(t, file.Close())
		if counts.Get()[hits[name]] == 0 {
			t.Errorf("%s: no hit", name)
		}
	}
}
