"""What programs print with ``bpf_printk``."""

from __future__ import annotations

import os
import select
from typing import TYPE_CHECKING

from pylbc.errors import LbcError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

# Where tracefs is mounted. See https://docs.kernel.org/trace/ftrace.html
_PATHS = (
    "/sys/kernel/tracing/trace_pipe",
    "/sys/kernel/debug/tracing/trace_pipe",
)


class TracePipe:
    """What all programs of this machine print with ``bpf_printk``, line by line.

    Whoever reads a line takes it from all others. A line has the task, its id, the
    CPU, flags, seconds since boot, ``bpf_trace_printk`` and the message::

        with TracePipe() as lines:
            for line in lines:
                print(line)
    """

    def __init__(self) -> None:
        """Begin to read, at the oldest line that nobody has read.

        Raises:
            LbcError: ``permission-denied``, or ``no-tracefs`` where it is not mounted.

        """
        self._fd = _open()
        self._text = b""
        # Readable from stop() on.
        self._stopped, self._stop = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)

    def read(self, timeout: float | None = None) -> str | None:
        """The next line; None after ``timeout`` seconds, or when stopped."""
        watch = select.poll()
        watch.register(self._fd, select.POLLIN)
        watch.register(self._stopped, select.POLLIN)
        milliseconds = None if timeout is None else timeout * 1000
        while b"\n" not in self._text:
            ready = dict(watch.poll(milliseconds))
            if not ready or self._stopped in ready:
                return None
            self._text += os.read(self._fd, 4096)
        line, self._text = self._text.split(b"\n", 1)
        return line.decode(errors="replace")

    def __iter__(self) -> Iterator[str]:
        """Wait for lines until ``stop()``."""
        while (line := self.read()) is not None:
            yield line

    def stop(self) -> None:
        """End every wait and iteration, from any thread or signal handler."""
        os.write(self._stop, b"\0")

    def close(self) -> None:
        """Leave the lines to others; a second call does nothing."""
        for fd in (self._fd, self._stopped, self._stop):
            if fd >= 0:
                os.close(fd)
        self._fd = self._stopped = self._stop = -1

    def __enter__(self) -> TracePipe:
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


def _open() -> int:
    for path in _PATHS:
        try:
            return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except PermissionError as error:
            message = f"{path}: {error.strerror}"
            code, hint = "permission-denied", "trace_pipe needs root"
            raise LbcError(code, message, hint=hint, errno=error.errno) from error
        except FileNotFoundError:
            continue
    message = "tracefs is not mounted"
    hint = "mount -t tracefs tracefs /sys/kernel/tracing"
    raise LbcError("no-tracefs", message, hint=hint)
