"""C types in memory of their own: no kernel is needed."""

from __future__ import annotations

import copy
import gc
import pickle
import struct
import sys
import weakref

import numpy as np
import pytest

import pylbc
from pylbc import big as be
from pylbc import little as le
from pylbc._native import Codec, Field


class Color(le.OpenEnum):
    RED = 0
    GREEN = 5
    BLUE = -1


class Point(le.Struct, size=8):
    __slots__ = ()
    x = le.s32.at(0)
    y = le.s32.at(4)


class Number(le.Union, size=8):
    __slots__ = ()
    whole = le.u64.at(0)
    real = le.f64.at(0)
    low = le.u16.at(0)


class Event(le.Struct, size=64, padding=((5, 8), (62, 64))):
    __slots__ = ()
    pid = le.u32.at(0)
    on = le.bool8.at(4)
    number = le.struct(Number).at(8)
    points = le.array(le.struct(Point), 2).at(16)
    comm = le.text(8).at(32)
    mac = le.raw(6).at(40)
    color = le.enum(Color, le.s32).at(46)  # misaligned, as in a packed struct
    half = le.f16.at(50)
    matrix = le.array(le.array(le.u8, 2), 2).at(52)
    odd = le.u16.at(56)
    single = le.f32.at(58)


class Bits(le.Struct, size=12):
    __slots__ = ()
    low = le.u32.bits(0, 1, shift=0, size=3)
    signed = le.s32.bits(0, 2, shift=3, size=7)
    color = le.enum(Color, le.s32).bits(1, 1, shift=2, size=4)
    flag = le.bool8.bits(1, 1, shift=6, size=1)
    rest = le.u32.bits(1, 1, shift=7, size=1)
    wide = le.u64.bits(2, 9, shift=4, size=63)
    tail = le.u8.bits(10, 2, shift=3, size=13)
    lead = le.u8.bits(2, 1, shift=0, size=4)


class BigBits(be.Struct, size=4):
    __slots__ = ()
    first = be.u32.bits(0, 1, shift=5, size=3)
    second = be.s32.bits(0, 2, shift=6, size=7)
    third = be.u32.bits(1, 3, shift=0, size=22)


@pytest.mark.parametrize(
    ("codec", "letter"),
    [
        (le.u8, "<B"),
        (le.s8, "<b"),
        (le.u16, "<H"),
        (le.s16, "<h"),
        (le.u32, "<I"),
        (le.s32, "<i"),
        (le.u64, "<Q"),
        (le.s64, "<q"),
        (le.f16, "<e"),
        (le.f32, "<f"),
        (le.f64, "<d"),
        (be.u16, ">H"),
        (be.s32, ">i"),
        (be.u64, ">Q"),
        (be.f32, ">f"),
        (be.f64, ">d"),
        (be.f16, ">e"),
    ],
)
def test_numbers_have_the_bytes_that_struct_gives_them(codec, letter):
    signed = letter[1].islower() and letter[1] not in "efd"
    for value in (0, 1, 100, -100 if signed else 101):
        assert codec.encode(value) == struct.pack(letter, value)
        assert codec.decode(struct.pack(letter, value)) == value


@pytest.mark.parametrize("order", [le, be])
def test_numbers_of_16_bytes_keep_every_bit(order):
    for codec, value in ((order.u128, (1 << 128) - 3), (order.s128, -(1 << 127))):
        name = "little" if order is le else "big"
        raw = value.to_bytes(16, name, signed=value < 0)
        assert codec.encode(value) == raw
        assert codec.decode(raw) == value


@pytest.mark.parametrize(
    ("codec", "value"),
    [(le.u8, 256), (le.u8, -1), (le.s8, 128), (le.u64, 1 << 64), (be.s64, 1 << 63)],
)
def test_a_number_that_does_not_fit_is_refused(codec, value):
    with pytest.raises(OverflowError, match="does not fit"):
        codec.encode(value)


def test_a_refusal_names_the_member():
    with pytest.raises(OverflowError, match=r"Event\.pid: -1"):
        Event(pid=-1)
    with pytest.raises(ValueError, match=r"Event\.mac: 2 bytes, 6 expected"):
        Event(mac=b"ab")


def test_members_lie_where_the_layout_says():
    event = Event(pid=7, on=True, comm="bash", mac=b"\1\2\3\4\5\6", color=Color.BLUE)
    event.odd = 0x1234
    raw = event.to_bytes()
    assert len(raw) == Event.SIZE == 64
    assert raw[0:5] == b"\7\0\0\0\1"
    assert raw[32:46] == b"bash\0\0\0\0\1\2\3\4\5\6"
    assert raw[46:50] == b"\xff\xff\xff\xff"
    assert raw[56:58] == b"\x34\x12"
    again = Event.from_bytes(raw)
    assert again == event
    assert hash(again) == hash(event)
    assert (again.pid, again.on, again.comm, again.color) == (7, True, "bash", -1)


