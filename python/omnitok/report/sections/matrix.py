"""Every language with every tokenizer, in the unit that a reader chooses."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from omnitok.evaluation.definitions import METRICS
from omnitok.evaluation.parallel_text import ALL, PIVOT

if TYPE_CHECKING:
    from omnitok.corpora.languages import Language
    from omnitok.report.material import Material, Series


@dataclass(frozen=True)
class Unit:
    """A metric that the matrix can show.

    Attributes:
        metric: its name in the table.
        label: what readers choose it by.
        digits: decimals of a cell.
        best: ``"least"``, ``"most"``, or empty where neither is good.
        against: what the figures are relative to.
        across: whether languages may be compared in it.
        from_tokens: whether it is tokens, or the inverse, by something that all tokenizers share: then it says beside a
            baseline what the gain says, and is as sure as that.
        is_share: shown as per cent.
    """

    metric: str
    label: str
    digits: int
    best: str
    against: str = ""
    across: bool = False
    from_tokens: bool = False
    is_share: bool = False


UNITS = (
    Unit("tokens_per_sentence", "Tokens per sentence", 1, "least", across=True, from_tokens=True),
    Unit("premium", "Premium over English", 2, "least", PIVOT, across=True),
    Unit("bits_per_sentence", "Bits per sentence", 0, "least", across=True),
    Unit("context_as_english", "Context, as tokens of English", 0, "most", PIVOT, across=True),
    Unit("bytes_per_token", "Bytes per token", 2, "most", from_tokens=True),
    Unit("characters_per_token", "Characters per token", 2, "most", from_tokens=True),
    Unit("graphemes_per_token", "Graphemes per token", 2, "most", from_tokens=True),
    Unit("tokens_per_character", "Tokens per character", 3, "least", from_tokens=True),
    Unit("fertility", "Tokens per word", 2, "least", from_tokens=True),
    Unit("context_words", "Context, in words", 0, "most", from_tokens=True),
    Unit("retention", "Words that are one token", 1, "most", is_share=True),
    Unit("continued_words", "Words of two tokens or more", 1, "least", is_share=True),
    Unit("utf8_fragments", "Tokens that are parts of characters", 1, "least", is_share=True),
    Unit("split_graphemes", "Graphemes that are split", 1, "least", is_share=True),
    Unit("vocabulary_use", "Vocabulary that is used", 1, "", is_share=True),
    Unit("round_trip", "Lines that come back", 2, "most", is_share=True),
)

TOKENS = UNITS[0]


@dataclass(frozen=True)
class Cell:
    """One tokenizer in one language, in the unit that is shown without a script."""

    series: Series
    value: float
    is_best: bool
    is_level: bool
    """Not best, but the difference from the best may be chance."""


@dataclass(frozen=True)
class Matrix:
    """The section.

    Attributes:
        rows: a language each.
        gains: by tokenizer, baseline and language code, with ``all`` among the codes; and whether each is more than
            chance.
        units: what can be chosen, tokens first; others that no tokenizer has a figure of are left out.
        data: what the script shows.
    """

    rows: list[tuple[Language, list[Cell]]]
    gains: dict[tuple[str, str, str], tuple[float, bool]]
    units: list[Unit]
    data: dict[str, Any]

    @classmethod
    def of(cls, material: Material) -> Matrix:
        """Gathers all units."""
        figures = material.figures
        codes = [language.code for language in material.languages]
        gains = {
            (name, baseline, code): (figures.value(name, code, "gain", baseline), figures.is_sure(name, code, baseline))
            for name, baseline in material.pairs
            for code in (*codes, ALL)
        }
        rows = [(language, _cells(material, language)) for language in material.languages]
        units = {unit: _values(material, unit, codes) for unit in UNITS}
        units = {unit: values for unit, values in units.items() if unit is TOKENS or any(map(any, values))}
        return cls(
            rows,
            gains,
            list(units),
            {
                "names": [one.name for one in material.series],
                "ranked": [figures.is_ranked(one.name) for one in material.series],
                "units": [_described(unit) | {"values": values} for unit, values in units.items()],
                "level": [[cell.is_level for cell in cells] for _, cells in rows],
                "sure": {baseline: _sure(material, baseline, codes) for baseline in material.baselines},
            },
        )


def _cells(material: Material, language: Language) -> list[Cell]:
    figures = material.figures
    best = figures.best(language.code)
    cells = []
    for one in material.series:
        fewest = figures.against(one.name, "nsl_to_fewest")
        beside = [figures.figure(one.name, language.code, "nsl_to_fewest", name) for name in fewest]
        is_level = one.name not in best and figures.is_ranked(one.name) and any(figure.lo <= 1 for figure in beside)
        value = figures.value(one.name, language.code, TOKENS.metric)
        cells.append(Cell(one, value, one.name in best, is_level))
    return cells


def _values(material: Material, unit: Unit, codes: list[str]) -> list[list[list[float] | None]]:
    """``[languages][tokenizers]``: value, lower and upper bound as far as they are known."""
    return [
        [_rounded(material.figures.figure(one.name, code, unit.metric, unit.against)) for one in material.series]
        for code in codes
    ]


def _rounded(figure: tuple[float, float, float]) -> list[float] | None:
    """Six digits, of which a page shows fewer."""
    known = [float(f"{value:.6g}") for value in figure if not math.isnan(value)]
    return known or None


def _described(unit: Unit) -> dict[str, Any]:
    return {
        "label": unit.label,
        "definition": METRICS[unit.metric].definition,
        "digits": unit.digits,
        "best": unit.best,
        "across": unit.across,
        "fromTokens": unit.from_tokens,
        "isShare": unit.is_share,
    }


def _sure(material: Material, baseline: str, codes: list[str]) -> list[list[bool | None]]:
    """``[languages][tokenizers]``: whether the gain over a baseline is more than chance; None where nobody knows."""

    def sure(name: str, code: str) -> bool | None:
        p = material.figures.value(name, code, "gain_p", baseline)
        return None if math.isnan(p) else material.figures.is_sure(name, code, baseline)

    return [[sure(one.name, code) for one in material.series] for code in codes]
