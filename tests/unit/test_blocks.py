"""Blocks of every kind: how they are built, what their manifest says, how they grow, and what is refused."""

from __future__ import annotations

import hashlib
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import omnitok
from omnitok.builder import VocabBuilder
from omnitok.embedding import EmbeddingPlan
from omnitok.errors import CorruptFileError, UnknownTokenError, VocabularyError
from omnitok.tokenizer import Block, Tokenizer
from omnitok.vocabulary import CodeMerge, Vocabulary

CODEC = hashlib.sha256(b"a codec").hexdigest()


def builder(tiny: Tokenizer) -> VocabBuilder:
    """A block of every kind."""
    return (
        VocabBuilder("every-kind")
        .text(tiny)
        .special(["<|user|>", "<|model|>"])
        .align(64)
        .codes("audio", sizes=[16, 8], rate=12.5, strides=[2, 1], codec=CODEC)
        .merges(parent="audio", pairs=[(0, 1), (24, 24)])
        .voices(["tara", "leo"])
        .codes2d("image", 16, patch=(4, 4))
        .size_tokens("h", range(1, 9))
        .size_tokens("w", range(1, 9))
        .merges(parent="image", pairs=[(0, 1, False), (16, 16, True)])
        .reserve(5, name="room")
        .pad(64)
    )


@pytest.fixture(scope="module")
def every_kind(tiny: Tokenizer) -> Vocabulary:
    return builder(tiny).build()


# --- the builder ------------------------------------------------------------------------------------------------------


def test_blocks_lie_in_the_order_of_the_calls(tiny: Tokenizer, every_kind: Vocabulary) -> None:
    assert every_kind.blocks == [
        Block("text", "text", 0, 446),
        Block("special", "special", 446, 448),
        Block("special-2", "special", 448, 450),
        Block("alignment", "reserved", 450, 512),
        Block("audio", "code", 512, 536),
        Block("audio-marks", "mark", 536, 538),
        Block("audio-merges", "merge", 538, 540),
        Block("voices", "voice", 540, 542),
        Block("image", "code", 542, 558),
        Block("image-marks", "mark", 558, 560),
        Block("h", "size", 560, 568),
        Block("w", "size", 568, 576),
        Block("image-merges", "merge", 576, 578),
        Block("room", "reserved", 578, 583),
        Block("padding", "reserved", 583, 640),
    ]
    assert builder(tiny).blocks == every_kind.blocks
    assert every_kind.vocab_size == len(every_kind) == 640
    assert every_kind.name == "every-kind"


def test_codes_say_what_they_are(every_kind: Vocabulary) -> None:
    audio, image = every_kind.codes("audio"), every_kind.codes("image")
    assert (audio.codebooks, audio.rate, audio.strides, audio.layout) == ((16, 8), Fraction(25, 2), (2, 1), "flat")
    assert audio.codec == CODEC
    assert audio.ids(0) == range(512, 528)
    assert audio.ids(1) == range(528, 536)
    assert (image.patch, image.layout, image.rate, image.codec) == ((4, 4), "sized", None, None)
    assert every_kind.merges("audio") == [CodeMerge(0, 1), CodeMerge(24, 24)]
    assert every_kind.merges("image") == [CodeMerge(0, 1), CodeMerge(16, 16, down=True)]
    assert every_kind.block("voices") == Block("voices", "voice", 540, 542)


def test_nothing_else_than_text_and_special_tokens_has_bytes(every_kind: Vocabulary) -> None:
    for block in every_kind.blocks:
        if block.kind not in ("text", "special"):
            with pytest.raises(UnknownTokenError, match=f'lies in block "{block.name}", whose ids have no text form'):
                every_kind.tokenizer.decode([block.start])


