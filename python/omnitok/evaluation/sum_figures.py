"""Every figure that is made of sums over sentences, with its interval, in one domain or in all of the text."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from omnitok.corpora.languages import load_languages
from omnitok.evaluation import spread
from omnitok.evaluation.parallel_text import ALL, PIVOT
from omnitok.evaluation.resampling import holm, two_sided_p
from omnitok.evaluation.sentences import TEXT_QUANTITIES, TOKEN_QUANTITIES
from omnitok.evaluation.sums import SumsBy, lossless
from omnitok.evaluation.table import TEXT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from omnitok.evaluation.sentences import Sentences
    from omnitok.evaluation.settings import Settings
    from omnitok.evaluation.sums import Sums
    from omnitok.evaluation.table import Table

RATIOS: Mapping[str, tuple[str, str]] = {
    "tokens_per_sentence": ("tokens", "sentences"),
    "bytes_per_token": ("bytes", "tokens"),
    "characters_per_token": ("characters", "tokens"),
    "tokens_per_character": ("tokens", "characters"),
    "graphemes_per_token": ("graphemes", "tokens"),
    "fertility": ("tokens", "words"),
    "fertility_by_spaces": ("tokens", "spaced_words"),
    "round_trip": ("intact", "sentences"),
    "continued_words": ("continued", "words"),
    "retention": ("kept", "words"),
    "segmentality": ("cuts", "joints"),
    "utf8_fragments": ("fragments", "tokens"),
    "split_graphemes": ("split_graphemes", "graphemes"),
    "cost_of_nfd": ("tokens_of_nfd", "tokens_of_nfc"),
    "cost_without_joiners": ("tokens_without_joiners", "tokens"),
    "cost_of_wide_digits": ("tokens_of_wide_digits", "tokens"),
}
"""Metrics that are one sum over another."""

SPREADS = {
    "gini": spread.gini,
    "jain": spread.jain,
    "variation": spread.variation,
    "max_over_min": spread.max_over_min,
}
"""Metrics of how unequal tokens per sentence are."""


@dataclass(frozen=True)
class Scope:
    """Which sentences: all of them, or those of one domain.

    Attributes:
        domain: its name, or ``all``.
        counts: of those sentences.
        weights: of the bootstrap, ``[1 + draws, sentences]``.
        sizes: ids by tokenizer.
    """

    domain: str
    counts: Sentences
    weights: NDArray[np.float64]
    sizes: Mapping[str, int]


def ratio(numerator: Sums, denominator: Sums | float) -> Sums:
    """Quotient that is NaN where nothing was counted in the denominator."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(denominator == 0, np.nan, numerator / denominator)


