"""Every kind of map, with the operations that it has."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import needs
import pytest
from kernel_objects import cgroups

from kinds import BpfCpumapVal, BpfDevmapVal, Kinds, Prefix
from maps import Maps
from pylbc import LbcError
from pylbc.maps import UserRing

BPF_FS = Path("/sys/fs/bpf")
PACKET = bytes(64)


@pytest.fixture
def pins() -> Iterator[Path]:
    """A folder of the BPF file system."""
    folder = BPF_FS / f"pylbc-{uuid4().hex}"
    folder.mkdir()
    yield folder
    for pin in folder.iterdir():
        pin.unlink()
    folder.rmdir()


def opened(pin_root: Path | None = None) -> Kinds:
    """Without the maps that this kernel lacks, and the programs that use them."""
    skel = Kinds.open(pin_root=pin_root)
    maps, programs = skel.maps, skel.programs
    if needs.version(5, 11):
        maps.by_task.autocreate = programs.mark_task.autoload = False
    if needs.version(5, 16):
        maps.seen.autocreate = programs.remember.autoload = False
    if needs.version(6, 1):
        maps.commands.autocreate = programs.take_commands.autoload = False
    if needs.version(6, 2):
        maps.by_cgroup.autocreate = False
    return skel


@pytest.fixture
def skel(pins: Path) -> Iterator[Kinds]:
    with opened(pins) as skel:
        yield skel.load()


def packet(length: int) -> bytes:
    """What a socket filter sees as so many bytes."""
    return bytes(14 + length)


def send_forever(ring: UserRing[bytes]) -> None:
    """Until it has no room."""
    while True:
        ring.send(bytes(8))


# parity: maps.lpm
def test_a_trie_finds_the_longest_prefix(skel: Kinds) -> None:
    routes = skel.maps.routes
    ten = Prefix(bits=8, address=[10, 0, 0, 0])
    routes[ten] = 1
    routes[Prefix(bits=16, address=[10, 1, 0, 0])] = 2
    assert skel.programs.route.test_run(PACKET).return_value == 2
    assert {(key.bits, value) for key, value in routes.items()} == {(8, 1), (16, 2)}
    assert routes[Prefix(bits=32, address=[10, 9, 9, 9])] == 1
    assert routes.delete(ten)


# parity: maps.queue, maps.bloom
def test_queues_stacks_and_bloom_filters_keep_what_they_are_given(skel: Kinds) -> None:
    needs.skip_for(needs.version(5, 16))
    for length in (100, 200):
        assert skel.programs.remember.test_run(packet(length)).return_value == 0
    skel.maps.seen.add(300)
    assert skel.programs.remember.test_run(packet(300)).return_value == 1
    assert 300 in skel.maps.seen
    assert [skel.maps.queue.pop() for _ in range(4)] == [100, 200, 300, None]
    assert [skel.maps.lifo.pop() for _ in range(4)] == [300, 200, 100, None]
    for number in range(4):
        skel.maps.queue.push(number)
    with pytest.raises(LbcError) as raised:
        skel.maps.queue.push(4)
    assert raised.value.code == "full"
    skel.maps.queue.push(4, replace=True)
    assert skel.maps.queue.peek() == 1


# parity: maps.map-in-map, maps.program-array, programs.tail-call
def test_maps_in_maps_and_tail_calls_take_objects(skel: Kinds) -> None:
    assert skel.programs.nested.test_run(PACKET).return_value == 0
    skel.maps.named_tables[5] = skel.maps.inner
    assert skel.programs.nested.test_run(PACKET).return_value == 2 + 3
    assert skel.maps.tables[1] == skel.maps.inner.id
    assert skel.maps.inner[7] == 3
    first = skel.programs.first
    assert [first.test_run(packet(slot)).return_value for slot in (1, 2)] == [2, 1]
    skel.maps.steps[2] = skel.programs.third
    assert first.test_run(packet(2)).return_value == 3
    assert skel.maps.steps.delete(1)
    assert first.test_run(packet(1)).return_value == 1


# parity: maps.user-ring
def test_user_space_writes_into_a_ring_that_programs_read(skel: Kinds) -> None:
    needs.skip_for(needs.version(6, 1))
    for operand in (3, 4):
        skel.maps.commands.send(struct.pack("=II", 1, operand))
    assert skel.programs.take_commands.test_run().return_value == 2
    assert (skel.bss.commands_seen, skel.bss.operands) == (2, 7)
    with pytest.raises(LbcError) as raised:
        send_forever(skel.maps.commands)
    assert raised.value.code == "full"
    # A record of 8 bytes has a header of 8.
    assert skel.programs.take_commands.test_run().return_value == 4096 // 16


# parity: maps.mapped
def test_a_mapped_array_is_shared_memory() -> None:
    with opened() as skel:
        skel.maps.lbc_shared.pin_path = None
        skel.load()
        memory = skel.maps.mapped.mapped().cast("Q")
        assert len(memory) == len(skel.maps.mapped) == 600
        skel.programs.write_mapped.test_run(packet(50))
        assert (memory[599], skel.maps.mapped[599]) == (50, 50)
        memory[3] = 9
        assert skel.maps.mapped[3] == 9
    assert memory[599] == 50


def test_an_array_that_is_not_mapped_says_so() -> None:
    with Maps.open() as skel:
        skel.load()
        with pytest.raises(OSError, match=r"denied|Invalid|permitted"):
            skel.maps.array_map.mapped()


# parity: maps.task-storage, maps.socket-storage, maps.cgroup-storage
def test_storage_is_of_a_task_or_socket(skel: Kinds) -> None:
    needs.skip_for(needs.version(6, 2))
    task = os.pidfd_open(os.getpid())
    skel.maps.by_task[task] = 5
    skel.programs.mark_task.test_run(context=bytes(8))
    assert skel.maps.by_task[task] == 6
    assert skel.maps.by_task.delete(task)
    os.close(task)
    with socket.socket() as sock:
        skel.maps.by_socket[sock.fileno()] = 7
        assert skel.maps.by_socket[sock.fileno()] == 7
    group = os.open(cgroups(), os.O_RDONLY)
    skel.maps.by_cgroup[group] = 8
    assert skel.maps.by_cgroup[group] == 8
    del skel.maps.by_cgroup[group]
    skel.maps.cgroups[0] = group
    os.close(group)


# parity: maps.devices, maps.sockets
def test_maps_for_redirection_take_devices_cpus_and_sockets(skel: Kinds) -> None:
    loopback = socket.if_nametoindex("lo")
    skel.maps.devices[1] = BpfDevmapVal(ifindex=loopback)
    assert skel.maps.devices[1].ifindex == loopback
    skel.maps.cpus[0] = BpfCpumapVal(qsize=64)
    assert skel.maps.cpus[0].qsize == 64
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        with client:
            skel.maps.sockets[2] = client
            assert skel.maps.sockets.delete(2)


# parity: maps.batch
def test_entries_are_set_and_deleted_in_batches(skel: Kinds) -> None:
    inner = skel.maps.inner
    assert inner.update_many((key, key * 2) for key in range(8)) == 8
    assert dict(inner) == {key: key * 2 for key in range(8)}
    assert inner.delete_many(range(3)) == 3
    assert sorted(inner) == [3, 4, 5, 6, 7]
    assert inner.update_many([]) == inner.delete_many([]) == 0
    with pytest.raises(LbcError) as raised:
        inner.update_many((key, 0) for key in range(9, 20))
    assert raised.value.code == "full"
    assert set(inner.drain()) >= {3, 4, 5, 6, 7}
    assert inner.drain() == dict(inner) == {}


# parity: maps.pin, maps.open-pinned
def test_a_map_is_pinned_found_and_opened_without_load(pins: Path) -> None:
    path = pins / "lbc_shared"
    with opened(pins) as loader:
        assert loader.maps.lbc_shared.pin_path == path
        loader.load()
        loader.maps.lbc_shared[1] = 10
        # Another process would do the same: the types, and no load.
        with opened() as front_end:
            shared = front_end.maps.lbc_shared.at_pin(path)
            assert dict(shared.items()) == {1: 10}
            shared[2] = 20
            with pytest.raises(LbcError) as raised:
                front_end.maps.routes.at_pin(path)
            assert raised.value.code == "wrong-object"
            with pytest.raises(LbcError) as raised:
                front_end.maps.lbc_shared.at_pin(pins / "missing")
            assert raised.value.code == "pin-failed"
        assert loader.maps.lbc_shared[2] == 20
        assert shared.id == loader.maps.lbc_shared.id
    with opened(pins) as again:
        again.load()
        assert again.maps.lbc_shared[2] == 20
        again.maps.lbc_shared.unpin(path)
    assert not path.exists()


# parity: maps.reuse
def test_a_map_of_another_object_is_reused() -> None:
    with opened() as owner, opened() as user:
        for each in (owner, user):
            each.maps.lbc_shared.pin_path = None
        owner.load()
        user.maps.inner.reuse(owner.maps.inner)
        user.load()
        owner.maps.inner[1] = 5
        assert user.maps.inner[1] == 5
        assert user.maps.inner.id == owner.maps.inner.id


# parity: maps.autocreate
def test_what_is_decided_before_load_is_what_the_kernel_makes() -> None:
    with opened() as skel:
        shared, sockets = skel.maps.lbc_shared, skel.maps.xdp_sockets
        shared.pin_path = None
        shared.flags = 1  # BPF_F_NO_PREALLOC
        shared.max_entries = 3
        sockets.autocreate = False
        assert (shared.flags, shared.numa_node, sockets.autocreate) == (1, 0, False)
        skel.load()
        shared.update_many((key, 0) for key in range(3))
        with pytest.raises(LbcError) as raised:
            shared[3] = 0
        assert raised.value.code == "full"
        with pytest.raises(LbcError) as raised:
            shared.flags = 0
        assert raised.value.code == "already-loaded"


# parity: maps.freeze
def test_a_frozen_map_is_read_only(skel: Kinds) -> None:
    skel.maps.inner[1] = 1
    skel.maps.inner.freeze()
    with pytest.raises(LbcError) as raised:
        skel.maps.inner[1] = 2
    assert raised.value.code == "permission-denied"
    assert skel.maps.inner[1] == 1


# parity: maps.iterate
def test_a_walk_goes_on_while_the_map_changes(skel: Kinds) -> None:
    inner = skel.maps.inner
    inner.update_many((key, key) for key in range(8))
    seen = []
    for key in inner:
        seen.append(key)
        inner.delete(key)
    assert (sorted(seen), list(inner)) == (list(range(8)), [])
