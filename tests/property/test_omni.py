"""Sequences of text, images and audio: against a writer that is plainly right, and there and back again."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import omnitok
from omnitok.builder import VocabBuilder
from omnitok.errors import SequenceError
from omnitok.omni import OmniTokenizer
from omnitok.omni_stream import AudioFrame, Begin, End, ImageRow, SpecialToken, TextDelta
from omnitok.segments import Audio, Image, Invalid, Segment, Special, Text

TEXTS = ["the quick brown fox", "नमस्ते दुनिया 你好世界 привет", "<|user|> é 👍"]


@cache
def omni() -> OmniTokenizer:
    """Audio of one rate with voices, audio of three rates, and images in every layout, one with two codebooks."""
    tokenizer = omnitok.train(texts=TEXTS * 5, vocab_size=300, min_frequency=1, num_threads=1)
    builder = VocabBuilder("omni").text(tokenizer).special(["<|user|>"])
    builder.codes("audio", sizes=[8, 4], rate=12.5).voices(["tara", "leo"])
    builder.codes("snac", sizes=[4, 5, 6], rate="441/9", strides=[4, 2, 1])
    builder.codes2d("sized", [7, 3], patch=4).size_tokens("h", range(1, 5)).size_tokens("w", range(1, 6))
    builder.codes2d("rows", 6, patch=4, grid=(3, 4), layout="rows").codes2d("raster", 5, patch=4, grid=(2, 3))
    weights = {"audio": [1.0, 0.5], "sized": 0.25, "rows": 0.0}
    return OmniTokenizer(builder.pad(64).build(), loss_weights=weights)


def codes_of(draw: st.DrawFn, shape: tuple[int, ...], size: int) -> np.ndarray[Any, Any]:
    count = int(np.prod(shape))
    drawn = draw(st.lists(st.integers(0, size - 1), min_size=count, max_size=count))
    return np.array(drawn, dtype=np.uint32).reshape(shape)


@st.composite
def segments(draw: st.DrawFn) -> Segment:
    loss = draw(st.sampled_from([0.0, 0.5, 1.0]))
    kind = draw(st.sampled_from(["text", "special", "audio", "snac", "sized", "rows", "raster"]))
    if kind == "text":
        return Text(draw(st.text(min_size=1, max_size=8)), loss)
    if kind == "special":
        return Special("<|user|>", loss)
    if kind == "audio":
        frames, voice = draw(st.integers(0, 4)), draw(st.sampled_from([None, "tara", "leo"]))
        return Audio(np.stack([codes_of(draw, (frames,), size) for size in (8, 4)]), voice=voice, loss=loss)
    if kind == "snac":
        frames = draw(st.integers(0, 3))
        sizes = zip((4, 5, 6), (1, 2, 4), strict=True)
        return Audio([codes_of(draw, (frames * times,), size) for size, times in sizes], block=kind, loss=loss)
    if kind == "raster":
        return Image(codes_of(draw, (2, 3), 5), block=kind, loss=loss)
    rows, columns = draw(st.integers(1, 3)), draw(st.integers(1, 4))
    if kind == "rows":
        return Image(codes_of(draw, (rows, columns), 6), block=kind, loss=loss)
    return Image(np.stack([codes_of(draw, (rows, columns), size) for size in (7, 3)]), block=kind, loss=loss)


documents = st.lists(segments(), max_size=5)


def plainly(document: list[Segment]) -> list[dict[str, Any]]:
    """A dictionary for each id, made one after the other from what the vocabulary says."""
    vocabulary, rows, now = omni().vocabulary, [], 0
    weights = {"audio": (1.0, 0.5), "sized": (0.25, 0.25), "rows": (0.0,)}
    for index, segment in enumerate(document):

        def add(token: int, modality: int, weight: float = segment.loss, number: int = index, **more: Any) -> None:
            nonlocal now
            row = {"ids": token, "modality": modality, "segment": number, "loss_weight": weight, "codebook": -1}
            row |= {"time_ms": -1, "labels": token if weight else -100}
            if "positions" not in more:
                more["positions"] = [now] * 3
                now += 1
            rows.append(row | more)

        if isinstance(segment, Text):
            for token in vocabulary.tokenizer.encode_ordinary(segment.text):
                add(token, 0)
        elif isinstance(segment, Special):
            add(vocabulary.tokenizer.special_tokens[segment.name], 0)
        else:
            codes, marks = vocabulary.codes(segment.block), vocabulary.block(f"{segment.block}-marks")
            factor = weights.get(segment.block, (1.0,) * len(codes.codebooks))
            modality = 2 if isinstance(segment, Audio) else 1
            if isinstance(segment, Audio):
                if segment.voice is not None:
                    voices = vocabulary.block("voices")
                    add(voices.start + ["tara", "leo"].index(segment.voice), modality, 0.0)
                add(marks.start, modality)
                strides = codes.strides or (1,) * len(codes.codebooks)
                assert codes.rate is not None
                start, steps = now, len(segment.codes[-1]) * strides[-1]  # type: ignore[index, arg-type]
                for frame in range(0, steps, max(strides)):
                    for codebook, stride in enumerate(strides):
                        for step in range(frame, frame + max(strides), stride):
                            token = codes.ids(codebook)[int(segment.codes[codebook][step // stride])]  # type: ignore[index]
                            weight = segment.loss * factor[codebook]
                            time, place = int(Fraction(1000 * step) / codes.rate), [start + step] * 3
                            add(token, modality, weight, codebook=codebook, time_ms=time, positions=place)
                now = start + steps
                add(marks.end - 1, modality)
                continue
            add(marks.start, modality)
            cells = np.asarray(segment.codes)
            cells = cells if cells.ndim == 3 else cells[None]
            _, height, width = cells.shape
            if codes.layout == "sized":
                add(vocabulary.block("h").start + height - 1, modality)
                add(vocabulary.block("w").start + width - 1, modality)
            start = now
            for row in range(height):
                if row and codes.layout == "rows":
                    add(marks.start + 1, modality, positions=[start, start + row, start + width])
                for column in range(width):
                    for codebook in range(len(cells)):
                        token = codes.ids(codebook)[int(cells[codebook, row, column])]
                        place, weight = [start, start + row, start + column], segment.loss * factor[codebook]
                        add(token, modality, weight, codebook=codebook, positions=place)
            now = start + max(height, width + (codes.layout == "rows"))
            add(marks.end - 1, modality)
    return rows


@given(documents)
def test_ids_and_side_tables_are_those_of_the_plain_writer(document: list[Segment]) -> None:
    encoded, expected = omni().encode(document), plainly(document)
    assert len(encoded) == len(expected) == omni().count(document)
    for name in ("ids", "modality", "segment", "loss_weight", "codebook", "time_ms", "labels", "positions"):
        column = getattr(encoded, name)
        assert column.tolist() == [row[name] for row in expected], name
    assert encoded.positions.shape == (len(expected), 3)
    assert not encoded.document.any()


def joined(document: list[Segment]) -> list[Segment]:
    """Texts that follow each other are one, and what a segment counts in the loss is not in its ids."""
    found: list[Segment] = []
    for segment in document:
        if isinstance(segment, Text) and found and isinstance(found[-1], Text):
            found[-1] = Text(found[-1].text + segment.text)
        elif isinstance(segment, Text):
            found.append(Text(segment.text))
        elif isinstance(segment, Special):
            found.append(Special(segment.name))
        elif isinstance(segment, Audio):
            found.append(Audio(segment.codes, voice=segment.voice, block=segment.block))
        else:
            found.append(Image(segment.codes, block=segment.block))
    return found


@given(documents)
def test_segments_come_back(document: list[Segment]) -> None:
    ids = omni().encode(document).ids
    omni().validate(ids)
    assert omni().decode(ids) == omni().decode(ids, lenient=True) == joined(document)


@given(documents)
def test_a_stream_says_the_same(document: list[Segment]) -> None:
    stream = omni().stream()
    events = [event for token in omni().encode(document).ids.tolist() for event in stream.push(token)]
    events += stream.finish()
    assert gathered(events) == joined(document)


def gathered(events: list[Any]) -> list[Segment]:
    """Segments from the events of a stream."""
    found: list[Segment] = []
    block: Begin | None = None
    parts: list[Any] = []
    for event in events:
        if isinstance(event, TextDelta) and found and isinstance(found[-1], Text):
            found[-1] = Text(found[-1].text + event.text)
        elif isinstance(event, TextDelta):
            found.append(Text(event.text))
        elif isinstance(event, SpecialToken):
            found.append(Special(event.name))
        elif isinstance(event, Begin):
            block, parts = event, []
        elif isinstance(event, (AudioFrame, ImageRow)):
            parts.append(event.codes)
        else:
            assert isinstance(event, End)
            assert block is not None
            found.append(segment_of(block, parts))
    return found


def segment_of(begin: Begin, parts: list[Any]) -> Segment:
    codes = omni().vocabulary.codes(begin.block)
    if codes.rate is None:
        cells = np.stack(parts).reshape(len(parts), -1, len(codes.codebooks))
        return Image(cells[:, :, 0] if cells.shape[2] == 1 else np.moveaxis(cells, -1, 0), block=begin.block)
    times = [max(codes.strides or (1,)) // stride for stride in codes.strides or (1,) * len(codes.codebooks)]
    ends = np.cumsum(times)
    split = [
        np.array([frame[end - count : end] for frame in parts], dtype=np.uint32).reshape(-1)
        for end, count in zip(ends, times, strict=True)
    ]
    return Audio(np.stack(split) if len(set(times)) == 1 else split, voice=begin.voice, block=begin.block)


# --- streams that are cut, damaged or drawn by a sampler --------------------------------------------------------------


@given(documents, st.data())
def test_a_stream_may_end_anywhere(document: list[Segment], data: st.DataObject) -> None:
    """Strict reading refuses unless the cut is between segments; lenient reading keeps all that was complete."""
    ids = omni().encode(document).ids
    end = data.draw(st.integers(0, len(ids)))
    stream = omni().stream()
    for token in ids[:end].tolist():
        assert not any(isinstance(event, Invalid) for event in stream.push(token))
    rest = stream.finish()
    whole = not any(isinstance(event, Invalid) for event in rest)
    if whole:
        omni().validate(ids[:end])
    else:
        with pytest.raises(SequenceError, match=f"^position {end}: the sequence ends"):
            omni().decode(ids[:end])
        last = omni().decode(ids[:end], lenient=True)[-1]
        assert isinstance(last, Invalid)
        assert last.position + len(last.ids) == end
        assert list(last.ids) == ids[last.position : end].tolist()


@given(st.lists(st.one_of(st.integers(0, 511), st.integers(300, 420), st.just(2**32 - 1)), max_size=40))
def test_no_ids_raise_in_a_stream_and_none_are_lost(ids: list[int]) -> None:
    stream = omni().stream()
    events = [event for token in ids for event in stream.push(token)] + stream.finish()
    pieces = omni().decode(np.array(ids, dtype=np.uint32), lenient=True)
    invalid = [piece for piece in pieces if isinstance(piece, Invalid)]
    assert invalid == [event for event in events if isinstance(event, Invalid)]
    for piece in invalid:
        assert all(token in ids for token in piece.ids)
    codes = [
        token for block in omni().vocabulary.blocks if block.kind == "code" for token in range(block.start, block.end)
    ]
    lost = sum(token in codes for piece in invalid for token in piece.ids)
    whole = [
        np.concatenate([np.ravel(of) for of in piece.codes]) for piece in pieces if isinstance(piece, (Audio, Image))
    ]
    assert sum(map(len, whole)) + lost == sum(token in codes for token in ids)
    parts = [event.codes for event in events if isinstance(event, (AudioFrame, ImageRow))]
    assert sum(map(np.size, parts)) == sum(map(len, whole))
    try:
        omni().validate(ids)
    except SequenceError:
        assert invalid
    else:
        assert not invalid


@given(st.randoms(use_true_random=False), st.integers(0, 60))
def test_what_a_sampler_may_draw_is_always_valid(random: Any, length: int) -> None:
    stream, ids = omni().stream(), []
    voices = omni().vocabulary.block("voices")
    for _ in range(length):
        allowed = stream.allowed()
        assert allowed
        assert allowed == sorted(allowed, key=lambda ids: ids.start)
        ids.append(random.choice(random.choice(allowed)))
        assert not voices.start <= ids[-1] < voices.end
        assert not any(isinstance(event, Invalid) for event in stream.push(ids[-1]))
    mask = stream.mask()
    assert mask.sum() == sum(map(len, stream.allowed()))


@given(documents, st.data())
def test_what_a_sampler_may_not_draw_is_refused(document: list[Segment], data: st.DataObject) -> None:
    """The mask is exact: besides what it lets through there are only voices, and the begin of what has voices."""
    ids = omni().encode(document).ids
    end = data.draw(st.integers(0, len(ids)))
    stream = omni().stream()
    for token in ids[:end].tolist():
        stream.push(token)
    mask = stream.mask()
    vocabulary = omni().vocabulary
    trusted = [*range(vocabulary.block("voices").start, vocabulary.block("voices").end)]
    trusted.append(vocabulary.block("audio-marks").start)
    for token in data.draw(st.lists(st.integers(0, vocabulary.vocab_size - 1), max_size=10)):
        try:
            omni().validate([*ids[:end].tolist(), token])
            is_valid = True
        except SequenceError as error:
            is_valid = not str(error).startswith(f"position {end}: ")
        assert is_valid == bool(mask[token]) or token in trusted
