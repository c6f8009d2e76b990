package golbc

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"
)

// SocketFilterProgram is a socket filter.
type SocketFilterProgram struct{ *Program }

// AttachSocket filters what a socket receives, until the link or the socket is closed.
func (p SocketFilterProgram) AttachSocket(socket syscall.Conn) (*Link, error) {
	return p.AttachWith(func(program *ebpf.Program) (io.Closer, error) {
		if err := link.AttachSocketFilter(socket, program); err != nil {
			return nil, err
		}
		return detacher(func() error {
			err := link.DetachSocketFilter(socket)
			if errors.Is(err, os.ErrClosed) || errors.Is(err, net.ErrClosed) {
				return nil
			}
			return err
		}), nil
	})
}

// OpenPacketSocket opens a raw socket that receives every packet of a network interface by its index, 0 for all, and needs
// CAP_NET_RAW. With a filter that returns 0 for every packet it only shows them to the filter. The caller closes it.
func OpenPacketSocket(ifindex int) (*os.File, error) {
	all := int(HostPort(unix.ETH_P_ALL)) // in network byte order
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, all)
	if err != nil {
		return nil, fail(NotSupported, "open", "packet socket", err)
	}
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: uint16(all), Ifindex: ifindex}); err != nil {
		return nil, errors.Join(fail(AttachRefused, "bind", "packet socket", err), unix.Close(fd))
	}
	return os.NewFile(uintptr(fd), "packet socket"), nil
}

// XDPProgram is an XDP program.
type XDPProgram struct{ *Program }

// AttachXDP attaches to a network interface by its index; flags choose the mode.
func (p XDPProgram) AttachXDP(ifindex int, flags link.XDPAttachFlags) (*Link, error) {
	return p.AttachWith(func(program *ebpf.Program) (io.Closer, error) {
		return link.AttachXDP(link.XDPOptions{Program: program, Interface: ifindex, Flags: flags})
	})
}

// ClassifierProgram is a tc, tcx or netkit program.
type ClassifierProgram struct{ *Program }

// AttachTCX attaches to what an interface receives ([ebpf.AttachTCXIngress]) or sends (Linux 6.6 and later).
func (p ClassifierProgram) AttachTCX(ifindex int, direction ebpf.AttachType) (*Link, error) {
	return p.AttachWith(func(program *ebpf.Program) (io.Closer, error) {
		return link.AttachTCX(link.TCXOptions{Interface: ifindex, Program: program, Attach: direction})
	})
}

// AttachNetkit attaches to a netkit device (Linux 6.7 and later).
func (p ClassifierProgram) AttachNetkit(ifindex int, side ebpf.AttachType) (*Link, error) {
	return p.AttachWith(func(program *ebpf.Program) (io.Closer, error) {
		return link.AttachNetkit(link.NetkitOptions{Interface: ifindex, Program: program, Attach: side})
	})
}

// CgroupProgram is a program for control groups.
type CgroupProgram struct{ *Program }

// AttachCgroup attaches to a folder of the cgroup v2 file system.
func (p CgroupProgram) AttachCgroup(path string) (*Link, error) {
	return p.AttachWith(func(program *ebpf.Program) (io.Closer, error) {
		return link.AttachCgroup(link.CgroupOptions{Path: path, Attach: p.kind, Program: program})
	})
}

// NetNSProgram is a flow dissector or a socket lookup program.
type NetNSProgram struct{ *Program }

// AttachNetNS attaches to a network namespace by an open descriptor of it.
func (p NetNSProgram) AttachNetNS(fd int) (*Link, error) {
	return p.AttachWith(func(program *ebpf.Program) (io.Closer, error) { return link.AttachNetNs(fd, program) })
}

// NetfilterProgram is a netfilter program.
type NetfilterProgram struct{ *Program }

// AttachNetfilter attaches to a hook (Linux 6.4 and later); the program in options is set to this one.
func (p NetfilterProgram) AttachNetfilter(options link.NetfilterOptions) (*Link, error) {
	return p.AttachWith(func(program *ebpf.Program) (io.Closer, error) {
		options.Program = program
		return link.AttachNetfilter(options)
	})
}

// DescriptorProgram is a program that is attached to a descriptor without a link: to a sockmap, or to a LIRC device.
type DescriptorProgram struct{ *Program }

// AttachDescriptor attaches to the map or device behind an open descriptor.
func (p DescriptorProgram) AttachDescriptor(fd int) (*Link, error) {
	return p.AttachWith(func(program *ebpf.Program) (io.Closer, error) {
		if err := link.RawAttachProgram(link.RawAttachProgramOptions{Target: fd, Program: program, Attach: p.kind}); err != nil {
			return nil, err
		}
		return detacher(func() error {
			return link.RawDetachProgram(link.RawDetachProgramOptions{Target: fd, Program: program, Attach: p.kind})
		}), nil
	})
}

// FreplaceProgram replaces a function of another program.
type FreplaceProgram struct{ *Program }

// AttachFreplace replaces that function of the target.
func (p FreplaceProgram) AttachFreplace(target *ebpf.Program, function string) (*Link, error) {
	return p.AttachWith(func(program *ebpf.Program) (io.Closer, error) {
		return link.AttachFreplace(target, function, program)
	})
}
