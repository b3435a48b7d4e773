"""Vocabularies, rank files and corpora that are not what they should be: each is refused by name, place and reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import omnitok
from omnitok.errors import CorpusError, CorruptFileError, OmnitokError, PatternError, TrainingError, VocabularyError
from omnitok.interop.published import format_ranks
from omnitok.tokenizer import Tokenizer

Lines = list[bytes]
Change = Callable[[Lines], object]


# --- rank files -------------------------------------------------------------------------------------------------------


@pytest.fixture
def rank_file(tiny: Tokenizer, tmp_path: Path) -> Path:
    path = tmp_path / "tiny.tiktoken"
    path.write_bytes(format_ranks(tiny.ranks()))
    return path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda lines: lines.pop(300), "rank 300 is missing and no special token has this id"),
        (lambda lines: lines.pop(0), "rank 0 is missing"),
        (lambda lines: lines.insert(300, lines[300]), "rank 300 occurs twice"),
        (lambda lines: lines.__setitem__(300, lines[301].split()[0] + b" 300\n"), "has two ids, 300 and 301"),
        (lambda lines: lines.__setitem__(300, b"!!!! 300\n"), 'line 301: the token "!!!! 300" is not base64'),
        (
            lambda lines: lines.__setitem__(300, b"YWJj\n"),
            'line 301: "YWJj" is not a token in base64',
        ),
        (lambda lines: lines.__setitem__(300, b"YWJj x\n"), 'line 301: "YWJj x" has no rank from 0'),
        (lambda lines: lines.__setitem__(300, b"\xff\xfe\n"), "line 301: "),
        (lambda lines: lines.__delitem__(slice(None)), "the file holds no tokens"),
        (
            lambda lines: lines.__setitem__(slice(None), [b"<html>not found</html>\n"]),
            'line 1: "<html>not found</html>"',
        ),
    ],
    ids=["hole", "hole at 0", "duplicate", "token twice", "base64", "no rank", "bad rank", "bytes", "empty", "a page"],
)
def test_a_damaged_rank_file_is_refused(rank_file: Path, change: Change, message: str) -> None:
    lines = rank_file.read_bytes().splitlines(keepends=True)
    change(lines)
    rank_file.write_bytes(b"".join(lines))
    with pytest.raises(CorruptFileError) as refusal:
        omnitok.load(rank_file, pattern="o200k")
    assert str(refusal.value).startswith(f"{rank_file}: ")
    assert message in str(refusal.value)


def test_half_a_rank_file_is_refused_wherever_it_is_cut(rank_file: Path) -> None:
    data = rank_file.read_bytes()
    half = data[: len(data) // 2]
    ends_of_lines = [position + 1 for position, byte in enumerate(data) if byte == ord("\n") and position < 1300]
    for cut in [half, half + b"\n", *(data[:end] for end in ends_of_lines), *(data[:end] for end in range(1, 40))]:
        rank_file.write_bytes(cut)
        with pytest.raises(CorruptFileError, match=r"tiny\.tiktoken: "):
            omnitok.load(rank_file, pattern="o200k")
    rank_file.write_bytes(half)
    with pytest.raises(CorruptFileError, match="has no end: the file is cut short; fetch or copy it again"):
        omnitok.load(rank_file, pattern="o200k")


def test_a_rank_file_that_lost_its_end_between_lines_is_told_by_its_description(
    tiny: Tokenizer, rank_file: Path
) -> None:
    """Whole lines less are a smaller vocabulary, which only the checksum beside the file can tell."""
    from omnitok.interop.tiktoken import write_rank_file

    write_rank_file(tiny, rank_file, force=True)
    rank_file.write_bytes(b"".join(rank_file.read_bytes().splitlines(keepends=True)[:-10]))
    with pytest.raises(CorruptFileError, match=r"tiny\.json describes another rank file"):
        omnitok.load(rank_file)


# --- names and places -------------------------------------------------------------------------------------------------


def test_an_unknown_name_is_answered_with_those_that_are_known() -> None:
    with pytest.raises(VocabularyError) as refusal:
        omnitok.load("o200k-base")
    assert str(refusal.value).startswith("no published encoding is called 'o200k-base'; known are o200k_base, ")
    assert "cl100k_base" in str(refusal.value)


def test_an_unknown_path_is_answered_with_what_there_could_be(tmp_path: Path) -> None:
    with pytest.raises(
        VocabularyError, match=r"there is no file or folder '.*none'; a tokenizer is a vocabulary folder"
    ):
        omnitok.load(tmp_path / "none")
    with pytest.raises(VocabularyError, match=r"holds no manifest\.json, tokenizer\.json"):
        omnitok.load(tmp_path)
    (tmp_path / "text.txt").write_text("text", encoding="utf-8")
    with pytest.raises(VocabularyError, match=r"text\.txt' is no tokenizer that omnitok knows"):
        omnitok.load(tmp_path / "text.txt")


# --- vocabulary folders -----------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tiny: Tokenizer, tmp_path: Path) -> Path:
    tiny.save(tmp_path / "v")
    return tmp_path / "v"


def damage_manifest(folder: Path, **fields: Any) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | fields), encoding="utf-8")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"format_version": 3},
            "has format version 3, and this omnitok reads versions 1 to 2; use the omnitok",
        ),
        ({"format_version": 2}, "has format version 2, and a vocabulary with such blocks has version 1"),
        ({"format_version": "1"}, "is no omnitok manifest: it has no format_version"),
        ({"format_version": -1}, "is no omnitok manifest: it has no format_version"),
        ({"files": {}}, "names no file text.tiktoken"),
        ({"files": {"text.tiktoken": "0" * 64, "more": "0" * 64}}, "there is no file more, which it names"),
        ({"files": {"../secret": "0" * 64}}, 'names the file "../secret", which is not in its folder'),
        ({"name": 5}, "invalid type: integer `5`, expected a string"),
        ({"surprise": 1}, "unknown field `surprise`"),
        ({"blocks": []}, "lies in no text block"),
        ({"special_tokens": {"<|pad|>": 447}}, "the blocks hold 2 ids for special tokens, but there are 1"),
        ({"special_tokens": {"<|a|>": 446, "<|b|>": 5}}, "id 5 has two tokens"),
        ({"pattern": "gpt2"}, 'says that the pattern "gpt2" is '),
        ({"whole_words": "yes"}, "invalid type: string"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_damaged_manifest_is_refused(folder: Path, fields: dict[str, Any], message: str) -> None:
    damage_manifest(folder, **fields)
    with pytest.raises(CorruptFileError) as refusal:
        omnitok.load(folder)
    assert str(refusal.value).startswith(f"{folder / 'manifest.json'}: ")
    assert message in str(refusal.value)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\xff\xfe", b"null", b"[" * 100_000], ids=lambda content: repr(content[:9])
)
def test_what_is_no_manifest_is_refused(folder: Path, content: bytes) -> None:
    (folder / "manifest.json").write_bytes(content)
    with pytest.raises(CorruptFileError, match=r"manifest\.json: is no omnitok manifest: "):
        omnitok.load(folder)


def test_a_pattern_that_nobody_can_run_is_refused(folder: Path) -> None:
    damage_manifest(folder, pattern="(?<=a)b", regex="(?<=a)b")
    with pytest.raises(PatternError, match="look-around"):
        omnitok.load(folder)


@pytest.mark.parametrize("change", [lambda data: data[:-1], lambda data: data + b"\n", lambda data: b"Z" + data[1:]])
def test_a_file_with_another_checksum_is_refused(folder: Path, change: Callable[[bytes], bytes]) -> None:
    path = folder / "text.tiktoken"
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(CorruptFileError) as refusal:
        omnitok.load(folder)
    message = str(refusal.value)
    assert message.startswith(f"{path}: the SHA-256 is ")
    assert "but manifest.json promises" in message
    assert message.endswith("the file was changed or cut short; restore it or train again")


def test_a_wrong_checksum_in_the_manifest_is_refused(folder: Path) -> None:
    damage_manifest(folder, files={"text.tiktoken": "0" * 64})
    with pytest.raises(CorruptFileError, match=f"but manifest.json promises {'0' * 64}"):
        omnitok.load(folder)


def test_a_file_that_is_gone_is_named(folder: Path) -> None:
    (folder / "text.tiktoken").unlink()
    with pytest.raises(CorruptFileError, match=r"manifest\.json: there is no file text\.tiktoken, which it names"):
        omnitok.load(folder)
    (folder / "text.tiktoken").mkdir()
    with pytest.raises(IsADirectoryError, match="Is a directory") as refusal:
        omnitok.load(folder)
    assert refusal.value.filename == str(folder / "text.tiktoken")


# --- counts -----------------------------------------------------------------------------------------------------------


def test_damaged_counts_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.counts"
    omnitok.count_words(texts=["some words"]).save(path)
    data = path.read_bytes()
    for damaged, message in [
        (data[:-1], "the digest does not match"),
        (data[: len(data) // 2], "the file is damaged or cut short; save or fetch it again"),
        (data.replace(b"some", b"same"), "the digest does not match"),
        (data[:15] + b"\x09" + data[16:], "counts file of version 9, and this program reads versions 1 to 3"),
        (b"text", "not a counts file of omnitok"),
    ]:
        path.write_bytes(damaged)
        with pytest.raises(CorruptFileError) as refusal:
            omnitok.train(path, vocab_size=257)
        assert str(refusal.value).startswith(f"{path}: ")
        assert message in str(refusal.value)


# --- corpora and sizes ------------------------------------------------------------------------------------------------

NO_TEXT = "the sources hold no text at all; name files or folders with text, or pass texts="


@pytest.mark.parametrize("texts", [[], [""], ["", ""], {}, {"en": []}, iter(())], ids=repr)
def test_no_text_is_an_error(texts: Any) -> None:
    with pytest.raises(CorpusError) as refusal:
        omnitok.train(texts=texts, vocab_size=257)
    assert str(refusal.value) == NO_TEXT


def test_empty_files_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    with pytest.raises(CorpusError, match="none holds no file that we can read"):
        omnitok.train(tmp_path / "none", vocab_size=257)
    for name in ("a.txt", "b.jsonl"):
        (tmp_path / name).touch()
    with pytest.raises(CorpusError) as refusal:
        omnitok.train([tmp_path / "a.txt", tmp_path / "b.jsonl"], vocab_size=257)
    assert str(refusal.value) == NO_TEXT


def test_one_string_is_no_iterable_of_texts() -> None:
    with pytest.raises(TypeError, match=r"texts is one string; pass an iterable of strings, or \[text\]"):
        omnitok.train(texts="one text", vocab_size=257)


@pytest.mark.parametrize("size", [255, 256, 0, -1])
def test_a_size_below_the_bytes_is_an_error(size: int) -> None:
    with pytest.raises(TrainingError) as refusal:
        omnitok.train(texts=["abab"], vocab_size=size)
    assert str(refusal.value).startswith(
        f"vocab_size is {size}, but the 256 bytes and 1 special tokens need 257, and ids are 32-bit"
    )


@pytest.mark.parametrize("size", [2**32, 10**30])
def test_a_size_beyond_32_bits_is_an_error(size: int) -> None:
    with pytest.raises(TrainingError, match=f"vocab_size is {size}, .*ids are 32-bit"):
        omnitok.train(texts=["abab"], vocab_size=size)


def test_the_bytes_alone_are_a_vocabulary() -> None:
    tokenizer = omnitok.train(texts=["abab"], vocab_size=256, special_tokens=())
    assert tokenizer.vocab_size == 256
    assert tokenizer.encode("abab") == [97, 98, 97, 98]


@pytest.mark.parametrize("mode", ["exact", "huggingface"])
def test_a_size_beyond_what_the_corpus_yields_is_exact_or_an_error(mode: Any) -> None:
    options: dict[str, Any] = {"texts": ["abab abab"], "special_tokens": (), "mode": mode}
    with pytest.raises(TrainingError) as refusal:
        omnitok.train(vocab_size=1000, **options)
    message = str(refusal.value)
    assert message.startswith("this corpus yields 258 tokens and 1000 were asked for (min_frequency 2); ")
    assert message.endswith("lower vocab_size to 258, train on more text, or lower min_frequency")
    assert omnitok.train(vocab_size=258, **options).vocab_size == 258
    with pytest.raises(TrainingError, match="this corpus yields 258 tokens"):
        omnitok.train(vocab_size=259, **options)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"special_tokens": ("<a>", "<b>", "<a>")}, TrainingError, "the special token '<a>' is named twice"),
        ({"special_tokens": "<a>"}, TypeError, "special_tokens is the string '<a>'; pass a sequence of names"),
        ({"special_tokens": ("",)}, VocabularyError, "the token of id 257 is empty"),
        ({"min_frequency": 0}, TrainingError, "min_frequency is 0; it must be at least 1"),
        ({"min_frequency": -1}, TrainingError, "min_frequency is -1; it must be at least 1"),
        ({"max_token_bytes": 0}, TrainingError, "max_token_bytes is 0; it must be at least 1"),
        ({"pad_to_multiple_of": 0}, TrainingError, "pad_to_multiple_of is 0; it must be at least 1"),
        ({"weights": {"xx": 1.0}}, TrainingError, 'there is a weight for language "xx", in which nothing was counted'),
        ({"weights": {"": -1.0}}, TrainingError, "the weight -1 of language"),
        ({"weights": {"": float("nan")}}, TrainingError, "the weight NaN of language"),
        ({"weights": {"": 0.0}}, TrainingError, "all have the weight 0; check the sources and weights"),
        ({"mode": "quick"}, ValueError, 'mode is "quick"; it is one of "exact", "huggingface"'),
        ({"pattern": "o20k"}, PatternError, "unknown name (known: gpt2, r50k, p50k, cl100k"),
        ({"num_threads": 0}, ValueError, "num_threads is 0; it must be at least 1"),
    ],
    ids=str,
)
def test_bad_options_are_refused(options: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error) as refusal:
        omnitok.train(texts=["abab abab"], vocab_size=258, **options)
    assert message in str(refusal.value)


def test_every_error_of_ours_is_one_family() -> None:
    for error in (CorpusError, CorruptFileError, PatternError, TrainingError, VocabularyError):
        assert issubclass(error, OmnitokError)
