"""Histograms: counters with a scale, which print as the bars that BCC's users know."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

from pylbc.maps import ArrayMap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pylbc._native import Codec, Object

_LARGEST = 2**64 - 1
# Of per-CPU maps there is one for each CPU.
Counter = TypeVar("Counter", bound="int | list[int]")
# Columns of a value: most have no more than ten digits, none more than twenty.
_NARROW = 10


class Scale(enum.Enum):
    """How the slots of a histogram divide the values.

    Slot n of ``LOG2`` and ``LOG10`` counts the values from 2 or 10 to the power of n
    up to below the next power; slot 0 counts zero as well. Slot n of ``LINEAR``
    counts the value n, whatever the program means by it.
    """

    LOG2 = "log2"
    LOG10 = "log10"
    LINEAR = "linear"


@dataclass(frozen=True)
class Bucket:
    """One slot: how many values from ``start`` to ``end``, both included."""

    start: int
    end: int
    count: int


class Histogram:
    """Counters with a scale; ``str()`` is a table of bars.

    ``HistogramMap.read()`` makes one of a map; the counters of any other array will
    do as well, such as those in the values of a hash table::

        print(Histogram(Scale.LOG2, value.slots, unit="usecs"))

    Attributes:
        scale: How the slots divide the values.
        counts: All counters, one for each slot.
        unit: The heading of the values.

    """

    def __init__(self, scale: Scale, counts: Iterable[int], unit: str = "") -> None:
        """Copy the counters."""
        self.scale = scale
        self.counts = list(counts)
        self.unit = unit

    @property
    def total(self) -> int:
        """How many values were counted in all."""
        return sum(self.counts)

    def buckets(self) -> Iterator[Bucket]:
        """The slots up to the last one that counted anything, empty ones included."""
        used = max((slot for slot, n in enumerate(self.counts) if n), default=-1)
        for slot, count in enumerate(self.counts[: used + 1]):
            yield Bucket(*self._range(slot), count)

    def text(self, width: int | None = None) -> str:
        """The table, "" where nothing was counted.

        Args:
            width: Columns of the longest bar: by default 40, or 20 beside values of
                more than ten digits.

        """
        buckets = list(self.buckets())
        if not buckets:
            return ""
        narrow = len(str(buckets[-1].end)) <= _NARROW
        digits = _NARROW if narrow else 2 * _NARROW
        bar = width if width is not None else (40 if narrow else 20)
        most = max(self.counts)
        columns = max(8, len(str(most)))
        label = digits if self.scale is Scale.LINEAR else 2 * digits + 4
        lines = [f"     {self.unit:<{label - 5}} : {'count':<{columns}} distribution"]
        for bucket in buckets:
            values = f"{bucket.start:>{digits}}"
            if self.scale is not Scale.LINEAR:
                values += f" -> {bucket.end:<{digits}}"
            stars = "*" * (bucket.count * bar // most)
            lines.append(f"{values} : {bucket.count:<{columns}} |{stars:<{bar}}|")
        return "\n".join(lines)

    def __str__(self) -> str:
        """Show the table."""
        return self.text()

    def _range(self, slot: int) -> tuple[int, int]:
        if self.scale is Scale.LINEAR:
            return slot, slot
        base = 2 if self.scale is Scale.LOG2 else 10
        return base**slot if slot else 0, min(base ** (slot + 1) - 1, _LARGEST)


class HistogramMap(ArrayMap[int, Counter]):
    """An array of counters that LBC_HIST2, LBC_HIST10 or LBC_HIST declares.

    Of the per-CPU forms ``read()`` gives the sums over all CPUs.
    """

    def __init__(
        self,
        bpf: Object,
        name: str,
        key: Codec[int],
        value: Codec[Counter],
        scale: Literal["log2", "log10", "linear"],
    ) -> None:
        """Find the map of that name."""
        super().__init__(bpf, name, key, value)
        self.scale = Scale(scale)

    def read(self, unit: str = "") -> Histogram:
        """The counters as they are now."""
        counters: Iterable[int | list[int]] = self
        return Histogram(self.scale, map(_sum, counters), unit)

    def clear(self) -> None:
        """Set all counters to zero; what a program counts meanwhile is lost."""
        for slot in range(len(self)):
            self._map.update(self._encoded(slot), bytes(self._map.value_size))


def _sum(counter: int | list[int]) -> int:
    return counter if isinstance(counter, int) else sum(counter) & _LARGEST
