"""Events of ring buffers and perf event arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Generic, TypeVar

from pylbc import _native
from pylbc.arrays import codec_dtype
from pylbc.maps import Map, MapSet, MapType

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import numpy.typing as npt

    from pylbc._native import Codec, Object

T = TypeVar("T")


class EventStream(Map, Generic[T]):
    """Events in the order of their arrival; of a perf event array, by CPU.

    ``for event in stream`` waits for events until ``stop()`` or until the skeleton
    is closed. An event is a copy, safe to keep. Every wait ends within a tenth of a
    second on a signal. One thread reads at a time: another gets ``LbcError``
    ``busy``.

    Attributes:
        pages: Memory pages for each CPU of a perf event array, a power of two; to
            be set before ``load()``.

    """

    def __init__(
        self,
        bpf: Object,
        name: str,
        event: Codec[T] | None,
        *,
        least: int,
        most: int | None,
    ) -> None:
        """Find the map of that name; a record has ``least`` to ``most`` bytes."""
        super().__init__(bpf, name)
        self.pages = 64
        self._event = event
        self._least = least
        self._most = most
        self._opened: _native.Reader[T] | None = None

    def open(self) -> _native.Reader[T]:
        """Open the buffer, once; ``load()`` does it for perf event arrays."""
        if self._opened is None:
            perf = self.type is MapType.PERF_EVENT_ARRAY
            self._opened = _native.Reader.open(
                self._map,
                self._event,
                self._least,
                self._most,
                self.pages if perf else None,
            )
        return self._opened

    def __iter__(self) -> Iterator[T]:
        """Wait for events, one at a time."""
        return iter(self.open())

    def read(self, timeout: float | None = None) -> T | None:
        """The next event; None after ``timeout`` seconds, or when stopped."""
        return self.open().read(timeout)

    def poll(
        self,
        callback: Callable[[T, int], object],
        timeout: float | None = None,
    ) -> int:
        """Wait for events and call ``callback(event, size)`` for each that is there.

        ``size`` is in bytes, as the event was sent; a perf event array tells up to 7
        more where the greatest length of its events is not known. Gives the number of
        events, 0 after ``timeout`` seconds or when stopped.
        """
        return self.open().poll(callback, timeout)

    def stop(self) -> None:
        """End every wait and iteration, from any thread or signal handler."""
        self.open().stop()

    def close(self) -> None:
        """Free the buffer; the skeleton does it when it is closed."""
        if self._opened is not None:
            self._opened.close()

    def event_fileno(self) -> int:
        """A descriptor that is readable while events wait, for event loops.

        An event loop reads with ``timeout=0``: of a perf event array it may be readable
        once more after the last event.
        """
        return self.open().fileno()

    @property
    def cpu(self) -> int | None:
        """The CPU that sent the last event, which a ring buffer does not tell."""
        return None if self._opened is None else self._opened.cpu

    @property
    def lost(self) -> int:
        """Events that a perf event array had no room for; a ring buffer counts none."""
        return 0 if self._opened is None else self._opened.lost

    def on_lost(self, callback: Callable[[int, int], object] | None) -> None:
        """Have ``callback(cpu, count)`` called when events were lost."""
        self.open().set_on_lost(callback)


class FixedEventStream(EventStream[T]):
    """Events that all have the size of their type, and so can be read in batches."""

    def __init__(self, bpf: Object, name: str, event: Codec[T]) -> None:
        """Find the map of that name."""
        super().__init__(bpf, name, event, least=event.size, most=event.size)
        self._codec = event

    def batches(
        self,
        most: int = 65536,
        timeout: float | None = None,
    ) -> Iterator[npt.NDArray[np.void]]:
        """Wait for events, as numpy arrays of all that are there, about ``most``.

        Ends when stopped, or where none came for ``timeout`` seconds. An event of
        another size is an ``LbcError`` ``wrong-length``, after those before it. The
        buffer is drained with the GIL released.
        """
        import numpy as np

        item = codec_dtype(self._codec)
        reader = self.open()
        while (batch := reader.batch(item.itemsize, most, timeout)) is not None:
            yield np.frombuffer(batch, dtype=item)


class RawEventStream(EventStream[bytes]):
    """Events whose type is not known: bytes, as the program sent them."""

    def __init__(
        self,
        bpf: Object,
        name: str,
        *,
        least: int = 0,
        most: int | None = None,
    ) -> None:
        """Find the map of that name."""
        super().__init__(bpf, name, None, least=least, most=most)


def streams(maps: MapSet) -> Iterator[EventStream[Any]]:
    """The event streams among an object's maps."""
    return (value for value in maps if isinstance(value, EventStream))
