"""Programs of an object, by how they attach, and the links that hold them."""

from __future__ import annotations

import os
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from os import PathLike
    from typing import Union

    from pylbc._native import Object

    Path = Union[str, PathLike[str]]

# include/uapi/asm-generic/socket.h; the socket module does not have them.
_SO_ATTACH_BPF = 50
_SO_DETACH_BPF = 27


class Link(Protocol):
    """Holds a program to its hook until it is detached or collected."""

    def detach(self) -> None:
        """Let go of the hook; a second call does nothing."""

    @property
    def attached(self) -> bool:
        """Whether the hook is still held."""


class TestRun(NamedTuple):
    """What one run of a program in the kernel gave."""

    return_value: int
    data: bytes
    context: bytes
    duration_ns: int


class Program:
    """What every program has."""

    def __init__(self, bpf: Object, name: str, *, autoattach: bool = False) -> None:
        """Find the program of that name, a C function of the BPF source."""
        self.name = name
        self.autoattach = autoattach
        self.links: list[Link] = []
        self._program = bpf.program(name)

    def __repr__(self) -> str:
        """Show name and section."""
        return f"<{type(self).__name__} {self.name} ({self.section})>"

    @property
    def section(self) -> str:
        """The section that says how it attaches, such as ``kprobe/do_unlinkat``."""
        return self._program.section

    @property
    def autoload(self) -> bool:
        """Whether ``load()`` gives it to the kernel; settable before load."""
        return self._program.autoload

    @autoload.setter
    def autoload(self, autoload: bool) -> None:
        self._program.autoload = autoload

    def fileno(self) -> int:
        """The kernel's descriptor; the skeleton closes it."""
        return self._program.fileno()

    def attach_where_declared(self) -> Link:
        """Attach as the section says; what the skeleton's ``attach()`` calls."""
        return self._hold(self._program.attach())

    def detach(self) -> None:
        """Detach all links of this program."""
        while self.links:
            self.links.pop().detach()

    def test_run(
        self,
        data: bytes | None = None,
        *,
        context: bytes | None = None,
        repeat: int = 1,
        flags: int = 0,
    ) -> TestRun:
        """Run it in the kernel, without attaching it, on a packet or a context."""
        return TestRun(*self._program.test_run(data, context, repeat, flags))

    def _hold(self, link: Link) -> Link:
        self.links.append(link)
        return link


class AutoProgram(Program):
    """A program whose section says all: tp_btf, fentry, fexit, lsm and their like."""

    def attach(self) -> Link:
        """Attach it as its section says."""
        return self.attach_where_declared()


class _Probe(Program):
    """What attaches to the entry or, ``on_return``, to the return of a function."""

    def __init__(
        self,
        bpf: Object,
        name: str,
        *,
        autoattach: bool = False,
        on_return: bool = False,
    ) -> None:
        super().__init__(bpf, name, autoattach=autoattach)
        self.on_return = on_return


class KprobeProgram(_Probe):
    """At the entry (kprobe) or the return (kretprobe) of a kernel function."""

    def attach(
        self,
        function: str | None = None,
        *,
        offset: int = 0,
        cookie: int = 0,
    ) -> Link:
        """Attach it to a function, ``offset`` bytes behind its start.

        Without a function, attach it where its section says.
        """
        if function is None:
            return self.attach_where_declared()
        native = self._program
        link = native.attach_kprobe(function, offset, self.on_return, cookie)
        return self._hold(link)


class KprobeMultiProgram(_Probe):
    """At many kernel functions at once (Linux 5.18 or newer)."""

    def attach(self, functions: Iterable[str] | None = None) -> Link:
        """Attach it to all of these functions, or where its section says."""
        if functions is None:
            return self.attach_where_declared()
        native = self._program
        return self._hold(native.attach_kprobe_multi(list(functions), self.on_return))


