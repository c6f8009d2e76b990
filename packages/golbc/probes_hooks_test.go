package golbc_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
	"golang.org/x/sys/unix"

	"github.com/lbc-dev/lbc/packages/golbc"
)

// needsSymbol skips where the kernel was built without what a function of its own belongs to.
func needsSymbol(t *testing.T, symbol string) {
	t.Helper()
	needsProbes(t)
	symbols, err := os.ReadFile("/proc/kallsyms")
	must(t, err)
	if !strings.Contains(string(symbols), " "+symbol+"\n") {
		t.Skipf("this kernel was built without %s", symbol)
	}
}

// hookOf loads one program of hooks.bpf.c, for this process.
func hookOf(t *testing.T, name string) (*golbc.Object, golbc.Var[[hookCount]uint64]) {
	t.Helper()
	o := load(t, "hooks", hookPrograms,
		golbc.WithSection(".rodata", func(r *target) { r.PID = uint32(os.Getpid()) }),
		golbc.WithSpec(func(spec *golbc.Spec) error {
			spec.Program(name).Autoload = true
			return nil
		}))
	return o, variableOf[[hookCount]uint64](t, o, "hooks", "hits")
}

func openFile(t *testing.T, path string) {
	t.Helper()
	file, err := os.Open(path)
	must(t, err)
	must(t, file.Close())
}

// seen checks that a program sees something while its link is there, and no more afterwards.
func seen(t *testing.T, l *golbc.Link, hits golbc.Var[[hookCount]uint64], hook int, happens func()) {
	t.Helper()
	happens()
	if hits.Get()[hook] == 0 {
		t.Error("no hit")
	}
	must(t, l.Close())
	before := hits.Get()[hook]
	happens()
	equal(t, "hits after close", hits.Get()[hook], before)
}

// parity: links.kprobe-multi
func TestProbesOfManyFunctionsAreAttachedByAPattern(t *testing.T) {
	needsSymbol(t, "register_fprobe")
	o, hits := hookOf(t, "on_kprobe_multi")
	l, err := golbc.NewProgram(o, "on_kprobe_multi", true, golbc.KprobeMulti("security_file_o*", false, false)).Attach()
	must(t, err)
	seen(t, l, hits, hookKprobeMulti, func() { openFile(t, "/") })
}

// parity: links.module-function, core.module
func TestProbesOfAModulesFunctionsKnowTheModulesTypes(t *testing.T) {
	needsProbes(t)
	if _, err := os.Stat("/sys/kernel/btf/overlay"); err != nil {
		t.Skipf("the module overlay has no types here (Linux 5.11): %v", err)
	}
	o, hits := hookOf(t, "on_module")
	size := variableOf[uint64](t, o, "hooks", "module_type_size")
	l, err := golbc.NewProgram(o, "on_module", true, golbc.Tracing).Attach()
	must(t, err)
	seen(t, l, hits, hookModule, func() { openFile(t, "/etc/passwd") }) // the guest's root is an overlay
	kernel, err := btf.LoadKernelSpec()
	must(t, err)
	raw, err := os.ReadFile("/sys/kernel/btf/overlay")
	must(t, err)
	overlay, err := btf.LoadSplitSpecFromReader(strings.NewReader(string(raw)), kernel)
	must(t, err)
	var layers *btf.Struct
	must(t, overlay.TypeByName("ovl_fs", &layers))
	equal(t, "size of struct ovl_fs", size.Get(), uint64(layers.Size))
}

