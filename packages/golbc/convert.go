package golbc

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// GoString is the text before the first zero byte of bytes that hold a C string, such as the end of a [Record]; all of them
// where there is none.
func GoString(bytesOfC []byte) string {
	text, _, _ := bytes.Cut(bytesOfC, []byte{0})
	return string(text)
}

// IPv4 is the address in a __be32, such as iphdr.saddr or skc_daddr.
func IPv4(address uint32) netip.Addr {
	var inOrder [4]byte
	binary.NativeEndian.PutUint32(inOrder[:], address)
	return netip.AddrFrom4(inOrder)
}

// IPv6 is the address in a struct in6_addr, in whichever of its forms the event has it. An IPv4 address in it
// (::ffff:1.2.3.4) stays one; Unmap makes it plain.
func IPv6[A [16]byte | [8]uint16 | [4]uint32 | [2]uint64](address A) netip.Addr {
	return netip.AddrFrom16([16]byte(Marshal(address, hostOrder)))
}

// HostPort is the port in a __be16, such as skc_dport, as a number. (skc_num is one already.)
func HostPort(port uint16) uint16 {
	var inOrder [2]byte
	binary.NativeEndian.PutUint16(inOrder[:], port)
	return binary.BigEndian.Uint16(inOrder[:])
}

// KtimeToWall is when it was, of nanoseconds that bpf_ktime_get_ns gave: a clock that stands still while the machine sleeps.
// It goes by the difference to the wall clock now, so take it soon after the event.
func KtimeToWall(nanoseconds uint64) time.Time { return wall(unix.CLOCK_MONOTONIC, nanoseconds) }

// BootTimeToWall is [KtimeToWall] for bpf_ktime_get_boot_ns, whose clock runs on while the machine sleeps.
func BootTimeToWall(nanoseconds uint64) time.Time { return wall(unix.CLOCK_BOOTTIME, nanoseconds) }

func wall(clock int32, nanoseconds uint64) time.Time {
	var at unix.Timespec
	if err := unix.ClockGettime(clock, &at); err != nil {
		panic("golbc: clock_gettime: " + err.Error()) // every kernel with BPF has these clocks
	}
	return time.Now().Round(0).Add(time.Duration(int64(nanoseconds) - at.Nano()))
}