class KsyscallProgram(_Probe):
    """At a system call, by the name that it has in user space."""

    def attach(self, syscall: str | None = None) -> Link:
        """Attach it to a system call such as ``openat``, or where its section says."""
        if syscall is None:
            return self.attach_where_declared()
        return self._hold(self._program.attach_ksyscall(syscall, self.on_return))


class UprobeProgram(_Probe):
    """At a function of a program or library in user space."""

    def attach(
        self,
        path: Path | None = None,
        function: str | None = None,
        *,
        offset: int = 0,
        pid: int = -1,
        cookie: int = 0,
    ) -> Link:
        """Attach it to a function of a file, or where its section says.

        Args:
            path: An executable or shared library.
            function: Its name; None makes ``offset`` one into the file.
            offset: In bytes, from the start of the function.
            pid: One process; -1 is every one.
            cookie: What ``bpf_get_attach_cookie()`` gives the program.

        """
        if path is None:
            return self.attach_where_declared()
        target = os.fspath(path), function, offset
        native = self._program
        return self._hold(native.attach_uprobe(target, pid, self.on_return, cookie))


class UprobeMultiProgram(_Probe):
    """At many functions of one file at once (Linux 6.6 or newer)."""

    def attach(
        self,
        path: Path | None = None,
        functions: Iterable[str] = (),
        *,
        pid: int = -1,
    ) -> Link:
        """Attach it to all of these functions, or where its section says."""
        if path is None:
            return self.attach_where_declared()
        native = self._program
        names = list(functions)
        return self._hold(native.attach_uprobe_multi(path, names, pid, self.on_return))


class UsdtProgram(Program):
    """At a static tracepoint of a program or library in user space."""

    def attach(
        self,
        path: Path | None = None,
        provider: str = "",
        name: str = "",
        *,
        pid: int = -1,
        cookie: int = 0,
    ) -> Link:
        """Attach it to ``provider:name`` of a file, or where its section says."""
        if path is None:
            return self.attach_where_declared()
        return self._hold(self._program.attach_usdt(path, provider, name, pid, cookie))


class TracepointProgram(Program):
    """At a tracepoint of the kernel."""

    def attach(
        self,
        category: str | None = None,
        name: str = "",
        *,
        cookie: int = 0,
    ) -> Link:
        """Attach it to a tracepoint such as ``sched``, ``sched_switch``.

        Without one, attach it where its section says.
        """
        if category is None:
            return self.attach_where_declared()
        return self._hold(self._program.attach_tracepoint(category, name, cookie))


class RawTracepointProgram(Program):
    """At a tracepoint of the kernel, with its raw arguments."""

    def attach(self, name: str | None = None, *, cookie: int = 0) -> Link:
        """Attach it to a tracepoint, or where its section says."""
        if name is None:
            return self.attach_where_declared()
        return self._hold(self._program.attach_raw_tracepoint(name, cookie))


class PerfEventProgram(Program):
    """At a perf event: a timer, a counter."""

    def attach(self, event: int | HasFileno, *, cookie: int = 0) -> Link:
        """Attach it to an event of ``perf_event_open(2)``, which the caller closes."""
        return self._hold(self._program.attach_perf_event(_fd(event), cookie))


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


class HasFileno(Protocol):
    """A file-like object."""

    def fileno(self) -> int:
        """Give its descriptor."""


class ProgramSet:
    """The programs of an object, each an attribute; ``[...]`` by their C name."""

    def __iter__(self) -> Iterator[Program]:
        """All programs, in order."""
        return (value for value in vars(self).values() if isinstance(value, Program))

    def __getitem__(self, name: str) -> Program:
        """The program of that C name; ``KeyError`` where there is none."""
        for value in self:
            if value.name == name:
                return value
        raise KeyError(name)


def _fd(file: int | HasFileno) -> int:
    return file if isinstance(file, int) else file.fileno()


def _ifindex(interface: str | int) -> int:
    return interface if isinstance(interface, int) else socket.if_nametoindex(interface)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield fd
    finally:
        os.close(fd)
