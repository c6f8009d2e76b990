"""Typed maps in the kernel, filled by a program and from here."""

from __future__ import annotations

from collections.abc import Iterator

import needs
import pytest

import pylbc
from maps import Color, Flow, FlowKey, Maps
from pylbc import LbcError, MapType, Update

PACKET = bytes(64)


@pytest.fixture
def skel() -> Iterator[Maps]:
    with Maps.open() as skel:
        yield skel.load()


# parity: maps.hash
def test_a_programs_values_arrive_typed(skel: Maps) -> None:
    assert skel.programs.touch_maps.test_run(PACKET).return_value == 42 + ord("h")
    maps = skel.maps
    flow = maps.hash_map[FlowKey(id=1, port=80)]
    assert (flow.count, flow.delta, flow.color, flow.name) == (1, -5, -1, "touched")
    assert flow.color is Color.BLUE
    assert maps.lru_map[1] == 1
    assert sum(maps.percpu_map[1]) == 1
    assert len(maps.lru_percpu_map[1]) == pylbc.possible_cpus()
    assert maps.array_map[1] == flow
    assert sum(maps.percpu_slots[1]) == 7
    assert skel.bss.slots[1] == flow


def test_a_hash_map_works_as_a_mapping(skel: Maps) -> None:
    flows = skel.maps.hash_map
    key = FlowKey(id=7, port=443)
    assert key not in flows
    assert flows.lookup(key) is None
    with pytest.raises(KeyError):
        flows[key]
    flows[key] = Flow(count=3, name="seven")
    assert key in flows
    assert flows[key].name == "seven"
    assert dict(flows.items()) == {key: Flow(count=3, name="seven")}
    assert list(flows) == list(flows.keys()) == [key]
    assert [flow.count for flow in flows.values()] == [3]
    del flows[key]
    assert not flows.delete(key)
    with pytest.raises(KeyError):
        del flows[key]


def test_a_value_is_a_copy_that_is_written_back_by_assignment(skel: Maps) -> None:
    flows, key = skel.maps.hash_map, FlowKey(id=1)
    flows[key] = Flow(count=1)
    flow = flows[key]
    flow.count = 2
    assert flows[key].count == 1
    flows[key] = flow
    assert flows[key].count == 2


# parity: maps.update-modes
def test_flags_say_when_update_may_write(skel: Maps) -> None:
    lru = skel.maps.lru_map
    with pytest.raises(KeyError):
        lru.update(1, 1, Update.EXIST)
    lru.update(1, 1, Update.NOEXIST)
    with pytest.raises(LbcError) as raised:
        lru.update(1, 2, Update.NOEXIST)
    assert raised.value.code == "exists"
    lru.update(1, 3, Update.EXIST)
    assert lru[1] == 3


# parity: maps.take
def test_an_entry_is_taken_out(skel: Maps) -> None:
    needs.skip_for(needs.version(5, 14))
    skel.maps.lru_map[1] = 3
    assert skel.maps.lru_map.take(1) == 3
    assert skel.maps.lru_map.take(1) is None


def test_a_full_map_says_so(skel: Maps) -> None:
    percpu = skel.maps.percpu_map
    ones = [1] * pylbc.possible_cpus()
    for key in range(percpu.max_entries):
        percpu[key] = ones
    with pytest.raises(LbcError) as raised:
        percpu[1000] = ones
    assert raised.value.code == "full"
    assert len(list(percpu)) == percpu.max_entries == 64
    percpu.clear()
    assert list(percpu) == []


def test_walking_survives_deletion_on_the_way(skel: Maps) -> None:
    flows = skel.maps.hash_map
    for number in range(50):
        flows[FlowKey(id=number)] = Flow(count=number)
    seen = []
    for key, flow in flows.items():
        seen.append(flow.count)
        del flows[key]
    assert sorted(seen) == list(range(50))
    assert list(flows) == []


# parity: maps.per-cpu
def test_per_cpu_values_are_one_for_each_cpu(skel: Maps) -> None:
    values = [10 * cpu for cpu in range(pylbc.possible_cpus())]
    skel.maps.percpu_map[5] = values
    assert skel.maps.percpu_map[5] == values
    skel.maps.percpu_slots[0] = values
    assert list(skel.maps.percpu_slots) == [values, [0] * len(values)]


# parity: maps.array
def test_an_array_has_a_value_at_every_index(skel: Maps) -> None:
    array = skel.maps.array_map
    assert len(array) == 4
    array[3] = Flow(count=9)
    assert [flow.count for flow in array] == [0, 0, 0, 9]
    assert dict(array.items())[3].count == 9
    with pytest.raises(IndexError):
        array[4]
    with pytest.raises(IndexError):
        array[4] = Flow()


def test_keys_of_wrong_values_are_refused(skel: Maps) -> None:
    with pytest.raises(OverflowError):
        skel.maps.lru_map[1 << 32] = 1
    with pytest.raises(TypeError, match="FlowKey expected"):
        skel.maps.hash_map[1] = Flow()  # type: ignore[index]


# parity: maps.max-entries
def test_the_size_of_a_map_can_change_before_load() -> None:
    with Maps.open() as skel:
        skel.maps.hash_map.max_entries = 2
        skel.load()
        assert skel.maps.hash_map.max_entries == 2
        with pytest.raises(LbcError) as raised:
            skel.maps.hash_map.max_entries = 3
        assert raised.value.code == "already-loaded"


def test_maps_are_found_by_their_names_in_c(skel: Maps) -> None:
    assert skel.maps["lru_map"] is skel.maps.lru_map
    assert skel.maps.lru_map.type is MapType.LRU_HASH
    assert [one.name for one in skel.maps][:3] == ["ring", "perf", "records"]
    with pytest.raises(KeyError):
        skel.maps["none"]
    assert repr(skel.maps.ring) == "<FixedEventStream ring>"
