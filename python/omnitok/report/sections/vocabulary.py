"""What is in each vocabulary, and how much of it the text uses."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from omnitok.corpora.audit import SCRIPTS
from omnitok.evaluation.definitions import METRICS
from omnitok.evaluation.parallel_text import ALL
from omnitok.report.plots import Axis, LineChart

if TYPE_CHECKING:
    from collections.abc import Collection

    from omnitok.report.material import Material, Series

COUNTED = {
    "vocabulary": "Tokens in the vocabulary",
    "unreachable": "Unreachable",
    "not_reached_alone": "Not reached alone",
    "undecodable_prefix": "Beginnings of characters",
    "undecodable_suffix": "Ends of characters",
    "undecodable_inner": "Middles of characters",
    "undecodable_impossible": "Impossible bytes",
    "never_emitted": "Not used by this text",
    "rare": "Used less than 5 times",
    "junk": "Junk",
    "duplicates": "Duplicates but for case and space",
}
"""Metrics of the audit, in this order, and what the page calls them."""

SHARES = {"overlap": "Of the tokens of both, shared with", "common_tokens": "Of the tokens of this text, also in"}
"""Of one vocabulary beside that of a baseline."""

OF_NO_SCRIPT = {"Mixed": "Several scripts", "None": "No letters", "Fragment": "Parts of characters"}
"""Names that the audit has for tokens without one script, and those of the page."""
MOST_LISTED = 24
"""Tokens of a kind that the page lists; vocab_audit.csv lists all."""
LONGEST = 40
"""Characters of a token that the page shows."""


@dataclass(frozen=True)
class Counts:
    """One row of the audit.

    Attributes:
        label: what was counted.
        definition: the same in full.
        values: by tokenizer; NaN where nobody could count.
        is_share: shown as per cent.
    """

    label: str
    definition: str
    values: list[float]
    is_share: bool = False


@dataclass(frozen=True)
class Script:
    """Tokens of one script by tokenizer, and the share of its vocabulary that they are."""

    name: str
    tokens: list[float]
    shares: list[float]

    @property
    def longest(self) -> float:
        """The largest share, or 1 where all are 0, so that it divides."""
        return max(self.shares) or 1.0


class Token(NamedTuple):
    """A token as the page shows it: its text, or the beginning of it, and how many characters it has then."""

    text: str
    length: int = 0


@dataclass(frozen=True)
class Listed:
    """Tokens of one kind in one vocabulary, the most used first, and how many more there are."""

    kind: str
    tokens: list[Token]
    more: int


@dataclass(frozen=True)
class Vocabularies:
    """The section.

    Attributes:
        series: tokenizers whose tokens have known bytes; without one there is no section.
        counts: rows of the audit.
        scripts: those of the languages that were measured, in the order of these, then all others.
        use: how often the tokens of each place are used.
        uses: the same as numbers: places with the uses of each tokenizer, NaN past its last.
        lists: findings by tokenizer.
    """

    series: list[Series]
    counts: list[Counts]
    scripts: list[Script]
    use: LineChart
    uses: list[tuple[int, list[float]]]
    lists: dict[str, list[Listed]]

    @classmethod
    def of(cls, material: Material) -> Vocabularies:
        """Gathers what the audits found."""
        series = [one for one in material.series if material.figures.against(one.name, "vocabulary")]
        points = {one: _uses(material, one.name) for one in material.series}
        lists = {one.name: _lists(material, one.name) for one in series}
        places = sorted({place for uses in points.values() for place in uses})
        return cls(
            series,
            _counts(material, series),
            _scripts(material, series),
            _use_chart(points),
            [(place, [uses.get(place, math.nan) for uses in points.values()]) for place in places],
            {name: listed for name, listed in lists.items() if listed},
        )

    @property
    def shown_tokens(self) -> str:
        """Everything that the lists say, for which the page needs fonts."""
        return "".join(token.text for listed in self.lists.values() for one in listed for token in one.tokens)


def _counts(material: Material, series: list[Series]) -> list[Counts]:
    figures, rows = material.figures, []
    for metric, label in {**COUNTED, **SHARES}.items():
        # The kinds of junk, or the baselines.
        kinds = dict.fromkeys(kind for one in series for kind in figures.against(one.name, metric))
        for kind in kinds:
            values = [figures.across(one.name, metric, kind) for one in series]
            name = f"{label} {kind}" if metric in SHARES else f"{label}: {kind}" if kind else label
            rows.append(Counts(name, METRICS[metric].definition, values, metric in SHARES))
    return rows


def _scripts(material: Material, series: list[Series]) -> list[Script]:
    figures = material.figures
    found = dict.fromkeys(name for one in series for name in figures.against(one.name, "script_tokens"))
    sizes = [figures.across(one.name, "vocabulary") for one in series]

    def script(label: str, names: Collection[str]) -> Script:
        # An audit leaves out scripts of which it saw no token.
        known = ([figures.across(one.name, "script_tokens", name) for name in names] for one in series)
        tokens = [sum(value for value in values if not math.isnan(value)) for values in known]
        return Script(label, tokens, [value / size for value, size in zip(tokens, sizes, strict=True)])

    own = dict.fromkeys(name for language in material.languages for name in sorted(SCRIPTS.get(language.script, ())))
    others = [name for name in found if name not in own and name not in OF_NO_SCRIPT]
    rows = [script(name, [name]) for name in own] + ([script("Other scripts", others)] if others else [])
    return rows + [script(label, [name]) for name, label in OF_NO_SCRIPT.items() if name in found]


def _uses(material: Material, name: str) -> dict[int, float]:
    places = material.figures.against(name, "uses_of_rank")
    return {int(place): material.figures.value(name, ALL, "uses_of_rank", place) for place in places}


def _use_chart(points: dict[Series, dict[int, float]]) -> LineChart:
    ranks = [place for uses in points.values() for place in uses]
    uses = [value for one in points.values() for value in one.values()]
    axes = (
        Axis.of_powers(1, max(ranks, default=10), "tokens, the most used first (logarithmic)"),
        Axis.of_powers(1, max(uses, default=10), "uses (logarithmic)"),
    )
    return LineChart.draw(*axes, [(one, list(uses.items())) for one, uses in points.items() if uses])


def _lists(material: Material, name: str) -> list[Listed]:
    findings = material.run.findings
    mine = findings[findings["tokenizer"] == name]
    listed = []
    for kind in sorted(mine["kind"].unique(), key=lambda kind: (kind != "unreachable", kind)):
        # Stable, so that equal uses stay in the order of ids.
        of_kind = mine[mine["kind"] == kind].sort_values("uses", ascending=False, kind="stable")
        tokens = [_short(token) for token in of_kind["token"].head(MOST_LISTED)]
        listed.append(Listed(kind.replace("_", " "), tokens, len(of_kind) - len(tokens)))
    return listed


def _short(token: str) -> Token:
    """A token of the findings as the page shows it: what is not seen is spelled out, what is long is cut."""
    text = json.loads(token) if token.startswith('"') else token
    shown = "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text[:LONGEST])
    return Token(shown, len(text) if len(text) > LONGEST else 0)
