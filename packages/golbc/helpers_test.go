package golbc_test

import (
	"context"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/lbc-dev/lbc/packages/golbc"
)

var hostOrder = binary.NativeEndian

// The types of helpers.bpf.c.
type stackSample struct {
	PID                    uint32
	KernelStack, UserStack int32
	CPU                    uint32
}

type stackTrace [127]uint64

// stackTools is the fixture with its stacks; a pid of 0 takes those of every process.
func stackTools(t *testing.T, pid uint32) (*golbc.Object, *golbc.Events[stackSample], *golbc.Map[uint32, stackTrace]) {
	t.Helper()
	o := load(t, "helpers", nil, golbc.WithSection(".rodata", func(r *target) { r.PID = pid }))
	samples := golbc.NewEvents[stackSample](o, "samples", golbc.Length{Min: 16, Max: 16})
	stacks := golbc.NewMap[uint32, stackTrace](o, "stacks")
	must(t, o.Ready())
	return o, samples, stacks
}

func firstSample(t *testing.T, samples *golbc.Events[stackSample]) stackSample {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), soon)
	defer stop()
	for sample, err := range samples.All(ctx) {
		must(t, err)
		return sample
	}
	t.Fatal("no sample")
	return stackSample{}
}

func names(symbols []golbc.Symbol) string {
	var all []string
	for _, symbol := range symbols {
		all = append(all, symbol.Name)
	}
	return strings.Join(all, " ")
}

// parity: maps.stack-traces, helpers.kernel-symbols, helpers.process-symbols
func TestTheStacksOfAForkAreNamed(t *testing.T) {
	o, samples, stacks := stackTools(t, uint32(os.Getpid()))
	_, err := golbc.RawTracepointProgram{Program: golbc.NewProgram(o, "on_fork", false, nil)}.AttachRawTracepoint("sched_process_fork")
	must(t, err)
	fork(t)
	sample := firstSample(t, samples)
	equal(t, "pid", sample.PID, uint32(os.Getpid()))
	kernel, err := golbc.ReadKernelSymbols()
	must(t, err)
	stack, err := stacks.Lookup(uint32(sample.KernelStack))
	must(t, err)
	if got := names(kernel.ResolveStack(stack[:])); !strings.Contains(got, "kernel_clone ") {
		t.Errorf("the kernel's stack: %s", got)
	}
	stack, err = stacks.Lookup(uint32(sample.UserStack))
	must(t, err)
	if got := names(golbc.NewUserSymbols().ResolveStack(os.Getpid(), stack[:])); !strings.Contains(got, "syscall.forkExec") {
		t.Errorf("this program's stack: %s", got)
	}
}

func TestAUprobeStandsAtTheFunctionItWasAttachedTo(t *testing.T) {
	libc, err := filepath.Glob("/lib/*-linux-gnu/libc.so.6")
	must(t, err)
	if len(libc) == 0 {
		t.Skip("this system has no glibc where Debian has it")
	}
	o, samples, stacks := stackTools(t, 0)
	_, err = golbc.UprobeProgram{Program: golbc.NewProgram(o, "on_call", false, nil)}.AttachUprobe(libc[0], "getppid", nil)
	must(t, err)
	shell := exec.CommandContext(t.Context(), "/bin/sh", "-c", "read line") // which asks for its parent when it begins
	stdin, err := shell.StdinPipe()
	must(t, err)
	must(t, shell.Start())
	users := golbc.NewUserSymbols()
	ctx, stop := context.WithTimeout(t.Context(), soon)
	defer stop()
	for sample, err := range samples.All(ctx) {
		must(t, err)
		if int(sample.PID) != shell.Process.Pid {
			continue
		}
		stack, err := stacks.Lookup(uint32(sample.UserStack))
		must(t, err)
		equal(t, "innermost", users.ResolveStack(shell.Process.Pid, stack[:])[0].String(), "getppid+0x0 [libc.so.6]")
		break
	}
	must(t, stdin.Close())
	_ = shell.Wait() // read fails at the end of its input
	must(t, ctx.Err())
}

func busy(duration time.Duration) {
	for end := time.Now().Add(duration); time.Now().Before(end); {
	}
}

// sampleOfWork gives the first sample, and works on this thread until it is there, however little of a CPU it gets.
func sampleOfWork(t *testing.T, samples *golbc.Events[stackSample]) stackSample {
	t.Helper()
	ended, stop := context.WithCancel(t.Context())
	stop()
	for end := time.Now().Add(soon); time.Now().Before(end); {
		busy(20 * time.Millisecond)
		for sample, err := range samples.All(ended) { // what is there
			must(t, err)
			return sample
		}
	}
	t.Fatal("no sample")
	return stackSample{}
}

