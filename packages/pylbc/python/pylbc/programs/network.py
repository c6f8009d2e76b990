"""Programs at network interfaces, sockets, namespaces and cgroups."""

from __future__ import annotations

import os
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pylbc.programs.base import Link, Program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike
    from typing import Union

    Path = Union[str, PathLike[str]]

# include/uapi/asm-generic/socket.h; the socket module does not have them.
_SO_ATTACH_BPF = 50
_SO_DETACH_BPF = 27


class XdpProgram(Program):
    """At a network interface, before the kernel looks at a packet."""

    def attach(self, interface: str | int) -> Link:
        """Attach it to an interface, by name or index."""
        return self._hold(self._program.attach_xdp(_ifindex(interface)))


class TcxProgram(Program):
    """At a network interface, on the way in or out (Linux 6.6 or newer)."""

    def attach(self, interface: str | int) -> Link:
        """Attach it to an interface, by name or index."""
        return self._hold(self._program.attach_tcx(_ifindex(interface)))


class CgroupProgram(Program):
    """At a cgroup."""

    def attach(self, cgroup: int | Path) -> Link:
        """Attach it to a cgroup: its folder, or a descriptor of that."""
        if isinstance(cgroup, int):
            return self._hold(self._program.attach_cgroup(cgroup))
        with _opened(cgroup) as fd:
            return self._hold(self._program.attach_cgroup(fd))


class NetnsProgram(Program):
    """At a network namespace."""

    def attach(self, namespace: int | Path = "/proc/self/ns/net") -> Link:
        """Attach it to a namespace: its file, or a descriptor of that."""
        if isinstance(namespace, int):
            return self._hold(self._program.attach_netns(namespace))
        with _opened(namespace) as fd:
            return self._hold(self._program.attach_netns(fd))


class SocketFilterProgram(Program):
    """At a socket: what it does not pass, the socket does not receive."""

    def attach(self, sock: socket.socket) -> Link:
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


def _ifindex(interface: str | int) -> int:
    return interface if isinstance(interface, int) else socket.if_nametoindex(interface)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield fd
    finally:
        os.close(fd)
