"""Why a process may load no BPF."""

from __future__ import annotations

import pytest

from pylbc.permission import reason

EVERYTHING = (1 << 64) - 1
NET_ADMIN, SYS_ADMIN, BPF = 1 << 12, 1 << 21, 1 << 39


@pytest.mark.parametrize(
    ("effective", "missing"),
    [
        (0, "CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN"),
        (NET_ADMIN | BPF, "CAP_PERFMON"),
        (SYS_ADMIN, "CAP_NET_ADMIN"),
    ],
)
def test_the_capabilities_that_a_process_lacks_are_named(
    effective: int,
    missing: str,
) -> None:
    assert reason(effective, "") == f"run it as root, or with {missing}"


def test_root_is_not_told_to_be_root() -> None:
    locked = reason(EVERYTHING, "none [integrity] confidentiality\n")
    assert "locked down (integrity)" in locked
    for lockdown in ("", "[none] integrity confidentiality\n"):
        assert "a security module" in reason(EVERYTHING, lockdown)
