"""Every code point, between neighbours that show its class.

Split patterns ask of a code point whether it is an upper, lower or caseless letter, a mark, a number or white space.
A wrong answer changes ids only where it moves the edge of a word and a merge would reach across that edge. In neutral
surroundings it shows nothing, so a test of "all code points" can pass over tables that are wrong.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LAST_ASSIGNED = 0x33480
"""Behind this, planes are unassigned, private, or hold the few marks and tags of plane 14."""

CONTEXTS = (
    "{}'s 12{}34",
    "!!{}'ll",
    "1{}2345",
    "\t{}The\n",
    "hel{}LO",
    "HEL{}lo",
    "  {}\n\n",
    "!{}\n/",
    "A{}sb",
    "   {}the",
)
"""What a code point is put between. Where its class changes how the text around it is cut, some of these show it. That
they tell all classes of the published patterns apart is proven in ``tests/parity/test_tiktoken.py``."""

PHRASE_CONTEXTS = ("in{}at", "so {}on", "go{} at", "we, {}at", "{} an", "my{}, of")
"""Contexts that show whether a code point goes on with a phrase or ends one."""

NEIGHBOURS = "aжλժაعक中한ગతதকไאਕಕകକකကកລཀመޒᏣ"
"""A letter of each script that the pattern ``omni`` keeps apart, and one of the others."""


def contexts_for(pattern: str) -> tuple[str, ...]:
    """The contexts that show all a split pattern may ask of a code point.

    The script is asked for only by ``omni``, and what it is to phrases only where there are any.
    """
    inner = pattern.removesuffix("-super")
    scripts = (" ".join(f"{letter}{{}}{letter}" for letter in NEIGHBOURS),) if inner == "omni" else ()
    return (*CONTEXTS, *scripts, *(PHRASE_CONTEXTS if inner != pattern else ()))


def code_point_probes(values: Iterable[int], pattern: str = "") -> Iterator[str]:
    """A text for each code point: all of :func:`contexts_for` the pattern with it, one to a line.

    256 code points to a text would be a fifth less work, but then a difference does not say which of them it is of.
    """
    template = "\n".join(contexts_for(pattern)) + "\n"
    return (template.replace("{}", chr(value)) for value in values)


def scalar_values(*, sampled: bool = False) -> list[int]:
    """The 1,112,064 code points that are no surrogates, which have no UTF-8.

    Args:
        sampled: Only about 81,000: all below U+3400, where most alphabets lie, and every 16th of the others.
    """
    everything = chain(range(0xD800), range(0xE000, 0x110000))
    return [value for value in everything if not sampled or value < 0x3400 or value % 16 == 0]
