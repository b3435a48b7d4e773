"""What the same content costs, and how much of it a context holds: figures for a calculator that readers set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from omnitok.evaluation.parallel_text import PIVOT

if TYPE_CHECKING:
    from omnitok.corpora.languages import Language
    from omnitok.report.material import Material, Series

READ, WRITTEN = 1_000_000, 250_000
"""Words of English that are read and written, unless a reader says otherwise."""
NO_PRICE: dict[str, Any] = {"model": "a round number", "input": 1.0, "output": 1.0, "source": ""}
"""Where no price is known at all."""


@dataclass(frozen=True)
class Priced:
    """One tokenizer and the price that it is given at first.

    Attributes:
        series: the tokenizer.
        price: the record of a price, as in ``run.json``.
        is_own: whether a model of that price counts with this tokenizer.
    """

    series: Series
    price: dict[str, Any]
    is_own: bool

    @property
    def dated(self) -> str:
        """Since when the price holds."""
        return f"since {self.price['from']}" if "from" in self.price else "no date given"


@dataclass(frozen=True)
class Cost:
    """The section.

    Attributes:
        columns: tokenizers with their prices.
        rows: a language each, with tokens for one word of English, or what says the same, by tokenizer; NaN where that
            is not known.
        window: tokens of the context window.
    """

    columns: list[Priced]
    rows: list[tuple[Language, list[float]]]
    window: int
    read: int = READ
    written: int = WRITTEN

    @classmethod
    def of(cls, material: Material) -> Cost:
        """Gives every tokenizer a price: its own, or that of another, so that tokenizers differ and not prices."""
        settings = material.run.record["settings"]
        prices: list[dict[str, Any]] = settings["prices"]
        own = {price["tokenizer"]: price for price in reversed(prices)}
        other = prices[0] if prices else NO_PRICE
        columns = [Priced(one, own.get(one.name, other), one.name in own) for one in material.series]
        words = material.figures.of_text(PIVOT, "words")
        rows = [
            (
                language,
                [
                    _per_word(material.figures.value(one.name, language.code, "tokens"), words)
                    for one in material.series
                ],
            )
            for language in material.languages
        ]
        return cls(columns, rows, settings["window"])

    def cost(self, tokens_per_word: float, price: dict[str, Any]) -> float:
        """US dollars for the words that are read and written at first."""
        return float(tokens_per_word * (self.read * price["input"] + self.written * price["output"]) / 1e6)

    @property
    def data(self) -> dict[str, Any]:
        """What the script calculates with."""
        return {"perWord": [[None if value != value else value for value in values] for _, values in self.rows]}


def _per_word(tokens: float, words: float) -> float:
    """Seven digits, so that page and script calculate with one number."""
    return float(f"{tokens / words:.7g}") if words else float("nan")
