"""Programs at functions, tracepoints and perf events."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pylbc._native import open_perf_event, possible_cpus
from pylbc.maps import HasFileno, descriptor
from pylbc.programs.base import Program, detach_all

if TYPE_CHECKING:
    from collections.abc import Iterable
    from os import PathLike
    from typing import Union

    from pylbc._native import Link as KernelLink
    from pylbc._native import Object

    Path = Union[str, PathLike[str]]


# PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK of include/uapi/linux/perf_event.h.
_CPU_CLOCK = (1, 0)


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
    ) -> KernelLink:
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

    def attach(
        self,
        functions: Iterable[str] | None = None,
        *,
        cookies: Iterable[int] = (),
    ) -> KernelLink:
        """Attach it to all of these functions, or where its section says.

        ``cookies`` are for the functions, in order.
        """
        if functions is None:
            return self.attach_where_declared()
        native, names, numbers = self._program, list(functions), list(cookies)
        return self._hold(native.attach_kprobe_multi(names, self.on_return, numbers))


class KsyscallProgram(_Probe):
    """At a system call, by the name that it has in user space."""

    def attach(self, syscall: str | None = None) -> KernelLink:
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
    ) -> KernelLink:
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
        cookies: Iterable[int] = (),
    ) -> KernelLink:
        """Attach it to all of these functions, or where its section says.

        ``cookies`` are for the functions, in order.
        """
        if path is None:
            return self.attach_where_declared()
        native, names, numbers = self._program, list(functions), list(cookies)
        target = os.fspath(path), names, pid, self.on_return
        return self._hold(native.attach_uprobe_multi(*target, numbers))


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
    ) -> KernelLink:
        """Attach it to ``provider:name`` of a file, or where its section says.

        A program that was compiled with a usdt.bpf.h before libbpf 1.7 may find no
        arguments in the first microseconds.
        """
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
    ) -> KernelLink:
        """Attach it to a tracepoint such as ``sched``, ``sched_switch``.

        Without one, attach it where its section says.
        """
        if category is None:
            return self.attach_where_declared()
        return self._hold(self._program.attach_tracepoint(category, name, cookie))


class RawTracepointProgram(Program):
    """At a tracepoint of the kernel, with its raw arguments."""

    def attach(self, name: str | None = None, *, cookie: int = 0) -> KernelLink:
        """Attach it to a tracepoint, or where its section says."""
        if name is None:
            return self.attach_where_declared()
        return self._hold(self._program.attach_raw_tracepoint(name, cookie))


class PerfEventProgram(Program):
    """At a perf event: a timer, a counter."""

    def attach(self, event: int | HasFileno, *, cookie: int = 0) -> KernelLink:
        """Attach it to an event of ``perf_event_open(2)``, which the caller closes."""
        return self._hold(self._program.attach_perf_event(descriptor(event), cookie))

    def attach_at_frequency(self, hertz: int) -> list[KernelLink]:
        """Run it ``hertz`` times a second on each CPU that is online: a profiler.

        It sees what the CPU does at that moment. An odd frequency, such as 99, does
        not keep in step with what programs do every so often.

        Raises:
            LbcError: ``attach-failed``, as for a frequency above
                /proc/sys/kernel/perf_event_max_sample_rate.

        """
        links: list[KernelLink] = []
        try:
            for cpu in range(possible_cpus()):
                event = open_perf_event(_CPU_CLOCK, (hertz, True), -1, cpu, -1, 0)
                if event is None:
                    continue  # the CPU is offline
                try:
                    links.append(self.attach(event))
                finally:
                    os.close(event)
        except BaseException:
            detach_all(links)
            raise
        return links
