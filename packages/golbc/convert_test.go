package golbc_test

import (
	"net"
	"testing"
	"time"

	"github.com/lbc-dev/lbc/packages/golbc"
)

type moment struct {
	Monotonic, Boot uint64
	V4              uint32
	Port, Family    uint16
	V6              [16]byte
}

// parity: helpers.addresses, helpers.clocks
func TestAddressesAndClocksOfTheKernelAreUnderstood(t *testing.T) {
	o := load(t, "helpers", nil)
	moments := golbc.NewEvents[moment](o, "moments", golbc.Length{Min: 40, Max: 40})
	tell := golbc.SocketFilterProgram{Program: golbc.NewProgram(o, "tell_time", false, nil)}
	must(t, o.Ready())
	before := time.Now()
	run(t, tell, 1)
	after := time.Now()
	for m, err := range moments.All(t.Context()) {
		must(t, err)
		equal(t, "IPv4", golbc.IPv4(m.V4).String(), "127.0.0.1")
		equal(t, "IPv6", golbc.IPv6(m.V6).String(), "::1")
		equal(t, "port", golbc.HostPort(m.Port), 443)
		for clock, at := range map[string]time.Time{"monotonic": golbc.KtimeToWall(m.Monotonic), "boot": golbc.BootTimeToWall(m.Boot)} {
			if at.Before(before.Add(-time.Second)) || at.After(after.Add(time.Second)) {
				t.Errorf("%s: %v is not between %v and %v", clock, at, before, after)
			}
		}
		break
	}
}

func TestAnIPv6AddressIsTheSameInEveryForm(t *testing.T) {
	bytes := [16]byte{0x20, 1, 0xd, 0xb8, 15: 1}
	words, err := golbc.Unmarshal[[4]uint32](bytes[:], hostOrder)
	must(t, err)
	halves, err := golbc.Unmarshal[[8]uint16](bytes[:], hostOrder)
	must(t, err)
	equal(t, "bytes", golbc.IPv6(bytes).String(), "2001:db8::1")
	equal(t, "words", golbc.IPv6(words), golbc.IPv6(bytes))
	equal(t, "half words", golbc.IPv6(halves), golbc.IPv6(bytes))
}

// parity: helpers.text
func TestTextEndsAtTheFirstZeroByte(t *testing.T) {
	equal(t, "text", golbc.GoString([]byte("bash\x00rest")), "bash")
	equal(t, "no zero", golbc.GoString([]byte("full")), "full")
}

func TestAPacketSocketShowsTheInterfacesPacketsToItsFilter(t *testing.T) {
	o, counts, _ := loadAttach(t, 0)
	p := golbc.SocketFilterProgram{Program: golbc.NewProgram(o, "on_packet", false, nil)}
	loopback, err := net.InterfaceByName("lo")
	must(t, err)
	socket, err := golbc.OpenPacketSocket(loopback.Index)
	must(t, err)
	defer socket.Close()
	l, err := p.AttachSocket(socket)
	must(t, err)
	listener, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	must(t, err)
	defer listener.Close()
	_, err = listener.WriteTo([]byte("hello"), listener.LocalAddr())
	must(t, err)
	must(t, socket.SetReadDeadline(time.Now().Add(soon)))
	_, err = socket.Read(make([]byte, 64))
	must(t, err)
	if counts.Get()[hookSocketFilter] == 0 {
		t.Error("the filter saw nothing")
	}
	must(t, l.Close())
}
