"""What new blocks of a vocabulary say, in the form that the core reads: dictionaries, in the order of their ids."""

from __future__ import annotations

import json
import math
import operator
from collections.abc import Sized
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

from omnitok.errors import VocabularyError

if TYPE_CHECKING:
    from collections.abc import Sequence

Rate: TypeAlias = "int | float | str | Fraction"
"""Steps a second. A string or a fraction says any rate exactly, a float those that have few digits in base two."""

_LIMIT = 2**32

_MARKS_BETWEEN = {
    "rows": ("row",),
    "sized-rows": ("row",),
    "delay": ("start", "pad"),
    "coarse-first": ("next",),
    "semantic-then-acoustic": ("next",),
}


def exact_rate(rate: Rate) -> Fraction:
    """The rate as the fraction that it is.

    Raises:
        VocabularyError: It is no positive number, or a float such as 16.7, which is not the number that is meant.
    """
    try:
        is_number = not isinstance(rate, bool) and (not isinstance(rate, float) or math.isfinite(rate))
        fraction = Fraction(rate) if is_number else Fraction(0)
    except (TypeError, ValueError, ZeroDivisionError):
        fraction = Fraction(0)
    if fraction <= 0:
        raise VocabularyError(f"the rate {rate!r} is no positive number; a rate is 50, 12.5, '25/2' or a Fraction")
    if fraction.denominator == 1 and fraction >= _LIMIT:
        raise VocabularyError(f"the rate {rate!r} is too large; numerator and denominator are below 2^32")
    if fraction.numerator >= _LIMIT or fraction.denominator >= _LIMIT:
        raise VocabularyError(
            f"the rate {rate!r} is {fraction}, which is not exact; write it as a fraction, such as '50/3' or "
            f"Fraction({str(rate)!r})"
        )
    return fraction


def code_block(
    name: str,
    codebooks: Sequence[int],
    *,
    codec: str | None = None,
    rate: Rate | None = None,
    strides: Sequence[int] = (),
    delays: Sequence[int] = (),
    patch: int | Sequence[int] | None = None,
    grid: Sequence[int] | None = None,
    layout: str | None = None,
) -> dict[str, Any]:
    """A block of codes. Its layout is the usual one where none is named.

    Raises:
        VocabularyError: It has 2^32 codes or more, or its rate is not exact.
        TypeError: Something is no list of integers, or the name or the layout no string.
    """
    if not isinstance(name, str):
        raise TypeError(f"the name of a block is a string, and not {name!r}")
    if not isinstance(layout, (str, type(None))):
        raise TypeError(f'block "{name}": layout is {layout!r}, and no string')
    codebooks = _integers(name, "sizes", codebooks)
    size = sum(codebooks)
    if size >= _LIMIT:
        raise VocabularyError(f'block "{name}" of {size} codes: ids are 32-bit')
    delays = _integers(name, "delays", delays)
    if layout is None and rate is not None:
        layout = "delay" if delays else "flat"
    if layout is None and patch is not None:
        layout = "sized" if grid is None else "raster"
    block = {
        "name": name,
        "kind": "code",
        "size": size,
        "codebooks": codebooks,
        "codec": codec,
        "rate": None if rate is None else str(exact_rate(rate)),
        "strides": _integers(name, "strides", strides),
        "delays": delays,
        "patch": None
        if patch is None
        else _integers(name, "patch", patch if isinstance(patch, Sized) else [patch, patch]),
        "grid": None if grid is None else _integers(name, "grid", grid),
        "layout": layout,
    }
    return {key: value for key, value in block.items() if value is not None}


def mark_block(codes: dict[str, Any]) -> dict[str, Any]:
    """The marks where codes of a block begin and end, and those that its layout has between them."""
    names = ["begin", *_MARKS_BETWEEN.get(codes.get("layout", ""), ()), "end"]
    return {
        "name": f"{codes['name']}-marks",
        "kind": "mark",
        "size": len(names),
        "parent": codes["name"],
        "names": names,
    }


def to_json(blocks: Sequence[dict[str, Any]]) -> str:
    """New blocks as the core reads them.

    Raises:
        VocabularyError: Something in a block is nothing that a manifest can say; the message names the block.
    """
    return f"[{', '.join(map(_json, blocks))}]"


def _json(block: dict[str, Any]) -> str:
    try:
        text = json.dumps(block, default=operator.index, allow_nan=False, ensure_ascii=False)
        text.encode()
    except (TypeError, ValueError) as error:
        raise VocabularyError(f"block {block['name']!r}: {error}") from error
    return text


def _integers(name: str, what: str, values: Sequence[int]) -> list[int]:
    try:
        return [operator.index(value) for value in values]
    except TypeError:
        raise TypeError(f'block "{name}": {what} is {values!r}, and no list of integers') from None
