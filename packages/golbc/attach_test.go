package golbc_test

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"github.com/lbc-dev/lbc/packages/golbc"
)

// The hooks of attach.bpf.c.
const (
	hookTracepoint = iota
	hookRawTracepoint
	hookTPBTF
	hookUprobe
	hookUretprobe
	hookSocketFilter
	hookXDP
	hooks
)

type hit struct {
	Hook  int32
	PID   uint32
	Value int64
}

type target struct {
	PID uint32
	_   [4]byte
}

func loadAttach(t *testing.T, pid uint32) (*golbc.Object, golbc.Var[[hooks]uint64], *golbc.Events[hit]) {
	t.Helper()
	o := load(t, "attach", nil, golbc.WithSection(".rodata", func(r *target) { r.PID = pid }))
	counts := golbc.NewVar[[hooks]uint64](o, ".bss", 0)
	events := golbc.NewEvents[hit](o, "events", golbc.Length{Min: 16, Max: 16})
	must(t, o.Ready())
	return o, counts, events
}

func fork(t *testing.T) { must(t, exec.CommandContext(t.Context(), "/bin/true").Run()) }

func waitForHit(t *testing.T, events *golbc.Events[hit], hook int32) hit {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), soon)
	defer stop()
	for event, err := range events.All(ctx) {
		must(t, err)
		if event.Hook == hook {
			return event
		}
	}
	t.Fatalf("no hit of hook %d", hook)
	return hit{}
}

// parity: links.tracepoint, links.raw-tracepoint, links.tp-btf
func TestEveryTracepointThatASectionNamesIsAttached(t *testing.T) {
	o, counts, events := loadAttach(t, uint32(os.Getpid()))
	golbc.NewProgram(o, "on_tracepoint", true, golbc.Tracepoint("sched", "sched_process_fork"))
	golbc.NewProgram(o, "on_raw_tracepoint", true, golbc.RawTracepoint("sched_process_fork"))
	golbc.NewProgram(o, "on_tp_btf", true, golbc.Tracing)
	must(t, o.Attach())
	fork(t)
	for _, hook := range []int32{hookTracepoint, hookRawTracepoint, hookTPBTF} {
		if counts.Get()[hook] == 0 {
			t.Errorf("hook %d was not hit", hook)
		}
	}
	equal(t, "pid", waitForHit(t, events, hookTPBTF).PID, uint32(os.Getpid()))
	must(t, o.Detach())
	before := counts.Get()
	fork(t)
	equal(t, "hits after detach", counts.Get(), before)
}

// parity: helpers.target
func TestATargetMayBeGivenAtRunTime(t *testing.T) {
	o, counts, _ := loadAttach(t, uint32(os.Getpid()))
	p := golbc.TracepointProgram{Program: golbc.NewProgram(o, "on_tracepoint", false, nil)}
	if _, err := p.Attach(); !errors.Is(err, golbc.NoTarget) {
		t.Errorf("without a target: %v", err)
	}
	l, err := p.AttachTracepoint("sched", "sched_process_fork")
	must(t, err)
	fork(t)
	must(t, l.Close())
	must(t, l.Close())
	before := counts.Get()[hookTracepoint]
	if before == 0 {
		t.Error("not hit")
	}
	fork(t)
	equal(t, "hits after close", counts.Get()[hookTracepoint], before)
	if _, err := p.AttachTracepoint("sched", "no_such_event"); !errors.Is(err, golbc.AttachRefused) {
		t.Errorf("an unknown event: %v", err)
	}
}

