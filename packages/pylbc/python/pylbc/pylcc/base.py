"""A program for pylcc: a source that is compiled, loaded and attached."""

from __future__ import annotations

import errno
import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union

from pylbc._native import open_perf_event, possible_cpus
from pylbc.compiler import from_file, from_source
from pylbc.errors import LbcError
from pylbc.pylcc.maps import Callback, Cmaps, CmapsEvent, Lost

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from pylbc.programs import Program
    from pylbc.skeleton import Skeleton

_Name = Union[str, bytes]
# A file with an offset in it or the name of a function.
_Place = tuple[_Name, Union[int, str]]


class CeventThread(threading.Thread):
    """A thread that calls ``cb(cpu, event)`` for each event of a map."""

    def __init__(
        self,
        lbc: ClbcBase,
        event: str,
        cb: Callback,
        lost: Lost | None = None,
    ) -> None:
        """Begin to wait."""
        super().__init__(name=f"events of {event}", daemon=True)
        self._stream: CmapsEvent[Any] = lbc.maps[event]
        self._stream.open_perf_buffer(cb, lost)
        self.start()

    def run(self) -> None:
        """Call back until the thread is stopped."""
        self._stream.perf_buffer_poll()

    def stop(self) -> None:
        """End the wait."""
        self._stream.stop()


