"""Why the kernel lets a process load no BPF.

See capabilities(7) and kernel_lockdown(7).
"""

from __future__ import annotations

import re
from pathlib import Path

_STATUS = Path("/proc/self/status")
_LOCKDOWN = Path("/sys/kernel/security/lockdown")

# By the numbers of include/uapi/linux/capability.h.
_SYS_ADMIN = 21
_PARTS_OF_SYS_ADMIN = {39: "CAP_BPF", 38: "CAP_PERFMON"}
_NEEDED = {**_PARTS_OF_SYS_ADMIN, 12: "CAP_NET_ADMIN"}


def hint() -> str:
    """What this process can do about it."""
    found = re.search(r"^CapEff:\s*([0-9a-f]+)$", _STATUS.read_text(), re.MULTILINE)
    lockdown = _LOCKDOWN.read_text() if _LOCKDOWN.exists() else ""
    return reason(0 if found is None else int(found[1], 16), lockdown)


def reason(effective: int, lockdown: str) -> str:
    """What a mask of capabilities lacks, or what forbids it in spite of them.

    ``lockdown`` has the mode that holds in brackets.
    """
    held = {number for number in range(64) if effective >> number & 1}
    if _SYS_ADMIN in held:
        held.update(_PARTS_OF_SYS_ADMIN)
    missing = [name for number, name in _NEEDED.items() if number not in held]
    if missing:
        return f"run it as root, or with {', '.join(missing)}"
    locked = re.search(r"\[(integrity|confidentiality)\]", lockdown)
    if locked is not None:
        return (
            f"the kernel is locked down ({locked[1]}), "
            "which root cannot change before it boots again"
        )
    return (
        "this process has the capabilities for it: a security module, "
        "or the sandbox that it runs in, forbids it"
    )
