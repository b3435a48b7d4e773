"""What counts as the same text, and that none of it is learnt from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from study.overlap import CHARACTERS, WORDS, OverlapFinder
from study.text import CODE, Document, prepare, slice_of

SENTENCE = "Nine small grey cats slept on the old red roof all afternoon."


@pytest.mark.parametrize(
    "line",
    [
        SENTENCE,
        "NINE SMALL GREY CATS, SLEPT ON THE OLD RED ROOF; all afternoon",
        "Nine small grey cats slept on the old red roof all afternoon".replace(" ", "\u3000"),
        "She said that small grey cats slept on the old red barn.",
    ],
)
def test_a_copy_or_a_long_piece_is_found(line: str) -> None:
    assert OverlapFinder("en", {"a": [SENTENCE], "b": ["Hello."]}).found_in(line) == ["a"]


@pytest.mark.parametrize(
    "line", ["Small grey cats slept on the old roof.", "Nine cats.", "", "...", "all afternoon. " + SENTENCE[:30]]
)
def test_a_short_piece_is_not(line: str) -> None:
    assert OverlapFinder("en", {"a": [SENTENCE]}).found_in(line) == []


def test_a_short_sentence_is_found_as_a_whole_only() -> None:
    finder = OverlapFinder("en", {"a": ["Good morning, Anna!"], "b": ["good morning anna", "No."]})
    assert finder.found_in("Good morning Anna") == ["a", "b"]
    assert finder.found_in("Good morning Anna and all") == []


@pytest.mark.parametrize("more", [0, -1])
def test_scripts_without_spaces_are_compared_by_characters(more: int) -> None:
    text = "人人生而自由在尊严和权利上一律平等他们赋有理性和良心并应以兄弟关系的精神"
    piece = text[3 : 3 + CHARACTERS + more]
    assert OverlapFinder("zh", {"a": [text]}).found_in(f"说,{piece}了") == ([] if more else ["a"])
    words = " ".join(f"w{number}" for number in range(WORDS + more))
    assert OverlapFinder("en", {"a": [f"{words} end"]}).found_in(f"begin {words}") == ([] if more else ["a"])


def test_what_is_measured_on_is_never_written(tmp_path: Path) -> None:
    names = [str(number) for number in range(400)]
    documents = [Document("news", name, [f"line {name}", SENTENCE.upper(), "more"]) for name in names]
    prepared = prepare("en", documents, OverlapFinder("en", {"a": [SENTENCE], "b": ["absent"]}), tmp_path)
    held = [name for name in names if slice_of("en", name) == "development"]
    assert 0 < len(held) < 20
    assert (prepared.lines, prepared.removed_lines, dict(prepared.removed)) == (1200, 400, {"a": 400})
    written = {
        file.relative_to(tmp_path).as_posix(): [json.loads(line)["text"] for line in file.read_text().splitlines()]
        for file in tmp_path.rglob("*.jsonl")
    }
    assert sorted(written) == ["development/en.jsonl", "train/en.news.jsonl"]
    assert written["development/en.jsonl"] == [f"line {name}\nmore\n" for name in held]
    assert len(written["train/en.news.jsonl"]) == 400 - len(held)
    assert prepared.bytes + prepared.held_out["development"] == sum(len(t) for ts in written.values() for t in ts)
    again = prepare("en", documents, OverlapFinder("en", {"a": [SENTENCE]}), tmp_path / "again")
    assert again.sha256 == prepared.sha256


def test_of_code_there_are_two_slices() -> None:
    found = [slice_of(CODE, f"a/{number}.py") for number in range(1000)]
    assert all(60 < found.count(name) < 140 for name in ("development", "claim"))
    assert {slice_of("hi", str(number)) for number in range(1000)} == {"development", "train"}