class ClbcBase:
    """A BPF source, compiled, loaded and attached.

    ::

        class Hello(ClbcBase):
            def __init__(self):
                super().__init__("hello", bpf_str=SOURCE)

    Attributes:
        skel: The typed skeleton.
        maps: Its maps, a dict by their C name (``maps["e_out"]``), and attributes.

    """

    def __init__(
        self,
        bpf: str,
        bpf_str: str = "",
        server: str = "",
        arch: str = "",
        ver: str = "",
        env: str = "",
        attach: int = 1,
        workPath: str | None = None,
    ) -> None:
        """Compile, load and, unless ``attach`` is 0, attach.

        Args:
            bpf: The name; without ``bpf_str`` that of the file, such as hello for
                hello.bpf.c in ``workPath`` or this folder.
            bpf_str: The source.
            server: Unused, as ``arch`` and ``ver`` are: sources are compiled here,
                for this machine.
            arch: Unused.
            ver: Unused.
            env: Flags of the remote compiler, which there is none of.
            attach: Whether programs are attached where their sections say.
            workPath: The folder of the file.

        Raises:
            LbcError: As ``from_source()``, ``load()`` and ``attach()``.

        """
        if env:
            message = "env is for coolbpf's compile server"
            hint = "write #define lines into the source"
            raise LbcError("unsupported", message, hint=hint)
        self.skel: Skeleton[Any, Any] = _skeleton(bpf, bpf_str, workPath).open()
        self.maps = Cmaps(self.skel.maps)
        try:
            self.skel.load()
            if attach:
                self.skel.attach()
        except BaseException:
            self.close()
            raise

    def getMap(self, name: str, data: bytes, size: int) -> Any:  # noqa: ANN401
        """An event of a map, of the bytes that ``cb(cpu, data, size)`` got."""
        return self.maps[name].event(data[:size])

    def waitInterrupt(self, cb: Callable[[], object] | None = None) -> None:
        """Wait for Ctrl-C, then call ``cb()``.

        A signal that the program handles ends the wait as well, without a call.
        """
        try:
            if cb is not None:
                # A shell lets what it starts in the background ignore this signal.
                signal.signal(signal.SIGINT, signal.default_int_handler)
            signal.pause()
        except KeyboardInterrupt:
            interrupted = True
        else:
            interrupted = False
        if interrupted and cb is not None:
            cb()

    def close(self) -> None:
        """Detach and free everything; a second call does nothing."""
        self.skel.close()

    def __enter__(self) -> ClbcBase:
        """Close it at the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    def attachKprobe(self, function: _Name, symbol: _Name) -> None:
        """Attach a program to the entry of a kernel function."""
        program = self._program(function)
        self._hold(program, program._program.attach_kprobe(_text(symbol), 0, False, 0))

    def attachKretprobe(self, function: _Name, symbol: _Name) -> None:
        """Attach a program to the return of a kernel function."""
        program = self._program(function)
        self._hold(program, program._program.attach_kprobe(_text(symbol), 0, True, 0))

    def attachUprobe(
        self,
        function: _Name,
        pid: int,
        binaryPath: _Name,
        offset: int = 0,
    ) -> None:
        """Attach a program to an offset in a file."""
        self._uprobe(function, pid, (binaryPath, offset), on_return=False)

    def attachUretprobe(
        self,
        function: _Name,
        pid: int,
        binaryPath: _Name,
        offset: int = 0,
    ) -> None:
        """Attach a program to the return of the function at an offset in a file."""
        self._uprobe(function, pid, (binaryPath, offset), on_return=True)

    def attachUprobes(
        self,
        function: _Name,
        pid: int,
        binaryPath: _Name,
        offset: int = 0,
    ) -> None:
        """Attach a program to an offset in a file, for each thread of a process.

        Threads that begin later are not among them; a ``pid`` of -1 is every process.
        """
        self._uprobes(function, pid, (binaryPath, offset), on_return=False)

    def attachUretprobes(
        self,
        function: _Name,
        pid: int,
        binaryPath: _Name,
        offset: int = 0,
    ) -> None:
        """Attach a program as ``attachUprobes()`` does, to the function's return."""
        self._uprobes(function, pid, (binaryPath, offset), on_return=True)

    def traceUprobes(self, function: _Name, pid: int, fxpr: _Name) -> None:
        """Attach a program as ``attachUprobes()`` does, by ``file:function``.

        The file is a path, or the name of a command or library: ``bash:readline``.
        """
        self._uprobes(function, pid, _place(fxpr), on_return=False)

    def traceUretprobes(self, function: _Name, pid: int, fxpr: _Name) -> None:
        """Attach a program as ``traceUprobes()`` does, to the function's return."""
        self._uprobes(function, pid, _place(fxpr), on_return=True)

    def attachTracepoint(self, function: _Name, category: _Name, name: _Name) -> None:
        """Attach a program to a tracepoint."""
        program = self._program(function)
        place = _text(category), _text(name)
        self._hold(program, program._program.attach_tracepoint(*place, 0))

    def attachRawTracepoint(self, function: _Name, name: _Name) -> None:
        """Attach a program to a raw tracepoint."""
        program = self._program(function)
        self._hold(program, program._program.attach_raw_tracepoint(_text(name), 0))

    def attachCgroup(self, function: _Name, fd: int) -> None:
        """Attach a program to a cgroup, by a descriptor of its folder."""
        program = self._program(function)
        self._hold(program, program._program.attach_cgroup(fd))

    def attachNetns(self, function: _Name, fd: int) -> None:
        """Attach a program to a network namespace, by a descriptor of its file."""
        program = self._program(function)
        self._hold(program, program._program.attach_netns(fd))

    def attachXdp(self, function: _Name, ifindex: int) -> None:
        """Attach a program to a network interface, by its index."""
        program = self._program(function)
        self._hold(program, program._program.attach_xdp(ifindex))

    def attachPerfEvent(
        self,
        function: _Name,
        attrD: Mapping[str, Any],
        pid: int = 0,
        cpu: int = -1,
        group_fd: int = -1,
        flags: int = 0,
    ) -> None:
        """Attach a program to a perf event.

        ``attrD`` has ``type``, ``config`` and either ``sample_period`` or, with
        ``freq``, ``sample_freq``, as perf_event_open(2) names them.
        """
        frequency = bool(int(attrD.get("freq", 0)))
        sample = attrD.get("sample_freq" if frequency else "sample_period", 0)
        event = int(attrD["type"]), int(attrD["config"])
        rest = pid, cpu, group_fd, flags
        fd = open_perf_event(event, (int(sample), frequency), *rest)
        if fd is None:
            return  # the CPU is offline
        program = self._program(function)
        try:
            self._hold(program, program._program.attach_perf_event(fd, 0))
        finally:
            os.close(fd)

    def attachAllCpuPerf(
        self,
        function: _Name,
        attrD: Mapping[str, Any],
        pid: int = -1,
        group_fd: int = -1,
        flags: int = 0,
    ) -> None:
        """Attach a program to a perf event of each CPU."""
        for cpu in range(possible_cpus()):
            self.attachPerfEvent(function, attrD, pid, cpu, group_fd, flags)

    def attachPerfEvents(
        self,
        function: _Name,
        attrD: Mapping[str, Any],
        pid: int,
        group_fd: int = -1,
        flags: int = 0,
    ) -> None:
        """Attach a program to a perf event of each thread that a process has now."""

        def attach(thread: int) -> None:
            self.attachPerfEvent(function, attrD, thread, -1, group_fd, flags)

        _each_thread(pid, attach)

    def _uprobe(
        self,
        function: _Name,
        pid: int,
        place: _Place,
        *,
        on_return: bool,
    ) -> None:
        program = self._program(function)
        path, where = place
        symbol, offset = (None, where) if isinstance(where, int) else (where, 0)
        target = os.fsdecode(path), symbol, offset
        native = program._program
        self._hold(program, native.attach_uprobe(target, pid, on_return, 0))

    def _uprobes(
        self,
        function: _Name,
        pid: int,
        place: _Place,
        *,
        on_return: bool,
    ) -> None:
        def attach(thread: int) -> None:
            self._uprobe(function, thread, place, on_return=on_return)

        if pid > 0:
            _each_thread(pid, attach)
        else:
            attach(pid)

    def _program(self, function: _Name) -> Program:
        program: Program = self.skel.programs[_text(function)]
        return program

    def _hold(self, program: Program, link: Any) -> None:  # noqa: ANN401
        program._hold(link)


def _text(name: _Name) -> str:
    return name if isinstance(name, str) else os.fsdecode(name)


def _place(text: _Name) -> _Place:
    file, colon, function = _text(text).partition(":")
    if not (file and colon and function):
        hint = "such as bash:readline"
        message = f"{_text(text)} is no file:function"
        raise LbcError("attach-failed", message, hint=hint)
    # Names without a slash are looked for in PATH and the folders of libraries.
    return os.path.abspath(file) if os.path.isfile(file) else file, function


def _each_thread(pid: int, attach: Callable[[int], None]) -> None:
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except FileNotFoundError as error:
        raise LbcError("attach-failed", f"no process {pid}") from error
    for thread in threads:
        try:
            attach(int(thread))
        except LbcError as error:
            # It has ended since.
            if error.errno != errno.ESRCH:
                raise


def _skeleton(name: str, source: str, folder: str | None) -> type[Skeleton[Any, Any]]:
    name = name.removesuffix(".bpf.c")
    if source:
        return from_source(source, name)
    return from_file(Path(folder or ".") / f"{name}.bpf.c")
