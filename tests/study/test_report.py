"""The report of the study is a rendering of its record, and the record is of the recipe that the product has."""

from __future__ import annotations

import csv
import io
from typing import Any
from xml.etree import ElementTree

import pytest

from omnitok.recipes import BALANCED, BALANCED_SUPER
from study import cli, record, report
from study.bars import asked
from study.choosing import BASELINE, DEVELOPMENT, HELD_OUT
from study.places import REPORT
from study.variants import OF_WORDS, RECOMMENDED, variants


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    return record.read(REPORT)


def test_what_is_committed_is_what_the_record_gives(results: dict[str, Any]) -> None:
    assert (REPORT / record.NAME).read_text(encoding="utf-8") == record.as_text(results)
    for name, text in report.files(results).items():
        assert (REPORT / name).read_text(encoding="utf-8") == text
    assert cli.main(["render", "--check"]) == 0


def test_the_recipe_is_the_one_that_was_chosen(results: dict[str, Any]) -> None:
    assert (results["chosen"], results["chosen_of_words"]) == (RECOMMENDED, OF_WORDS)
    assert results["shares"] == dict(BALANCED.shares)
    assert results["sentence_shares"] == dict(BALANCED_SUPER.shares)


def test_every_variant_is_there_in_every_size_on_every_set(results: dict[str, Any]) -> None:
    rows = {(row["name"], row["vocab_size"]): row for row in results["rows"]}
    for variant in variants():
        for size in variant.sizes:
            assert set(rows[variant.name, size]["sets"]) == {*DEVELOPMENT, HELD_OUT}
    assert all(set(row["sets"]) == {*DEVELOPMENT, HELD_OUT} for row in results["rows"])


def test_tables_are_whole_and_charts_well_formed(results: dict[str, Any]) -> None:
    files = report.files(results)
    for name in ("variants.csv", "languages.csv", "overlap.csv"):
        header, *lines = csv.reader(io.StringIO(files[name]))
        assert lines
        assert {len(line) for line in lines} == {len(header)}
    assert len(list(csv.reader(io.StringIO(files["languages.csv"])))) == 1 + len(results["rows"]) * 3 * 2 * 20
    for name in report.CHARTS:
        ElementTree.fromstring(files[name])
        assert f"({name})" in files["report.md"]
    assert not any("/work" in text or "/home" in text for text in files.values())


def row(english: float, mean: float, gini: float) -> dict[str, Any]:
    """A row of the record with 19 languages beside English."""
    codes = ["en", *(f"l{number}" for number in range(19))]
    ratios = {code: [mean, mean - 0.01, mean + 0.01] for code in codes} | {"en": [english] * 3}
    one = {
        "tokens_per_sentence": dict.fromkeys(codes, 30.0),
        "ratios": {BASELINE: ratios},
        "mean": [30.0, 29.0, 31.0],
        "mean_ratios": {BASELINE: [mean, mean, mean]},
        "gini": [gini, gini, gini],
        "worst_premium": [1.35, 1.3, 1.4],
        "worst_language": "l3",
    }
    audit = {"fragments": 0, "beginnings": 400, "not_alone": 7, "unused": 3, "unreached": 0}
    return {"sets": {HELD_OUT: one}, "audit": audit, "claimed_code": 1.05}


def test_bars_and_aims_are_bounds_from_above() -> None:
    rows = [row(1.01, 0.84, 0.04), row(0.9, 0.7, 0.05)]
    lines = {one.what: one for one in asked(rows, [False, True])}
    marks = [[each and (each.is_bar, each.is_aim) for each in one.reached] for one in lines.values()]
    assert marks == [
        [(True, False), (True, True)],
        [(True, False), (True, True)],
        [(True, False), (True, True)],
        [None, (True, False)],
        [(True, False), (False, False)],
        [(True, False), (True, False)],
        [(True, False), (True, False)],
        [(True, True), (True, True)],
        [(True, True), (True, True)],
        [(False, False), (False, False)],
    ]
    fewer, english = lines["languages with fewer tokens"], lines["English against o200k_base"]
    assert (fewer.bar, fewer.aim, *map(str, fewer.reached)) == ("19 of 20", "20 of 20", "19 of 20 ✓", "20 of 20 ✓✓")
    assert (english.bar, english.aim, *map(str, english.reached)) == ("+2.0 %", "+0.0 %", "+1.0 % ✓", "-10.0 % ✓✓")
    assert str(lines["worst premium"].reached[0]) == "1.350 l3 ✓"