// parity: links.uprobe
func TestUprobesSeeAFunctionOfLibc(t *testing.T) {
	libc, err := filepath.Glob("/lib/*-linux-gnu/libc.so.6")
	must(t, err)
	if len(libc) == 0 {
		t.Skip("this system has no glibc where Debian has it")
	}
	o, counts, events := loadAttach(t, 0)
	entry := golbc.UprobeProgram{Program: golbc.NewProgram(o, "on_uprobe", false, nil)}
	_, err = entry.AttachUprobe(libc[0], "exit", nil)
	must(t, err)
	ret := golbc.UprobeProgram{Program: golbc.NewProgram(o, "on_uretprobe", false, nil), Return: true}
	_, err = ret.AttachUprobe(libc[0], "getppid", nil)
	must(t, err)
	must(t, exec.CommandContext(t.Context(), "/bin/sh", "-c", "true").Run())
	command := exec.CommandContext(t.Context(), "/bin/false")
	if err := command.Run(); command.ProcessState.ExitCode() != 1 {
		t.Fatal(err)
	}
	if counts.Get()[hookUretprobe] == 0 {
		t.Error("no return of getppid, which sh calls")
	}
	ctx, stop := context.WithTimeout(t.Context(), soon)
	defer stop()
	for event, err := range events.All(ctx) {
		must(t, err)
		if event.Hook == hookUprobe && event.PID == uint32(command.Process.Pid) {
			equal(t, "status", event.Value, 1)
			return
		}
	}
	t.Error("exit was not seen")
}

// parity: links.socket-filter
func TestASocketFilterSeesPacketsUntilItsLinkIsClosed(t *testing.T) {
	o, counts, _ := loadAttach(t, 0)
	p := golbc.SocketFilterProgram{Program: golbc.NewProgram(o, "on_packet", false, nil)}
	socket, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	must(t, err)
	defer socket.Close()
	l, err := p.AttachSocket(socket)
	must(t, err)
	send := func() {
		_, err := socket.WriteTo([]byte("hello"), socket.LocalAddr())
		must(t, err)
		must(t, socket.SetReadDeadline(time.Now().Add(soon)))
		_, err = socket.Read(make([]byte, 16))
		must(t, err)
	}
	send()
	equal(t, "packets", counts.Get()[hookSocketFilter], 1)
	must(t, l.Close())
	send()
	equal(t, "packets after close", counts.Get()[hookSocketFilter], 1)
}

// parity: programs.test-run
func TestXDPRunsOnPacketsThatAreGiven(t *testing.T) {
	o, counts, _ := loadAttach(t, 0)
	p := golbc.XDPProgram{Program: golbc.NewProgram(o, "on_xdp", false, nil)}
	packet := make([]byte, 64)
	result, err := p.Run(&ebpf.RunOptions{Data: packet})
	must(t, err)
	equal(t, "XDP_PASS", result, 2)
	packet[0] = 0xff
	result, err = p.Run(&ebpf.RunOptions{Data: packet})
	must(t, err)
	equal(t, "XDP_DROP", result, 1)
	equal(t, "runs", counts.Get()[hookXDP], 2)
}

// parity: links.xdp, links.info
func TestXDPAttachesToTheLoopbackInterface(t *testing.T) {
	o, _, _ := loadAttach(t, 0)
	p := golbc.XDPProgram{Program: golbc.NewProgram(o, "on_xdp", false, nil)}
	loopback, err := net.InterfaceByName("lo")
	must(t, err)
	l, err := p.AttachXDP(loopback.Index, link.XDPGenericMode)
	must(t, err)
	info, err := l.Link().Info()
	must(t, err)
	equal(t, "interface", int(info.XDP().Ifindex), loopback.Index)
}

func TestAFailedAttachUndoesTheOthers(t *testing.T) {
	o, counts, _ := loadAttach(t, uint32(os.Getpid()))
	golbc.NewProgram(o, "on_tp_btf", true, golbc.Tracing)
	golbc.NewProgram(o, "on_tracepoint", true, golbc.Tracepoint("sched", "no_such_event"))
	if err := o.Attach(); !errors.Is(err, golbc.AttachRefused) {
		t.Errorf("got %v", err)
	}
	fork(t)
	equal(t, "hits", counts.Get()[hookTPBTF], 0)
}

