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
from omnitok.vocabulary import Codes

TEXTS = ["the quick brown fox", "नमस्ते दुनिया 你好世界 привет", "<|user|> é 👍"]


ORDERS: dict[str, dict[str, Any]] = {
    "snac": {},
    "slots": {"layout": "interleaved"},
    "side-by-side": {"layout": "parallel"},
    "late": {"delays": [0, 1, 1]},
    "later": {"delays": [2, 0, 3]},
    "all-late": {"delays": [2, 2, 2]},
    "coarse": {"layout": "coarse-first"},
    "semantic": {"layout": "semantic-then-acoustic"},
}
STRIDES = {name: [2, 2, 1] if name in ("later", "side-by-side") else [4, 2, 1] for name in ORDERS}
STRIDES["late"] = STRIDES["all-late"] = [1, 1, 1]


@cache
def omni() -> OmniTokenizer:
    """Audio of one rate with voices, audio in every order, and images in every layout, one with two codebooks."""
    tokenizer = omnitok.train(texts=TEXTS * 5, vocab_size=300, min_frequency=1, num_threads=1)
    builder = VocabBuilder("omni").text(tokenizer).special(["<|user|>"])
    builder.codes("audio", sizes=[8, 4], rate=12.5).voices(["tara", "leo"])
    for name, order in ORDERS.items():
        builder.codes(name, sizes=[4, 5, 6], rate="441/9", strides=STRIDES[name], **order)
    builder.codes2d("sized", [7, 3], patch=4).size_tokens("h", range(1, 5)).size_tokens("w", range(1, 6))
    builder.codes2d("rows", 6, patch=4, grid=(3, 4), layout="rows").codes2d("raster", 5, patch=4, grid=(2, 3))
    builder.codes2d("page", 6, patch=4, layout="sized-rows")
    weights = {"audio": [1.0, 0.5], "sized": 0.25, "rows": 0.0}
    return OmniTokenizer(builder.pad(64).build(), loss_weights=weights)


def codes_of(draw: st.DrawFn, shape: tuple[int, ...], size: int) -> np.ndarray[Any, Any]:
    count = int(np.prod(shape))
    drawn = draw(st.lists(st.integers(0, size - 1), min_size=count, max_size=count))
    return np.array(drawn, dtype=np.uint32).reshape(shape)