def test_ids_do_not_depend_on_when_or_where(tiny: Tokenizer, every_kind: Vocabulary, tmp_path: Path) -> None:
    again = builder(tiny).build()
    assert again == every_kind
    assert hash(again) == hash(every_kind)
    again.save(tmp_path / "a")
    every_kind.save(tmp_path / "b")
    content = [{path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in "ab"]
    assert content[0] == content[1]
    assert set(content[0]) == {"manifest.json", "text.tiktoken", "audio.merges", "image.merges"}
    assert content[0]["image.merges"] == b"0 1\n16 16 down\n"


def test_a_text_vocabulary_is_the_same_bytes_as_ever(tiny: Tokenizer, tmp_path: Path) -> None:
    tiny.save(tmp_path / "v")
    record = json.loads((tmp_path / "v" / "manifest.json").read_bytes())
    assert record["format_version"] == 1
    assert "checksum" not in record


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda new: new.codes("a", sizes=[4], rate=1).codes("a", sizes=[4], rate=1), 'block "a" at ids 448..452'),
        (lambda new: new.special(["<|pad|>"]), 'there is a special token "<|pad|>" already, with id 447'),
        (
            lambda new: new.size_tokens("h", range(1, 5)).size_tokens("h", range(4, 9)),
            "the size h = 4, which is id 451",
        ),
        (lambda new: new.size_tokens("d", range(1, 5)), "unknown variant `d`"),
        (lambda new: new.size_tokens("h", range(5)), "sizes go from 1"),
        (lambda new: new.size_tokens("h", range(1, 9, 2)), "sizes are numbers that follow each other"),
        (lambda new: new.codes("a", sizes=[4], rate=16.7), "which is not exact; write it as a fraction"),
        (lambda new: new.codes("a", sizes=[4], rate=0), "the rate 0 is no positive number"),
        (lambda new: new.codes("a", sizes=[4], rate="fast"), "the rate 'fast' is no positive number"),
        (lambda new: new.codes("a", sizes=[4], rate=float("nan")), "the rate nan is no positive number"),
        (lambda new: new.codes("a", sizes=[4], rate=1, codec="ab"), 'its codec "ab" is no SHA-256'),
        (lambda new: new.codes("a", sizes=[-4], rate=1), 'block "a": invalid value: integer `-4`, expected u32'),
        (lambda new: new.codes("a", sizes=[4, 4], rate=1, strides=[1]), "it has 1 strides for 2 codebooks"),
        (lambda new: new.codes2d("i", 4, patch=4, layout="rows"), "it has no grid"),
        (lambda new: new.codes2d("i", 4, patch=0), "its patch is 0 x 0 pixels"),
        (lambda new: new.merges(parent="a", pairs=[(0, 1)]), 'its parent "a" is no block of codes before it'),
        (lambda new: new.codes("a", sizes=[4], rate=1).merges(parent="a", pairs=[]), 'block "a-merges" has no ids'),
        (
            lambda new: new.codes("a", sizes=[4], rate=1).merges(parent="a", pairs=[(0, 4)]),
            "names a symbol that is not",
        ),
        (lambda new: new.voices(["tara"]), "have no codes of audio to speak in"),
        (lambda new: new.codes2d("i", 4, patch=4).voices(["tara"], parent="i"), "voices are for audio"),
        (lambda new: new.codes("a", sizes=[4], rate=1).voices(["b", "b"]), 'the voice "b", which is id 454'),
        (lambda new: new.marks("a"), "there is no block 'a' of codes to mark"),
        (lambda new: new.codes("a", sizes=[4], rate=1).marks("a"), "needs a name of its own"),
        (lambda new: new.reserve(0), 'block "reserved" has no ids'),
        (lambda new: new.align(0), "a multiple of 0 is none to align to"),
        (lambda new: new.text(new._tokenizer), "there is the text of 'tiny' already"),
    ],
)
def test_what_cannot_be_built_is_refused(tiny: Tokenizer, build: Any, message: str) -> None:
    with pytest.raises(VocabularyError) as refusal:
        build(VocabBuilder().text(tiny)).build()
    assert message in str(refusal.value)


def test_text_comes_first() -> None:
    with pytest.raises(VocabularyError, match="a vocabulary needs a text tokenizer"):
        VocabBuilder().build()
    with pytest.raises(VocabularyError, match="block 'reserved' comes before the text"):
        VocabBuilder().reserve(5)