// parity: links.perf-event
func TestAProfileSamplesAWorkingProcess(t *testing.T) {
	o, samples, _ := stackTools(t, uint32(os.Getpid()))
	taken := golbc.NewVar[uint64](o, ".bss", 0)
	p := golbc.PerfEventProgram{Program: golbc.NewProgram(o, "on_clock", false, nil)}
	l, err := p.AttachProfile(199)
	must(t, err)
	equal(t, "pid", sampleOfWork(t, samples).PID, uint32(os.Getpid()))
	must(t, l.Close())
	time.Sleep(20 * time.Millisecond)
	before := taken.Get()
	busy(50 * time.Millisecond)
	equal(t, "samples after close", taken.Get(), before)
}

func TestAPerfEventOfTheCallerIsAttachedTo(t *testing.T) {
	o, samples, _ := stackTools(t, uint32(os.Getpid()))
	attr := unix.PerfEventAttr{Type: unix.PERF_TYPE_SOFTWARE, Config: unix.PERF_COUNT_SW_TASK_CLOCK, Sample: 1_000_000}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	fd, err := unix.PerfEventOpen(&attr, 0, -1, -1, unix.PERF_FLAG_FD_CLOEXEC)
	must(t, err)
	defer unix.Close(fd)
	p := golbc.PerfEventProgram{Program: golbc.NewProgram(o, "on_clock", false, nil)}
	l, err := p.AttachPerfEvent(fd)
	must(t, err)
	equal(t, "pid", sampleOfWork(t, samples).PID, uint32(os.Getpid()))
	must(t, l.Close())
}

func TestHistogramsAreReadFromTheirMaps(t *testing.T) {
	o := load(t, "helpers", nil)
	latency, kinds := golbc.NewArray[uint64](o, "latency"), golbc.NewArray[uint64](o, "kinds")
	sizes, perCPU := golbc.NewArray[uint64](o, "sizes"), golbc.NewPerCPUArray[uint64](o, "percpu_latency")
	count := golbc.NewProgram(o, "count_length", false, nil)
	must(t, o.Ready())
	for _, length := range []int{64, 100, 1000, 1001} {
		_, err := count.Run(&ebpf.RunOptions{Data: make([]byte, length)})
		must(t, err)
	}
	check := func(histogram golbc.Histogram, err error, want ...golbc.HistogramRow) {
		t.Helper()
		must(t, err)
		var counted []golbc.HistogramRow
		for _, row := range histogram.Rows() {
			if row.Count > 0 {
				counted = append(counted, row)
			}
		}
		equal(t, "rows", len(counted), len(want))
		for i := range min(len(want), len(counted)) {
			equal(t, "row", counted[i], want[i])
		}
	}
	// a socket filter's packets have an Ethernet header of 14 bytes, which skb->len of a test run leaves out
	histogram, err := golbc.ReadHistogram(latency, golbc.Log2)
	check(histogram, err, golbc.HistogramRow{From: 32, To: 63, Count: 1}, golbc.HistogramRow{From: 64, To: 127, Count: 1},
		golbc.HistogramRow{From: 512, To: 1023, Count: 2})
	histogram, err = golbc.ReadPerCPUHistogram(perCPU, golbc.Log2)
	check(histogram, err, golbc.HistogramRow{From: 32, To: 63, Count: 1}, golbc.HistogramRow{From: 64, To: 127, Count: 1},
		golbc.HistogramRow{From: 512, To: 1023, Count: 2})
	histogram, err = golbc.ReadHistogram(sizes, golbc.Log10)
	check(histogram, err, golbc.HistogramRow{From: 10, To: 99, Count: 2}, golbc.HistogramRow{From: 100, To: 999, Count: 2})
	histogram, err = golbc.ReadHistogram(kinds, golbc.Linear)
	check(histogram, err, golbc.HistogramRow{From: 2, To: 2, Count: 3}, golbc.HistogramRow{From: 3, To: 3, Count: 1})
}

// parity: helpers.printk
func TestPrintedLinesComeFromTheTracePipe(t *testing.T) {
	o := load(t, "helpers", nil)
	printer := golbc.SocketFilterProgram{Program: golbc.NewProgram(o, "print_length", false, nil)}
	must(t, o.Ready())
	ctx, stop := context.WithTimeout(t.Context(), soon)
	defer stop()
	var printing sync.WaitGroup
	printing.Go(func() { // again and again: another process that reads the trace pipe takes lines away
		for ; ctx.Err() == nil; time.Sleep(20 * time.Millisecond) {
			if _, err := printer.Run(&ebpf.RunOptions{Data: make([]byte, 64)}); err != nil {
				t.Error(err)
			}
		}
	})
	found := false
	for line, err := range golbc.TracePipe(ctx) {
		must(t, err)
		if strings.HasSuffix(line, "lbc fixture: 50 bytes") {
			found = true
			break
		}
	}
	stop()
	printing.Wait()
	equal(t, "found", found, true)
	ctx, stop = context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer stop()
	began := time.Now()
	for _, err := range golbc.TracePipe(ctx) {
		must(t, err)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("ended after %v", took)
	}
}
