"""The life of an object: open, load, attach, close."""

from __future__ import annotations

import hashlib
import pkgutil
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, TypeVar

from pylbc import permission
from pylbc._native import Object
from pylbc.errors import LbcError
from pylbc.events import EventStream, streams
from pylbc.maps import MapSet, MapType, UserRing, struct_ops
from pylbc.programs import Link, ProgramSet
from pylbc.programs.base import detach_all
from pylbc.verifier import explained

if TYPE_CHECKING:
    from os import PathLike
    from types import TracebackType

__all__ = ["Embedded", "Object", "Skeleton"]

M = TypeVar("M", bound=MapSet)
P = TypeVar("P", bound=ProgramSet)
S = TypeVar("S", bound="Skeleton[Any, Any]")


class Embedded(NamedTuple):
    """A BPF object that lies beside the module that embeds it."""

    module: str
    file: str
    sha256: str

    def read(self) -> bytes:
        """Its bytes; ``LbcError`` ``wrong-object`` where they are others."""
        data = pkgutil.get_data(self.module, self.file)
        if data is None or hashlib.sha256(data).hexdigest() != self.sha256:
            message = f"{self.file} is not the object that {self.module} was made from"
            raise LbcError("wrong-object", message, hint="generate the package again")
        return data


class Skeleton(Generic[M, P]):
    """Base of generated skeletons: one BPF object, its maps, programs and globals.

    ::

        with Hello.open() as skel:
            skel.rodata.target_pid = os.getpid()
            skel.load().attach()
            for event in skel.maps.events:
                print(event.pid, event.comm)
    """

    NAME: ClassVar[str]
    OBJECT: ClassVar[Embedded]

    maps: M
    programs: P

    def __init__(self, bpf: Object) -> None:
        """Take over an object that is open; ``open()`` is what one calls."""
        self.bpf = bpf

    @classmethod
    def open(
        cls: type[S],
        *,
        btf: str | PathLike[str] | None = None,
        pin_root: str | PathLike[str] | None = None,
        kconfig: str | None = None,
    ) -> S:
        """Open the embedded object; nothing is in the kernel yet.

        Args:
            btf: A file with the types of the running kernel, for one without BTF;
                by default the environment's ``LBC_BTF``.
            pin_root: Where maps that are pinned by name go; /sys/fs/bpf if None.
            kconfig: Options of the kernel's configuration, as in a ``.config``; its
                own file is asked for those only that are not among them.

        Raises:
            LbcError: ``open-failed`` or ``wrong-object``.

        """
        data = cls.OBJECT.read()
        native = Object.open(data, cls.NAME, btf, pin_root, kconfig)
        return cls(native)

    def missing_on(self, major: int, minor: int) -> str | None:
        """Tell, before load, what a kernel of that version is too old for.

        It is the first map or program that is to be loaded and that Linux
        ``major.minor`` does not have; None where it has all.
        """
        return self.bpf.missing_on((major, minor))

    def load(self: S) -> S:
        """Create the maps and have the kernel verify the programs.

        Raises:
            LbcError: ``verifier-refused``, whose ``log`` tells why;
                ``permission-denied`` or ``load-failed``. The skeleton is closed.

        """
        try:
            self.bpf.load()
        except LbcError as error:
            if error.code == "permission-denied":
                error.hint = permission.hint()
            raise explained(error) from None
        for stream in streams(self.maps):
            if stream.type is MapType.PERF_EVENT_ARRAY:
                # The kernel drops perf events that come before a buffer is there.
                stream.open()
        return self

    def attach(self: S) -> S:
        """Attach every program whose section says where, unless it is attached.

        Raises:
            LbcError: ``attach-failed``; what was attached before stays so, and
                nothing more is.

        """
        added: list[Link] = []
        try:
            for ops in struct_ops(self.maps):
                if ops.autocreate and not ops.links:
                    added.append(ops.attach())
            for program in self.programs:
                if program.autoattach and program.autoload and not program.links:
                    added.append(program.attach_where_declared())
        except BaseException:
            detach_all(added)
            raise
        return self

    @property
    def links(self) -> list[Link]:
        """The links of all programs and struct_ops."""
        holders = (*struct_ops(self.maps), *self.programs)
        return [link for holder in holders for link in holder.links]

    def detach(self) -> None:
        """Detach all programs and struct_ops; the maps stay."""
        for holder in (*struct_ops(self.maps), *self.programs):
            holder.detach()

    def close(self) -> None:
        """End all waits and free everything; a second call does nothing.

        Values that were read stay valid.
        """
        for each in self.maps:
            if isinstance(each, (EventStream, UserRing)):
                each.close()
        self.detach()
        self.bpf.close()

    def __enter__(self: S) -> S:
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