@st.composite
def segments(draw: st.DrawFn) -> Segment:
    loss = draw(st.sampled_from([0.0, 0.5, 1.0]))
    kind = draw(st.sampled_from(["text", "special", "audio", *ORDERS, "sized", "rows", "raster", "page"]))
    if kind == "text":
        return Text(draw(st.text(min_size=1, max_size=8)), loss)
    if kind == "special":
        return Special("<|user|>", loss)
    if kind == "audio":
        frames, voice = draw(st.integers(0, 4)), draw(st.sampled_from([None, "tara", "leo"]))
        return Audio(np.stack([codes_of(draw, (frames,), size) for size in (8, 4)]), voice=voice, loss=loss)
    if kind in ORDERS:
        frames, strides = draw(st.integers(0, 4)), STRIDES[kind]
        times = [max(strides) // stride for stride in strides]
        codes = [codes_of(draw, (frames * count,), size) for size, count in zip((4, 5, 6), times, strict=True)]
        return Audio(np.stack(codes) if len(set(times)) == 1 else codes, block=kind, loss=loss)
    if kind == "raster":
        return Image(codes_of(draw, (2, 3), 5), block=kind, loss=loss)
    rows, columns = draw(st.integers(1, 3)), draw(st.integers(1, 4))
    if kind in ("rows", "page"):
        return Image(codes_of(draw, (rows, columns), 6), block=kind, loss=loss)
    return Image(np.stack([codes_of(draw, (rows, columns), size) for size in (7, 3)]), block=kind, loss=loss)


documents = st.lists(segments(), max_size=5)


def in_order(codes: Codes, of_codebooks: Any) -> list[tuple[str, int, int, int]]:
    """What stands between begin and end, from a table of all codes: what, its step, and of a code codebook and code."""
    strides = codes.strides or (1,) * len(codes.codebooks)
    period = max(strides)
    table = [
        (nth * stride // period, nth * stride, codebook, int(code))
        for codebook, (stride, of_codebook) in enumerate(zip(strides, of_codebooks, strict=True))
        for nth, code in enumerate(of_codebook)
    ]
    frames = len(of_codebooks[0]) * strides[0] // period
    row = [(codebook, step) for codebook, stride in enumerate(strides) for step in range(0, period, stride)]
    if codes.layout == "interleaved":
        return [("code", *rest) for _, *rest in sorted(table, key=lambda code: (code[1], code[2]))]  # type: ignore[misc]
    if codes.layout in ("coarse-first", "semantic-then-acoustic"):
        stage = (lambda codebook: codebook) if codes.layout == "coarse-first" else (lambda codebook: min(codebook, 1))
        ordered = sorted(table, key=lambda code: (stage(code[2]), code[0], code[2], code[1]))
        found = [("code", *rest) for _, *rest in ordered]
        found.insert(len(of_codebooks[0]), ("next", frames * period, -1, -1))
        return found  # type: ignore[return-value]
    delays = codes.delays or (0,) * len(strides)
    by_place = {(step, codebook): code for _, step, codebook, code in table}
    found = []
    for number in range((frames + max(delays)) * bool(frames)):
        for codebook, step in row:
            frame = number - delays[codebook]
            what = "start" if frame < 0 else "code" if frame < frames else "pad"
            at = frame * period + step
            found.append(
                (what, at, codebook, by_place[at, codebook]) if what == "code" else (what, number * period, -1, -1)
            )
    return found  # type: ignore[return-value]


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
                assert codes.rate is not None
                start = now
                for what, place, codebook, code in in_order(codes, segment.codes):
                    if what != "code":
                        between = {"start": 1, "pad": 2, "next": 1}[what]
                        add(marks.start + between, modality, positions=[start + place] * 3)
                        continue
                    token, weight = codes.ids(codebook)[code], segment.loss * factor[codebook]
                    time, where = int(Fraction(1000 * place) / codes.rate), [start + place] * 3
                    add(token, modality, weight, codebook=codebook, time_ms=time, positions=where)
                # Behind the last row, in which there may be nothing but marks, and behind the mark of a stage.
                period = max(codes.strides or (1,))
                frames = len(segment.codes[0]) * (codes.strides or (1,))[0] // period  # type: ignore[index, arg-type]
                now = start + (frames + (codes.latency or 0)) * period * bool(frames) + (codes.latency is None)
                add(marks.end - 1, modality)
                continue
            add(marks.start, modality)
            cells = np.asarray(segment.codes)
            cells = cells if cells.ndim == 3 else cells[None]
            _, height, width = cells.shape
            if codes.layout in ("sized", "sized-rows"):
                add(vocabulary.block("h").start + height - 1, modality)
                add(vocabulary.block("w").start + width - 1, modality)
            start = now
            for row in range(height):
                if row and marks.end - marks.start == 3:
                    add(marks.start + 1, modality, positions=[start, start + row, start + width])
                for column in range(width):
                    for codebook in range(len(cells)):
                        token = codes.ids(codebook)[int(cells[codebook, row, column])]
                        place, weight = [start, start + row, start + column], segment.loss * factor[codebook]
                        add(token, modality, weight, codebook=codebook, positions=place)
            now = start + max(height, width + (marks.end - marks.start == 3))
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
        assert parts
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
        left = ids[last.position : end].tolist()
        if last.position + len(last.ids) == end:
            assert list(last.ids) == left
        else:  # Codes of frames that were whole stand between those of others.
            rest = iter(left)
            assert all(token in rest for token in last.ids)


@given(st.lists(st.one_of(st.integers(0, 600), st.integers(300, 511), st.just(2**32 - 1)), max_size=40))
def test_no_ids_raise_in_a_stream_and_none_are_lost(ids: list[int]) -> None:
    keep_all(ids)


@given(documents, st.data())
def test_a_damaged_stream_loses_nothing(document: list[Segment], data: st.DataObject) -> None:
    ids = omni().encode(document).ids.tolist()
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(ids)))
        new = data.draw(st.lists(st.sampled_from([*ids, 65]), max_size=2))
        ids[place : place + data.draw(st.integers(0, 2))] = new
    keep_all(ids)


def keep_all(ids: list[int]) -> None:
    """A stream and lenient reading say the same of any ids, and have every code once."""
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
