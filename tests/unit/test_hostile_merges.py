"""Merges that a stranger wrote: a few lines that stand for any number of codes."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import omnitok
from omnitok import CodeMerges, OmniTokenizer, VocabBuilder, learn_code_merges
from omnitok._native import sha256
from omnitok.code_merges import read_merges
from omnitok.errors import CorruptFileError, SequenceError, TrainingError, VocabularyError
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
    for columns in (-1, 0, 2**63, 2**70):
        with pytest.raises(ValueError, match=f"columns is {columns}; an image has at least one"):
            merges.decode([4, 2, 2], columns=columns)
    for columns in (3, 2**20, 2**62):
        with pytest.raises(SequenceError, match="the symbols end before all frames or rows are full"):
            merges.decode([4, 2, 2], columns=columns)
    assert merges.decode([4, 2, 2], columns=2).tolist() == [[[0, 0]], [[0, 0]]]


# --- numbers and codes that no merges can be learnt from, and merges of other codes ----------------------------------


@pytest.mark.parametrize(
    ("given", "kind", "message"),
    [
        ({"merges": -1}, TrainingError, "merges is -1; it must be at least 0 and below 2^63"),
        ({"merges": 2**70}, TrainingError, "merges is 1180591620717411303424; it must be at least 0 and below 2^63"),
        ({"min_count": 0}, TrainingError, "min_count is 0; it must be at least 1 and below 2^63"),
        ({"max_ms": float("nan"), "rate": 50}, ValueError, "max_ms is nan; it is a number of milliseconds"),
        ({"max_ms": float("inf"), "rate": 50}, ValueError, "max_ms is inf; it is a number of milliseconds"),
        ({"arrays": [0, 0, 1]}, ValueError, "array 0: audio has codes"),
        ({"arrays": [[[0], [0]], [0]]}, ValueError, "array 0 has codes of 2 codebooks, and sizes are those of 1"),
    ],
)
def test_what_cannot_be_learnt_is_told(given: dict[str, Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=f"^{re.escape(message)}"):
        learn_code_merges(**{"arrays": [[0, 0, 1]] * 2, "merges": 1, "sizes": 2, **given})


def test_images_have_no_duration_at_any_rate() -> None:
    for limit in ({"max_ms": 20}, {"max_ms": 20, "rate": 50}, {"max_frames": 2}):
        with pytest.raises(TrainingError, match="images have no frames and no duration"):
            learn_code_merges([np.zeros((2, 2), int)], 1, sizes=1, modality="image", **limit)  # type: ignore[arg-type]


def test_limits_beyond_all_merges_are_none() -> None:
    sounds = [[0, 0, 0, 0]] * 2
    for limit in ({"max_frames": 2**70}, {"max_ms": 1e300, "rate": 50}):
        learnt = learn_code_merges(sounds, 2, sizes=1, **limit)  # type: ignore[arg-type]
        assert learnt == learn_code_merges(sounds, 2, sizes=1)


def test_a_code_that_is_not_there_is_named_by_its_array() -> None:
    """An array has a line of each codebook that is learnt from."""
    sounds = [[[0, 1], [0, 1]], [[0, 1], [1, 2]]]
    for codebooks in (None, [1]):
        with pytest.raises(ValueError, match=r"^array 1: code 1 of codebook 1 is 2, which is not below 2"):
            learn_code_merges(sounds, 1, sizes=[2, 2], codebooks=codebooks)


def test_symbols_beyond_32_bits_are_refused(tmp_path: Path) -> None:
    for symbol in (-1, 2**32, 2**70):
        with pytest.raises(VocabularyError, match=f"merge 1 of 0 and {symbol} names a symbol that is not before it"):
            CodeMerges([(0, 0), (0, symbol)], sizes=[2])
    for number in ("4294967296", "1" * 5000):
        (tmp_path / "a.merges").write_text(f"0 0\n{number} 0\n", encoding="utf-8")
        with pytest.raises(CorruptFileError, match=r"a\.merges: line 2: '.* 0' is no merge"):
            read_merges(tmp_path / "a.merges")


def test_a_pair_is_merged_once(tmp_path: Path) -> None:
    """The second one would never be made, and what counts symbols would count it."""
    with pytest.raises(VocabularyError, match=r"^merges 1 and 3 are both of 0 and 1; a pair is merged once$"):
        CodeMerges([(0, 0), (0, 1), (1, 0), (0, 1)], sizes=[2])
    with pytest.raises(VocabularyError, match="merges 0 and 2 are both of 0 and 1 below it"):
        CodeMerges([(0, 1, True), (0, 1), (0, 1, True)], sizes=[2], modality="image")
    file = tmp_path / "a.merges"
    file.write_text("0 1 down\n0 1\n1 0\n0 1\n", encoding="utf-8")
    with pytest.raises(CorruptFileError, match=r"a\.merges: lines 2 and 4 are both of 0 and 1; a pair is merged once$"):
        read_merges(file)
    file.write_text("0 1 down\n0 1\n00 1 down\n", encoding="utf-8")
    with pytest.raises(CorruptFileError, match=r"lines 1 and 3 are both of 0 and 1 below it"):
        read_merges(file)
    merges = [(0, 1, True), (0, 1, False)]
    CodeMerges(merges, sizes=[2], modality="image").save(file, force=True)
    assert read_merges(file) == merges


def test_merges_are_equal_and_hashed_by_what_they_say() -> None:
    one, other = (CodeMerges([(0, 0)], sizes=[2], counts=counts) for counts in ([3], (3,)))
    assert one == other
    assert hash(one) == hash(other)


def test_merges_of_other_codes_are_refused(tiny: Tokenizer) -> None:
    """A symbol is a number: over other codes it would mean something else, and nobody would notice."""
    learnt = CodeMerges([(0, 1), (4, 2)], sizes=[4])
    for sizes in ([8], [2, 2], [2]):
        builder = VocabBuilder().text(tiny).codes("audio", sizes=sizes, rate=50)
        with pytest.raises(VocabularyError, match="are not for block 'audio', which is audio with codebooks of"):
            builder.merges(parent="audio", pairs=learnt)
        with pytest.raises(VocabularyError, match="are not for block 'audio'"):
            builder.build().extend().merges(parent="audio", pairs=learnt)
    with pytest.raises(VocabularyError, match="are not for block 'image', which is image"):
        VocabBuilder().text(tiny).codes2d("image", 4, patch=4, grid=(2, 2)).merges(parent="image", pairs=learnt)
    builder = VocabBuilder().text(tiny).codes("audio", sizes=[4], rate=50).merges(parent="audio", pairs=[(3, 3)])
    with pytest.raises(VocabularyError, match="block 'audio' has merges already"):
        builder.merges(parent="audio", pairs=learnt)
    assert builder.merges(parent="audio", pairs=CodeMerges([(0, 1)], sizes=[4])).build().merges("audio") == [
        (3, 3, False),
        (0, 1, False),
    ]
