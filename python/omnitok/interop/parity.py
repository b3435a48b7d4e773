"""The proof that goes with an export: both tokenizers give the same ids for the same texts."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from omnitok.tokenizer import Tokenizer

_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two tokenizers disagree on a text.

    Attributes:
        index: Which text, from 0.
        offset: Byte offset in the text's UTF-8 where the first differing id begins.
        ours: Up to 8 of our ids from there on.
        theirs: Up to 8 of theirs.
    """

    index: int
    offset: int
    ours: tuple[int, ...]
    theirs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ParityReport:
    """The outcome of :func:`check_parity`.

    Attributes:
        checked: Number of texts compared.
        differences: The first difference of each text that has one, in text order.
    """

    checked: int
    differences: list[Difference]


def check_parity(
    tokenizer: Tokenizer, other_encode: Callable[[str], Sequence[int]], texts: Iterable[str]
) -> ParityReport:
    """Compares the ids of texts, special tokens left out, with those of another tokenizer.

    Args:
        tokenizer: Ours.
        other_encode: Gives the other's ids of a text; must leave special tokens out as well.
        texts: The texts to compare on; the more kinds of text, the stronger the proof.
    """
    checked = 0
    differences = []
    for index, text in enumerate(texts):
        checked += 1
        ours, theirs = tokenizer.encode_ordinary(text), list(other_encode(text))
        if ours != theirs:
            first = _common_prefix(ours, theirs)
            offset = len(tokenizer.decode_bytes(ours[:first]))
            shown = slice(first, first + _SHOWN)
            differences.append(Difference(index, offset, tuple(ours[shown]), tuple(theirs[shown])))
    return ParityReport(checked, differences)


def _common_prefix(ours: Sequence[int], theirs: Sequence[int]) -> int:
    for position, (left, right) in enumerate(zip(ours, theirs, strict=False)):
        if left != right:
            return position
    return min(len(ours), len(theirs))


def difficult_texts() -> list[str]:
    """Short texts on which converted tokenizers are known to disagree.

    White space before and at the end of a text, contractions in both cases, digit runs, marks without a base, text that
    is not in form NFC, and characters at the edges of their class.
    """
    spaces = [
        "",
        " ",
        "  ",
        "\n",
        " \n",
        "\n ",
        "a \n\n b",
        "a\r\n\r\n",
        "\t\t\tx",
        "a\u00a0 b",
        "x\u2003\u3000y",
        " \n \n",
    ]
    contractions = ["don't I'LL we'Ve it'\u017f", "'s's'S", "O\u2019Neil's"]
    numbers = ["1234567890", "3.14159", "\u0967\u0968\u0969\u096a", "x\u00b2\u00bd\u2167", "\U0001d7d8\U0001d7d9"]
    decomposed = unicodedata.normalize("NFD", "\u1ec7 \ud55c\uae00")
    marks = ["\u0301a", "e\u0301\u0323", decomposed, "\u0915\u094d\u0937", "\u200d\u200c"]
    cases = ["iPhone McDONALD HTMLParser", "\u01c5ungla \u1fbc", "\u00df\u1e9e", "\u02b0\u02b1"]
    emoji = ["\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1ee\U0001f1f3", "\U0001f44d\U0001f3fd!"]
    symbols = ["a/b//c\n//d", "#!/usr/bin/env\n\n", "\ufeff<|x|>", "\ud7ff\ue000\U0010ffff"]
    return spaces + contractions + numbers + marks + cases + emoji + symbols
