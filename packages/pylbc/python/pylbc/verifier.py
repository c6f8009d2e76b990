"""Why the verifier refused a program, out of its log.

See kernel/bpf/verifier.c, whose words these are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pylbc.errors import LbcError

if TYPE_CHECKING:
    from collections.abc import Iterable

_PROGRAM = re.compile(r"prog '([^']+)': -- BEGIN PROG LOAD LOG --\n")
_END = "-- END PROG LOAD LOG --"
_INSTRUCTION = re.compile(r"\d+: \([0-9a-f]{2}\) ")
# "; count = 1; @ hello.bpf.c:12"; kernels before 6.8 leave the place out.
_SOURCE = re.compile(r"; (?P<text>.*?)(?: @ (?:.*/)?(?P<place>[^/]+:\d+))?$")
# Where the walk is and what it knows, which is no reason by itself.
_STATE = re.compile(
    r"(\d+: )?( ?frame\d+: ?)? ?R\d+(_\w+)?=|from \d+ to \d+|caller:|callee:"
    r"|returning from callee:|to caller at|cur state:|old state:|func#|Func#"
    r"|Validating |mark_precise|propagating|\s|processed \d|verification time"
    r"|stack depth",
)


class Refusal(NamedTuple):
    """What the end of a verifier's log tells."""

    program: str
    reason: str
    source: str

    def __str__(self) -> str:
        """All of it in one line."""
        at = f", at {self.source}" if self.source else ""
        return f"the verifier refused program {self.program}: {self.reason}{at}"


def refusal(log: str) -> Refusal | None:
    """Why a program was refused; None where the log does not tell."""
    begin = _PROGRAM.search(log)
    if begin is None:
        return None
    lines = log[begin.end() :].partition(_END)[0].splitlines()
    reason, source = _last_words(lines)
    return Refusal(begin[1], reason, source) if reason else None


def _last_words(lines: Iterable[str]) -> tuple[str, str]:
    """What was said behind the last instruction, and that one's line of source."""
    reasons: list[str] = []
    source = ""
    for line in lines:
        comment = _SOURCE.match(line)
        if comment is not None:
            text, place = comment["text"].strip(), comment["place"]
            source = f"{place}: {text}" if place else text
        elif _INSTRUCTION.match(line):
            reasons.clear()
        elif line and not _STATE.match(line):
            reasons.append(line)
    return "; ".join(reasons), source


def explained(error: LbcError) -> LbcError:
    """The error, with the verifier's reason in its message where there is one."""
    found = refusal(error.log) if error.code == "verifier-refused" else None
    if found is None:
        return error
    return LbcError(
        error.code,
        str(found),
        hint=error.hint,
        log=error.log,
        errno=error.errno,
        since=error.since,
    )
