"""Maps with pylcc's methods beside their own."""

from __future__ import annotations

import inspect
from functools import cache
from typing import TYPE_CHECKING, Any, Callable, TypeVar

from pylbc.errors import LbcError
from pylbc.events import EventStream, FixedEventStream, RawEventStream
from pylbc.histogram import Counter, Histogram, HistogramMap
from pylbc.maps import ArrayMap, HashMap, Map, MapSet
from pylbc.stacks import StackTraces, Symbolizer

if TYPE_CHECKING:
    from collections.abc import Iterable

K = TypeVar("K")
V = TypeVar("V")
# cb(cpu, event), or cb(cpu, data, size) with the event's bytes.
Callback = Callable[..., object]
Lost = Callable[[int, int], object]


class CmapsHash(HashMap[K, V]):
    """A hash table of any kind."""

    def get(self) -> dict[K, V]:
        """All entries: ``dict(map.items())``."""
        return dict(self.items())

    def getKeys(self) -> list[K]:
        """All keys: ``list(map.keys())``."""
        return list(self.keys())

    def getKeyValue(self, key: K) -> V | None:
        """The value of a key: ``map.lookup(key)``."""
        return self.lookup(key)

    def getThenClear(self) -> dict[K, V]:
        """All entries, which are deleted: ``map.drain()``; Linux 5.6 or newer."""
        return self.drain()


class CmapsArray(ArrayMap[int, V]):
    """An array."""

    def get(self, size: int = 10) -> list[V | None]:
        """The first values: ``list(map)[:size]``, with None beyond the end."""
        return [self.getKeyValue(index) for index in range(size)]

    def getKeyValue(self, key: int) -> V | None:
        """The value at an index: ``map[index]``."""
        return self[key] if 0 <= key < len(self) else None

    def getKeys(self) -> list[int]:
        """All indices: ``list(range(len(map)))``."""
        return list(range(len(self)))

    def getThenClear(self) -> dict[int, V]:
        """All values by index, which become zero: ``dict(map.items())``."""
        values = dict(self.items())
        self.clear()
        return values

    def clear(self) -> None:
        """Set all values to zero; what a program writes meanwhile is lost."""
        zero = bytes(self._map.value_size)
        for index in range(len(self)):
            self._map.update(self._encoded(index), zero)


class CmapsHist(HistogramMap[Counter]):
    """A histogram: LBC_HIST2, LBC_HIST10."""

    def get(self, size: int = 64) -> list[int]:
        """The counters: ``map.read().counts``."""
        return self.read().counts[:size]

    def getKeys(self) -> list[int]:
        """All slots: ``list(range(len(map)))``."""
        return list(range(len(self)))

    def getKeyValue(self, key: int) -> int | None:
        """The counter of a slot: ``map.read().counts[slot]``."""
        return self.read().counts[key] if 0 <= key < len(self) else None

    def getThenClear(self) -> dict[int, int]:
        """All counters by slot, which become zero: ``map.read()``, ``map.clear()``."""
        counts = self.get(len(self))
        self.clear()
        return dict(enumerate(counts))

    def showHist(self, head: str = "", array: Iterable[int] | None = None) -> None:
        """Print a heading and the bars: ``print(map.read())``."""
        counts = self.get(len(self)) if array is None else array
        print(head)
        print(Histogram(self.scale, counts))


class CmapsStack(StackTraces):
    """Stack traces."""

    def get(self) -> dict[int, list[int]]:
        """All stacks by their number: ``dict(map.items())``."""
        return dict(self.items())

    def getKeys(self) -> list[int]:
        """The numbers of all stacks: ``list(map)``."""
        return list(self)

    def getKeyValue(self, key: int) -> list[int] | None:
        """The addresses of a stack: ``map.lookup(stack_id)``."""
        return self.lookup(key)

    def getThenClear(self) -> dict[int, list[int]]:
        """All stacks by their number, which are forgotten."""
        stacks = self.get()
        for stack_id in stacks:
            self.delete(stack_id)
        return stacks

    def getArr(self, stack_id: int) -> list[int] | None:
        """The addresses of a stack: ``map.lookup(stack_id)``."""
        return self.lookup(stack_id)

    def getStacks(self, stack_id: int, depth: int = -1) -> list[str]:
        """The kernel's functions on a stack, by ``Symbolizer``."""
        return getKStacks(self, stack_id, depth=depth)


