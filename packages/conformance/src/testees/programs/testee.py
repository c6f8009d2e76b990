"""Reads and writes values through a generated package: DESCRIPTION RECORDS."""

import importlib
import json
import os
import struct
import sys
from pathlib import Path

DESCRIPTION = json.loads(Path(sys.argv[1]).read_text())
MODULE = importlib.import_module(DESCRIPTION["module"])
TYPES = {described["id"]: described for described in DESCRIPTION["types"]}


def facts(described):
    """Give size and members of one class; pylbc has no use for alignment."""
    cls = getattr(MODULE, described["name"])
    members = []
    for member in described["members"]:
        field = vars(cls)[member["name"]]
        is_field = field.bit_range is None
        members.append((field.offset, field.size) if is_field else None)
    return {"type": described["id"], "size": cls.SIZE, "align": None, "members": members}


def show(node, value, into):
    """Append all leaves of a value."""
    if isinstance(node, int):
        for member in TYPES[node]["members"]:
            if member["node"] is not None:
                show(member["node"], getattr(value, member["name"]), into)
    elif isinstance(node, dict):
        for element in value:
            show(node["array"], element, into)
    else:
        into.append(SHOWN[node](value))


SHOWN = {
    "number": lambda value: str(int(value)),
    "bool": lambda value: {True: "1", False: "0"}[value],
    "f32": lambda value: struct.pack(">f", value).hex(),
    "f64": lambda value: struct.pack(">d", value).hex(),
    "text": lambda value: os.fsencode(value).hex(),
    "bytes": lambda value: value.hex(),
}


def copy(node, source, target, marks):
    """Write the marked leaves of one value of a type to another, in place."""
    for member in TYPES[node]["members"]:
        name, inner = member["name"], member["node"]
        if inner is None:
            continue
        if isinstance(inner, str):
            if next(marks):
                setattr(target, name, getattr(source, name))
        elif isinstance(inner, dict):
            copy_array(inner, getattr(source, name), getattr(target, name), marks)
        else:
            copy(inner, getattr(source, name), getattr(target, name), marks)


def copy_array(node, source, target, marks):
    """Write the marked leaves of one array to another, in place."""
    inner = node["array"]
    for index in range(node["length"]):
        if isinstance(inner, str):
            if next(marks):
                target[index] = source[index]
        elif isinstance(inner, dict):
            copy_array(inner, source[index], target[index], marks)
        else:
            copy(inner, source[index], target[index], marks)


def main():
    """Print facts of all types, then the values and the copy of each record."""
    lines = [facts(described) for described in DESCRIPTION["types"]]
    records = Path(sys.argv[2]).read_bytes()
    at = 0
    while at < len(records):
        node, leaves, length = struct.unpack_from("<III", records, at)
        at += 12
        marks = records[at : at + leaves]
        data = records[at + leaves : at + leaves + length]
        at += leaves + length
        cls = getattr(MODULE, TYPES[node]["name"])
        value, written, values = cls.from_bytes(data), cls(), []
        show(node, value, values)
        copy(node, value, written, iter(marks))
        lines.append({"values": values, "bytes": written.to_bytes().hex()})
    sys.stdout.write("\n".join(map(json.dumps, lines)))


main()
