"""Intervals, the search for shares, and that no choice can see the set that is held out."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from omnitok.evaluation import metrics
from study import run, shares
from study.bootstrap import Resampling, gini, interval
from study.choosing import BASELINE, DEVELOPMENT, HELD_OUT, Development, choose, development_of, is_good_enough
from study.figures import SetFigures, set_figures
from study.measuring import Audit
from study.text import CODE

LANGUAGES = ["en", *(f"l{number}" for number in range(19))]
RANDOM = np.random.default_rng(7)
TOKENS = RANDOM.integers(20, 60, size=(20, 90))


def figures(factor: float = 0.9, english: float = 0.95) -> SetFigures:
    """A vocabulary that needs so many times the tokens of the baseline."""
    ours = TOKENS * factor
    ours[0] = TOKENS[0] * english
    return set_figures(LANGUAGES, ours.astype(np.int64), {BASELINE: TOKENS}, Resampling(90, draws=200))


def development(factor: float = 0.9, english: float = 0.95, code: float = 1.0) -> Development:
    return development_of({name: figures(factor, english) for name in DEVELOPMENT}, code)


# --- intervals --------------------------------------------------------------------------------------------------------


def test_resampling_is_what_drawing_sentences_one_by_one_gives() -> None:
    tokens = RANDOM.integers(1, 50, size=(3, 40))
    means, samples = Resampling(40, draws=50, seed=3).means(tokens)
    drawn = np.random.default_rng(3).integers(40, size=(50, 40))
    assert means == pytest.approx(tokens.mean(axis=1))
    assert samples == pytest.approx(np.array([tokens[:, one].mean(axis=1) for one in drawn]))


def test_a_constant_ratio_has_no_width_because_samples_are_paired() -> None:
    one = set_figures(LANGUAGES, TOKENS * 3, {BASELINE: TOKENS}, Resampling(90, draws=100))
    assert all(ratio == pytest.approx((3, 3, 3)) for ratio in one.ratios[BASELINE].values())
    assert one.mean_ratios[BASELINE] == pytest.approx((3, 3, 3))
    assert one.gini.low < one.gini.value < one.gini.high


def test_an_interval_holds_95_of_100_samples() -> None:
    assert interval(50.0, np.arange(1001) / 10) == pytest.approx((50.0, 2.5, 97.5))


def test_figures_are_those_of_the_evaluation() -> None:
    one = set_figures(LANGUAGES, TOKENS, {BASELINE: TOKENS}, Resampling(90, draws=50))
    means = list(one.tokens_per_sentence.values())
    assert float(gini(np.array(means))) == one.gini.value == pytest.approx(metrics.gini(means))
    assert one.mean.value == pytest.approx(metrics.mean(means))
    premiums = {code: metrics.premium(value, means[0]) for code, value in one.tokens_per_sentence.items()}
    assert (one.worst_language, one.worst_premium.value) == pytest.approx(metrics.worst(premiums))
    assert one.fewer(BASELINE) == 0


def test_records_of_figures_come_back() -> None:
    one = figures()
    assert SetFigures.of_record(one.record()).record() == one.record()


# --- choosing ---------------------------------------------------------------------------------------------------------


def test_the_set_that_is_held_out_cannot_be_handed_to_a_choice() -> None:
    sets = {name: figures() for name in (*DEVELOPMENT, HELD_OUT)}
    with pytest.raises(ValueError, match="choices are made by own, udhr, and not by own, udhr, ntrex128"):
        development_of(sets, 1.0)
    with pytest.raises(ValueError, match="and not by own"):
        development_of({"own": figures()}, 1.0)


def test_the_fewest_tokens_of_those_that_are_good_enough() -> None:
    candidates = {
        "much English": development(0.7, 1.1),
        "much code": development(0.7, 1.0, code=1.2),
        "good": development(0.9),
        "better": development(0.8),
        "worse in many": development(1.0),
    }
    assert choose(candidates) == "better"
    assert not is_good_enough(candidates["worse in many"])
    with pytest.raises(ValueError, match="no vocabulary has what is asked of it"):
        choose({"much code": candidates["much code"]})


def test_importance_grows_where_too_many_tokens_are_needed_and_is_never_below_1() -> None:
    seen = development(0.9, english=1.06, code=1.0)
    after = shares.next_importance({"en": 2.0, "l0": 1.0, CODE: 3.0}, seen)
    assert after["en"] > 2.5
    assert after["l0"] == 1.0
    assert 1.0 < after[CODE] < 3.0


def test_the_search_begins_with_equal_sentences_and_follows_what_it_sees() -> None:
    looked: list[Mapping[str, float]] = []

    def look(wanted: Mapping[str, float]) -> Development:
        looked.append(wanted)
        return development(0.9, english=1.1 - wanted["en"] / 5)

    found = shares.search({"en": 100.0, "l0": 300.0, CODE: 100.0}, look, steps=3)
    assert looked[0] == {"en": 0.2, "l0": 0.6, CODE: 0.2}
    assert all(sum(one.values()) == pytest.approx(1) for one in looked)
    assert found[0] == {"en": 1.0, "l0": 1.0, CODE: 1.0}
    assert found[-1]["en"] > 1.0
    assert found[-1]["l0"] == 1.0


def test_the_study_measures_what_is_held_out_when_all_choices_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    class Workshop:
        def train(self, variant: Any, size: int, targets: Any = None) -> Any:
            assert HELD_OUT not in done
            done.append(f"train {variant.name}")
            return SimpleNamespace(digest="0", name=variant.name, vocab_size=size)

        def uses(self, *arguments: Any) -> None:
            return None

    def chosen(candidates: Mapping[str, Development]) -> str:
        assert HELD_OUT not in done
        assert all(set(one.sets) == set(DEVELOPMENT) for one in candidates.values())
        assert "English alone" not in candidates
        done.append("choose")
        return choose(candidates)

    def ruler(name: str) -> Any:
        done.append(name)
        return SimpleNamespace(measure=lambda tokenizer: figures())

    slice_ = SimpleNamespace(ratio=lambda tokenizer: 1.0)
    study: Any = SimpleNamespace(
        workshop=Workshop(),
        development=lambda tokenizer: development(),
        find_shares=lambda: [dict.fromkeys([*LANGUAGES, CODE], 1.0)],
        sentence_bytes=lambda: dict.fromkeys([*LANGUAGES, CODE], 100.0),
        ruler=ruler,
        baselines={BASELINE: SimpleNamespace(digest="1", vocab_size=300)},
        slices={"en": slice_, CODE: slice_},
        claimed_code=slice_,
        prepared={"en": {"lines": 1, "sha256": "2"}},
    )
    monkeypatch.setattr(run, "choose", chosen)
    monkeypatch.setattr(run, "audit", lambda *arguments: Audit(0, 0, 0, 0, 0))
    results = run.run(study, lambda text: None)
    assert done.index("choose") < done.index(HELD_OUT)
    assert (results["chosen"], results["chosen_of_words"]) == ("plain", "plain")
    assert {tuple(row["sets"]) for row in results["rows"]} == {(*DEVELOPMENT, HELD_OUT)}
    assert results["overlap"] == {"en": {"lines": 1}}