def test_a_nested_struct_shares_its_parents_memory():
    event = Event()
    event.points[1].y = -9
    event.number.real = 1.5
    assert event.to_bytes()[28:32] == struct.pack("<i", -9)
    assert event.number.whole == struct.unpack("<Q", struct.pack("<d", 1.5))[0]
    event.points = [Point(x=1, y=2), Point(x=3, y=4)]
    assert [(point.x, point.y) for point in event.points] == [(1, 2), (3, 4)]


def test_an_array_is_a_sequence_of_fixed_length():
    event = Event(matrix=[[1, 2], [3, 4]])
    assert event.matrix == [[1, 2], [3, 4]]
    assert event.matrix[-1][0] == 3
    assert event.matrix[0:1] == [[1, 2]]
    event.matrix[0][1] = 9
    assert pylbc.raw_bytes(event, "matrix") == b"\1\x09\3\4"
    with pytest.raises(IndexError):
        event.matrix[2]
    with pytest.raises(ValueError, match="3 values, 2 expected"):
        event.matrix[0] = [1, 2, 3]
    with pytest.raises(TypeError, match="fixed length"):
        del event.matrix[0]


def test_text_is_what_os_fsdecode_gives():
    event = Event(comm="caf\xe9")
    assert event.comm == "caf\xe9"
    event.comm = b"\xff\xfe"  # other bytes than UTF-8 survive
    assert event.comm == "\udcff\udcfe"
    event.comm = event.comm + "x"
    assert pylbc.raw_bytes(event, "comm") == b"\xff\xfex\0\0\0\0\0"
    event.comm = "12345678"  # no zero byte fits, as in C
    assert event.comm == "12345678"
    with pytest.raises(ValueError, match=r"9 bytes do not fit into char\[8\]"):
        event.comm = "123456789"
    with pytest.raises(ValueError, match="first zero byte"):
        event.comm = "a\0b"


def test_an_unknown_enum_value_survives_a_round_trip():
    event = Event()
    event.color = Color(77)
    assert event.color == 77
    assert isinstance(event.color, Color)
    assert Event.from_bytes(event.to_bytes()).color.name == "77"
    assert Event(color=Color.GREEN).color is Color.GREEN
    with pytest.raises(ValueError, match="not a valid Color"):
        Color("red")


def test_enums_print_their_names_and_are_numbers_where_a_format_says_so():
    assert str(Color.BLUE) == f"{Color.BLUE}" == "BLUE"
    assert f"{Color.BLUE:>6}|{Color(77):<4}|{Color(77):#x}" == "  BLUE|77  |0x4d"


def test_bit_fields_leave_their_neighbours_alone():
    bits = Bits()
    expected = {
        "low": 5,
        "signed": -64,
        "color": Color.BLUE,
        "flag": True,
        "rest": 1,
        "lead": 9,
        "wide": (1 << 63) - 2,
        "tail": 4097,
    }
    for name, value in expected.items():
        setattr(bits, name, value)
    assert {name: getattr(bits, name) for name in expected} == expected
    bits.wide = 0
    assert (bits.lead, bits.tail, bits.flag) == (9, 4097, True)
    for name, value in (("low", 8), ("signed", 64), ("wide", 1 << 63)):
        with pytest.raises(OverflowError, match=f"Bits.{name}"):
            setattr(bits, name, value)


def test_big_endian_bit_fields_begin_at_the_high_bit():
    bits = BigBits(first=0b101, second=-1, third=3)
    assert bits.to_bytes() == bytes([0b10111111, 0b11000000, 0, 3])
    assert (bits.first, bits.second, bits.third) == (5, -1, 3)


def test_a_bit_field_of_128_bits_may_touch_17_bytes():
    for order in (le, be):

        class Wide(order.Struct, size=17):
            __slots__ = ()
            before = order.u8.bits(0, 1, shift=0 if order is le else 5, size=3)
            value = order.u128.bits(0, 17, shift=3 if order is le else 5, size=128)

        wide = Wide(before=5, value=(1 << 128) - 2)
        assert (wide.before, wide.value) == (5, (1 << 128) - 2)
        wide.value = 1
        assert (wide.before, wide.value) == (5, 1)


def test_a_flexible_array_reaches_to_the_end_of_the_record():
    class Record(le.Struct, size=4):
        __slots__ = ()
        count = le.u32.at(0)
        values = le.flexible(le.array(le.u16, 0)).at(4)
        data = le.flexible(le.raw(0)).at(4)

    record = Record.from_bytes(struct.pack("<IHHH", 3, 10, 20, 30))
    assert record.values == [10, 20, 30]
    assert record.data == struct.pack("<HHH", 10, 20, 30)
    assert pylbc.record_size(record) == 10
    assert Record.from_bytes(record.to_bytes()) == record
    assert Record(count=1).values == []


