"""Text that is no text, and ids that are no ids: repaired as documented, or refused with the place and the ways out."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

import omnitok
from omnitok.errors import CorpusError, CorruptFileError, InvalidTextError, OmnitokError, UnknownTokenError
from omnitok.interop.tiktoken import to_tiktoken
from omnitok.tokenizer import Tokenizer

Policy = Literal["strict", "replace", "skip"]


def words(*arguments: Any, **options: Any) -> dict[bytes, int]:
    return dict(omnitok.count_words(*arguments, **options).items())


# --- lone surrogates --------------------------------------------------------------------------------------------------

SURROGATES = ["\ud800", "a\udfffb", "\ud83d\ude00", "\ude00\ud83d", "x\ud83d\ud83d\ude00", "\ud800<|pad|"]


@pytest.mark.parametrize("text", SURROGATES, ids=ascii)
def test_surrogates_are_repaired_as_tiktoken_does(tiny: Tokenizer, text: str) -> None:
    pytest.importorskip("tiktoken")
    theirs = to_tiktoken(tiny)
    repaired = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    expected = theirs.encode_ordinary(text)
    assert tiny.encode(text) == tiny.encode_ordinary(text) == expected
    assert tiny.encode_to_numpy(text).tolist() == expected
    assert tiny.encode_batch([text]).tolist() == [expected]
    assert tiny.encode_with_offsets(text)[0] == expected
    assert (tiny.count(text), tiny.count_batch([text]).tolist()) == (len(expected), [len(expected)])
    assert tiny.decode(expected) == tiny.truncate(text, 100) == "".join(tiny.split(text)) == repaired


def test_surrogates_in_training_texts_are_repaired() -> None:
    assert words(texts=["a\ud800 \ud83d\ude00"]) == words(texts=["a\ufffd 😀"])


@pytest.mark.parametrize(("errors", "kept"), [("replace", "a\ufffdb"), ("skip", "ab")])
def test_surrogates_in_json_lines(tmp_path: Path, errors: Policy, kept: str) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_text('{"text": "fine"}\n{"text": "a\\ud800b"}\n', encoding="utf-8")
    assert words(path, errors=errors) == words(texts=["fine", kept])
    with pytest.raises(InvalidTextError) as refusal:
        words(path)
    assert isinstance(refusal.value, CorruptFileError)
    assert str(refusal.value) == (
        f'{path}: line 2: field "text" spells half of a surrogate pair behind 1 characters, which is no character; '
        "repair the file, or choose the error policy replace or skip"
    )


# --- NUL --------------------------------------------------------------------------------------------------------------


def test_nul_is_a_character_like_any_other(tiny: Tokenizer, tmp_path: Path) -> None:
    text = "\0a\0\0b \0\n"
    ids = tiny.encode(text)
    assert tiny.decode(ids) == text
    assert tiny.token_bytes(0) == b"\0"
    assert tiny.encode_with_offsets("a\0b")[1].tolist() == [[0, 1], [1, 2], [2, 3]]
    (tmp_path / "nul.txt").write_text(text, encoding="utf-8")
    assert words(tmp_path / "nul.txt") == words(texts=[text])
    assert sum(len(word) for word in words(texts=[text])) == len(text)


def test_nul_in_a_special_token(tiny: Tokenizer) -> None:
    grown = tiny.with_special_tokens(["\0<x>"])
    assert grown.encode("a\0<x>", allowed_special="all") == [97, grown.vocab_size - 1]


def test_nul_in_a_path_is_an_error(tiny: Tokenizer) -> None:
    with pytest.raises(OSError, match="NUL byte"):
        tiny.save("v\0v")


# --- invalid UTF-8 ----------------------------------------------------------------------------------------------------

BAD = b"good \xc3\xa9\nba\xe2\x82d\n"
AT = BAD.index(b"\xe2")


@pytest.mark.parametrize(
    ("name", "content", "position"),
    [
        ("bad.txt", BAD, AT),
        ("bad.txt.gz", gzip.compress(BAD), AT),
        # Far behind the first blocks that are read at once.
        ("bad.txt", b"word " * 600_000 + b"\xff", 3_000_000),
        ("bad.jsonl", b'{"text": "good"}\n{"text": "ba\xffd"}\n', 29),
        # Cut short in the middle of a character.
        ("bad.txt", "good é".encode()[:-1], 5),
    ],
)
def test_invalid_utf8_in_a_file_is_named_with_its_place(
    tmp_path: Path, name: str, content: bytes, position: int
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    for threads in (1, 2):
        with pytest.raises(InvalidTextError) as refusal:
            omnitok.count_words(path, num_threads=threads)
        message = str(refusal.value)
        assert message.startswith(f"invalid UTF-8 at byte {position} of {path} (0x")
        assert "choose an error policy: strict, replace or skip" in message


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_invalid_utf8_is_replaced_or_skipped_when_asked(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"bad.txt{suffix}"
    path.write_bytes(gzip.compress(BAD) if suffix else BAD)
    assert words(path, errors="replace") == words(texts=[BAD.decode(errors="replace")])
    assert words(path, errors="skip") == words(texts=[BAD.decode(errors="ignore")])


def test_another_policy_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text", encoding="utf-8")
    with pytest.raises(ValueError, match='errors is "ignore"; it is one of "strict", "replace", "skip"'):
        omnitok.count_words(tmp_path / "a.txt", errors="ignore")  # type: ignore[arg-type]


def test_a_failed_run_gives_no_vocabulary(tmp_path: Path) -> None:
    """Neither does what was counted before the bad byte."""
    (tmp_path / "a.txt").write_bytes(b"fine " * 1000)
    (tmp_path / "b.txt").write_bytes(BAD)
    with pytest.raises(CorpusError, match=r"byte \d+ of .*b\.txt"):
        omnitok.train(tmp_path, vocab_size=258)


# --- ids --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", [448, 2**31, 2**32 - 1, 2**32, 2**64, 10**30, -1])
def test_an_id_outside_is_named_with_its_place(tiny: Tokenizer, token: int) -> None:
    for given in ([97, 98, token], (97, 98, token), iter([97, 98, token])):
        with pytest.raises(UnknownTokenError) as refusal:
            tiny.decode(given)
        assert str(refusal.value) == f"id {token} at position 2 is outside this vocabulary of 448 ids"
    with pytest.raises(UnknownTokenError, match=f"id {token} at position 0 is outside this vocabulary of 448 ids"):
        tiny.token_bytes(token)
    with pytest.raises(UnknownTokenError):
        tiny.stream_decoder().push(token)
    with pytest.raises(UnknownTokenError):
        tiny.decode_batch([[97], [token]])


def test_an_unknown_id_is_a_key_error_and_one_of_ours(tiny: Tokenizer) -> None:
    for family in (KeyError, OmnitokError):
        with pytest.raises(family):
            tiny.decode([448])


@pytest.mark.parametrize(
    ("kind", "token"), [(np.uint32, 448), (np.uint32, 2**32 - 1), (np.int64, 2**40), (np.int64, -1), (np.int8, -128)]
)
def test_an_id_outside_in_an_array(tiny: Tokenizer, kind: type[np.generic], token: int) -> None:
    with pytest.raises(UnknownTokenError, match=f"id {token} at position 1 is outside"):
        tiny.decode(np.array([97, token]).astype(kind))


@pytest.mark.parametrize("value", [1.5, "a", None, b"ab", [1]], ids=repr)
def test_what_is_no_integer_is_a_type_error_with_its_place(tiny: Tokenizer, value: Any) -> None:
    with pytest.raises(TypeError) as refusal:
        tiny.decode([97, value])
    assert str(refusal.value) == f"{value!r} at position 1 is no id; an id is an integer"
    with pytest.raises(TypeError, match="is no id"):
        tiny.token_bytes(value)


@pytest.mark.parametrize("ids", [5, None, 1.5], ids=repr)
def test_what_is_no_sequence_is_a_type_error(tiny: Tokenizer, ids: Any) -> None:
    with pytest.raises(TypeError, match="not iterable"):
        tiny.decode(ids)
