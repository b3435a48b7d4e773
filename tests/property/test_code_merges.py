"""Merges over codes: against the definition, and sequences there and back again."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import omnitok
from omnitok import CodeMerges, learn_code_merges, oracle
from omnitok.errors import ExhaustedError, SequenceError
from omnitok.omni_stream import AudioFrame, ImageRow
from omnitok.segments import Audio, Image

CODES = 3
lines = st.lists(
    st.lists(st.integers(0, CODES - 1), max_size=30) | st.integers(0, 30).map(lambda n: [1] * n), min_size=1
)


@st.composite
def planes(draw: st.DrawFn) -> np.ndarray[Any, Any]:
    height, width = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    codes = draw(st.lists(st.integers(0, draw(st.integers(0, 2))), min_size=height * width, max_size=height * width))
    return np.array(codes).reshape(height, width)


def most(arrays: list[Any], merges: int, **options: Any) -> CodeMerges:
    """As many merges as there are."""
    try:
        return learn_code_merges(arrays, merges, **options)
    except ExhaustedError as error:
        return learn_code_merges(arrays, int(str(error).split("yield ")[1].split()[0]), **options)


def as_learned(merges: CodeMerges) -> list[tuple[int, int, bool, int]]:
    return [(*pair, count) for pair, count in zip(merges.pairs, merges.counts, strict=True)]


@given(lines, st.integers(0, 12), st.integers(1, 3), st.none() | st.integers(1, 6))
def test_lines_are_learned_and_encoded_as_defined(
    given_lines: list[list[int]], merges: int, min_count: int, longest: int | None
) -> None:
    arrays = [np.array(line, np.int64) for line in given_lines]
    learned = most(arrays, merges, sizes=CODES, min_count=min_count, max_frames=longest, num_threads=2)
    rows = [[line] for line in given_lines]
    expected = oracle.learn_codes(rows, merges, CODES, rows_only=True, min_count=min_count, max_codes=longest)
    assert as_learned(learned) == expected
    for line, plane in zip(arrays, rows, strict=True):
        symbols = learned.encode(line)
        assert symbols.tolist() == oracle.encode_codes(plane, learned.pairs, CODES)
        assert learned.decode(symbols)[0].tolist() == line.tolist()


@given(st.lists(planes(), min_size=1, max_size=4), st.integers(0, 12), st.booleans())
def test_rectangles_are_learned_and_encoded_as_defined(
    images: list[np.ndarray[Any, Any]], merges: int, rows_only: bool
) -> None:
    learned = most(images, merges, sizes=CODES, modality="image", min_count=1, rows_only=rows_only)
    assert as_learned(learned) == oracle.learn_codes([i.tolist() for i in images], merges, CODES, rows_only=rows_only)
    for image in images:
        symbols = learned.encode(image)
        assert symbols.tolist() == oracle.encode_codes(image.tolist(), learned.pairs, CODES)
        assert learned.decode(symbols, image.shape[1])[0].tolist() == image.tolist()


@given(st.lists(st.lists(st.integers(0, 1), min_size=0, max_size=8), min_size=1, max_size=4), st.integers(0, 12))
def test_merges_keep_to_frames(frames: list[list[int]], merges: int) -> None:
    fine = [np.repeat(np.array(line, np.int64), 4) ^ np.resize([0, 1, 1], 4 * len(line)) for line in frames]
    arrays = [[np.zeros(len(line), np.int64), codes] for line, codes in zip(frames, fine, strict=True)]
    options: dict[str, Any] = {"sizes": [1, 2], "strides": [4, 1], "codebooks": [1], "min_count": 1}
    learned = most(arrays, merges, whole_frames=True, **options)
    expected = oracle.learn_codes([[line.tolist()] for line in fine], merges, 2, rows_only=True, frame=4)
    # The first codebook has one code, so symbols of the second begin at 1 and merges at 3.
    assert as_learned(learned) == [(left + 1, right + 1, down, count) for left, right, down, count in expected]
    for array in arrays:
        decoded = learned.decode(learned.encode(array))
        assert [one.tolist() for one in decoded] == [one.tolist() for one in array]


@cache
def omni() -> omnitok.OmniTokenizer:
    tokenizer = omnitok.train(texts=["hello world"] * 5, vocab_size=260, min_frequency=1, num_threads=1)
    builder = omnitok.VocabBuilder("omni").text(tokenizer).codes("audio", sizes=[2, 2], rate=50, strides=[2, 1])
    builder.merges(parent="audio", pairs=[(0, 0), (2, 3), (5, 5), (4, 4)])
    builder.codes2d("image", 2, patch=4, grid=(3, 4)).merges(parent="image", pairs=[(0, 1), (2, 2, True), (1, 1, True)])
    return omnitok.OmniTokenizer(builder.pad(64).build())


@given(st.integers(0, 6), st.randoms(use_true_random=False))
def test_sequences_with_merges_come_back_whole_and_one_by_one(frames: int, random: Any) -> None:
    draw = lambda count: np.array([random.randrange(2) for _ in range(count)], np.uint32)  # noqa: E731
    sound, picture = Audio([draw(frames), draw(2 * frames)]), Image(draw(12).reshape(3, 4))
    document = [sound, picture]
    encoded = omni().encode(document)
    assert len(encoded) == omni().count(document)
    omni().validate(encoded.ids)
    assert omni().decode(encoded.ids) == document
    stream, events = omni().stream(), []
    for token in encoded.ids.tolist():
        assert any(token in ids for ids in stream.allowed())
        events += stream.push(token)
    events += stream.finish()
    rows = [event.codes.tolist() for event in events if isinstance(event, ImageRow)]
    assert rows == np.asarray(picture.codes).tolist()
    assert sum(isinstance(event, AudioFrame) for event in events) == frames
    # What the mask leaves out is refused.
    cut = random.randrange(len(encoded.ids))
    stream = omni().stream()
    for token in encoded.ids[:cut].tolist():
        stream.push(token)
    allowed = {token for ids in stream.allowed() for token in ids}
    for token in set(range(256, omni().vocabulary.vocab_size)) - allowed:
        with pytest.raises(SequenceError, match=f"position {cut}: id {token} "):
            omni().validate([*encoded.ids[:cut].tolist(), token])


def test_side_tables_have_the_time_and_place_of_the_first_code() -> None:
    encoded = omni().encode([Audio([[0, 0], [0, 1, 1, 1]]), Image([[0, 1, 0, 1], [0, 1, 0, 1], [1, 1, 1, 1]])])
    merges = {name: omni().vocabulary.block(f"{name}-merges").start for name in ("audio", "image")}
    audio = omni().vocabulary.block("audio").start
    assert encoded.ids[1:5].tolist() == [merges["audio"], merges["audio"] + 1, audio + 3, audio + 3]
    assert encoded.time_ms[1:5].tolist() == [0, 0, 40, 60]
    picture = encoded.ids[6:]
    assert picture[1:3].tolist() == [merges["image"] + 1] * 2
    assert encoded.positions[7:9, 1:].tolist() == [[7, 7], [7, 9]]
