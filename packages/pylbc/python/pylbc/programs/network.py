"""Programs at network interfaces, sockets, namespaces and cgroups."""

from __future__ import annotations

import enum
import errno
import os
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar, Literal, Union

from pylbc import _native
from pylbc._native import Link as KernelLink
from pylbc.errors import LbcError
from pylbc.maps import HasFileno, descriptor
from pylbc.programs.base import Program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    Path = Union[str, PathLike[str]]
    _Hook = Literal["tcx", "netkit", "cgroup"]

# A link or program at the same hook; True is all of them.
Neighbour = Union[KernelLink, Program, bool]

# include/uapi/linux/bpf.h
_BPF_F_BEFORE = 1 << 3
_BPF_F_AFTER = 1 << 4
_BPF_F_LINK = 1 << 13

# include/uapi/asm-generic/socket.h; the socket module does not have them.
_SO_ATTACH_BPF = 50
_SO_DETACH_BPF = 27


class XdpMode(enum.IntFlag):
    """How an XDP program runs. See include/uapi/linux/if_link.h."""

    ANY = 0
    GENERIC = 1 << 1
    NATIVE = 1 << 2
    OFFLOADED = 1 << 3


class XdpProgram(Program):
    """At a network interface, before the kernel looks at a packet."""

    def attach(
        self,
        interface: str | int,
        mode: XdpMode = XdpMode.ANY,
    ) -> KernelLink:
        """Attach it to an interface, by name or index."""
        ifindex = _ifindex(interface)
        if mode is XdpMode.ANY:
            return self._hold(self._program.attach_xdp(ifindex))
        link = _native.attach_xdp_with_flags(self._program, ifindex, mode)
        return self._hold(link)


class _AmongOthers(Program):
    """What shares its hook with other programs, which run one after the other."""

    HOOK: ClassVar[_Hook]

    def _attach_among(
        self,
        target: int,
        before: Neighbour | None,
        after: Neighbour | None,
    ) -> KernelLink:
        place = _place(before, after)
        link = _native.attach_among(self._program, self.HOOK, target, place)
        return self._hold(link)


class TcxProgram(_AmongOthers):
    """At a network interface, on the way in or out (Linux 6.6 or newer)."""

    HOOK: ClassVar[_Hook] = "tcx"

    def attach(
        self,
        interface: str | int,
        *,
        before: Neighbour | None = None,
        after: Neighbour | None = None,
    ) -> KernelLink:
        """Attach it to an interface, by name or index.

        ``before`` and ``after`` are a link or program there, or True: all of them.
        """
        return self._attach_among(_ifindex(interface), before, after)


class NetkitProgram(TcxProgram):
    """At a netkit device (Linux 6.7 or newer)."""

    HOOK: ClassVar[_Hook] = "netkit"


class CgroupProgram(_AmongOthers):
    """At a cgroup."""

    HOOK: ClassVar[_Hook] = "cgroup"

    def attach(
        self,
        cgroup: int | Path,
        *,
        before: Neighbour | None = None,
        after: Neighbour | None = None,
    ) -> KernelLink:
        """Attach it to a cgroup: its folder, or a descriptor of that.

        ``before`` and ``after`` as for ``TcxProgram`` (Linux 6.17 or newer).
        """
        if not isinstance(cgroup, int):
            with _opened(cgroup) as fd:
                return self.attach(fd, before=before, after=after)
        if before is None and after is None:
            return self._hold(self._program.attach_cgroup(cgroup))
        return self._attach_among(cgroup, before, after)


class TcDirection(enum.IntEnum):
    """``enum bpf_tc_attach_point`` of libbpf.h."""

    INGRESS = 1
    EGRESS = 2


class TcProgram(Program):
    """A filter of tc, on the way in or out of a network interface."""

    def attach(
        self,
        interface: str | int,
        direction: TcDirection = TcDirection.INGRESS,
        *,
        handle: int = 0,
        priority: int = 0,
    ) -> TcLink:
        """Add it; the kernel chooses ``handle`` and ``priority`` where they are 0."""
        hook = _ifindex(interface), int(direction)
        added = _native.attach_tc(self._program, hook, handle, priority)
        return self._hold(TcLink(hook, *added))