// parity: links.netkit
func TestProbesOfANetkitDevice(t *testing.T) {
	needsSymbol(t, "netkit_prog_attach")
	name := fmt.Sprintf("lbc%d", os.Getpid())
	ip := func(words ...string) {
		output, err := exec.Command("/sbin/ip", words...).CombinedOutput()
		if err != nil {
			t.Fatalf("ip %v: %s", words, output)
		}
	}
	ip("link", "add", name, "type", "netkit")
	defer ip("link", "del", name)
	device, err := net.InterfaceByName(name)
	must(t, err)
	o, _ := hookOf(t, "on_netkit")
	l, err := golbc.ClassifierProgram{Program: golbc.NewProgram(o, "on_netkit", false, nil)}.AttachNetkit(device.Index, ebpf.AttachNetkitPrimary)
	must(t, err)
	info, err := l.Link().Info()
	must(t, err)
	equal(t, "interface", int(info.Netkit().Ifindex), device.Index)
	must(t, l.Close())
}

// registered loads registered.bpf.c with one of its struct_ops.
func registered(t *testing.T, name, other string) (*golbc.Object, *golbc.StructOps) {
	t.Helper()
	o := load(t, "registered", nil, golbc.WithSpec(func(spec *golbc.Spec) error {
		delete(spec.Maps, other)
		for program := range spec.Programs {
			if strings.HasPrefix(program, other) {
				spec.Program(program).Autoload = false
			}
		}
		return nil
	}))
	operations := golbc.NewStructOps(o, name, true)
	must(t, o.Ready())
	return o, operations
}

// parity: programs.struct-ops
func TestProbesRegisterACongestionControl(t *testing.T) {
	needsProbes(t)
	needsLinux(t, 6, 4, "links of struct_ops, by which alone cilium/ebpf registers them,")
	o, operations := registered(t, "control", "scheduler")
	connections := variableOf[uint64](t, o, "registered", "connections")
	must(t, o.Attach())
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	must(t, err)
	defer unix.Close(socket)
	must(t, unix.SetsockoptString(socket, unix.IPPROTO_TCP, unix.TCP_CONGESTION, "lbc_control"))
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	defer listener.Close()
	must(t, unix.Connect(socket, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}, Port: listener.Addr().(*net.TCPAddr).Port}))
	equal(t, "connections", connections.Get(), 1)
	must(t, operations.Links()[0].Close())
	err = unix.SetsockoptString(socket, unix.IPPROTO_TCP, unix.TCP_CONGESTION, "lbc_control")
	equal(t, "error after close", err, error(unix.ENOENT))
}

// parity: programs.sched-ext
func TestProbesSchedule(t *testing.T) {
	needsProbes(t)
	if _, err := os.Stat("/sys/kernel/sched_ext"); err != nil {
		t.Skipf("this kernel was built without sched_ext: %v", err)
	}
	state := func() string {
		text, err := os.ReadFile("/sys/kernel/sched_ext/state")
		must(t, err)
		return strings.TrimSpace(string(text))
	}
	o, scheduler := registered(t, "scheduler", "control")
	starts := variableOf[uint64](t, o, "registered", "starts")
	must(t, o.Attach())
	equal(t, "state", state(), "enabled")
	equal(t, "starts", starts.Get(), 1)
	must(t, scheduler.Links()[0].Close())
	for end := time.Now().Add(time.Minute); state() != "disabled" && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
	}
	equal(t, "state after close", state(), "disabled")
}

func TestProbesOfAnOldKernelNameTheVersionThatHasWhatIsMissing(t *testing.T) {
	needsProbes(t)
	_, err := golbc.Load(golbc.Description{Name: "kinds", Object: fixture(t, "kinds")}, golbc.WithPinPath(bpfFolder(t)),
		golbc.WithSpec(func(spec *golbc.Spec) error {
			for name := range spec.Programs { // the map in question is of Linux 6.2, programs use helpers of earlier versions
				spec.Program(name).Autoload = false
			}
			return nil
		}))
	if !kernelBefore(t, 6, 2) {
		must(t, err)
		return
	}
	var refused *golbc.Error
	if !errors.Is(err, golbc.NotSupported) || !errors.As(err, &refused) || refused.Since == "" {
		t.Errorf("got %v", err)
	}
}
