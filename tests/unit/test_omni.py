"""Segments to ids and back: what is refused and where, batches, codecs, and the grammar at its edges.

Tests named after an issue replay what went wrong elsewhere.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from omnitok.builder import VocabBuilder
from omnitok.errors import SequenceError, VocabularyError
from omnitok.omni import OmniTokenizer
from omnitok.omni_stream import AudioFrame, Begin, End, ImageRow, SpecialToken, TextDelta
from omnitok.segments import Audio, Image, Invalid, Special, Text
from omnitok.tokenizer import Tokenizer

CODEC = "ab" * 32


def builder(tiny: Tokenizer) -> VocabBuilder:
    new = VocabBuilder("omni").text(tiny).codes("audio", sizes=[16, 8], rate=12.5, codec=CODEC).voices(["tara"])
    new.codes2d("image", 16, patch=4, codec=CODEC).size_tokens("h", range(1, 9)).size_tokens("w", range(1, 9))
    return (
        new.codes2d("tile", 16, patch=4, grid=(2, 3)).codes2d("lines", 16, patch=4, grid=(2, 3), layout="rows").pad(64)
    )


@pytest.fixture(scope="module")
def omni(tiny: Tokenizer) -> OmniTokenizer:
    return OmniTokenizer(builder(tiny).build())


def start(omni: OmniTokenizer, block: str) -> int:
    return omni.vocabulary.block(block).start


def test_weights_are_numbers_of_any_kind(omni: OmniTokenizer) -> None:
    for weights in (0.5, np.float32(0.5), np.array(0.5), [0.5, 0.5], np.array([0.5, 0.5])):
        weighted = OmniTokenizer(omni.vocabulary, loss_weights={"audio": weights})  # type: ignore[dict-item]
        assert weighted.encode([Audio([[1], [2]])]).loss_weight.tolist() == [1, 0.5, 0.5, 1]
    for wrong in ("12", None, [[1, 2]]):
        with pytest.raises(ValueError, match="they are a number, or one for each codebook"):
            OmniTokenizer(omni.vocabulary, loss_weights={"audio": wrong})  # type: ignore[dict-item]
    too_much = OmniTokenizer(omni.vocabulary, loss_weights={"audio": 1e38})
    with pytest.raises(ValueError, match="in the loss, which is too much"):
        too_much.encode([Audio([[1], [2]], loss=1e38)])


def test_time_beyond_64_bits_is_the_last_there_is(tiny: Tokenizer) -> None:
    slow = OmniTokenizer(
        VocabBuilder().text(tiny).codes("audio", sizes=[4], rate="1/4294967295", strides=[4096]).build()
    )
    time = slow.encode([Audio([[1] * 600])]).time_ms[1:-1]
    assert (np.diff(time) >= 0).all()
    assert time[-1] == 2**63 - 1


def test_a_signal_is_of_images_and_audio(omni: OmniTokenizer) -> None:
    with pytest.raises(TypeError, match="only images and audio have a signal"):
        omni.signal(Text("a"))  # type: ignore[arg-type]
    assert repr(omni) == "<omnitok.OmniTokenizer of 'omni': audio, image, tile, lines>"


# --- segments to ids --------------------------------------------------------------------------------------------------


def test_a_frame_has_its_codes_in_codebook_order(omni: OmniTokenizer) -> None:
    encoded = omni.encode([Audio([[1, 2, 3], [4, 5, 6]], voice="tara")])
    audio, marks = start(omni, "audio"), start(omni, "audio-marks")
    frames = [audio + 1, audio + 16 + 4, audio + 2, audio + 16 + 5, audio + 3, audio + 16 + 6]
    assert encoded.ids.tolist() == [start(omni, "voices"), marks, *frames, marks + 1]
    assert encoded.time_ms.tolist() == [-1, -1, 0, 0, 80, 80, 160, 160, -1]
    assert encoded.codebook.tolist() == [-1, -1, 0, 1, 0, 1, 0, 1, -1]
    assert encoded.loss_weight.tolist() == [0, 1, 1, 1, 1, 1, 1, 1, 1]
    assert encoded.labels[0] == -100
    assert encoded.labels[-1] == marks + 1


def test_arrays_have_the_types_that_are_promised(omni: OmniTokenizer) -> None:
    encoded = omni.encode([Text("hello")])
    types = {name: str(array.dtype) for name, array in vars(encoded).items()}
    assert types == {
        "ids": "uint32", "modality": "uint8", "codebook": "int16", "segment": "uint32", "document": "uint32",
        "time_ms": "int64", "positions": "int32", "loss_weight": "float32", "labels": "int64",
    }  # fmt: skip


def test_what_holds_arrays_is_equal_where_they_are(omni: OmniTokenizer) -> None:
    one, other = ([Text("one"), Audio([[code], [2]])] for code in (1, 3))
    assert omni.encode(one) == omni.encode(one)
    assert omni.encode(one) != omni.encode(other)
    events = []
    for document in (one, one, other):
        stream = omni.stream()
        events.append([event for token in omni.encode(document).ids for event in stream.push(token)])
    assert events[0] == events[1]
    assert events[0] != events[2]


def test_it_travels_between_processes(omni: OmniTokenizer) -> None:
    weighted = OmniTokenizer(omni.vocabulary, loss_weights={"audio": [1.0, 0.0]})
    document = [Text("one"), Audio([[1], [2]])]
    again = pickle.loads(pickle.dumps(weighted)).encode(document)
    assert again.ids.tolist() == weighted.encode(document).ids.tolist()
    assert again.loss_weight.tolist() == weighted.encode(document).loss_weight.tolist()


def test_nothing_gives_nothing(omni: OmniTokenizer) -> None:
    assert len(omni.encode([])) == omni.count([]) == 0
    assert omni.encode([]).positions.shape == (0, 3)
    assert len(omni.encode_batch([])) == 0
    assert omni.decode([]) == []
    omni.validate([])
    assert omni.stream().finish() == []


def test_a_batch_is_its_documents(omni: OmniTokenizer) -> None:
    documents = [[Text("one")], [], [Text("two"), Image([[1, 2], [3, 4]])]]
    batch = omni.encode_batch(documents)
    single = [omni.encode(document) for document in documents]
    assert batch.ids.tolist() == [token for encoded in single for token in encoded.ids.tolist()]
    assert batch.document.tolist() == [0] * len(single[0]) + [2] * len(single[2])
    assert batch.positions.tolist() == [place for encoded in single for place in encoded.positions.tolist()]


@pytest.mark.parametrize(
    ("segment", "error", "message"),
    [
        (Audio([[16], [0]]), ValueError, 'segment 1: code 0 of codebook 0 of "audio" is not below 16'),
        (Audio([[0, 0], [0, 8]]), ValueError, 'segment 1: code 1 of codebook 1 of "audio" is not below 8'),
        (Audio([[-1], [0]]), ValueError, "segment 1: codes go from -1 to -1; a code is from 0"),
        (Audio([[0.5], [0.5]]), ValueError, "segment 1: codes are integers, not float64"),
        (Audio([[0]]), ValueError, 'segment 1: "audio" has 2 codebooks, and there are codes of 1'),
        (
            Audio([[0, 0], [0]]),
            ValueError,
            'segment 1: 2 frames of "audio" have 2 codes of codebook 1, and there are 1',
        ),
        (Audio([0, 0]), ValueError, "segment 1: codes of audio are [codebooks, frames]"),
        (Text("a", loss=float("nan")), ValueError, "segment 1: it counts NaN in the loss"),
        (Special("<|pad|>", loss=-1), ValueError, "segment 1: it counts -1 in the loss"),
        (Audio([[[0]], [[0]]]), ValueError, "segment 1: codes of audio are [codebooks, frames]"),
        (Audio(), ValueError, "segment 1 has codes and samples, or neither"),
        (Audio([[0], [0]], samples=np.zeros(5)), ValueError, "segment 1 has codes and samples, or neither"),
        (Audio(samples=np.zeros(5)), VocabularyError, "segment 1: there is no codec for block 'audio'"),
        (Audio([[0], [0]], voice="leo"), VocabularyError, "there is no voice 'leo' for block 'audio'; there is 'tara'"),
        (Audio([[0], [0]], block="sound"), VocabularyError, 'segment 1: there is no block "sound" of codes with marks'),
        (Image([[16]]), ValueError, 'segment 1: code 0 of codebook 0 of "image" is not below 16'),
        (Image([[0] * 9]), ValueError, "the image has 1 x 9 cells, and there is no size token w = 9"),
        (Image(np.zeros((0, 3), int)), ValueError, "segment 1: an image of 0 x 3 cells has none"),
        (Image([1, 2]), ValueError, "segment 1: codes of an image have shape [2]"),
        (Image([[[1]], [[1]]]), ValueError, 'an image of "image" has 1 x 1 cells of 1 codes, and there are 2 codes'),
        (Image([[0, 0]], block="tile"), ValueError, 'the image has 1 x 2 cells, and those of "tile" have 2 x 3'),
        (Image([[0] * 4], block="lines"), ValueError, 'has 1 x 4 cells, and those of "lines" have up to 2 x 3'),
        (Special("<|none|>"), VocabularyError, "segment 1: there is no special token '<|none|>'"),
        (Text(5), TypeError, "segment 1: text is a string, and not 5"),  # type: ignore[arg-type]
        (Special(["a"]), TypeError, "segment 1: a special token is given by its name"),  # type: ignore[arg-type]
        (Text("a", loss="x"), TypeError, "segment 1: loss is a number, and not 'x'"),  # type: ignore[arg-type]
        (Image([[1]], block=None), TypeError, "segment 1: a block is given by its name"),  # type: ignore[arg-type]
        (Audio([[1], [2]], voice=["tara"]), TypeError, "segment 1: a voice is given by its name"),  # type: ignore[arg-type]
        (Audio([[1], [2]], voice="x", block=""), VocabularyError, "segment 1: there is no voice 'x'"),
        (Audio(5), ValueError, "segment 1: codes of audio are [codebooks, frames], and not 5"),
        (Audio([[2**40], [1]]), ValueError, "from 1099511627776 to 1099511627776; a code is from 0 to 2^32 - 1"),
        (Image(np.zeros((0, 2**33), np.uint32)), ValueError, "segment 1: an image of 0 x 8589934592 cells has none"),
        (Image(np.ones((2, 2, 3), int), block="audio"), ValueError, 'segment 1: "audio" holds codes of audio'),
        (Audio([[1, 2]], block="image"), ValueError, 'segment 1: "image" holds codes of images'),
        ("text", TypeError, "segment 1 is 'text'; a segment is Text, Special, Image or Audio"),
    ],
)
def test_what_cannot_be_written_is_refused_with_its_place(
    omni: OmniTokenizer, segment: Any, error: type[Exception], message: str
) -> None:
    for call in (omni.encode, omni.count):
        with pytest.raises(error) as refusal:
            call([Text("first"), segment])
        assert message in str(refusal.value)
    with pytest.raises(error, match=r"^document 1, .*segment 1"):
        omni.encode_batch([[], [Text("first"), segment]])


def test_weights_that_cannot_be_are_refused(omni: OmniTokenizer) -> None:
    for weights in ([1.0], [1.0, -1.0], [1.0, float("nan")]):
        with pytest.raises(ValueError, match=r'the weights of "audio" are .*; they are 2 finite numbers from 0 on'):
            OmniTokenizer(omni.vocabulary, loss_weights={"audio": weights})


def test_images_that_tell_their_sizes_need_size_tokens(tiny: Tokenizer) -> None:
    vocabulary = VocabBuilder().text(tiny).codes2d("image", 16, patch=4).size_tokens("h", range(1, 9)).build()
    with pytest.raises(VocabularyError, match='images of block "image" tell their sizes, and there are no size tokens'):
        OmniTokenizer(vocabulary)


# --- codecs -----------------------------------------------------------------------------------------------------------


@dataclass
class Description:
    digest: str


class Halves:
    """A codec whose codes are the pixels, or samples, divided by 16."""

    def __init__(self, digest: str = CODEC) -> None:
        self.digest = digest

    def describe(self) -> Description:
        return Description(self.digest)

    def encode(self, signal: Any) -> Any:
        return (np.asarray(signal) // 16)[None].astype(np.uint32)

    def decode(self, codes: Any) -> Any:
        return (np.asarray(codes)[0] * 16).astype(np.uint8)


def test_pixels_go_through_the_codec_of_their_block(omni: OmniTokenizer) -> None:
    with_codec = OmniTokenizer(omni.vocabulary, codecs={"image": Halves()})
    pixels = np.array([[16, 32], [48, 240]], dtype=np.uint8)
    ids = with_codec.encode([Image(pixels=pixels)]).ids
    (image,) = with_codec.decode(ids)
    assert image == Image(np.array([[1, 2], [3, 15]]))
    assert np.array_equal(with_codec.signal(image), pixels)  # type: ignore[arg-type]
    with pytest.raises(VocabularyError, match="there is no codec for block 'image'"):
        omni.signal(image)  # type: ignore[arg-type]


def test_another_codec_is_refused(omni: OmniTokenizer) -> None:
    with pytest.raises(VocabularyError, match=f"holds codes of the codec {CODEC}, and this codec is 0000"):
        OmniTokenizer(omni.vocabulary, codecs={"image": Halves("0" * 64)})


# --- ids to segments --------------------------------------------------------------------------------------------------


def test_strict_reading_names_the_position_and_what_must_follow(omni: OmniTokenizer) -> None:
    ids = omni.encode([Text("a"), Audio([[1, 2], [3, 4]])]).ids.tolist()
    swapped = [*ids[:2], ids[3], ids[2], *ids[4:]]
    audio = start(omni, "audio")
    with pytest.raises(SequenceError) as refusal:
        omni.decode(swapped)
    assert str(refusal.value) == (
        f'position 2: id {ids[3]} is a code of "audio", and a code of codebook 0 of "audio" must follow, '
        f"ids {audio}..{audio + 16}"
    )


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (lambda o: [start(o, "padding")], "is reserved, or stands for several codes, and it stands outside"),
        (lambda o: [o.vocabulary.vocab_size], "is outside the vocabulary, and it stands outside"),
        (lambda o: [-1], "is outside the vocabulary"),
        (lambda o: [start(o, "audio")], 'is a code of "audio", and it stands outside of any segment'),
        (lambda o: [start(o, "h")], "is a size h, and it stands outside of any segment"),
        (lambda o: [start(o, "audio-marks") + 1], 'is a mark of "audio", and it stands outside'),
        (lambda o: [start(o, "voices"), 97], 'is a token of text, and the begin of "audio" must follow its voice'),
        (lambda o: [start(o, "voices")], 'ends behind a voice, before the begin of "audio"'),
        (lambda o: [start(o, "image-marks"), start(o, "w")], "is a size w, and a size h must follow"),
        (lambda o: [start(o, "image-marks")], 'ends before the size of an image of "image"'),
        (lambda o: [start(o, "audio-marks")], 'ends before the end of "audio"'),
        (
            lambda o: [start(o, "audio-marks"), start(o, "audio")],
            'ends inside a frame of "audio", behind 1 of its 2 codes',
        ),
        (
            lambda o: [start(o, "tile-marks"), *[start(o, "tile")] * 4],
            'ends inside an image of "tile" of 2 x 3 cells, at row 1 and column 1',
        ),
        (
            lambda o: [start(o, "tile-marks"), *[start(o, "tile")] * 7],
            'an image of "tile" of 2 x 3 cells, at row 2 and column 0 has all its cells',
        ),
    ],
)  # fmt: skip
def test_what_does_not_follow_the_grammar(omni: OmniTokenizer, ids: Any, message: str) -> None:
    for call in (omni.decode, omni.validate):
        with pytest.raises(SequenceError) as refusal:
            call(ids(omni))
        assert message in str(refusal.value)


def test_rows_are_of_one_length(omni: OmniTokenizer) -> None:
    marks, code = start(omni, "lines-marks"), start(omni, "lines")
    omni.validate([marks, code, code, marks + 1, code, code, marks + 2])
    for ids in ([marks, marks + 1], [marks, code, code, marks + 1, code, marks + 2], [marks] + [code] * 4):
        with pytest.raises(SequenceError):
            omni.validate(ids)


def test_lenient_reading_keeps_what_is_whole(omni: OmniTokenizer) -> None:
    audio, marks = start(omni, "audio"), start(omni, "audio-marks")
    ids = [97, start(omni, "padding"), marks, audio + 1, audio + 16, audio + 2, 98, start(omni, "tile")]
    text, padding, whole, rest, after, stray = omni.decode(ids, lenient=True)
    assert (text, after) == (Text("a"), Text("b"))
    assert isinstance(padding, Invalid)
    assert (padding.ids, padding.position) == ((start(omni, "padding"),), 1)
    assert whole == Audio(np.array([[1], [0]]))
    assert isinstance(rest, Invalid)
    assert (rest.ids, rest.position) == ((audio + 2,), 5)
    assert isinstance(stray, Invalid)
    assert stray.position == 7


def test_lenient_reading_loses_nothing_behind_an_id_that_cannot_stand_inside(omni: OmniTokenizer) -> None:
    tile, marks, padding = start(omni, "tile"), start(omni, "tile-marks"), start(omni, "padding")
    cells = [tile + code for code in range(6)]
    image, stray = omni.decode([marks, *cells[:4], padding, *cells[4:], marks + 1], lenient=True)
    assert image == Image(np.arange(6).reshape(2, 3), block="tile")
    assert isinstance(stray, Invalid)
    assert (stray.ids, stray.position) == ((padding,), 5)


@pytest.mark.parametrize("token", [-1, -100, 2**32, 2**40, 2**63 - 1, -(2**63), 2**63, 2**70])
def test_an_integer_that_is_no_id_is_shown_as_it_was_given(omni: OmniTokenizer, token: int) -> None:
    message = f"id {token} is outside the vocabulary"
    for refuse in (omni.decode, omni.validate):
        with pytest.raises(SequenceError, match=f"^position 1: {message}"):
            refuse([97, token, -7])
    _, invalid, last = omni.decode([97, token, -7], lenient=True)
    assert isinstance(invalid, Invalid)
    assert isinstance(last, Invalid)
    assert (invalid.ids, last.ids) == ((token,), (-7,))
    assert invalid.reason.startswith(message)
    stream = omni.stream()
    stream.push(97)
    assert stream.push(token) == [invalid]


@pytest.mark.parametrize("token", [1.0, float("nan"), "1", None])
def test_a_stream_takes_integers(omni: OmniTokenizer, token: Any) -> None:
    with pytest.raises(TypeError):
        omni.stream().push(token)


def test_ids_that_are_none_are_refused(omni: OmniTokenizer) -> None:
    for ids in ([0.5], [[1, 2]], ["a"]):
        with pytest.raises(ValueError, match="ids are integers"):
            omni.decode(ids)


# --- streams ----------------------------------------------------------------------------------------------------------


def test_a_stream_gives_frames_rows_and_whole_characters(omni: OmniTokenizer) -> None:
    stream = omni.stream()
    ids = omni.vocabulary.tokenizer.encode("é") + omni.encode([Image([[1, 2]]), Special("<|pad|>")]).ids.tolist()
    events = [event for token in ids for event in stream.push(token)]
    text, begin, row, end, special = events
    assert text == TextDelta("é")
    assert begin == Begin("image", None)
    assert isinstance(row, ImageRow)
    assert row.codes.tolist() == [1, 2]
    assert (end, special) == (End(), SpecialToken("<|pad|>"))
    assert stream.finish() == []


def test_half_a_character_becomes_whole_when_something_else_follows(omni: OmniTokenizer) -> None:
    stream = omni.stream()
    assert stream.push(omni.vocabulary.tokenizer.ranks()[b"\xf0"]) == []
    mark = start(omni, "audio-marks")
    assert stream.push(mark) == [TextDelta("\ufffd"), Begin("audio", None)]
    assert stream.push(mark + 1) == [End()]


@pytest.mark.parametrize("token", [-1, 2**32, 2**70])
def test_integers_that_are_no_ids_are_values_in_a_stream(omni: OmniTokenizer, token: int) -> None:
    (event,) = omni.stream().push(token)
    assert isinstance(event, Invalid)
    assert "is outside the vocabulary" in event.reason


# --- defects of others, by the issue that reports them ----------------------------------------------------------------


def test_orpheus_tts_81_a_code_of_zero_is_a_code(omni: OmniTokenizer) -> None:
    audio = Audio(np.zeros((2, 3), dtype=np.uint32))
    assert omni.decode(omni.encode([audio]).ids) == [audio]


def test_orpheus_tts_230_a_short_reply_is_heard(omni: OmniTokenizer) -> None:
    stream = omni.stream()
    ids = omni.encode([Audio([[1], [2]])]).ids.tolist()
    assert [type(event) for token in ids for event in stream.push(token)] == [Begin, AudioFrame, End]


def test_chameleon_a_short_image_is_never_filled_up(omni: OmniTokenizer) -> None:
    ids = omni.encode([Image([[1, 2, 3], [4, 5, 6]], block="tile")]).ids
    with pytest.raises(SequenceError, match=r"is a mark of .*must follow"):
        omni.decode(np.delete(ids, 3))


def test_transformers_39921_text_behind_codes_is_no_audio(tiny: Tokenizer) -> None:
    vocabulary = builder(tiny).special(["<|new|>"]).build()
    omni = OmniTokenizer(vocabulary)
    encoded = omni.encode([Special("<|new|>")])
    assert encoded.ids[0] > vocabulary.block("audio").end
    assert encoded.modality.tolist() == [0]


def test_llasa_the_end_is_learnt_though_the_rest_counts_nothing(omni: OmniTokenizer) -> None:
    silent = OmniTokenizer(omni.vocabulary, loss_weights={"audio": 0.0})
    encoded = silent.encode([Audio([[1], [2]])])
    assert encoded.labels.tolist() == [encoded.ids[0], -100, -100, encoded.ids[-1]]


def test_espnet_the_text_token_with_id_0_survives(omni: OmniTokenizer) -> None:
    text = omni.vocabulary.tokenizer.decode([0])
    assert omni.decode(omni.encode([Text(text)]).ids) == [Text(text)]


def test_vllm_omni_2395_an_unknown_voice_is_never_the_default(omni: OmniTokenizer) -> None:
    with pytest.raises(VocabularyError, match="there is no voice 'unknown'"):
        omni.encode([Audio([[1], [2]], voice="unknown")])


def test_vllm_57740_a_placeholder_in_text_is_text(omni: OmniTokenizer) -> None:
    attempt = Text("<|image_pad|> image-marks:0 <image> ÿimage:3")
    assert omni.decode(omni.encode([attempt]).ids) == [attempt]


def test_a_voice_is_never_drawn_and_never_in_the_loss(omni: OmniTokenizer) -> None:
    stream, voice = omni.stream(), start(omni, "voices")
    assert not stream.mask()[voice]
    assert not stream.mask()[start(omni, "audio-marks")]
    stream.push(voice)
    assert stream.allowed() == [range(start(omni, "audio-marks"), start(omni, "audio-marks") + 1)]


# --- orders of codes --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def orders(tiny: Tokenizer) -> OmniTokenizer:
    builder = VocabBuilder().text(tiny).codes("late", sizes=[4, 4, 4], rate=50, delays=[0, 2, 1])
    builder.codes("wide", sizes=[4, 4], rate=50, layout="parallel").codes("flat", sizes=[4, 4], rate=50)
    return OmniTokenizer(builder.codes("coarse", sizes=[4, 4], rate=50, layout="coarse-first").build())


def test_delayed_codes_keep_their_time(orders: OmniTokenizer) -> None:
    encoded = orders.encode([Audio([[1, 2], [3, 0], [2, 1]], block="late")])
    first, begin = start(orders, "late"), start(orders, "late-marks")
    wait, pad, end = begin + 1, begin + 2, begin + 3
    rows = [
        [first + 1, wait, wait],
        [first + 2, wait, first + 8 + 2],
        [pad, first + 4 + 3, first + 8 + 1],
        [pad, first + 4 + 0, pad],
    ]
    assert encoded.ids.tolist() == [begin, *np.ravel(rows), end]
    assert encoded.time_ms[1:-1].tolist() == [0, -1, -1, 20, -1, 0, -1, 0, 20, -1, 20, -1]
    assert encoded.codebook[1:-1].tolist() == [0, -1, -1, 0, -1, 2, -1, 1, 2, -1, 1, -1]
    assert encoded.positions[:, 0].tolist() == [0, 1, 1, 1, 2, 2, 1, 3, 1, 2, 4, 2, 4, 5]
    with pytest.raises(SequenceError, match=f'the mark start of "late" must follow, id {wait}'):
        orders.decode([begin, first + 1, first + 4])
    with pytest.raises(SequenceError, match=f'the end of "late" must follow, id {end}'):
        orders.decode([*encoded.ids[:-1], first])


@pytest.mark.parametrize("block", ["late", "wide", "flat", "coarse"])
@pytest.mark.parametrize("frames", [0, 1, 2, 5])
def test_a_frame_comes_with_the_latency_that_is_stated(orders: OmniTokenizer, block: str, frames: int) -> None:
    codes = orders.vocabulary.codes(block)
    books = len(codes.codebooks)
    audio = Audio(np.arange(books * frames).reshape(books, frames) % 4, block=block)
    ids = orders.encode([audio]).ids.tolist()
    assert orders.decode(ids) == [audio]
    stream = orders.stream()
    places = [place for place, token in enumerate(ids) for event in stream.push(token) if isinstance(event, AudioFrame)]
    assert len(places) == frames
    if codes.latency is not None:
        # Behind the begin there are rows of as many ids as codebooks, and a frame ends in one of them.
        rows = [(place - 1) // books for place in places]
        assert rows == [frame + codes.latency for frame in range(frames)]
    elif frames:
        assert places[0] > frames + 1


def test_what_is_drawn_in_one_step_is_stacked(orders: OmniTokenizer) -> None:
    document = [
        Text("ab"), Audio([[1], [2], [3]], block="late"), Audio([[1, 2], [3, 0]], block="wide"),
        Audio([[1], [2]], block="flat"),
    ]  # fmt: skip
    encoded = orders.encode(document)
    steps = orders.steps(encoded.ids)
    text = int((encoded.modality == 0).sum())
    assert (steps >= 0).sum(axis=1).tolist() == [1] * text + [1, 3, 3, 3, 1] + [1, 2, 2, 1] + [1] * 4
    assert steps[steps >= 0].tolist() == list(range(len(encoded)))
    assert (np.diff((steps >= 0).astype(int)) <= 0).all()
    assert orders.steps(encoded.ids[:-3]).shape[1] == 3
    assert orders.steps([]).shape == (0, 1)
    with pytest.raises(SequenceError, match="position 0: id -1 is outside the vocabulary"):
        orders.steps([-1])


def test_a_cut_with_delays_gives_what_was_whole_and_each_other_id_once(orders: OmniTokenizer) -> None:
    audio = Audio([[1, 2, 3], [3, 0, 1], [2, 1, 0]], block="late")
    ids = orders.encode([audio]).ids.tolist()
    # Behind row 3 frames 0 and 1 are whole; of frame 2 codebooks 0 and 2 have come, and a pad behind it.
    whole, left = orders.decode(ids[:13], lenient=True)
    assert whole == Audio([[1, 2], [3, 0], [2, 1]], block="late")
    assert isinstance(left, Invalid)
    assert left.ids == (ids[7], ids[10], ids[12])
    assert left.position == 7