class CmapsEvent(EventStream[V]):
    """Events, of a perf event array or a ring buffer."""

    _callback: Callback | None = None
    _lost: Lost | None = None

    def open_perf_buffer(self, cb: Callback, lost: Lost | None = None) -> None:
        """Set what ``perf_buffer_poll()`` calls.

        Args:
            cb: ``cb(cpu, event)``, or ``cb(cpu, data, size)`` with bytes for
                ``event()``. A ring buffer does not tell the CPU: it is -1.
            lost: ``lost(cpu, count)``; by default losses are printed.

        """
        self._callback = cb
        self._lost = lost

    def perf_buffer_poll(self, timeout: int = -1, obj: object = None) -> None:
        """Wait for events and call back, until ``stop()``.

        Args:
            timeout: Milliseconds without an event after which it ends; -1 is never.
            obj: What has ``cb`` and ``lostcb``, instead of ``open_perf_buffer()``.

        """
        callback = getattr(obj, "cb", None) or self._callback
        if callback is None:
            message = f"{self.name} has no callback"
            raise LbcError("no-callback", message, hint="call open_perf_buffer() first")
        self.on_lost(getattr(obj, "lostcb", None) or self._lost or _print_lost)
        call = self._caller(callback)
        seconds = None if timeout < 0 else timeout / 1000
        while self.poll(call, seconds):
            pass

    def event(self, data: bytes) -> Any:  # noqa: ANN401
        """An event of its bytes, as ``cb(cpu, data, size)`` gets them."""
        return data if self._event is None else self._event.decode(data)

    def _caller(self, callback: Callback) -> Callable[[V, int], object]:
        wants_bytes = len(inspect.signature(callback).parameters) > 2

        def call(event: V, size: int) -> None:
            cpu = -1 if self.cpu is None else self.cpu
            if wants_bytes:
                data = event if self._event is None else self._event.encode(event)
                callback(cpu, data, size)
            else:
                callback(cpu, event)

        return call


class CmapsFixedEvent(FixedEventStream[V], CmapsEvent[V]):
    """Events that all have the size of their type."""


class CmapsRawEvent(RawEventStream, CmapsEvent[bytes]):
    """Events whose type is not known."""


_PORTED: dict[type[Map], type[Map]] = {
    HashMap: CmapsHash,
    ArrayMap: CmapsArray,
    HistogramMap: CmapsHist,
    StackTraces: CmapsStack,
    EventStream: CmapsEvent,
    FixedEventStream: CmapsFixedEvent,
    RawEventStream: CmapsRawEvent,
}


class Cmaps(dict[str, Any]):
    """Maps by their C name, as pylcc has them, and as attributes as well.

    A map that has the name of a method, such as ``items``, is no attribute.
    """

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:  # noqa: ANN401
            """The map of that name."""

    def __init__(self, maps: MapSet) -> None:
        """Give the maps pylcc's methods beside their own."""
        super().__init__((each.name, each) for each in maps)
        for attribute, each in vars(maps).items():
            if isinstance(each, Map):
                each.__class__ = _PORTED.get(type(each), type(each))
                if not hasattr(dict, attribute):
                    setattr(self, attribute, each)


def _print_lost(cpu: int, count: int) -> None:
    print(f"cpu{cpu} lost {count} events")


@cache
def _symbolizer() -> Symbolizer:
    """One for all stacks: it keeps what it has read."""
    return Symbolizer()


def getKStacks(
    maps: CmapsStack,
    stack_id: int,
    depth: int = -1,
) -> list[str]:
    """The kernel's functions on a stack, innermost first; addresses without a name."""
    addresses = maps.lookup(stack_id) or []
    shown = addresses if depth < 0 else addresses[:depth]
    frames = _symbolizer().kernel(shown)
    return [frame.function or hex(frame.address) for frame in frames]