def test_repr_shows_every_value():
    assert repr(Point(x=1, y=-2)) == "Point(x=1, y=-2)"
    nested = "points=[Point(x=0, y=0), Point(x=0, y=0)]"
    assert nested in repr(Event())
    assert "color=<Color.RED: 0>" in repr(Event())


def test_values_can_be_copied_and_pickled():
    point = Point(x=1, y=2)
    for again in (
        copy.copy(point),
        copy.deepcopy(point),
        pickle.loads(pickle.dumps(point)),
    ):
        assert again == point
        again.x = 5
        assert point.x == 1


def test_values_are_no_work_for_the_garbage_collector():
    assert not gc.is_tracked(Point.from_bytes(bytes(8)))
    assert not gc.is_tracked(Event().points[0])
    before = sys.getrefcount(Point)
    for _ in range(1000):
        copy.copy(Point())
    assert sys.getrefcount(Point) == before


def test_a_subclass_may_have_attributes_of_its_own():
    class Marked(Point, size=8):
        x = le.s32.at(0)
        y = le.s32.at(4)

    marked = Marked.from_bytes(Point(x=1, y=2).to_bytes())
    marked.itself = marked
    gone = weakref.ref(marked)
    assert (marked.x, marked.y, marked.itself.y) == (1, 2, 2)
    del marked
    gc.collect()
    assert gone() is None


def test_a_member_is_read_from_structs_only():
    assert isinstance(Point.x, Field)
    assert Point.x.__get__(Point(x=3), Point) == 3
    with pytest.raises(TypeError, match="a struct expected, got int"):
        Point.x.__get__(3)
    with pytest.raises(TypeError, match=r"super\(\).__init__\(\) was not called"):
        Point.__new__(Point).x
    with pytest.raises(AttributeError, match="cannot be deleted"):
        del Point().x

    with pytest.raises(TypeError, match="int is no struct"):
        Codec.structure(int, big=False)


def test_only_members_can_be_given_or_set():
    with pytest.raises(TypeError, match="Point has no member z"):
        Point(z=1)
    with pytest.raises(AttributeError):
        Point().z = 1
    with pytest.raises(ValueError, match="Point: 7 bytes, 8 expected"):
        Point.from_bytes(bytes(7))
    with pytest.raises(TypeError, match=r"Event\.points: Point expected, got int"):
        Event(points=[1, 2])


def test_a_class_that_does_not_fit_its_layout_is_refused():
    with pytest.raises(pylbc.LbcError, match=r"gaps at .*4, 8") as raised:

        class Gap(le.Struct, size=12):
            first = le.u32.at(0)
            second = le.u32.at(8)

    assert raised.value.code == "wrong-layout"
    with pytest.raises(pylbc.LbcError, match="members end at 8, the type at 4"):

        class Short(le.Struct, size=4):
            first = le.u64.at(0)


def test_numpy_sees_the_same_values():
    event = Event(pid=7, on=True, comm="bash", mac=b"abcdef", color=Color.BLUE)
    event.points[1].y = 3
    event.single = 0.5
    dtype = pylbc.dtype(Event)
    assert dtype.itemsize == Event.SIZE
    (row,) = np.frombuffer(event.to_bytes(), dtype)
    assert (row["pid"], row["on"], row["comm"]) == (7, 1, b"bash")
    assert bytes(row["mac"]) == b"abcdef"
    assert (row["points"][1]["y"], row["color"], row["single"]) == (3, -1, 0.5)
    assert dtype.fields["odd"][1] == 56


def test_numpy_columns_of_bit_fields_are_their_values():
    rows = [
        Bits(low=5, signed=-64, color=Color.BLUE, flag=True, wide=(1 << 63) - 2),
        Bits(low=1, signed=63, color=Color.GREEN, wide=1),
    ]
    batch = np.frombuffer(b"".join(row.to_bytes() for row in rows), pylbc.dtype(Bits))
    for name in pylbc.fields(Bits):
        column = pylbc.column(batch, getattr(Bits, name))
        assert column.tolist() == [getattr(row, name) for row in rows], name
    big = np.frombuffer(BigBits(second=-3).to_bytes(), pylbc.dtype(BigBits))
    assert pylbc.column(big, BigBits.second).tolist() == [-3]


def test_a_list_of_values_for_each_cpu_is_padded_to_words():
    cpus = pylbc.possible_cpus()
    codec = le.per_cpu(le.u32)
    values = list(range(1, cpus + 1))
    raw = b"".join(struct.pack("<II", value, 0) for value in values)
    assert codec.encode(values) == raw
    assert codec.decode(raw) == values
    with pytest.raises(ValueError, match=f"{cpus} expected"):
        codec.encode([1] * (cpus + 1))
