package golbc

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"
)

// PerfEventProgram is a perf_event program.
type PerfEventProgram struct{ *Program }

// AttachPerfEvent attaches to an event of perf_event_open(2), which stays the caller's. Before Linux 5.15 there is no link
// to it: the program is attached until the event is closed.
func (p PerfEventProgram) AttachPerfEvent(fd int) (*Link, error) {
	return p.AttachWith(func(program *ebpf.Program) (io.Closer, error) {
		raw, err := link.AttachRawLink(link.RawLinkOptions{Target: fd, Program: program, Attach: ebpf.AttachPerfEvent})
		if !errors.Is(err, unix.EINVAL) && !errors.Is(err, ebpf.ErrNotSupported) {
			return raw, err
		}
		if err := setPerfEventProgram(fd, program); err != nil {
			return nil, err
		}
		return detacher(func() error { return unix.IoctlSetInt(fd, unix.PERF_EVENT_IOC_DISABLE, 0) }), nil
	})
}

// AttachProfile runs the program on every online CPU, that many times a second while the CPU works; 99 is usual, as it does
// not beat with what happens each millisecond. The kernel limits it to kernel.perf_event_max_sample_rate.
func (p PerfEventProgram) AttachProfile(hertz uint64) (*Link, error) {
	return p.AttachPerfEvents(PerfEvent{Type: unix.PERF_TYPE_SOFTWARE, Config: unix.PERF_COUNT_SW_CPU_CLOCK, Frequency: hertz})
}

// PerfEvent is an event of perf_event_open(2) to be opened on every online CPU.
type PerfEvent struct {
	Type, Config uint64 // such as PERF_TYPE_HARDWARE and PERF_COUNT_HW_CACHE_MISSES
	Frequency    uint64 // samples a second, or
	Period       uint64 // a sample after so many events
	PID          int    // of one process; 0 is all
	Cookie       uint64 // what bpf_get_attach_cookie gives (Linux 5.15 and later)
}

// AttachPerfEvents opens the event on every online CPU and attaches to all of them; closing the link closes them.
func (p PerfEventProgram) AttachPerfEvents(event PerfEvent) (*Link, error) {
	return p.AttachWith(func(program *ebpf.Program) (io.Closer, error) {
		cpus, err := onlineCPUs()
		if err != nil {
			return nil, err
		}
		var events closers
		for _, cpu := range cpus {
			opened, err := event.attach(cpu, program)
			if errors.Is(err, unix.ENODEV) {
				continue // the CPU went offline
			}
			if err != nil {
				return nil, errors.Join(fmt.Errorf("CPU %d: %w", cpu, err), events.Close())
			}
			events = append(events, opened)
		}
		return events, nil
	})
}

// attach opens the event on a CPU and starts the program on it; closing what it gives ends both.
func (e PerfEvent) attach(cpu int, program *ebpf.Program) (io.Closer, error) {
	fd, err := e.open(cpu)
	if err != nil {
		return nil, err
	}
	opened := closers{detacher(func() error { return unix.Close(fd) })}
	if e.Cookie == 0 {
		err = setPerfEventProgram(fd, program)
	} else {
		var raw link.Link
		if raw, err = createLink(program, fd, ebpf.AttachPerfEvent, e.Cookie); err == nil {
			opened = append(opened, raw)
			err = unix.IoctlSetInt(fd, unix.PERF_EVENT_IOC_ENABLE, 0)
		}
	}
	if err != nil {
		return nil, errors.Join(err, opened.Close())
	}
	return opened, nil
}

func (e PerfEvent) open(cpu int) (int, error) {
	attr := unix.PerfEventAttr{Type: uint32(e.Type), Config: e.Config, Sample: e.Period}
	attr.Size = uint32(unsafe.Sizeof(attr))
	if e.Frequency > 0 {
		attr.Sample, attr.Bits = e.Frequency, unix.PerfBitFreq
	}
	pid := -1
	if e.PID > 0 {
		pid = e.PID
	}
	return unix.PerfEventOpen(&attr, pid, cpu, -1, unix.PERF_FLAG_FD_CLOEXEC)
}

func setPerfEventProgram(fd int, program *ebpf.Program) error {
	if err := unix.IoctlSetInt(fd, unix.PERF_EVENT_IOC_SET_BPF, program.FD()); err != nil {
		return err
	}
	return unix.IoctlSetInt(fd, unix.PERF_EVENT_IOC_ENABLE, 0)
}

// closers are closed together, the last one first.
type closers []io.Closer

func (c closers) Close() error {
	var errs []error
	for i := len(c) - 1; i >= 0; i-- {
		errs = append(errs, c[i].Close())
	}
	return errors.Join(errs...)
}

// onlineCPUs reads a list such as 0-3,8.
func onlineCPUs() ([]int, error) {
	list, err := os.ReadFile("/sys/devices/system/cpu/online")
	if err != nil {
		return nil, err
	}
	return parseCPUs(strings.TrimSpace(string(list)))
}

func parseCPUs(list string) ([]int, error) {
	var cpus []int
	for _, part := range strings.Split(list, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		from, fromErr := strconv.ParseUint(first, 10, 16)
		to, toErr := strconv.ParseUint(last, 10, 16)
		if fromErr != nil || toErr != nil {
			return nil, fmt.Errorf("a list of CPUs that cannot be read: %q", list)
		}
		for cpu := from; cpu <= to; cpu++ {
			cpus = append(cpus, int(cpu))
		}
	}
	return cpus, nil
}
