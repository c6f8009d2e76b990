"""Programs inside of the kernel's own work: iterators, and parts of other programs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pylbc import _native
from pylbc.maps import descriptor
from pylbc.programs.base import Program

if TYPE_CHECKING:
    from pylbc._native import Link as KernelLink
    from pylbc.maps import HasFileno


class IterProgram(Program):
    """Prints a line for each thing that the kernel has: tasks, elements of a map."""

    def attach(
        self,
        *,
        over: int | HasFileno | None = None,
        cgroup: int | HasFileno | None = None,
        order: int = 0,
        process: int = 0,
        thread: int = 0,
    ) -> KernelLink:
        """Attach it to what it walks over; its section says of which kind.

        Args:
            over: A map, for its elements.
            cgroup: Where to begin, for cgroups.
            order: ``enum bpf_cgroup_iter_order`` of include/uapi/linux/bpf.h.
            process: One process, for tasks and what they have; 0 is all.
            thread: One thread, for tasks; 0 is all.

        """
        if over is None and cgroup is None and not (process or thread):
            return self.attach_where_declared()
        map_fd = 0 if over is None else descriptor(over)
        start = (0 if cgroup is None else descriptor(cgroup)), order
        walk = map_fd, start, (thread, process, 0)
        return self._hold(_native.attach_iter(self._program, walk))

    def output(self, link: KernelLink) -> str:
        """Walk once, and give what it prints. The link can be walked again."""
        with os.fdopen(link.iterate(), "r", errors="replace") as lines:
            return lines.read()


class FreplaceProgram(Program):
    """Takes the place of a function of another program.

    ``set_attach_target()`` says before load which program's, and the verifier
    compares the two functions.
    """

    def attach(
        self,
        program: int | HasFileno | None = None,
        function: str | None = None,
    ) -> KernelLink:
        """Take the function's place, in a program of the same kind if one is given."""
        if program is None:
            return self.attach_where_declared()
        name = function or self.section.partition("/")[2]
        link = _native.attach_freplace(self._program, descriptor(program), name)
        return self._hold(link)
