"""Reads of a program for Linux what a loader looks at: machine, interpreter and libraries."""

import struct
from typing import NamedTuple

MACHINES = {62: "x86_64", 183: "aarch64"}
INTERPRETER, DYNAMIC = 3, 2
NEEDED, STRINGS = 1, 5


class Program(NamedTuple):
    """A 64-bit ELF program."""

    machine: str
    # The loader that a dynamic program asks for; empty in a static one.
    interpreter: str
    # Number of libraries that it asks for, as a list of their places.
    needed: list


def read(content):
    """Reads a program. Raises ValueError where it is none for a 64-bit little-endian machine."""
    if content[:6] != b"\x7fELF\x02\x01":
        raise ValueError("no 64-bit little-endian ELF program")
    machine, = struct.unpack_from("<H", content, 18)
    table, = struct.unpack_from("<Q", content, 32)
    size, count = struct.unpack_from("<HH", content, 54)
    interpreter, needed = "", []
    for index in range(count):
        kind, _, start, _, _, length = struct.unpack_from("<IIQQQQ", content, table + index * size)
        if kind == INTERPRETER:
            interpreter = content[start:start + length].rstrip(b"\0").decode()
        if kind == DYNAMIC:
            entries = struct.iter_unpack("<QQ", content[start:start + length - length % 16])
            needed += [value for tag, value in entries if tag == NEEDED]
    return Program(MACHINES.get(machine, f"machine {machine}"), interpreter, needed)
