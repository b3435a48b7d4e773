"""``omnitok encode`` and ``omnitok decode``: ids out, the same bytes back."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest

import omnitok

from .conftest import Invoke, Run

TEXT = "The rain — नमस्ते\r\n\ttabs, 👩‍🚀 and \ufeff a mark\n\n"


@pytest.fixture(scope="module")
def tokenizer(vocabulary: Path) -> omnitok.Tokenizer:
    return omnitok.load(vocabulary)


def test_ids_on_one_line(invoke: Invoke, vocabulary: Path, tokenizer: omnitok.Tokenizer, tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes(TEXT.encode())
    expected = " ".join(map(str, tokenizer.encode(TEXT))) + "\n"
    for arguments, stdin in (([tmp_path / "text"], b""), (["-"], TEXT.encode()), ([], TEXT.encode())):
        result = invoke("encode", "-t", vocabulary, *arguments, stdin=stdin)
        assert (result.exit_code, result.stdout, result.stderr) == (0, expected, "")


def test_json(invoke: Invoke, vocabulary: Path, tokenizer: omnitok.Tokenizer) -> None:
    for option in (["--json"], ["--format", "json"]):
        result = invoke("encode", "-t", vocabulary, *option, stdin=TEXT)
        assert json.loads(result.stdout) == {"ids": tokenizer.encode(TEXT)}
        assert result.stdout.count("\n") == 1


def test_lines(invoke: Invoke, vocabulary: Path, tokenizer: omnitok.Tokenizer) -> None:
    result = invoke("encode", "-t", vocabulary, "--lines", stdin="one\r\n\nThe rain")
    rows = [" ".join(map(str, tokenizer.encode(line))) for line in ("one", "", "The rain")]
    assert result.stdout == "\n".join(rows) + "\n"
    back = invoke("decode", "-t", vocabulary, "--lines", stdin=result.stdout)
    assert back.stdout == "one\n\nThe rain\n"


def test_numpy(run: Run, vocabulary: Path, tokenizer: omnitok.Tokenizer) -> None:
    ids = np.load(io.BytesIO(run("encode", "-t", vocabulary, "--format", "numpy", stdin=TEXT.encode()).stdout))
    assert ids.dtype == np.uint32
    assert ids.tolist() == tokenizer.encode(TEXT)
    result = run("encode", "-t", vocabulary, "--format", "numpy", "--lines", stdin=b"one\ntwo two")
    batch = np.load(io.BytesIO(result.stdout))
    assert batch["ids"].tolist() == tokenizer.encode("one") + tokenizer.encode("two two")
    assert batch["offsets"].tolist() == [0, len(tokenizer.encode("one")), len(batch["ids"])]


def test_an_empty_input_has_no_ids(invoke: Invoke, vocabulary: Path) -> None:
    assert invoke("encode", "-t", vocabulary, stdin="").stdout == "\n"
    assert invoke("encode", "-t", vocabulary, "--lines", stdin="").stdout == ""
    assert invoke("decode", "-t", vocabulary, stdin="").stdout == ""


@pytest.mark.parametrize("options", [(), ("--json",)], ids=["ids", "json"])
def test_round_trip_is_exact(run: Run, vocabulary: Path, options: tuple[str, ...]) -> None:
    encoded = run("encode", "-t", vocabulary, *options, stdin=TEXT.encode())
    decoded = run("decode", "-t", vocabulary, stdin=encoded.stdout)
    assert (decoded.returncode, decoded.stdout, decoded.stderr) == (0, TEXT.encode(), b"")


def test_decoded_bytes_need_not_be_text(run: Run, vocabulary: Path) -> None:
    assert run("decode", "-t", vocabulary, stdin=b"255 [not").returncode == 1
    assert run("decode", "-t", vocabulary, stdin=b" 255\n\t0  10\r\n").stdout == b"\xff\x00\n"
    record = json.loads(run("decode", "-t", vocabulary, "--json", stdin=b"[255, 65]").stdout)
    assert record == {"text": "\ufffdA", "tokens": 2, "bytes": 2}


# --- special tokens ---------------------------------------------------------------------------------------------------


def test_special_tokens_are_refused_with_the_ways_out(invoke: Invoke, vocabulary: Path) -> None:
    result = invoke("encode", "-t", vocabulary, stdin="ok <|pad|>")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == (
        'error: text contains the special token "<|pad|>" at byte 3\n'
        "hint: --special NAME or --special all makes it that token, --special none makes it plain text\n"
    )


def test_special_tokens_as_the_caller_wants_them(
    invoke: Invoke, vocabulary: Path, tokenizer: omnitok.Tokenizer
) -> None:
    text = "a<|pad|><|endoftext|>"

    def ids(*special: str) -> list[int] | int:
        options = [word for name in special for word in ("--special", name)]
        result = invoke("encode", "-t", vocabulary, "--json", *options, stdin=text)
        return json.loads(result.stdout)["ids"] if result.exit_code == 0 else result.exit_code

    assert ids("none") == tokenizer.encode_ordinary(text)
    assert ids("all") == [97, 279, 278]
    assert ids("<|pad|>", "<|endoftext|>") == [97, 279, 278]
    assert ids("<|pad|>", "none") == [97, 279, *tokenizer.encode_ordinary("<|endoftext|>")]
    assert ids("<|pad|>") == 1
    assert ids("all", "none") == 2


def test_an_unknown_special_token_is_an_error(invoke: Invoke, vocabulary: Path) -> None:
    result = invoke("encode", "-t", vocabulary, "--special", "<|x|>", stdin="text")
    assert result.exit_code == 2
    assert "--special <|x|>: this vocabulary has <|endoftext|>, <|pad|>" in " ".join(result.stderr.split())


# --- what is wrong with the input -------------------------------------------------------------------------------------


def test_invalid_utf8_names_file_and_byte(invoke: Invoke, vocabulary: Path, tmp_path: Path) -> None:
    (tmp_path / "bad").write_bytes(b"line\nab\xe2\x82")
    result = invoke("encode", "-t", vocabulary, tmp_path / "bad")
    assert result.exit_code == 1
    assert f"invalid UTF-8 at byte 7 of {tmp_path / 'bad'} (0x" in result.stderr
    result = invoke("encode", "-t", vocabulary, stdin=(tmp_path / "bad").read_bytes())
    assert (result.exit_code, "invalid UTF-8 at byte 7 of stdin, line 2" in result.stderr) == (1, True)
    assert "hint: --errors replace" in result.stderr
    assert "of stdin, line 1" in invoke("count", "-t", vocabulary, stdin=b"\xff").stderr
    replaced = invoke("encode", "-t", vocabulary, "--errors", "replace", tmp_path / "bad")
    assert invoke("decode", "-t", vocabulary, stdin=replaced.stdout).stdout == "line\nab\ufffd"
    skipped = invoke("encode", "-t", vocabulary, "--errors", "skip", tmp_path / "bad")
    assert invoke("decode", "-t", vocabulary, stdin=skipped.stdout).stdout == "line\nab"


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ("97 x 98", "stdin: 'x' at position 1 is no id"),
        ("97, 98", "stdin: '97,' at position 0 is no id"),
        ("-1", "stdin: '-1' at position 0 is no id"),
        ("٣", "stdin: '٣' at position 0 is no id"),
        ("97 98 280", "stdin: id 280 at position 2 is outside this vocabulary of 280 ids"),
        ("97 " + "9" * 40, "at position 1 is outside this vocabulary"),
        ("[97, true]", "stdin: True at position 1 is no id"),
        ("[97, 98.0]", "stdin: 98.0 at position 1 is no id"),
        ("[97, -1]", "stdin: id -1 at position 1 is outside this vocabulary of 280 ids"),
        ("[97", "stdin begins like JSON but is none"),
        ("[" * 100_000, "stdin begins like JSON but is none"),
        ('{"tokens": [1]}', "stdin is JSON without a list of ids"),
    ],
)
def test_bad_ids_name_their_position(invoke: Invoke, vocabulary: Path, ids: str, message: str) -> None:
    result = invoke("decode", "-t", vocabulary, stdin=ids)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert message in result.stderr


def test_bad_ids_name_their_line(invoke: Invoke, vocabulary: Path) -> None:
    result = invoke("decode", "-t", vocabulary, "--lines", stdin="97\n98 99 x\n")
    assert "stdin, line 2: 'x' at position 2" in result.stderr


def test_a_number_of_too_many_digits_is_an_error(invoke: Invoke, vocabulary: Path) -> None:
    result = invoke("decode", "-t", vocabulary, stdin="9" * 5000)
    assert result.exit_code == 1
    assert result.stderr.startswith("error: ")


@pytest.mark.parametrize(
    "options", [("--json", "--view"), ("--view", "--format", "numpy"), ("--json", "--format", "numpy")]
)
def test_one_format_at_a_time(invoke: Invoke, vocabulary: Path, options: tuple[str, ...]) -> None:
    assert invoke("encode", "-t", vocabulary, *options, stdin="a").exit_code == 2


# --- for the eye ------------------------------------------------------------------------------------------------------


def test_view_without_colour_has_bars(run: Run, vocabulary: Path, tokenizer: omnitok.Tokenizer) -> None:
    text = "The rain <|pad|>"
    expected = "|".join(tokenizer.token_bytes(token).decode() for token in tokenizer.encode_ordinary(text)) + "\n"
    assert run("encode", "-t", vocabulary, "--view", stdin=text.encode()).stdout.decode() == expected
    colourless = run("encode", "-t", vocabulary, "--view", stdin=text.encode(), NO_COLOR="1", FORCE_COLOR="1")
    assert colourless.stdout.decode() == expected


def test_view_with_colour_keeps_every_character(run: Run, vocabulary: Path) -> None:
    result = run("encode", "-t", vocabulary, "--view", stdin=b"The rain " * 40, FORCE_COLOR="1", TERM="xterm-256color")
    assert b"\x1b[" in result.stdout
    assert result.stdout.count(b"\n") == 1
