"""What the playground of a report is given: a pattern that browsers read, and the whole vocabulary."""

from __future__ import annotations

import base64
import re
import zlib
from typing import Any

import pytest

import omnitok
from omnitok.errors import PatternError
from omnitok.interop.ecmascript import to_ecmascript
from omnitok.report.playground import pack
from omnitok.tokenizer import Tokenizer


def test_constructs_that_browsers_read_otherwise_are_written_in_another_way() -> None:
    for pattern, regex in omnitok._native.PATTERNS.items():
        if pattern.endswith("-super"):
            continue
        written = to_ecmascript(pattern, regex)
        assert not re.search(r"\\s|\\S|\(\?i:|[+*?}]\+|(?<!\\)/", re.sub(r"\\p\{[^}]*\}", "P", written)), pattern
    assert to_ecmascript("cl100k", r"'(?i:[sd]|ll)|\p{N}{1,3}+|[\r/]*+").startswith("'(?:[sS\u017f]|[dD]|[lL][lL])|")
    assert to_ecmascript("omni", r"[\p{Lao}x&&[\p{L}]]") == r"[[\p{Script=Lao}x]&&[\p{L}]]"


@pytest.mark.parametrize("pattern", ["a|b+", "o200k-super"])
def test_patterns_that_a_page_cannot_have_are_refused(pattern: str) -> None:
    with pytest.raises(PatternError, match="none that a script in a page can cut words by"):
        to_ecmascript(pattern, "a|b+")


def test_a_packed_vocabulary_holds_every_token(tiny: Tokenizer) -> None:
    packed = pack(tiny)
    assert packed is not None
    data = zlib.decompress(base64.b64decode(packed["tokens"]), wbits=-zlib.MAX_WBITS)
    ranks, place, rank = {}, 0, -1
    while place < len(data):
        rank += data[place] + 1
        length = data[place + 1]
        ranks[data[place + 2 : place + 2 + length]] = rank
        place += 2 + length
    assert ranks == tiny.ranks()


def test_what_no_page_can_encode_has_no_playground() -> None:
    class Other:
        name = "other"

    other: Any = Other()
    assert pack(other) is None
    assert pack(omnitok.train(texts=["ab ab ab"], vocab_size=258, pattern=r"\w+|\W+")) is None