// parity: links.again
func TestAttachLeavesWhatIsAttachedAndAttachesTheRest(t *testing.T) {
	o, counts, _ := loadAttach(t, uint32(os.Getpid()))
	tracing := golbc.NewProgram(o, "on_tp_btf", true, golbc.Tracing)
	raw := golbc.NewProgram(o, "on_raw_tracepoint", true, golbc.RawTracepoint("sched_process_fork"))
	equal(t, "links before", len(tracing.Links()), 0)
	must(t, o.Attach())
	first := tracing.Links()
	equal(t, "links", len(first), 1)
	must(t, raw.Links()[0].Close())
	equal(t, "links after close", len(raw.Links()), 0)
	must(t, o.Attach())
	if again := tracing.Links(); len(again) != 1 || again[0] != first[0] || len(raw.Links()) != 1 {
		t.Errorf("links %v and %v, at first %v", again, raw.Links(), first)
	}
	fork(t) // Go's own threads are forks too: how many there are is not known
	for _, hook := range []int32{hookRawTracepoint, hookTPBTF} {
		if counts.Get()[hook] == 0 {
			t.Errorf("hook %d was not hit", hook)
		}
	}
}

// parity: programs.autoattach
func TestAProgramWithoutAutoattachIsLeftToItsUser(t *testing.T) {
	o := load(t, "attach", nil, golbc.WithSpec(func(spec *golbc.Spec) error {
		spec.Program("on_tp_btf").Autoattach = false
		return nil
	}))
	p := golbc.NewProgram(o, "on_tp_btf", true, golbc.Tracing)
	must(t, o.Attach())
	equal(t, "links", len(p.Links()), 0)
	_, err := p.Attach()
	must(t, err)
	equal(t, "links", len(p.Links()), 1)
}

// parity: links.rollback
func TestAFailedAttachLeavesEarlierLinks(t *testing.T) {
	o, counts, _ := loadAttach(t, uint32(os.Getpid()))
	earlier, err := golbc.NewProgram(o, "on_raw_tracepoint", true, golbc.RawTracepoint("sched_process_fork")).Attach()
	must(t, err)
	tracing := golbc.NewProgram(o, "on_tp_btf", true, golbc.Tracing)
	golbc.NewProgram(o, "on_tracepoint", true, golbc.Tracepoint("sched", "no_such_event"))
	if err := o.Attach(); !errors.Is(err, golbc.AttachRefused) {
		t.Errorf("got %v", err)
	}
	equal(t, "links of this call", len(tracing.Links()), 0)
	fork(t)
	if counts.Get()[hookRawTracepoint] == 0 {
		t.Error("the earlier link was not hit")
	}
	equal(t, "hits of this call's", counts.Get()[hookTPBTF], 0)
	must(t, earlier.Close())
}

func TestNothingAttachesOrRunsAfterClose(t *testing.T) {
	o, _, _ := loadAttach(t, 0)
	p := golbc.NewProgram(o, "on_tp_btf", true, golbc.Tracing)
	must(t, o.Close())
	_, attachErr := p.Attach()
	_, runErr := p.Run(&ebpf.RunOptions{Data: make([]byte, 64)})
	for _, err := range []error{attachErr, runErr, o.Attach()} {
		if !errors.Is(err, golbc.Closed) {
			t.Errorf("got %v", err)
		}
	}
}

func TestARunThatTheKernelRefusesIsToldSo(t *testing.T) {
	o, _, _ := loadAttach(t, 0)
	p := golbc.NewProgram(o, "on_packet", false, nil) // Linux 5.10 runs XDP programs on two bytes
	if _, err := p.Run(&ebpf.RunOptions{Data: make([]byte, 2)}); !errors.Is(err, golbc.RunRefused) {
		t.Errorf("a packet that is too short: %v", err)
	}
}
