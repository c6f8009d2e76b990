"""What every program has, and the links that hold programs to their hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from pylbc.maps import descriptor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pylbc._native import Link as KernelLink
    from pylbc._native import Object
    from pylbc.maps import HasFileno


class Link(Protocol):
    """Holds a program to its hook until it is detached or collected."""

    def detach(self) -> None:
        """Let go of the hook; a second call does nothing."""

    @property
    def attached(self) -> bool:
        """Whether the hook is still held."""


L = TypeVar("L", bound=Link)


def detach_all(links: Iterable[Link]) -> None:
    """Let go of all hooks."""
    for link in links:
        link.detach()


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
        self._links: list[Link] = []
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

    def set_attach_target(
        self,
        function: str,
        program: int | HasFileno | None = None,
    ) -> None:
        """Before load: what fentry, fexit, freplace, lsm or iter attach to.

        A function of the kernel, or of another program where that is given.
        """
        fd = 0 if program is None else descriptor(program)
        self._program.set_attach_target(fd, function)

    @property
    def links(self) -> list[Link]:
        """What holds it now; a link that was detached is none of them."""
        self._links = [link for link in self._links if link.attached]
        return list(self._links)

    def fileno(self) -> int:
        """The kernel's descriptor; the skeleton closes it."""
        return self._program.fileno()

    def attach_where_declared(self) -> KernelLink:
        """Attach as the section says; what the skeleton's ``attach()`` calls."""
        return self._hold(self._program.attach())

    def replace_in(self, link: KernelLink) -> None:
        """Take the place of the program that a link holds, without a gap.

        The kernel can do it for links to interfaces, cgroups and namespaces.
        """
        link.update(self._program)

    def detach(self) -> None:
        """Detach all links of this program."""
        links, self._links = self._links, []
        detach_all(links)

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

    def _hold(self, link: L) -> L:
        self._links = [*self.links, link]
        return link


class AutoProgram(Program):
    """A program whose section says all: tp_btf, fentry, fexit, lsm and their like."""

    def attach(self) -> KernelLink:
        """Attach it as its section says."""
        return self.attach_where_declared()


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
