"""Numpy dtypes of generated types, exact to the byte. Numpy is imported on use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pylbc.errors import LbcError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from pylbc._native import Codec, Field
    from pylbc.types import Struct

_LETTERS = {"int": "u", "enum": "u", "bool": "u", "float": "f"}
_WORDS = (1, 2, 4, 8)


def _numpy() -> Any:  # noqa: ANN401
    try:
        import numpy as np
    except ImportError as error:
        message = "batches are numpy arrays, and numpy is not installed"
        raise LbcError("no-numpy", message, hint="pip install numpy") from error
    return np


def _format(codec: Codec[Any]) -> Any:  # noqa: ANN401
    """What numpy calls the type; what it has no type for is bytes."""
    if codec.kind == "struct" and codec.python_class is not None:
        nested: type[Struct] = codec.python_class
        return dtype(nested)
    if codec.kind == "array" and codec.element is not None:
        return (_format(codec.element), (codec.length,))
    if codec.kind == "text":
        return f"S{codec.size}"
    if codec.kind in _LETTERS and (codec.size in _WORDS):
        letter = "i" if codec.signed else _LETTERS[codec.kind]
        return f"{'>' if codec.big else '<'}{letter}{codec.size}"
    return f"V{codec.size}" if codec.kind == "int" else ("u1", (codec.size,))


def _unit(field: Field[Any]) -> tuple[str, Any]:
    """Name and format of the bytes that a bit-field shares with its neighbours."""
    size = field.size
    order = ">" if field.codec.big else "<"
    whole = f"{order}u{size}" if size in _WORDS else ("u1", (size,))
    return f"bits_{field.offset}_{size}", whole


def dtype(cls: type[Struct]) -> np.dtype[np.void]:
    """The numpy dtype of a struct: names and offsets are its members'.

    Bit-fields are there as the integer that holds them, ``bits_OFFSET_SIZE``;
    ``column()`` takes them out. Flexible array members are not part of a dtype.
    """
    columns: dict[str, tuple[Any, int]] = {}
    for name, field in cls._fields.items():
        if field.bit_range is not None:
            unit, whole = _unit(field)
            columns[unit] = (whole, field.offset)
        elif not field.codec.flexible:
            columns[name] = (_format(field.codec), field.offset)
    made: np.dtype[np.void] = _numpy().dtype(
        {
            "names": list(columns),
            "formats": [whole for whole, _ in columns.values()],
            "offsets": [offset for _, offset in columns.values()],
            "itemsize": cls.SIZE,
        },
    )
    return made


def codec_dtype(codec: Codec[Any]) -> np.dtype[Any]:
    """The numpy dtype of any type of fixed size."""
    made: np.dtype[Any] = _numpy().dtype(_format(codec))
    if made.itemsize != codec.size:
        message = f"numpy has no type of {codec.size} bytes for this one"
        raise LbcError("wrong-layout", message)
    return made


def column(batch: npt.NDArray[np.void], field: Field[Any]) -> npt.NDArray[Any]:
    """The values of one bit-field, such as ``column(batch, Event.flag)``."""
    if field.bit_range is None:
        message = "only bit-fields need column(); index the batch by the member's name"
        raise TypeError(message)
    numpy = _numpy()
    shift, size = field.bit_range
    units = batch[_unit(field)[0]]
    if field.size in _WORDS:
        bits = units.astype(numpy.uint64) >> numpy.uint64(shift)
    else:
        bits = _wide(numpy, units, big=field.codec.big, shift=shift)
    bits &= numpy.uint64((1 << size) - 1)
    values: npt.NDArray[Any] = bits
    if field.codec.signed:
        unused = numpy.uint64(64 - size)
        values = (bits << unused).view(numpy.int64) >> numpy.int64(64 - size)
    elif field.codec.kind == "bool":
        values = bits.astype(numpy.bool_)
    return values


def _wide(numpy: Any, units: Any, *, big: bool, shift: int) -> Any:  # noqa: ANN401
    """The low 64 bits above ``shift`` of numbers that are rows of bytes."""
    rows = units[..., ::-1] if big else units
    values = numpy.zeros(rows.shape[:-1], dtype=numpy.uint64)
    for index in range(rows.shape[-1]):
        position = 8 * index - shift
        byte = rows[..., index].astype(numpy.uint64)
        if 0 <= position < 64:
            values |= byte << numpy.uint64(position)
        elif -8 < position < 0:
            values |= byte >> numpy.uint64(-position)
    return values
