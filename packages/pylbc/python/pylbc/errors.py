"""The one exception that pylbc raises of its own."""

from __future__ import annotations


class LbcError(Exception):
    """What libbpf, the kernel or a wrong use of a skeleton led to.

    Wrong values raise what Python raises for them: ``OverflowError``,
    ``ValueError``, ``TypeError``, ``IndexError`` and ``KeyError``.

    Attributes:
        code: A stable word for programs: ``not-loaded``, ``already-loaded``,
            ``closed``, ``read-only``, ``not-mapped``, ``permission-denied``,
            ``open-failed``, ``load-failed``, ``verifier-refused``,
            ``attach-failed``, ``exists``, ``full``, ``map-failed``,
            ``wrong-length``, ``wrong-object``, ``busy`` and their like.
        hint: What to do about it, where that is known.
        log: What libbpf said meanwhile; after ``verifier-refused`` the verifier's
            log is in it.
        errno: The kernel's error number, where the kernel refused.
        since: Where the kernel is too old: the first version of Linux that has what
            is missing, as (major, minor).

    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        hint: str | None = None,
        log: str = "",
        errno: int | None = None,
        since: tuple[int, int] | None = None,
    ) -> None:
        """Keep the parts; ``str()`` shows message, code and hint."""
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.hint = hint
        self.log = log
        self.errno = errno
        self.since = since

    def __str__(self) -> str:
        """One line to show to a person."""
        hint = "" if self.hint is None else f" ({self.hint})"
        return f"{self.message} [{self.code}]{hint}"
