"""The first words of a report: what was found, in numbers, and which differences are more than chance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from omnitok.evaluation.figures import SURE, Estimate
from omnitok.evaluation.resampling import holm
from omnitok.evaluation.wording import between, decimal, fewer, listing, times, whole

if TYPE_CHECKING:
    from omnitok.corpora.languages import Language
    from omnitok.evaluation.figures import Figures
    from omnitok.report.material import Material, Series

OVER_ALL = ("gain", "gini_ratio", "worst_premium_ratio")
"""Metrics across languages that a verdict compares; their p are corrected together."""
MOST_SUBJECTS = 3
"""Of more tokenizers a report says the first sentence only, and has the rest in its table."""


class Span(NamedTuple):
    """A run of words; strong ones carry the finding."""

    text: str
    strong: bool = False


Sentence = list[Span]


@dataclass(frozen=True)
class Row:
    """One tokenizer in the table of the verdict."""

    series: Series
    tokens: Estimate
    worst_language: Language
    worst: Estimate
    gini: Estimate
    is_ranked: bool


@dataclass(frozen=True)
class Verdict:
    """The section.

    Attributes:
        rows: a tokenizer each.
        sentences: by tokenizer that the report is about; of many, the first of each.
        problems: what is wrong with the text, and what tokenizers raised.
    """

    rows: list[Row]
    sentences: dict[str, list[Sentence]]
    problems: list[str]

    @property
    def is_short(self) -> bool:
        """Whether there are too many tokenizers to say everything about."""
        return len(self.sentences) > MOST_SUBJECTS

    @classmethod
    def of(cls, material: Material) -> Verdict:
        """Says what the figures say."""
        figures = material.figures
        rows = [
            Row(
                one,
                figures.figure(one.name, "all", "tokens_per_sentence"),
                *figures.worst_premium(one.name),
                figures.figure(one.name, "all", "gini"),
                figures.is_ranked(one.name),
            )
            for one in material.series
        ]
        most = 1 if len(material.subjects) > MOST_SUBJECTS else None
        sentences = {name: sentences_on(material, name)[:most] for name in material.subjects}
        return cls(rows, sentences, material.run.problems)


def sentences_on(material: Material, subject: str) -> list[Sentence]:
    """On one tokenizer against every baseline; on a tokenizer that loses text, the sentence that says so."""
    figures = material.figures
    if not figures.is_ranked(subject):
        return [_not_ranked(material, subject)]
    baselines = [name for name in figures.baselines if name != subject and figures.is_ranked(name)]
    sure = _sure_over_all(figures, subject, baselines)
    sentences = [_mean(figures, subject, baselines, sure)]
    sentences += [_by_language(figures, subject, baseline) for baseline in baselines]
    sentences += [_worst(figures, subject, baselines, sure), _gini(figures, subject, baselines, sure)]
    sentences.append(_round_trip(figures))
    sentences += [_not_ranked(material, name) for name in figures.baselines if not figures.is_ranked(name)]
    return sentences


def _sure_over_all(figures: Figures, subject: str, baselines: list[str]) -> dict[tuple[str, str], bool | None]:
    """By metric and baseline whether a difference is more than chance, all of them looked at together (Holm).

    None where there are no draws to tell.
    """
    keys = [(metric, baseline) for metric in OVER_ALL for baseline in baselines]
    p = holm(np.array([figures.across(subject, f"{metric}_p", baseline) for metric, baseline in keys]))
    return {key: None if math.isnan(one) else bool(one < SURE) for key, one in zip(keys, p.tolist(), strict=True)}


def _mean(figures: Figures, subject: str, baselines: list[str], sure: dict[tuple[str, str], bool | None]) -> Sentence:
    mean = figures.figure(subject, "all", "tokens_per_sentence")
    sentence = [Span(f"{subject} needs "), Span(f"{decimal(mean.value)} tokens per sentence", strong=True)]
    sentence.append(Span(f"{_bounds(mean, 1)} on average over {_languages(len(figures.languages))}"))
    for index, baseline in enumerate(baselines):
        joint = ": " if index == 0 else " and " if index == len(baselines) - 1 else ", "
        gain = figures.figure(subject, "all", "gain", baseline)
        if gain.value == 1:
            comparison = f"as many as {baseline}"
        elif sure["gain", baseline] is False:
            comparison = f"{fewer(gain.value, 2)} than {baseline}, which may be chance"
        else:
            comparison = f"{fewer(gain.value, 2)} than {baseline}"
        sentence += [Span(joint), Span(comparison, strong=True), Span(_bounds(_as_factor(gain), 2))]
    return [*sentence, Span(".")]


def _by_language(figures: Figures, subject: str, baseline: str) -> Sentence:
    gains = {language.name: figures.value(subject, language.code, "gain", baseline) for language in figures.languages}
    sure = {one.name for one in figures.languages if figures.is_sure(subject, one.code, baseline)}
    ahead = [name for name, gain in gains.items() if gain > 1 and name in sure]
    behind = [name for name, gain in gains.items() if gain < 1 and name in sure]
    unsure = [name for name, gain in gains.items() if gain != 1 and name not in sure]
    largest, smallest = max(gains, key=gains.__getitem__), min(gains, key=gains.__getitem__)
    sentence = [Span(f"Against {baseline} it saves tokens in ")]
    sentence.append(Span(f"{len(ahead)} of {_languages(len(gains))}", strong=True))
    if behind:
        where = listing(behind) if len(behind) < len(gains) else "every one"
        sentence.append(Span(f" and needs more in {where}"))
    if unsure:
        sentence.append(Span(f"; in {listing(unsure)} the difference may be chance"))
    if len(gains) > 1:
        sentence.append(
            Span(f"; from {smallest} ({fewer(gains[smallest], 2)}) to {largest} ({fewer(gains[largest], 2)})")
        )
    return [*sentence, Span(".")]


def _worst(figures: Figures, subject: str, baselines: list[str], sure: dict[tuple[str, str], bool | None]) -> Sentence:
    language, premium = figures.worst_premium(subject)
    sentence = [
        Span("Its most expensive language is "),
        Span(f"{language.name}, at {times(premium.value)} English", strong=True),
        Span(_bounds(premium, 2)),
    ]
    parts = []
    for name in baselines:
        other, value = figures.worst(name)
        beside = _beside(figures.across(subject, "worst_premium_ratio", name), sure["worst_premium_ratio", name])
        parts.append(f"{beside}{other.name} with {name}, at {times(value)}")
    return [*sentence, Span(f"; {listing(parts)}." if parts else ".")]


def _gini(figures: Figures, subject: str, baselines: list[str], sure: dict[tuple[str, str], bool | None]) -> Sentence:
    gini = figures.figure(subject, "all", "gini")
    sentence = [
        Span("Inequality between languages (Gini, 0 is none) is "),
        Span(decimal(gini.value, 3), strong=True),
        Span(_bounds(gini, 3)),
    ]
    parts = []
    for name in baselines:
        beside = _beside(figures.across(subject, "gini_ratio", name), sure["gini_ratio", name])
        parts.append(f"{beside}{decimal(figures.across(name, 'gini'), 3)} with {name}")
    return [*sentence, Span(f"; {listing(parts)}." if parts else ".")]


def _beside(ratio: float, is_sure: bool | None) -> str:
    """How a figure of which less is better stands beside another; says nothing that no interval says."""
    if is_sure is None or math.isnan(ratio):
        return "beside "
    if not is_sure:
        return "not clearly different from "
    return "better than " if ratio < 1 else "worse than "


def _round_trip(figures: Figures) -> Sentence:
    lines = figures.sentences * len(figures.languages)
    return [Span(f"All {whole(lines)} lines decode to exactly the text that was encoded.")]


def _not_ranked(material: Material, name: str) -> Sentence:
    figures = material.figures
    names = {language.code: language.name for language in figures.languages}
    raised = [names.get(code, code) for code in material.failures.get(name, {}) if code in names]
    changed = [failure for failure in figures.failures() if failure.tokenizer == name]
    reasons = []
    if changed:
        lines = whole(sum(failure.lines for failure in changed))
        of = whole(figures.sentences * len(figures.languages))
        where = listing([f"{failure.language.name} ({whole(failure.lines)})" for failure in changed])
        reasons.append(f"{lines} of {of} lines do not decode to the text that was encoded, in {where}")
    if raised:
        reasons.append(f"it failed in {listing(raised)}")
    sentence = [Span(f"{name} is not ranked", strong=True), Span(f": {'; '.join(reasons)}. ")]
    if changed:
        sentence.append(Span("A tokenizer that loses text can always be short."))
    return sentence


def _bounds(figure: Estimate, digits: int) -> str:
    return f" ({between(figure.lo, figure.hi, digits)})" if figure.has_interval else ""


def _as_factor(gain: Estimate) -> Estimate:
    """A gain below 1 as the factor that it is worded by: 0.5 as 2 times more."""
    return gain if not gain.value < 1 else Estimate(1 / gain.value, 1 / gain.hi, 1 / gain.lo)


def _languages(count: int) -> str:
    return "1 language" if count == 1 else f"{count} languages"
