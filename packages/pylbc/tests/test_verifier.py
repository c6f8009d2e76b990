"""Programs that the verifier refuses, and its words."""

from __future__ import annotations

import pytest

from pylbc import LbcError
from pylbc.verifier import refusal
from refused import Refused

# Of Linux 6.1, which does not tell the place in the file.
LOG_OF_6_1 = """\
libbpf: prog 'on_open': BPF program load failed: Permission denied
libbpf: prog 'on_open': -- BEGIN PROG LOAD LOG --
; count = bpf_map_lookup_elem(&counts, &key);
19: (85) call bpf_map_lookup_elem#1   ; R0_w=map_value_or_null(id=1,off=0,ks=4,vs=8)
; *count += 1;
20: (79) r1 = *(u64 *)(r0 +0)
R0 invalid mem access 'map_value_or_null'
processed 21 insns (limit 1000000) max_states_per_insn 0 total_states 2
-- END PROG LOAD LOG --
"""


# parity: errors.verifier
@pytest.mark.parametrize(
    ("program", "reason", "source"),
    [
        ("unchecked_pointer", "invalid mem access 'map_value_or_null'", "*count += 1;"),
        ("unbounded_index", "unbounded memory access", "return value[skb->len];"),
        ("unchecked_packet", "invalid access to packet", "return *data == 0xff"),
        ("forbidden_helper", "bpf_xdp_adjust_head", "return bpf_xdp_adjust_head"),
        ("endless_loop", "infinite loop detected", "rounds = rounds ? 1 : 0;"),
    ],
)
def test_the_message_has_the_verifiers_reason_and_the_line_of_source(
    program: str,
    reason: str,
    source: str,
) -> None:
    with Refused.open() as skel:
        skel.programs[program].autoload = True
        with pytest.raises(LbcError) as raised:
            skel.load()
    error = raised.value
    assert error.code == "verifier-refused"
    assert program in error.message
    assert reason in error.message
    assert source in error.message
    assert "-- BEGIN PROG LOAD LOG --" in error.log
    assert "\n" not in str(error)


def test_kernels_that_tell_no_place_are_understood() -> None:
    found = refusal(LOG_OF_6_1)
    assert found is not None
    assert found == (
        "on_open",
        "R0 invalid mem access 'map_value_or_null'",
        "*count += 1;",
    )


@pytest.mark.parametrize("length", range(0, len(LOG_OF_6_1), 7))
def test_a_log_that_was_cut_is_no_error(length: int) -> None:
    found = refusal(LOG_OF_6_1[:length])
    assert found is None or found.program == "on_open"
