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
from omnitok.segments import Audio, Image, Invalid

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


# --- sequences with merges that are cut, damaged or made by hand ------------------------------------------------------


@cache
def both_kinds() -> omnitok.OmniTokenizer:
    """Merges inside frames and of whole ones, over two codebooks of an image, and different merges of equal codes."""
    tokenizer = omnitok.train(texts=["hello world"] * 5, vocab_size=260, min_frequency=1, num_threads=1)
    builder = omnitok.VocabBuilder("both").text(tokenizer).codes("audio", sizes=[2, 2], rate=50, strides=[2, 1])
    # Symbols 4 to 8: two codes of the first codebook, a frame of the second, half of another, two frames, four.
    merges = [(0, 0), (2, 3), (3, 3), (5, 5), (7, 6)]
    builder.merges(parent="audio", pairs=merges, whole_frames=True)
    builder.codes2d("image", [2, 2], patch=4).size_tokens("h", range(1, 5)).size_tokens("w", range(1, 5))
    # Symbols 4 to 8: a row, a column, the square of columns, that of rows, and a column of the second codebook.
    columns = [(0, 0, False), (0, 0, True), (5, 5, False), (4, 4, True), (2, 3, True)]
    builder.merges(parent="image", pairs=columns)
    return omnitok.OmniTokenizer(builder.pad(64).build())


@st.composite
def documents(draw: st.DrawFn) -> list[Any]:
    """Sounds and images of which many codes are merged."""
    codes = lambda *shape: draw(  # noqa: E731
        st.lists(st.sampled_from([0, 0, 0, 1]), min_size=int(np.prod(shape)), max_size=int(np.prod(shape))).map(
            lambda flat: np.array(flat, np.uint32).reshape(shape)
        )
    )
    found: list[Any] = []
    for _ in range(draw(st.integers(1, 3))):
        if draw(st.booleans()):
            frames = draw(st.integers(0, 6))
            found.append(Audio([codes(frames), np.resize([0, 1], 2 * frames) ^ codes(2 * frames)]))
        else:
            found.append(Image(codes(2, draw(st.integers(1, 4)), draw(st.integers(1, 4)))))
    return found


def told(ids: list[int]) -> list[Any]:
    """What a stream says of ids, to the end."""
    stream = both_kinds().stream()
    return [event for token in ids for event in stream.push(token)] + stream.finish()


def refusal(ids: list[int]) -> str | None:
    """Why strict reading refuses ids, if it does, as the grammar does too."""
    outcomes = []
    for read in (both_kinds().validate, both_kinds().decode):
        try:
            read(np.array(ids, np.uint32))
            outcomes.append(None)
        except SequenceError as error:
            outcomes.append(str(error))
    assert outcomes[0] == outcomes[1]
    return outcomes[0]


def codes_of(pieces: list[Any]) -> list[list[int]]:
    """The codes of each sound and image as a sequence has them: frames, and cells row after row."""
    found = []
    for piece in pieces:
        if isinstance(piece, Audio):
            first, second = piece.codes  # type: ignore[misc]
            found.append(np.column_stack([first, np.reshape(second, (-1, 2))]).ravel().tolist())
        elif isinstance(piece, Image):
            found.append(np.moveaxis(np.asarray(piece.codes), 0, -1).ravel().tolist())
    return found


@given(documents())
def test_a_sequence_with_merges_may_break_off_anywhere(document: list[Any]) -> None:
    """What is read of a beginning is a beginning of all; strict reading refuses it unless it ends between segments."""
    ids = both_kinds().encode(document).ids.tolist()
    assert both_kinds().decode(ids) == document
    whole = codes_of(document)
    for end in range(len(ids) + 1):
        pieces = both_kinds().decode(ids[:end], lenient=True)
        read = codes_of(pieces)
        for number, codes in enumerate(read):
            assert codes == whole[number][: len(codes)]
        assert read[:-1] == whole[: max(len(read) - 1, 0)]
        left = [piece for piece in pieces if isinstance(piece, Invalid)]
        assert len(left) <= 1
        reason = refusal(ids[:end])
        if reason is None:
            assert not left
            assert both_kinds().decode(ids[:end]) == pieces == document[: len(pieces)]
        else:
            assert reason.startswith(f"position {end}: the sequence ends")
            assert left
        assert [event for event in told(ids[:end]) if isinstance(event, Invalid)] == left


@given(documents(), st.data())
def test_damage_is_told_and_strict_reading_agrees(document: list[Any], data: st.DataObject) -> None:
    """No ids raise in a stream or a lenient reader, both say the same, and strict reading takes what has no damage."""
    vocabulary = both_kinds().vocabulary
    ids = both_kinds().encode(document).ids.tolist()
    anything = st.integers(255, vocabulary.vocab_size) | st.sampled_from([*ids, 2**32 - 1])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(ids)))
        ids[place : place + data.draw(st.integers(0, 2))] = data.draw(st.lists(anything, max_size=2))
    pieces, events = both_kinds().decode(np.array(ids, np.uint32), lenient=True), told(ids)
    invalid = [piece for piece in pieces if isinstance(piece, Invalid)]
    assert [event for event in events if isinstance(event, Invalid)] == invalid
    streamed = sum(event.codes.size for event in events if isinstance(event, (AudioFrame, ImageRow)))
    assert streamed == sum(map(len, codes_of(pieces)))
    assert (refusal(ids) is None) == (not invalid)
    if not invalid:
        assert both_kinds().decode(np.array(ids, np.uint32)) == pieces
        # Written again, with the merges that the encoder chooses, it is read as the same.
        assert both_kinds().decode(both_kinds().encode(pieces).ids) == pieces


def test_symbols_that_cover_equal_codes_are_read_alike() -> None:
    """The encoder writes one of them; whatever stands there is read exactly."""
    image, start = Image(np.zeros((2, 2, 2), np.uint32)), both_kinds().vocabulary.block("image-merges").start
    written = both_kinds().encode([image]).ids.tolist()
    assert start + 3 in written, "two rows, of which the first merge is a part"
    by_columns = [start + 2 if token == start + 3 else token for token in written]
    assert by_columns != written
    assert both_kinds().decode(by_columns) == both_kinds().decode(written) == [image]
    begin, one = written[:3], both_kinds().vocabulary.block("image").start
    by_hand = [*begin, one, one + 2, one, one + 2, one, one + 2, one, one + 2, written[-1]]
    assert both_kinds().decode(by_hand) == [image]


@given(st.integers(0, 40), st.randoms(use_true_random=False))
def test_masks_are_exact_with_merges(length: int, random: Any) -> None:
    stream, ids = both_kinds().stream(), []
    for _ in range(length):
        mask = stream.mask()
        assert np.flatnonzero(mask).tolist() == [token for part in stream.allowed() for token in part]
        token = random.choice(np.flatnonzero(mask[256:]).tolist()) + 256
        ids.append(token)
        assert not any(isinstance(event, Invalid) for event in stream.push(token))
    mask = stream.mask()
    for token in range(256, both_kinds().vocabulary.vocab_size):
        reason = refusal([*ids, token])
        assert mask[token] != (reason or "").startswith(f"position {len(ids)}: id {token} ")
