package golbc_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"github.com/lbc-dev/lbc/packages/golbc"
	"golang.org/x/sys/unix"
)

// The hooks of links.bpf.c.
const (
	linkTracepoint = iota
	linkRawTracepoint
	linkTPBTF
	linkProbe
	linkPerfEvent
	linkUSDT
	linkTC
	linkTCX
	linkCgroup
	linkReplaced
	linkMulti
	linkHooks
)

var manualLinks = []string{"on_tcx", "replacement", "filter_packet", "on_uprobe_multi"}

type links struct {
	*golbc.Object
	hits, cookies golbc.Var[[linkHooks]uint64]
}

// loadLinks loads the fixture with those of its manual programs that are named.
func loadLinks(t *testing.T, named ...string) links {
	t.Helper()
	usdt := func(spec *golbc.Spec) error {
		spec.Program("on_usdt").Autoload = false
		for _, name := range named {
			spec.Program(name).Autoload = true
		}
		return nil
	}
	o := load(t, "links", manualLinks, golbc.WithSpec(usdt))
	l := links{o, variableOf[[linkHooks]uint64](t, o, "links", "hits"), variableOf[[linkHooks]uint64](t, o, "links", "cookies")}
	must(t, o.Ready())
	return l
}

func (l links) program(name string) *golbc.Program {
	return golbc.NewProgram(l.Object, name, false, nil)
}

func loopback(t *testing.T) int {
	t.Helper()
	lo, err := net.InterfaceByName("lo")
	must(t, err)
	return lo.Index
}

// sendUDP sends a datagram to this machine.
func sendUDP(t *testing.T) {
	t.Helper()
	conn, err := net.Dial("udp4", "127.0.0.1:9")
	must(t, err)
	_, err = conn.Write([]byte("hello"))
	must(t, err)
	must(t, conn.Close())
}

// parity: links.cookie
func TestAnAttachmentOfCiliumsHasItsCookie(t *testing.T) {
	needsLinux(t, 5, 15, "cookies")
	l := loadLinks(t)
	attached, err := l.program("on_tracepoint").AttachWith(func(p *ebpf.Program) (io.Closer, error) {
		return link.Tracepoint("sched", "sched_process_fork", p, &link.TracepointOptions{Cookie: 77})
	})
	must(t, err)
	fork(t)
	equal(t, "cookie", l.cookies.Get()[linkTracepoint], 77)
	must(t, attached.Close())
	before := l.hits.Get()
	fork(t)
	equal(t, "hits after close", l.hits.Get(), before)
}

// parity: links.uprobe-multi
func TestAUprobeHasItsCookie(t *testing.T) {
	needsLinux(t, 6, 6, "uprobe.multi")
	libc, err := filepath.Glob("/lib/*-linux-gnu/libc.so.6")
	must(t, err)
	if len(libc) == 0 {
		t.Skip("this system has no glibc where Debian has it")
	}
	l := loadLinks(t, "on_uprobe_multi")
	entry := golbc.UprobeProgram{Program: l.program("on_uprobe")}
	_, err = entry.AttachUprobe(libc[0], "exit", &link.UprobeOptions{Cookie: 5})
	must(t, err)
	many := golbc.UprobeMultiProgram{Program: l.program("on_uprobe_multi")}
	_, err = many.AttachUprobes(libc[0], "exit", "getppid")
	must(t, err)
	fork(t)
	equal(t, "cookie", l.cookies.Get()[linkProbe], 5)
	if l.hits.Get()[linkMulti] == 0 {
		t.Error("many functions at once: no hit")
	}
}

func TestAPerfEventHasItsCookie(t *testing.T) {
	needsLinux(t, 5, 15, "cookies")
	l := loadLinks(t)
	p := golbc.PerfEventProgram{Program: l.program("on_sample")}
	attached, err := p.AttachPerfEvents(golbc.PerfEvent{
		Type: unix.PERF_TYPE_SOFTWARE, Config: unix.PERF_COUNT_SW_CPU_CLOCK, Frequency: 1000, Cookie: 99,
	})
	must(t, err)
	for end := time.Now().Add(soon); l.hits.Get()[linkPerfEvent] == 0 && time.Now().Before(end); {
	}
	equal(t, "cookie", l.cookies.Get()[linkPerfEvent], 99)
	must(t, attached.Close())
	before := l.hits.Get()[linkPerfEvent]
	time.Sleep(20 * time.Millisecond)
	equal(t, "hits after close", l.hits.Get()[linkPerfEvent], before)
}