class SumFigures:
    """Writes the figures of one scope into a table."""

    def __init__(self, scope: Scope, table: Table, settings: Settings) -> None:
        """Sums the text up; tokenizers are summed up one by one."""
        self._scope, self._table, self._settings = scope, table, settings
        self._codes = scope.counts.languages
        self._n = len(scope.counts)
        self._pivot = self._codes.index(PIVOT)
        self._text = SumsBy(scope.counts.text, scope.weights, TEXT_QUANTITIES)
        self._tokens: dict[str, Sums] = {}
        self._unfairness: dict[str, dict[str, Sums]] = {}
        speakers = {language.code: language.speakers_millions for language in load_languages()}
        self._speakers = np.array([speakers[code] for code in self._codes], dtype=np.float64)

    def write(self, baselines: Sequence[str]) -> None:
        """Everything of the text, of each tokenizer, and of each against the baselines."""
        self._write_text()
        for name, counts in self._scope.counts.tokens.items():
            sums = SumsBy(counts, self._scope.weights, TOKEN_QUANTITIES)
            # A copy, so that the sums of other quantities can go.
            self._tokens[name] = sums["tokens"].copy()
            self._write_ratios(name, sums)
            self._write_premiums(name)
            self._write_across(name, sums)
        for name in self._tokens:
            for baseline in baselines:
                if baseline != name:
                    self._write_pair(name, baseline)
        self._write_ranks()

    def _add(
        self, tokenizer: str, metric: str, values: NDArray[np.float64], against: str = "", at: Sequence[str] = ()
    ) -> None:
        """Rows of all languages, or of those in ``at``; across languages ``n`` is their number."""
        n = len(self._codes) if at == (ALL,) else self._n
        self._table.add_drawn(
            tokenizer, at or self._codes, metric, values, n, against=against, domain=self._scope.domain
        )

    def _write_text(self) -> None:
        for metric in ("bytes", "characters", "graphemes", "words"):
            # Not of draws: how long the text is, is no question of chance.
            self._add(TEXT, metric, self._text[metric][:1])
        lengths = self._text["bytes"]
        self._add(TEXT, "byte_premium", ratio(lengths, lengths[:, [self._pivot]]), against=PIVOT)

    def _write_ratios(self, name: str, sums: SumsBy) -> None:
        def quantity(one: str) -> Sums:
            if one == "sentences":
                return np.full((1, 1), float(self._n))
            return sums[one] if one in TOKEN_QUANTITIES else self._text[one]

        tokens = sums["tokens"]
        self._add(name, "tokens", tokens[:1])
        for metric, (numerator, denominator) in RATIOS.items():
            self._add(name, metric, ratio(quantity(numerator), quantity(denominator)))
        bits = math.log2(self._scope.sizes[name]) if self._scope.sizes[name] > 0 else math.nan
        self._add(name, "bits_per_sentence", tokens * bits / self._n)
        self._add(name, "context_words", self._settings.window * ratio(self._text["words"], tokens))
        for price in self._settings.prices:
            if price.tokenizer == name:
                fertility = ratio(tokens, self._text["words"])
                self._add(name, "price_of_input", price.input * fertility, against=price.model)
                self._add(name, "price_of_output", price.output * fertility, against=price.model)

    def _write_premiums(self, name: str) -> None:
        tokens = self._tokens[name]
        english = tokens[:, [self._pivot]]
        self._add(name, "premium", ratio(tokens, english), against=PIVOT)
        self._add(name, "context_as_english", self._settings.window * ratio(english, tokens), against=PIVOT)
        if not np.isnan(tokens[0]).all():
            best = int(np.nanargmin(tokens[0]))
            self._add(name, "premium_to_best", ratio(tokens, tokens[:, [best]]), against=self._codes[best])

    def _write_across(self, name: str, sums: SumsBy) -> None:
        tokens = self._tokens[name]
        per_sentence = tokens / self._n
        intact = sums["intact"].mean(axis=1, keepdims=True) / self._n
        self._add(name, "tokens", tokens[:1].sum(axis=1, keepdims=True), at=(ALL,))
        self._add(name, "tokens_per_sentence", per_sentence.mean(axis=1, keepdims=True), at=(ALL,))
        weighted = per_sentence @ self._speakers / self._speakers.sum()
        self._add(name, "tokens_per_sentence_by_speakers", weighted[:, None], at=(ALL,))
        spreads = {metric: measure(per_sentence)[:, None] for metric, measure in SPREADS.items()}
        for metric, values in spreads.items():
            self._add(name, metric, values, at=(ALL,))
        self._add(name, "round_trip", intact, at=(ALL,))
        self._add(name, "lorenz", spread.lorenz(per_sentence))
        premiums = ratio(tokens, tokens[:, [self._pivot]])
        largest = premiums.max(axis=1, keepdims=True)
        self._unfairness[name] = {"gini_ratio": spreads["gini"], "worst_premium_ratio": largest}
        if not np.isnan(premiums[0]).all():
            worst = self._codes[int(np.nanargmax(premiums[0]))]
            self._table.add_drawn(
                name, (worst,), "worst_premium", largest, len(self._codes), against=PIVOT, domain=self._scope.domain
            )

    def _write_pair(self, name: str, baseline: str) -> None:
        mine, theirs = self._tokens[name], self._tokens[baseline]
        for at, tokens, base in (
            ((), mine, theirs),
            ((ALL,), mine.sum(axis=1, keepdims=True), theirs.sum(axis=1, keepdims=True)),
        ):
            gain = ratio(base, tokens)
            self._add(name, "gain", gain, against=baseline, at=at)
            self._add(name, "saving", 100.0 * (1.0 - ratio(tokens, base)), against=baseline, at=at)
            self._add(name, "nsl", ratio(tokens, base), against=baseline, at=at)
            self._add(name, "gain_p", holm(two_sided_p(gain))[None], against=baseline, at=at)
        for metric, values in self._unfairness[name].items():
            beside = ratio(values, self._unfairness[baseline][metric])
            self._add(name, metric, beside, against=baseline, at=(ALL,))
            self._add(name, f"{metric}_p", two_sided_p(beside)[None], against=baseline, at=(ALL,))

    def _write_ranks(self) -> None:
        ranked = lossless(self._scope.counts)
        means = [self._tokens[name].sum(axis=1) for name in ranked]
        for name, tokens in self._tokens.items():
            if name in ranked:
                mine = tokens.sum(axis=1)
                place = 1.0 + sum((other < mine).astype(np.float64) for other in means)
            else:
                place = np.full(1, np.nan)
            self._add(name, "rank", place[:, None], at=(ALL,))
        for language, code in enumerate(self._codes):
            if ranked:
                fewest = min(ranked, key=lambda one: self._tokens[one][0, language])
                least = self._tokens[fewest][:, [language]]
                for name, tokens in self._tokens.items():
                    beside = ratio(tokens[:, [language]], least)
                    self._add(name, "nsl_to_fewest", beside, against=fewest, at=(code,))
