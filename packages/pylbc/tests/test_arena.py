"""An arena, in which programs and Python follow the same pointers."""

from __future__ import annotations

import os
from collections.abc import Iterator

import needs
import pytest

from arena import Arena, ListItem
from maps import Maps
from pylbc import LbcError


@pytest.fixture
def skel() -> Iterator[Arena]:
    needs.skip_for(needs.version(6, 9))
    with Arena.open() as skel:
        yield skel.load()


# parity: maps.arena
def test_pointers_that_a_program_makes_lead_to_values_that_both_see(
    skel: Arena,
) -> None:
    variables = skel.addr_space_1
    assert variables.factor == 3
    variables.factor = 5
    skel.programs.make_list.test_run()
    values, pointer = [], variables.first
    while (item := skel.maps.memory.in_arena(ListItem, pointer)) is not None:
        values.append(item.value)
        pointer = item.next
        assert len(values) <= 4
    assert (values, pointer) == ([5, 10, 15, 20], 0)
    last = skel.maps.memory.in_arena(ListItem, variables.first)
    assert last is not None
    last.value = 7
    assert variables.nodes[0].value == 7


def test_an_arena_ends_where_its_pages_end(skel: Arena) -> None:
    skel.programs.make_list.test_run()
    memory, first = skel.maps.memory, skel.addr_space_1.first
    whole = memory.max_entries * os.sysconf("SC_PAGESIZE")
    assert memory.in_arena(ListItem, first + whole) is None
    assert memory.in_arena(ListItem, 1) is None


def test_what_is_left_of_an_arena_after_close_says_so(skel: Arena) -> None:
    skel.programs.make_list.test_run()
    pointer = skel.addr_space_1.first
    item = skel.maps.memory.in_arena(ListItem, pointer)
    assert item is not None
    skel.close()
    for late in (
        lambda: item.value,
        lambda: skel.maps.memory.in_arena(ListItem, pointer),
    ):
        with pytest.raises(LbcError) as raised:
            late()
        assert raised.value.code == "closed"


def test_a_map_of_another_kind_is_no_arena() -> None:
    with Maps.open() as skel:
        skel.load()
        with pytest.raises(LbcError) as raised:
            skel.maps.hash_map.in_arena(ListItem, 0)
        assert raised.value.code == "wrong-object"
