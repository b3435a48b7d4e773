"""Sizes of memory, as people write them."""

from __future__ import annotations

import re

_UNITS = {
    "": 1,
    "k": 10**3,
    "m": 10**6,
    "g": 10**9,
    "t": 10**12,
    "ki": 1 << 10,
    "mi": 1 << 20,
    "gi": 1 << 30,
    "ti": 1 << 40,
}


def parse_memory(memory: int | str) -> int:
    """A number of bytes, or a string such as ``"2GiB"``, ``"500 MB"`` or ``"1.5G"``.

    Raises:
        ValueError: it is neither.

    Example:
        >>> parse_memory("2GiB"), parse_memory("1.5 MB")
        (2147483648, 1500000)
    """
    if isinstance(memory, int):
        return memory
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?i?)b?\s*", memory.lower())
    if found is None or found[2] not in _UNITS:
        raise ValueError(f"memory is {memory!r}; give bytes, or a size such as 2GiB or 500MB")
    return int(float(found[1]) * _UNITS[found[2]])
