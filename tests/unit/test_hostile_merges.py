"""Merges that a stranger wrote: a few lines that stand for any number of codes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

import omnitok
from omnitok import CodeMerges, OmniTokenizer, VocabBuilder
from omnitok._native import sha256
from omnitok.errors import CorruptFileError, SequenceError, VocabularyError
from omnitok.segments import Audio, Image, Invalid

if TYPE_CHECKING:
    from pathlib import Path

    from omnitok.tokenizer import Tokenizer

DOUBLED = 16
"""A symbol of a merge with itself, so many times over, is of 2^16 codes, the most."""
MOST = 2**28


def doublings(count: int) -> list[tuple[int, int]]:
    """Merges over one code, each of the one before with itself."""
    return [(symbol, symbol) for symbol in range(count)]


@pytest.fixture(scope="module")
def long(tiny: Tokenizer) -> OmniTokenizer:
    builder = VocabBuilder("long").text(tiny).codes("audio", sizes=[1], rate=50)
    return OmniTokenizer(builder.merges(parent="audio", pairs=doublings(DOUBLED)).build())


def test_more_codes_than_a_symbol_has_are_refused(tiny: Tokenizer) -> None:
    message = "merge 16 of 16 and 16 makes no run or rectangle of up to 65536 codes of one codebook"
    for count in (DOUBLED + 1, 64):
        with pytest.raises(VocabularyError, match=message):
            CodeMerges(doublings(count), sizes=[1])
        builder = VocabBuilder().text(tiny).codes("audio", sizes=[1], rate=50)
        with pytest.raises(VocabularyError, match=message):
            builder.merges(parent="audio", pairs=doublings(count)).build()


def test_a_manifest_of_64_doublings_is_refused(long: OmniTokenizer, tmp_path: Path) -> None:
    long.vocabulary.save(tmp_path / "v")
    lines = "".join(f"{left} {right}\n" for left, right in doublings(64))
    (tmp_path / "v" / "audio.merges").write_text(lines, encoding="utf-8")
    manifest = json.loads((tmp_path / "v" / "manifest.json").read_bytes())
    manifest["files"]["audio.merges"] = sha256(lines.encode())
    manifest["blocks"][-1]["end"] += 64 - DOUBLED
    (tmp_path / "v" / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(CorruptFileError, match="merge 16 of 16 and 16 makes no run"):
        omnitok.load(tmp_path / "v")


def test_what_fits_is_read_and_what_is_too_much_is_refused_at_once(long: OmniTokenizer) -> None:
    begin, end = long.vocabulary.block("audio-marks")[2], long.vocabulary.block("audio-marks")[3] - 1
    largest = long.vocabulary.block("audio-merges").end - 1
    assert long.decode([begin, largest, end]) == [Audio(np.zeros((1, 2**16), np.uint32))]
    reason = f"up to here the sequence stands for more than {MOST} codes; read parts of it, or a stream"
    ids = [begin] + [largest] * (MOST // 2**16) + [end]
    for lenient in (False, True):
        with pytest.raises(SequenceError, match=f"^position {MOST // 2**16}: {reason}"):
            long.decode(ids, lenient=lenient)
    merges = CodeMerges(doublings(DOUBLED), sizes=[1])
    with pytest.raises(SequenceError, match=f"position {MOST // 2**16}: {reason}"):
        merges.decode([DOUBLED] * (MOST // 2**16 + 1))
    # A stream gives what each id brings.
    stream = long.stream()
    assert len(stream.push(begin)) == 1
    assert len(stream.push(largest)) == 2**16
    assert not any(isinstance(event, Invalid) for event in stream.push(largest))


def test_images_that_merges_could_fill_without_end_are_refused(tiny: Tokenizer) -> None:
    pairs = [(0, 0, True)]
    large = VocabBuilder().text(tiny).codes2d("image", [2, 2], patch=4, grid=(4096, 4096)).build()
    OmniTokenizer(large)
    with pytest.raises(
        VocabularyError, match=r"up to 4096 x 4096 cells of 2 codes and merges over them, for which 16777216"
    ):
        OmniTokenizer(large.extend().merges(parent="image", pairs=pairs).build())
    sized = VocabBuilder().text(tiny).codes2d("image", 2, patch=4).merges(parent="image", pairs=pairs)
    sized.size_tokens("h", range(1, 2**16)).size_tokens("w", range(2**12, 2**12 + 2))
    with pytest.raises(VocabularyError, match="up to 65535 x 4097 cells of 1 codes"):
        OmniTokenizer(sized.build())
    fits = (
        VocabBuilder().text(tiny).codes2d("image", 2, patch=4, grid=(1, 2**20)).merges(parent="image", pairs=[(0, 0)])
    )
    ids = OmniTokenizer(fits.build()).encode([Image(np.zeros((1, 2**20), int))])
    assert len(ids) == 2**19 + 2


def test_any_number_of_columns_is_refused_or_read(tiny: Tokenizer) -> None:
    merges = CodeMerges([(0, 0)], sizes=[2, 2], modality="image")
    for columns in (3, 2**20, 2**62):
        with pytest.raises(SequenceError, match="the symbols end before all frames or rows are full"):
            merges.decode([4, 2, 2], columns=columns)
    assert merges.decode([4, 2, 2], columns=2).tolist() == [[[0, 0]], [[0, 0]]]