class TcLink:
    """A filter of tc, which the kernel keeps until it is detached."""

    def __init__(self, hook: tuple[int, int], handle: int, priority: int) -> None:
        """Hold a filter that was added."""
        self._hook: tuple[int, int] | None = hook
        self.handle = handle
        self.priority = priority

    @property
    def attached(self) -> bool:
        """Whether it was not detached."""
        return self._hook is not None

    def detach(self) -> None:
        """Remove the filter; a second call does nothing."""
        hook, self._hook = self._hook, None
        if hook is None:
            return
        try:
            _native.detach_tc(hook, self.handle, self.priority)
        except LbcError as error:
            # The interface, or somebody else's command, has taken it along.
            if error.errno not in (errno.ENODEV, errno.ENOENT):
                raise


class NetfilterProgram(Program):
    """At a hook of netfilter (Linux 6.4 or newer)."""

    def attach(
        self,
        family: int,
        hook: int,
        *,
        priority: int,
        flags: int = 0,
    ) -> KernelLink:
        """Attach it to a hook of ``NFPROTO_IPV4`` (2) or ``NFPROTO_IPV6`` (10).

        Hooks are numbered as in ``enum nf_inet_hooks`` of
        include/uapi/linux/netfilter.h; of programs with less priority first.
        """
        place = family, hook, priority, flags
        return self._hold(_native.attach_netfilter(self._program, place))


class SockmapProgram(Program):
    """At the sockets of a map; by a link of the kernel's since Linux 6.10."""

    def attach(self, sockets: int | HasFileno) -> KernelLink:
        """Attach it to a sockmap or sockhash."""
        link = _native.attach_sockmap(self._program, descriptor(sockets))
        return self._hold(link)


class NetnsProgram(Program):
    """At a network namespace."""

    def attach(self, namespace: int | Path = "/proc/self/ns/net") -> KernelLink:
        """Attach it to a namespace: its file, or a descriptor of that."""
        if isinstance(namespace, int):
            return self._hold(self._program.attach_netns(namespace))
        with _opened(namespace) as fd:
            return self._hold(self._program.attach_netns(fd))


class SocketFilterProgram(Program):
    """At a socket: what it does not pass, the socket does not receive."""

    def attach(self, sock: socket.socket) -> SocketFilterLink:
        """Attach it to a socket, in place of the filter that it had."""
        return self._hold(SocketFilterLink(sock, self.fileno()))


class SocketFilterLink:
    """Holds a filter to a socket, until it is detached or the socket is closed."""

    def __init__(self, sock: socket.socket, program: int) -> None:
        """Attach the program of that descriptor."""
        sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_BPF, program)
        self._socket: socket.socket | None = sock

    @property
    def attached(self) -> bool:
        """Whether the socket is still filtered."""
        return self._socket is not None and self._socket.fileno() >= 0

    def detach(self) -> None:
        """Take the filter off the socket; a second call does nothing."""
        if self.attached and self._socket is not None:
            self._socket.setsockopt(socket.SOL_SOCKET, _SO_DETACH_BPF, 0)
        self._socket = None


def _place(
    before: Neighbour | None,
    after: Neighbour | None,
) -> tuple[int, int, int]:
    """Flags, descriptor of the neighbour, and no revision that is expected."""
    if before is not None and after is not None:
        message = "before one program and after another is not for the kernel to say"
        raise ValueError(message)
    neighbour = after if before is None else before
    if neighbour is None or neighbour is False:
        return 0, 0, 0
    flags = _BPF_F_AFTER if before is None else _BPF_F_BEFORE
    if neighbour is True:
        return flags, 0, 0
    if isinstance(neighbour, KernelLink):
        flags |= _BPF_F_LINK
    return flags, neighbour.fileno(), 0


def _ifindex(interface: str | int) -> int:
    return interface if isinstance(interface, int) else socket.if_nametoindex(interface)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield fd
    finally:
        os.close(fd)
