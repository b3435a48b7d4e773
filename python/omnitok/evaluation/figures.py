"""Look-ups in the tidy table, for everything that shows it: terminal, Markdown, HTML and charts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from omnitok.corpora.languages import Language, load_languages
from omnitok.evaluation.parallel_text import ALL
from omnitok.evaluation.published import is_published
from omnitok.evaluation.table import TEXT

if TYPE_CHECKING:
    import pandas as pd


SURE = 0.05
"""Below this p, corrected over languages, a difference is more than chance."""


class Estimate(NamedTuple):
    """A value with its 95 % interval; NaN for what is not there."""

    value: float
    lo: float = math.nan
    hi: float = math.nan

    @property
    def has_interval(self) -> bool:
        """Whether it has both bounds."""
        return not (math.isnan(self.lo) or math.isnan(self.hi))


NOTHING = Estimate(math.nan)


@dataclass(frozen=True)
class Failure:
    """A tokenizer that does not give back every line, in one language."""

    tokenizer: str
    language: Language
    lines: int
    """Lines that came back changed."""
    of: int


class Figures:
    """A tidy table by key: tokenizer, language, metric and what the figure is against."""

    def __init__(self, frame: pd.DataFrame, domain: str = ALL) -> None:
        """Takes the table that ``omnitok.evaluate`` returns, of which it shows one domain, or the text as a whole."""
        self.domains: list[str] = [one for one in frame["domain"].unique() if one != ALL]
        frame = frame[frame["domain"] == domain]
        keys = zip(frame["tokenizer"], frame["language"], frame["metric"], frame["against"], strict=True)
        figures = map(Estimate, frame["value"].tolist(), frame["lo"].tolist(), frame["hi"].tolist())
        self._figures: dict[tuple[str, str, str, str], Estimate] = dict(zip(keys, figures, strict=True))
        self._against: dict[tuple[str, str], list[str]] = {}
        for tokenizer, _, metric, against in self._figures:
            of_metric = self._against.setdefault((tokenizer, metric), [])
            if against not in of_metric:
                of_metric.append(against)
        self.corpus: str = frame["corpus"].iloc[0]
        names: list[str] = [name for name in frame["tokenizer"].unique() if name != TEXT]
        self.tokenizers: list[str] = [name for name in names if not is_published(name)]
        """Names in the order of the table: the tokenizers, then the baselines."""
        self.published: list[str] = [name for name in names if is_published(name)]
        """Names of those that were not measured: they have tokens per sentence and what follows from these alone."""
        in_table = set(frame["language"])
        self.languages: list[Language] = [language for language in load_languages() if language.code in in_table]
        self.sentences = int(frame.loc[frame["metric"] == "bytes", "n"].iloc[0])
        gains = frame[frame["metric"] == "gain"]
        self.baselines: list[str] = list(gains["against"].unique())

    def value(self, tokenizer: str, language: str, metric: str, against: str = "") -> float:
        """The value of one figure; NaN where the table has none."""
        return self.figure(tokenizer, language, metric, against).value

    def figure(self, tokenizer: str, language: str, metric: str, against: str = "") -> Estimate:
        """One figure with its interval; NaN where the table has none."""
        return self._figures.get((tokenizer, language, metric, against), NOTHING)

    def against(self, tokenizer: str, metric: str) -> list[str]:
        """What the figures of a metric are against, in the order of the table."""
        return self._against.get((tokenizer, metric), [])

    def across(self, tokenizer: str, metric: str, against: str = "") -> float:
        """One figure across languages."""
        return self.value(tokenizer, ALL, metric, against)

    def of_text(self, language: str, metric: str, against: str = "") -> float:
        """One figure of the text itself."""
        return self.value(TEXT, language, metric, against)

    def worst(self, tokenizer: str) -> tuple[Language, float]:
        """The language with the largest premium, and that premium."""
        language, figure = self.worst_premium(tokenizer)
        return language, figure.value

    def worst_premium(self, tokenizer: str) -> tuple[Language, Estimate]:
        """The same with its interval; NaN when a language is missing, for that could have been the one."""
        for language in self.languages:
            figure = self.figure(tokenizer, language.code, "worst_premium", "en")
            if not math.isnan(figure.value):
                return language, figure
        return self.languages[-1], NOTHING

    def best(self, language: str) -> set[str]:
        """The tokenizers with the fewest tokens in a language, of those that lose no text in any language."""
        tokens = {name: self.value(name, language, "tokens") for name in self.tokenizers if self.is_ranked(name)}
        return {name for name, value in tokens.items() if value == min(tokens.values())}

    def is_sure(self, tokenizer: str, language: str, baseline: str) -> bool:
        """Whether a gain is more than chance, by its p; without draws nobody knows, and it is taken as it is."""
        p = self.value(tokenizer, language, "gain_p", baseline)
        return math.isnan(p) or p < SURE

    def is_ranked(self, tokenizer: str) -> bool:
        """Whether every line came back unchanged in every language."""
        return not math.isnan(self.across(tokenizer, "rank"))

    def failures(self) -> list[Failure]:
        """Every language in which a tokenizer changed a line."""
        return [
            Failure(name, language, round((1 - share) * self.sentences), self.sentences)
            for name in self.tokenizers
            for language in self.languages
            if (share := self.value(name, language.code, "round_trip")) < 1
        ]
