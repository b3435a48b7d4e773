"""Recipes and parts of languages: what they set, what overrides them, and what the record says."""

from __future__ import annotations

from pathlib import Path

import pytest

import omnitok
from omnitok.errors import CorpusError, TrainingError
from omnitok.learning import Recipe
from omnitok.recipes import BALANCED, BALANCED_SUPER, NamedRecipe

NEWS, FICTION = ["the minister said on monday"] * 30, ["once upon a time there was a minister"] * 3
OTHER = ["der minister sagte am montag"] * 5


def two_parts() -> omnitok.WordCounts:
    return omnitok.count_words(texts={"en/news": NEWS, "en/fiction": FICTION, "de": OTHER})


def weights(counts: omnitok.WordCounts, **options: object) -> dict[str, float]:
    return dict(Recipe(**options).language_weights(counts))  # type: ignore[arg-type]


def sizes(counts: omnitok.WordCounts) -> dict[str, int]:
    return {name: sum(len(word) * count for word, count in counts.items(name)) for name in counts.languages}


def test_what_is_said_of_a_language_holds_for_its_parts() -> None:
    counts = two_parts()
    assert weights(counts) == {"de": 1.0, "en/fiction": 1.0, "en/news": 1.0}
    assert weights(counts, weights={"en": 2.0, "en/news": 3.0}) == {"de": 1.0, "en/fiction": 2.0, "en/news": 6.0}
    whole = omnitok.count_words(texts={"en": NEWS + FICTION, "de": OTHER})
    for options in ({"targets": {"en": 0.3}}, {"temperature": 2.0, "weights": {"de": 3.0}}):
        expected, found = weights(whole, **options), weights(counts, **options)
        assert found["en/news"] == found["en/fiction"] == pytest.approx(expected["en"])
        assert found["de"] == pytest.approx(expected["de"])


def test_parts_come_closer_to_each_other_and_leave_the_language_its_size() -> None:
    counts = two_parts()
    before, found = sizes(counts), weights(counts, part_temperature=2.0)
    news, fiction = (before[name] * found[name] for name in ("en/news", "en/fiction"))
    assert news + fiction == pytest.approx(before["en/news"] + before["en/fiction"])
    assert news / fiction == pytest.approx((before["en/news"] / before["en/fiction"]) ** 0.5)
    assert found["de"] == 1.0


def test_weights_of_parts_decide_what_is_learnt() -> None:
    counts = two_parts()
    plain, flat = (omnitok.train(counts, 290, part_temperature=t) for t in (None, 1000.0))
    assert sum(map(flat.count, FICTION)) < sum(map(plain.count, FICTION))
    assert (flat.training or {})["options"]["part_temperature"] == 1000.0


@pytest.mark.parametrize("temperature", [0, -1, float("inf"), float("nan")])
def test_a_temperature_of_parts_is_a_number_above_0(temperature: float) -> None:
    with pytest.raises(TrainingError, match=r"part_temperature is .*; it must be a number above 0"):
        omnitok.train(two_parts(), 270, part_temperature=temperature)


def test_a_weight_for_a_part_that_is_not_there_is_refused() -> None:
    with pytest.raises(TrainingError, match='"en/poems", in which nothing was counted'):
        omnitok.train(two_parts(), 270, weights={"en/poems": 2.0})


def test_targets_of_a_recipe_are_of_the_languages_that_there_are() -> None:
    recipe = NamedRecipe("omni", 1, True, 1.05, 1, 1.5, {"en": 0.2, "de": 0.1, "hi": 0.3})
    assert recipe.targets(["de", "en/news", "en/fiction"]) == pytest.approx({"de": 1 / 3, "en": 2 / 3})
    # One that it does not know is an average one.
    assert recipe.targets(["en", "pl"]) == pytest.approx({"en": 0.5, "pl": 0.5})
    assert sum(BALANCED.targets(BALANCED.shares).values()) == pytest.approx(1)


def test_the_recipe_gives_what_the_caller_does_not() -> None:
    record = omnitok.train("corpora/parallel", 4000, recipe="balanced").training or {}
    options = record["options"]
    assert options["recipe"] == "balanced"
    assert options["whole_characters"] is True
    assert (options["over_train"], options["min_use"]) == (BALANCED.over_train, BALANCED.min_use)
    assert options["part_temperature"] == BALANCED.part_temperature
    assert options["targets"] == pytest.approx(BALANCED.targets(record["corpus"]["languages"]))
    given = omnitok.train(
        "corpora/parallel",
        4000,
        recipe="balanced",
        pattern="o200k",
        whole_characters=False,
        over_train=1.0,
        min_use=0,
        part_temperature=1.0,
        temperature=2.0,
        weights={"hi": 2.0},
    )
    assert given.pattern == "o200k"
    options = (given.training or {})["options"]
    assert {"whole_characters", "over_train", "min_use", "targets"}.isdisjoint(options)
    assert (options["temperature"], options["part_temperature"], options["weights"]) == (2.0, 1.0, {"hi": 2.0})


def test_the_recipe_with_superwords_gives_their_share_too() -> None:
    tok = omnitok.train("corpora/parallel", 4000, recipe="balanced-super")
    record = tok.training or {}
    assert tok.pattern == "omni-super"
    words, superwords = record["superwords"]["first_stage"], round(BALANCED_SUPER.superwords * 4000)
    assert tok.vocab_size == 4000
    # Of the words those went that nothing but superwords was made of.
    assert 3600 - superwords < words < 4000 - superwords - len(tok.special_tokens)
    assert record["options"]["targets"] == pytest.approx(BALANCED_SUPER.targets(record["corpus"]["languages"]))
    without = omnitok.train("corpora/parallel", 4000, recipe="balanced-super", superwords=0)
    assert (without.pattern, "superwords" in (without.training or {})) == ("omni", False)
    with pytest.raises(CorpusError, match="learn without superwords"):
        omnitok.train(two_parts(), 600, recipe="balanced-super")


def test_the_recipe_counts_a_word_once_a_document_and_leaves_counts_as_they_are(tmp_path: Path) -> None:
    text = tmp_path / "en.txt"
    text.write_text("low low low lower lowest\n" * 20)
    by_recipe = omnitok.train(text, 262, recipe="balanced", over_train=1.0, min_use=0)
    capped = omnitok.count_words(text, "omni", max_per_document=1)
    assert (by_recipe.training or {})["corpus"]["counts_sha256"] == capped.digest
    omnitok.count_words(text, "omni").save(tmp_path / "all.counts")
    from_counts = omnitok.train(tmp_path / "all.counts", 262, recipe="balanced", over_train=1.0, min_use=0)
    assert (from_counts.training or {})["corpus"]["words"] > capped.total


def test_an_unknown_recipe_is_named() -> None:
    with pytest.raises(TrainingError, match="there is no recipe 'best'; the recipes are balanced"):
        omnitok.train(texts=NEWS, vocab_size=260, recipe="best")