// parity: links.tcx
func TestTCXSeesPacketsOfAnInterface(t *testing.T) {
	needsLinux(t, 6, 6, "tcx")
	l := loadLinks(t, "on_tcx")
	p := golbc.ClassifierProgram{Program: l.program("on_tcx")}
	attached, err := p.AttachTCX(loopback(t), ebpf.AttachTCXIngress)
	must(t, err)
	sendUDP(t)
	if l.hits.Get()[linkTCX] == 0 {
		t.Error("no packet was seen")
	}
	info, err := attached.Link().Info()
	must(t, err)
	equal(t, "interface", int(info.TCX().Ifindex), loopback(t))
}

// parity: links.pin, links.update, links.detach
func TestAnXDPLinkIsUpdatedPinnedAndOpenedAgain(t *testing.T) {
	l := loadLinks(t)
	p := golbc.XDPProgram{Program: l.program("pass_first")}
	attached, err := p.AttachXDP(loopback(t), link.XDPGenericMode)
	must(t, err)
	path := filepath.Join(bpfFolder(t), "xdp")
	must(t, attached.Link().Pin(path))
	must(t, attached.Close())
	again, err := link.LoadPinnedLink(path, nil)
	must(t, err)
	defer again.Close()
	drop := l.program("drop_all").Program()
	must(t, again.Update(drop))
	info, err := again.Info()
	must(t, err)
	programInfo, err := drop.Info()
	must(t, err)
	id, _ := programInfo.ID()
	equal(t, "program", info.Program, id)
	must(t, again.Detach()) // although it is pinned
	info, err = again.Info()
	must(t, err)
	equal(t, "interface after detach", info.XDP().Ifindex, 0)
	must(t, again.Unpin())
}

// cgroupMount is where the tree of cgroup v2 is.
func cgroupMount(t *testing.T) string {
	t.Helper()
	mounts, err := os.ReadFile("/proc/self/mounts")
	must(t, err)
	for line := range strings.Lines(string(mounts)) {
		if fields := strings.Fields(line); fields[2] == "cgroup2" {
			return fields[1]
		}
	}
	t.Skip("no cgroup2 is mounted")
	return ""
}

// enterCgroup moves this process into a new cgroup below its own, for one test.
func enterCgroup(t *testing.T) string {
	t.Helper()
	memberships, err := os.ReadFile("/proc/self/cgroup")
	must(t, err)
	_, own, _ := strings.Cut("\n"+string(memberships), "\n0::")
	parent := filepath.Join(cgroupMount(t), strings.TrimSpace(own))
	folder, err := os.MkdirTemp(parent, "golbc")
	must(t, err)
	move := func(to string) { must(t, os.WriteFile(filepath.Join(to, "cgroup.procs"), []byte("0"), 0)) }
	move(folder)
	t.Cleanup(func() { move(parent); must(t, os.Remove(folder)) })
	return folder
}

// parity: links.cgroup
func TestACgroupProgramSeesTheSocketsOfItsMembers(t *testing.T) {
	l := loadLinks(t)
	p := golbc.CgroupProgram{Program: l.program("on_socket")}
	_, err := p.AttachCgroup(enterCgroup(t))
	must(t, err)
	sendUDP(t)
	if l.hits.Get()[linkCgroup] == 0 {
		t.Error("no hit")
	}
}

// parity: links.flow-dissector, links.sk-lookup, links.netfilter
func TestNetworkNamespacesAndNetfilterTakePrograms(t *testing.T) {
	l := loadLinks(t)
	own, err := os.Open("/proc/self/ns/net")
	must(t, err)
	defer own.Close()
	for _, name := range []string{"dissect", "choose_socket"} {
		attached, err := golbc.NetNSProgram{Program: l.program(name)}.AttachNetNS(int(own.Fd()))
		must(t, err)
		sendUDP(t)
		must(t, attached.Close())
	}
	needsLinux(t, 6, 4, "netfilter programs")
	filter := golbc.NetfilterProgram{Program: loadLinks(t, "filter_packet").program("filter_packet")}
	attached, err := filter.AttachNetfilter(link.NetfilterOptions{
		ProtocolFamily: link.NetfilterProtoIPv4, Hook: link.NetfilterInetLocalOut, Priority: -128,
	})
	must(t, err)
	sendUDP(t)
	info, err := attached.Link().Info()
	must(t, err)
	equal(t, "priority", info.Netfilter().Priority, -128)
}

