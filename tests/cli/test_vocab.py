"""``omnitok vocab build`` and what ``omnitok inspect`` draws of its blocks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import omnitok
from omnitok.vocabulary import Vocabulary

from .conftest import Invoke, Run

DESCRIPTION = """
name = "small"
text = "vocabulary"

[[block]]
add = "special"
names = ["<|user|>"]

[[block]]
add = "codes"
name = "audio"
sizes = [16, 16]
rate = "25/2"
codec = "{codec}"

[[block]]
add = "merges"
parent = "audio"
pairs = "audio.merges"

[[block]]
add = "voices"
names = ["tara", "leo"]

[[block]]
add = "codes2d"
name = "image"
size = 32
patch = 4
grid = [7, 7]

[[block]]
add = "size_tokens"
axis = "h"
sizes = [1, 8]

[[block]]
add = "pad"
"""


@pytest.fixture
def description(vocabulary: Path, tmp_path: Path) -> Path:
    (tmp_path / "vocabulary").symlink_to(vocabulary)
    (tmp_path / "audio.merges").write_text("0 1\n32 32\n", encoding="utf-8")
    path = tmp_path / "omni.toml"
    path.write_text(DESCRIPTION.format(codec="ab" * 32), encoding="utf-8")
    return path


def test_build_writes_a_folder(invoke: Invoke, description: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = invoke("vocab", "build", description, "--out", out, "--json")
    assert result.exit_code == 0, result.stderr
    assert result.stderr == f"{out}: 384 ids in 11 blocks\n"
    record = json.loads(result.stdout)
    loaded = Vocabulary.load(out)
    assert (record["name"], record["vocab_size"], record["digest"]) == ("small", 384, loaded.digest)
    assert record["blocks"] == loaded.describe()
    assert [block.name for block in loaded.blocks] == [
        "text", "special", "special-2", "audio", "audio-marks", "audio-merges", "voices", "image", "image-marks", "h",
        "padding",
    ]  # fmt: skip
    assert omnitok.load(out).encode_ordinary("rain") == omnitok.load(tmp_path / "vocabulary").encode_ordinary("rain")


def test_inspect_draws_the_blocks(invoke: Invoke, description: Path, tmp_path: Path) -> None:
    invoke("vocab", "build", description, "--out", tmp_path / "out")
    shown = invoke("inspect", "-t", tmp_path / "out").stdout
    for facts in (
        "2 × 16, 25/2 Hz, flat, codec abababababab",
        "1 × 32, patch 4 × 4, raster 7 × 7, no codec",
        "of audio: begin, end",
        "of audio: tara, leo",
        "h from 1 to 8",
        "█",
    ):
        assert facts in shown
    record = json.loads(invoke("inspect", "-t", tmp_path / "out", "--json").stdout)
    assert record["blocks"] == Vocabulary.load(tmp_path / "out").describe()


def test_nothing_is_replaced_unasked(invoke: Invoke, description: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert invoke("vocab", "build", description, "--out", out).exit_code == 0
    again = invoke("vocab", "build", description, "--out", out)
    assert again.exit_code == 1
    assert "hint: --force replaces it" in again.stderr
    assert invoke("vocab", "build", description, "--out", out, "--force").exit_code == 0


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('name = "small"', "name = small", "omni.toml is no TOML: "),
        ('name = "small"', "colour = 1", "there is no key 'colour'; the keys are name, text and tables [[block]]"),
        ('name = "small"', "name = 5", "text is 'vocabulary' and name 5"),
        (
            'text = "vocabulary"',
            'text = "nowhere/at/all"',
            "omni.toml: text: there is no file or folder 'nowhere/at/all'",
        ),
        ('add = "special"', 'add = "extra"', "block 1: add is 'extra'; it is one of special, codes, codes2d"),
        ('add = "special"', "", "block 1: add is None"),
        ("sizes = [16, 16]", "", "block 2, codes: missing a required argument: 'sizes'"),
        (
            "sizes = [16, 16]",
            "sizes = [16, 16]\nshade = 1",
            "block 2, codes: got an unexpected keyword argument 'shade'",
        ),
        ("sizes = [16, 16]", 'sizes = "many"', "block 2, codes: "),
        ('rate = "25/2"', "rate = 16.7", "block 2, codes: the rate 16.7 is "),
        ("sizes = [1, 8]", "sizes = 8", "block 6, size_tokens: sizes is 8; it is the first and the last"),
        ('pairs = "audio.merges"', "pairs = [[0, 99]]", 'block "audio-merges" at ids'),
        ('pairs = "audio.merges"', "pairs = [[0]]", "block 3, merges: "),
    ],
)
def test_what_is_wrong_is_named_with_its_place(
    invoke: Invoke, description: Path, tmp_path: Path, old: str, new: str, message: str
) -> None:
    text = description.read_text(encoding="utf-8")
    assert old in text
    description.write_text(text.replace(old, new, 1), encoding="utf-8")
    result = invoke("vocab", "build", description, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert message in result.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("line", ["5", "1 2 up", "1 -2", "1  2", "a b"])
def test_a_line_that_is_no_merge(invoke: Invoke, description: Path, tmp_path: Path, line: str) -> None:
    (tmp_path / "audio.merges").write_text(f"0 1\n{line}\n", encoding="utf-8")
    result = invoke("vocab", "build", description, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert f"audio.merges: line 2: {line!r} is no merge" in result.stderr


def test_merges_that_are_no_text(invoke: Invoke, description: Path, tmp_path: Path) -> None:
    (tmp_path / "audio.merges").write_bytes(b"0 1\n\xff\n")
    result = invoke("vocab", "build", description, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "audio.merges is no text: " in result.stderr


def test_help_fits_a_screen(run: Run) -> None:
    for arguments in (["vocab"], ["vocab", "build"]):
        lines = run(*arguments, "--help", COLUMNS="100").stdout.decode().splitlines()
        assert 5 < len(lines) <= 40
        assert max(map(len, lines)) <= 100