# --- the manifest -----------------------------------------------------------------------------------------------------


def test_a_folder_brings_every_kind_back(every_kind: Vocabulary, tmp_path: Path) -> None:
    every_kind.save(tmp_path / "v")
    loaded = Vocabulary.load(tmp_path / "v")
    assert loaded == every_kind
    assert loaded.describe() == every_kind.describe()
    assert loaded.merges("image") == every_kind.merges("image")
    assert Vocabulary(omnitok.load(tmp_path / "v")) == every_kind


def test_the_manifest_describes_blocks(tiny: Tokenizer, every_kind: Vocabulary, tmp_path: Path) -> None:
    every_kind.save(tmp_path / "v")
    text = (tmp_path / "v" / "manifest.json").read_text(encoding="utf-8")
    record = json.loads(text)
    assert text == json.dumps(record, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    assert record["format_version"] == 2
    assert record["parent"] == tiny.digest
    assert record["blocks"][4] == {
        "name": "audio", "kind": "code", "start": 512, "end": 536,
        "codebooks": [16, 8], "codec": CODEC, "rate": "25/2", "strides": [2, 1], "layout": "flat",
    }  # fmt: skip
    assert record["blocks"][7] == {
        "name": "voices", "kind": "voice", "start": 540, "end": 542, "parent": "audio", "names": ["tara", "leo"],
    }  # fmt: skip
    checksum = record.pop("checksum")
    without = json.dumps(record, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    assert checksum == hashlib.sha256(without.encode()).hexdigest()


def change(record: Any, path: str, value: Any) -> None:
    *above, last = [int(key) if key.isdigit() else key for key in path.split(".")]
    for key in above:
        record = record[key]
    record[last] = value


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("blocks.4.codec", "0" * 64, "its checksum is "),
        ("blocks.4.codec", "0" * 63, "at ids 512..536: its codec"),
        ("blocks.4.codebooks", [16, 9], "it holds 24 ids but its codebooks hold 25 codes"),
        ("blocks.4.rate", "25/4", "its checksum is "),
        ("blocks.4.rate", 12.5, r'blocks\[4\] \("audio"\): invalid type: floating point `12.5`'),
        ("blocks.4.strides", [3, 2], "stride 2 of codebook 1"),
        ("blocks.4.end", 537, "the next one starts at 537 behind block \"audio\" at ids 512..537|codebooks hold 24"),
        ("blocks.5.parent", "sound", 'its parent "sound" is no block of codes before it'),
        ("blocks.7.names", ["tara", "tara"], 'the voice "tara", which is id 540'),
        ("blocks.7.names", ["tara", "mia"], "its checksum is "),
        ("blocks.8.patch", [4], r'blocks\[8\] \("image"\): invalid length 1'),
        ("blocks.8.colour", "red", 'line 77 is "colour": "red",, which is not written so'),
        ("blocks.10.first", 2, "its checksum is "),
        ("blocks.13.name", "padding", "it is that of block \"padding\"|needs a name of its own"),
        ("special_tokens.<|user|>", 449, "id 449 has two tokens"),
        ("format_version", 1, "has format version 1, and a vocabulary with such blocks has version 2"),
        ("checksum", "0" * 64, f"its checksum is {'0' * 64}"),
        ("parent", "0" * 64, "its checksum is "),
    ],
)  # fmt: skip
def test_a_manifest_edited_by_hand_is_refused(
    every_kind: Vocabulary, tmp_path: Path, path: str, value: Any, message: str
) -> None:
    every_kind.save(tmp_path / "v")
    file = tmp_path / "v" / "manifest.json"
    record = json.loads(file.read_bytes())
    change(record, path, value)
    file.write_text(json.dumps(record, indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
    with pytest.raises(CorruptFileError, match=message) as refusal:
        Vocabulary.load(tmp_path / "v")
    assert str(refusal.value).startswith(f"{file}: ")


def test_a_manifest_in_another_hand_is_refused(every_kind: Vocabulary, tmp_path: Path) -> None:
    every_kind.save(tmp_path / "v")
    file = tmp_path / "v" / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_bytes())), encoding="utf-8")
    with pytest.raises(CorruptFileError, match=r"line 1 is .* restore it or build the vocabulary again"):
        Vocabulary.load(tmp_path / "v")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"0 1\n", "the SHA-256 is"),
        (b"", "the SHA-256 is"),
    ],
)
def test_changed_merges_are_refused(every_kind: Vocabulary, tmp_path: Path, content: bytes, message: str) -> None:
    every_kind.save(tmp_path / "v")
    (tmp_path / "v" / "audio.merges").write_bytes(content)
    with pytest.raises(CorruptFileError, match=message):
        Vocabulary.load(tmp_path / "v")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"0 1\n", "it has 2 ids for 1 merges"),
        (b"0 1\n24 24\n25 25\n", "has 1 merges more than the blocks of merges have ids"),
        (b"0 1\n24 up\n", "line 2: \"24 up\" is no merge"),
        (b"0 1\n\xff\n", "invalid utf-8"),
    ],
)  # fmt: skip
def test_merges_with_a_new_checksum_are_checked_too(
    every_kind: Vocabulary, tmp_path: Path, content: bytes, message: str
) -> None:
    every_kind.save(tmp_path / "v")
    file = tmp_path / "v" / "manifest.json"
    record = json.loads(file.read_bytes())
    record["files"]["audio.merges"] = hashlib.sha256(content).hexdigest()
    (tmp_path / "v" / "audio.merges").write_bytes(content)
    file.write_text(json.dumps(record, indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
    with pytest.raises(CorruptFileError, match=message):
        Vocabulary.load(tmp_path / "v")


def test_the_codec_is_checked(every_kind: Vocabulary) -> None:
    every_kind.check_codec("audio", CODEC)
    with pytest.raises(VocabularyError, match=f"block 'audio' holds codes of the codec {CODEC}, and this codec is 00"):
        every_kind.check_codec("audio", "0" * 64)
    with pytest.raises(VocabularyError, match="block 'image' does not say of which codec its codes are"):
        every_kind.check_codec("image", CODEC)
    with pytest.raises(VocabularyError, match="block 'text' is of kind text, and holds no codes"):
        every_kind.check_codec("text", CODEC)
    with pytest.raises(VocabularyError, match="there is no block 'sound' in 'every-kind'; its blocks are 'text', "):
        every_kind.check_codec("sound", CODEC)


# --- growing ----------------------------------------------------------------------------------------------------------


def test_an_extension_keeps_every_id(every_kind: Vocabulary) -> None:
    new = every_kind.extend().voices(["mia"]).codes("music", sizes=[32], rate="44100/512").build()
    assert new.blocks[: len(every_kind.blocks)] == every_kind.blocks
    assert [block.name for block in new.blocks[len(every_kind.blocks) :]] == ["voices-2", "music", "music-marks"]
    assert new.is_extension_of(every_kind)
    assert not every_kind.is_extension_of(new)
    assert new.codes("music").rate == Fraction(44100, 512)
    diff = new.diff(every_kind)
    assert [block.name for block in diff.added] == ["voices-2", "music", "music-marks"]
    assert (diff.removed, diff.changed, diff.tokens_changed) == ((), (), 0)
    assert json.loads(diff.to_json())["added"][1]["rate"] == "11025/128"


def test_a_voice_can_be_added_and_not_twice(every_kind: Vocabulary) -> None:
    with pytest.raises(VocabularyError, match='the voice "tara", which is id 540 of block "voices" already'):
        every_kind.extend().voices(["tara"]).build()


def test_text_can_grow_behind_codes(tiny: Tokenizer) -> None:
    old = VocabBuilder().text(tiny).codes("audio", sizes=[4], rate=50).build()
    new = Vocabulary(omnitok.extend(old.tokenizer, ["corpora/parallel/de.txt"], 500))
    assert new.is_extension_of(old)
    (rows,) = new.embedding_plan(old).initialise
    assert (rows.block, rows.source) == ("text-2", "mean_of_parts")
    for token, parts in zip(range(rows.start, rows.end), rows.parts, strict=True):
        assert tiny.decode_bytes(parts) == new.tokenizer.token_bytes(token)


def test_a_plan_for_another_vocabulary_is_refused(tiny: Tokenizer, every_kind: Vocabulary) -> None:
    other = VocabBuilder().text(tiny).special(["<|other|>", "<|model|>"]).build()
    with pytest.raises(
        VocabularyError, match=r'is no extension of the old one: block "alignment" at ids 450\.\.512 is gone'
    ):
        other.embedding_plan(every_kind)
    with pytest.raises(VocabularyError, match=r"id 448 was <\|other\|> and is <\|user\|>"):
        every_kind.embedding_plan(other)


def test_a_table_grows_as_planned(tiny: Tokenizer, every_kind: Vocabulary) -> None:
    old = Vocabulary(tiny)
    plan = every_kind.embedding_plan(old)
    assert EmbeddingPlan.from_json(plan.to_json()) == plan
    random = np.random.default_rng(5)
    table = random.standard_normal((448, 8)).astype(np.float32)
    codebooks = {"audio": [random.standard_normal((16, 3)), random.standard_normal((8, 5))]}
    new = plan.apply(table, codebooks=codebooks)
    assert new.shape == (640, 8)
    assert new.dtype == np.float32
    assert np.array_equal(new[:448], table)
    text = table[:446]
    assert np.allclose(new[448:512], text.mean(axis=0), atol=1e-6)
    assert np.allclose(new[538], (new[512] + new[513]) / 2, atol=1e-6)
    assert np.allclose(new[539], new[538], atol=1e-6)
    assert np.allclose(new[512:528].mean(axis=0), text.mean(axis=0), atol=1e-5)
    assert np.allclose(new[512:528].std(axis=0), text.std(axis=0), atol=1e-5)
    assert np.array_equal(new, plan.apply(table, codebooks=codebooks))


def test_a_table_that_does_not_fit_the_plan_is_refused(tiny: Tokenizer, every_kind: Vocabulary) -> None:
    plan = every_kind.embedding_plan(Vocabulary(tiny))
    table = np.zeros((448, 4))
    with pytest.raises(VocabularyError, match=r"the table has shape \(447, 4\); the plan is for 448 rows"):
        plan.apply(table[:-1])
    with pytest.raises(
        VocabularyError, match=f"rows 512 to 527 come from codebook 0 of codec {CODEC}; pass codebooks="
    ):
        plan.apply(table)
    with pytest.raises(VocabularyError, match=r"codebook 1 of 'audio' has shape \(7, 3\); it is 8 vectors"):
        plan.apply(table, codebooks={"audio": [np.zeros((16, 3)), np.zeros((7, 3))]})
    with pytest.raises(VocabularyError, match="it is 16 vectors of finite numbers"):
        plan.apply(table, codebooks={"audio": [np.full((16, 3), np.nan)]})


def test_it_says_what_it_is(every_kind: Vocabulary) -> None:
    assert repr(every_kind) == "<omnitok.Vocabulary 'every-kind': 640 ids in 15 blocks>"


# --- what no block can say --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("add", "error", "message"),
    [
        (lambda new: new.codes("a", sizes=4, rate=1), TypeError, 'block "a": sizes is 4, and no list of integers'),
        (lambda new: new.codes("a", sizes="44", rate=1), TypeError, "block \"a\": sizes is '44', and no list"),
        (lambda new: new.codes("a", sizes=[4.0], rate=1), TypeError, r'block "a": sizes is \[4.0\], and no list'),
        (lambda new: new.codes("a", sizes=[4], rate=1, strides=2), TypeError, 'block "a": strides is 2, and no list'),
        (lambda new: new.codes2d("a", 4, patch=1.5), TypeError, 'block "a": patch is .*, and no list'),
        (lambda new: new.codes2d("a", 4, patch=4, grid=5), TypeError, 'block "a": grid is 5, and no list'),
        (lambda new: new.codes(None, sizes=[4], rate=1), TypeError, "the name of a block is a string, and not None"),
        (lambda new: new.codes("a", sizes=[], rate=1), VocabularyError, 'block "a" has no ids'),
        (lambda new: new.codes("a", sizes=[4], rate=2**32), VocabularyError, "the rate 4294967296 is too large"),
        (lambda new: new.codes("a", sizes=[4], rate=True), VocabularyError, "the rate True is no positive number"),
        (lambda new: new.codes("a", sizes=[4], rate=[1]), VocabularyError, r"the rate \[1\] is no positive number"),
        (
            lambda new: new.codes("a", sizes=[4], rate=1, layout="rows"),
            VocabularyError,
            "layout is rows, and for codes",
        ),
        (
            lambda new: new.codes("a", sizes=[4], rate=1, layout=["delay"]),
            TypeError,
            'block "a": layout is .* no string',
        ),
        (lambda new: new.codes("\ud800", sizes=[4], rate=1), VocabularyError, "surrogates not allowed"),
        (lambda new: new.reserve(float("nan")), VocabularyError, "block 'reserved': Out of range float"),
        (lambda new: new.size_tokens("h", [1, 2]), VocabularyError, r"sizes are numbers .*; these are \[1, 2\]"),
        (lambda new: new.align(2.5), VocabularyError, "a multiple of 2.5 is none to align to"),
        (lambda new: new.codes("a", sizes=[4], rate=1).voices("tara"), TypeError, "voices are a sequence of names"),
        (lambda new: VocabBuilder().text(new.build()), TypeError, r"text takes a Tokenizer, .*Vocabulary.extend"),
    ],
)
def test_what_a_block_cannot_say_is_refused_by_name(
    tiny: Tokenizer, add: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        add(VocabBuilder().text(tiny)).build()


def test_numbers_of_numpy_are_numbers(tiny: Tokenizer) -> None:
    new = VocabBuilder().text(tiny).codes("a", sizes=np.array([4, 5]), rate=np.int64(50), strides=np.array([2, 1]))  # type: ignore[arg-type]
    new = new.codes2d("i", np.int64(4), patch=np.int64(2), grid=np.array([2, 3])).reserve(np.int64(3))  # type: ignore[arg-type]
    plain = VocabBuilder().text(tiny).codes("a", sizes=[4, 5], rate=50, strides=[2, 1])
    assert new.build() == plain.codes2d("i", 4, patch=2, grid=(2, 3)).reserve(3).build()


def test_a_plan_that_was_edited_is_refused(every_kind: Vocabulary) -> None:
    plan = every_kind.extend().voices(["mia"], parent="audio").reserve(3).build().embedding_plan(every_kind)
    record = json.loads(plan.to_json())
    edited = [
        "", "[]", "{}", "null",
        json.dumps(record | {"new_rows": 9999}),
        json.dumps(record | {"initialise": record["initialise"][1:]}),
        json.dumps(record | {"initialise": record["initialise"][:1]}),
        json.dumps(record | {"initialise": record["initialise"][::-1]}),
        plan.to_json().replace("mean_of_rows", "nowhere", 1),
        plan.to_json().replace("540", "99999", 1),
        plan.to_json().replace(f'"end": {plan.old_rows + 1}', f'"end": {plan.old_rows}', 1),
    ]  # fmt: skip
    assert plan.to_json() not in edited
    for text in edited:
        with pytest.raises(VocabularyError, match="plan"):
            EmbeddingPlan.from_json(text)
    with pytest.raises(TypeError, match="the table is of int64; means of its rows need floats"):
        plan.apply(np.ones((plan.old_rows, 4), dtype=np.int64))


def test_a_tokenizer_can_be_the_older_vocabulary(tiny: Tokenizer, every_kind: Vocabulary) -> None:
    assert every_kind.diff(tiny) == every_kind.diff(Vocabulary(tiny))
    assert every_kind.is_extension_of(tiny)
    assert every_kind.embedding_plan(tiny) == every_kind.embedding_plan(Vocabulary(tiny))
    for call in (every_kind.diff, every_kind.is_extension_of, every_kind.embedding_plan):
        with pytest.raises(TypeError, match="is a Vocabulary or its Tokenizer, and not 'tiny'"):
            call("tiny")  # type: ignore[arg-type]


def test_reserved_ids_cost_an_export_nothing(tiny: Tokenizer) -> None:
    pytest.importorskip("tiktoken")
    from omnitok.interop.huggingface_export import tokenizer_json
    from omnitok.interop.tiktoken import to_tiktoken

    vocabulary = VocabBuilder().text(tiny).reserve(2**24).codes("a", sizes=[4], rate=1).build()
    code = vocabulary.block("a").start
    encoding = to_tiktoken(vocabulary.tokenizer)
    assert encoding.decode_single_token_bytes(code) == b"\xffa:0"
    assert encoding.encode_ordinary("hello") == tiny.encode_ordinary("hello")
    with pytest.raises(KeyError):
        encoding.decode_single_token_bytes(code - 1)
    # With a form for each of the reserved ids this would be some 500 MB.
    assert len(tokenizer_json(vocabulary.tokenizer)) < 100_000
    backend = pytest.importorskip("tokenizers").Tokenizer.from_str(tokenizer_json(vocabulary.tokenizer).decode())
    assert backend.encode("hello").ids == tiny.encode_ordinary("hello")
    assert backend.id_to_token(code) is not None
    assert backend.token_to_id("<|pad|>") == tiny.special_tokens["<|pad|>"]


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("delays", [0, 1], "it has 2 delays for 3 codebooks"),
        ("delays", [0, -1, 2], r"blocks\[\d\] \(\"late\"\): invalid value: integer `-1`, expected u32"),
        ("delays", [0, 1, 2**31], "delay 2147483648 of codebook 2 is not from 0 to 4096 frames"),
        ("delays", [0, 1, 2**40], r"\(\"late\"\): invalid value: integer `1099511627776`, expected u32"),
        ("delays", [0, 2, 2], "its checksum is "),
        ("layout", "flat", "its layout is flat; delays are for the layout delay"),
        ("layout", "sized-rows", "its layout is sized-rows; delays are for the layout delay"),
        ("layout", "spiral", r"\(\"late\"\): unknown variant `spiral`"),
    ],
)
def test_an_order_edited_by_hand_is_refused(
    tiny: Tokenizer, tmp_path: Path, path: str, value: Any, message: str
) -> None:
    VocabBuilder().text(tiny).codes("late", sizes=[4, 4, 4], rate=50, delays=[0, 1, 2]).build().save(tmp_path / "v")
    assert Vocabulary.load(tmp_path / "v").codes("late").delays == (0, 1, 2)
    file = tmp_path / "v" / "manifest.json"
    record = json.loads(file.read_bytes())
    place = next(index for index, block in enumerate(record["blocks"]) if block["name"] == "late")
    change(record, f"blocks.{place}.{path}", value)
    file.write_text(json.dumps(record, indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
    with pytest.raises(CorruptFileError, match=message):
        Vocabulary.load(tmp_path / "v")


def test_marks_are_those_of_the_order(tiny: Tokenizer, tmp_path: Path) -> None:
    builder = VocabBuilder().text(tiny).codes("late", sizes=[4, 4], rate=50, delays=[0, 1])
    builder.codes("coarse", sizes=[4, 4], rate=50, layout="coarse-first").codes("wide", sizes=[4], rate=50)
    says = {block["name"]: block for block in builder.build().describe()}
    assert says["late-marks"]["names"] == ["begin", "start", "pad", "end"]
    assert says["coarse-marks"]["names"] == ["begin", "next", "end"]
    assert says["wide-marks"]["names"] == ["begin", "end"]
    assert says["late"]["layout"] == "delay"