func read(t *testing.T, p golbc.IterProgram, l *golbc.Link) string {
	t.Helper()
	file, err := p.Open(l)
	must(t, err)
	defer file.Close()
	text, err := io.ReadAll(file)
	must(t, err)
	return string(text)
}

// parity: links.iterator, links.iterator-parameters
func TestIteratorsTakeAMapATaskOrACgroup(t *testing.T) {
	l := loadLinks(t)
	numbers := golbc.NewMap[uint32, uint64](l.Object, "numbers")
	must(t, numbers.Put(3, 33))
	elements := golbc.IterProgram{Program: l.program("list_numbers")}
	over, err := elements.AttachIter(numbers.Map())
	must(t, err)
	equal(t, "elements", read(t, elements, over), "3 33\n")

	needsLinux(t, 6, 1, "iterators of single tasks")
	tasks := golbc.IterProgram{Program: l.program("list_tasks")}
	pid := os.Getpid()
	own, err := tasks.AttachIterTasks(0, uint32(pid))
	must(t, err)
	threads := strings.Split(strings.TrimSpace(read(t, tasks, own)), "\n")
	if len(threads) < 2 {
		t.Errorf("threads of this process: %q", threads)
	}
	for _, line := range threads {
		if !strings.HasPrefix(line, fmt.Sprintf("%d ", pid)) {
			t.Errorf("a thread of another process: %s", line)
		}
	}
	one, err := tasks.AttachIterTasks(uint32(pid), 0)
	must(t, err)
	equal(t, "thread", read(t, tasks, one), fmt.Sprintf("%d %d\n", pid, pid))
}

// The hooks of hooks.bpf.c, whose programs are all off unless they are asked for.
const (
	hookKprobeMulti = iota
	hookKsyscall
	hookLSM
	hookLSMCgroup
	hookFmodRet
	hookModule
	hookNetkit
	hookMessage
	hookVerdict
	hookVariant
	hookCount
)

var hookPrograms = []string{
	"on_kprobe_multi", "on_getpgid", "on_lsm", "on_sleepable_lsm", "on_lsm_cgroup", "on_fmod_ret", "on_module", "on_netkit",
	"on_message", "on_verdict", "newer", "older",
}

// parity: links.sockmap
func TestAProgramOfASockmapSeesMessagesUntilItIsDetached(t *testing.T) {
	o := load(t, "hooks", hookPrograms, golbc.WithSpec(func(spec *golbc.Spec) error {
		spec.Program("on_message").Autoload = true
		return nil
	}))
	hits := variableOf[[hookCount]uint64](t, o, "hooks", "hits")
	sockets := golbc.NewMap[uint32, uint64](o, "sockets")
	must(t, o.Ready())
	l, err := golbc.DescriptorProgram{Program: golbc.NewProgram(o, "on_message", false, nil)}.AttachDescriptor(sockets.Map().FD())
	must(t, err)
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	defer listener.Close()
	client, err := net.Dial("tcp4", listener.Addr().String())
	must(t, err)
	defer client.Close()
	raw, err := client.(*net.TCPConn).SyscallConn()
	must(t, err)
	must(t, raw.Control(func(fd uintptr) { must(t, sockets.Put(0, uint64(fd))) }))
	_, err = client.Write([]byte("hello"))
	must(t, err)
	equal(t, "messages", hits.Get()[hookMessage], 1)
	must(t, l.Close()) // for sockets that are put from now on: those that are there keep the program
	must(t, sockets.Delete(0))
	must(t, raw.Control(func(fd uintptr) { must(t, sockets.Put(0, uint64(fd))) }))
	_, err = client.Write([]byte("hello"))
	must(t, err)
	equal(t, "messages after detach", hits.Get()[hookMessage], 1)
}
