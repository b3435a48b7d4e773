"""The first sentences of a report: what was found, in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from omnitok.evaluation.wording import decimal, fewer, listing, times, whole

if TYPE_CHECKING:
    from omnitok.evaluation.figures import Figures


class Span(NamedTuple):
    """A run of words; strong ones carry the finding."""

    text: str
    strong: bool = False


Sentence = list[Span]


def verdict(figures: Figures, subject: str) -> list[Sentence]:
    """Sentences on one tokenizer against every baseline; on a tokenizer that loses text, the one that says so."""
    if not figures.is_ranked(subject):
        return [_not_ranked(figures, subject)]
    baselines = [name for name in figures.baselines if name != subject and figures.is_ranked(name)]
    sentences = [_mean(figures, subject, baselines)]
    sentences += [_by_language(figures, subject, baseline) for baseline in baselines]
    sentences += [_worst(figures, subject, baselines), _gini(figures, subject, baselines), _round_trip(figures)]
    sentences += [_not_ranked(figures, name) for name in figures.baselines if not figures.is_ranked(name)]
    return sentences


def _mean(figures: Figures, subject: str, baselines: list[str]) -> Sentence:
    mean = decimal(figures.across(subject, "tokens_per_sentence"))
    sentence = [Span(f"{subject} needs "), Span(f"{mean} tokens per sentence", strong=True)]
    sentence.append(Span(f" on average over {_languages(len(figures.languages))}"))
    for index, baseline in enumerate(baselines):
        joint = ": " if index == 0 else " and " if index == len(baselines) - 1 else ", "
        gain = figures.across(subject, "gain", baseline)
        comparison = "as many as" if gain == 1 else f"{fewer(gain, 2)} than"
        other = decimal(figures.across(baseline, "tokens_per_sentence"))
        sentence += [Span(joint), Span(f"{comparison} {baseline}", strong=True), Span(f" ({other})")]
    return [*sentence, Span(".")]


def _by_language(figures: Figures, subject: str, baseline: str) -> Sentence:
    gains = {language.name: figures.value(subject, language.code, "gain", baseline) for language in figures.languages}
    sure = {one.name for one in figures.languages if figures.is_sure(subject, one.code, baseline)}
    ahead = [name for name, gain in gains.items() if gain > 1 and name in sure]
    behind = [name for name, gain in gains.items() if gain < 1 and name in sure]
    open_ = [name for name, gain in gains.items() if gain != 1 and name not in sure]
    largest, smallest = max(gains, key=gains.__getitem__), min(gains, key=gains.__getitem__)
    sentence = [Span(f"Against {baseline} it saves tokens in ")]
    sentence.append(Span(f"{len(ahead)} of {_languages(len(gains))}", strong=True))
    if behind:
        where = listing(behind) if len(behind) < len(gains) else "every one"
        sentence.append(Span(f" and needs more in {where}"))
    if open_:
        sentence.append(Span(f"; in {listing(open_)} the difference may be chance"))
    if len(gains) > 1:
        sentence.append(
            Span(f"; from {smallest} ({fewer(gains[smallest], 2)}) to {largest} ({fewer(gains[largest], 2)})")
        )
    return [*sentence, Span(".")]


def _worst(figures: Figures, subject: str, baselines: list[str]) -> Sentence:
    language, premium = figures.worst(subject)
    sentence = [
        Span("Its most expensive language is "),
        Span(f"{language.name}, at {times(premium)} English", strong=True),
    ]
    others = [(name, *figures.worst(name)) for name in baselines]
    if others:
        parts = [f"with {name} it is {other.name}, at {times(value)}" for name, other, value in others]
        sentence.append(Span(f"; {listing(parts)}"))
    return [*sentence, Span(".")]


def _gini(figures: Figures, subject: str, baselines: list[str]) -> Sentence:
    sentence = [
        Span("Inequality between languages (Gini, 0 is none) is "),
        Span(decimal(figures.across(subject, "gini"), 3), strong=True),
    ]
    if baselines:
        parts = [f"{decimal(figures.across(name, 'gini'), 3)} for {name}" for name in baselines]
        sentence.append(Span(f", against {listing(parts)}"))
    return [*sentence, Span(".")]


def _round_trip(figures: Figures) -> Sentence:
    lines = figures.sentences * len(figures.languages)
    return [Span(f"All {whole(lines)} lines decode to exactly the text that was encoded.")]


def _not_ranked(figures: Figures, name: str) -> Sentence:
    failures = [failure for failure in figures.failures() if failure.tokenizer == name]
    if not failures:
        return [Span(f"{name} is not ranked", strong=True), Span(": it failed in a language, as `run.json` says.")]
    lines = sum(failure.lines for failure in failures)
    of = figures.sentences * len(figures.languages)
    where = listing([f"{failure.language.name} ({whole(failure.lines)})" for failure in failures])
    return [
        Span(f"{name} is not ranked", strong=True),
        Span(f": {whole(lines)} of {whole(of)} lines do not decode to the text that was encoded, in {where}. "),
        Span("A tokenizer that loses text can always be short."),
    ]


def _languages(count: int) -> str:
    return "1 language" if count == 1 else f"{count} languages"
