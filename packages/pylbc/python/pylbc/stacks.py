"""Stack traces: the addresses that a map keeps, and the names that belong to them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from pylbc import _native
from pylbc.maps import Map

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


# Addresses are the kernel's own, of the machine that this runs on.
_BYTES = 8


class StackTraces(Map):
    """Stack traces by the number that ``bpf_get_stackid()`` gave them."""

    def lookup(self, stack_id: int) -> list[int] | None:
        """The addresses of a stack, innermost first.

        None where there is none, as for the negative number of an error.
        """
        if stack_id < 0:
            return None
        value = self._map.lookup(stack_id.to_bytes(4, sys.byteorder))
        return None if value is None else _addresses(value)

    def __getitem__(self, stack_id: int) -> list[int]:
        """The addresses of a stack; ``KeyError`` where there is none."""
        addresses = self.lookup(stack_id)
        if addresses is None:
            raise KeyError(stack_id)
        return addresses

    def __iter__(self) -> Iterator[int]:
        """The numbers of all stacks."""
        return (stack_id for stack_id, _ in self.items())

    def items(self) -> Iterator[tuple[int, list[int]]]:
        """The numbers of all stacks with their addresses."""
        for key, value in self._map.entries():
            yield int.from_bytes(key, sys.byteorder), _addresses(value)

    def delete(self, stack_id: int) -> bool:
        """Forget a stack, so that its number is free; False where there was none."""
        return self._map.delete(stack_id.to_bytes(4, sys.byteorder))

    def clear(self) -> None:
        """Forget all stacks that are there now."""
        for key, _ in self._map.entries():
            self._map.delete(key)


def _addresses(value: bytes) -> list[int]:
    """Up to the first zero, with which the kernel fills up."""
    frames = (value[at : at + _BYTES] for at in range(0, len(value), _BYTES))
    addresses = [int.from_bytes(frame, sys.byteorder) for frame in frames]
    return addresses[: addresses.index(0)] if 0 in addresses else addresses


class Frame(NamedTuple):
    """One address of a stack trace, with what is known of it.

    Attributes:
        address: The address that was asked for.
        function: None where no symbol covers the address.
        offset: Bytes from the start of the function.
        module: The program or library, where it is known.
        file: The file of source code, where there is debug information.
        line: The line in it, beginning with 1; 0 where it is not known.
        inlined: Functions that the compiler put in place of a call, the outermost
            first: the last one holds the address.

    """

    address: int
    function: str | None
    offset: int
    module: str | None
    file: str | None
    line: int
    inlined: list[str]

    def __str__(self) -> str:
        """Show it as ``function+0x1f (module)``."""
        where = hex(self.address)
        if self.function is not None:
            where = f"{self.function}+{self.offset:#x}"
        return where if self.module is None else f"{where} ({self.module})"


class Symbolizer:
    """Finds out which functions addresses belong to.

    It keeps what it has read, so one symbolizer should do all the work of a tool.
    """

    def __init__(self) -> None:
        """Read nothing yet."""
        self._symbolizer = _native.Symbolizer()

    def kernel(self, addresses: Iterable[int]) -> list[Frame]:
        """Addresses of the kernel, by /proc/kallsyms: one frame each.

        Without CAP_SYSLOG the kernel hides its addresses there, and no function has
        a name.

        Raises:
            LbcError: ``symbolize-failed``.

        """
        found = self._symbolizer.kernel(list(addresses))
        return [Frame(*frame) for frame in found]

    def process(self, pid: int, addresses: Iterable[int]) -> list[Frame]:
        """Addresses of a process, by the files that it has mapped: one frame each.

        Raises:
            LbcError: ``symbolize-failed``, as where the process has ended.

        """
        found = self._symbolizer.process(pid, list(addresses))
        return [Frame(*frame) for frame in found]
