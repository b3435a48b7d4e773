"""What tokens cost, from a dated file that a user can replace."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from omnitok.errors import CorruptFileError

BUNDLED = Path(__file__).parent / "prices.toml"
"""Prices that come with omnitok, with their dates and sources. A price grows old: give a file of your own."""

_KEYS = ("model", "tokenizer", "input", "output", "from", "to", "source")


@dataclass(frozen=True)
class Price:
    """What a model costs on a day.

    Attributes:
        model: its name.
        tokenizer: name of the tokenizer that it counts with.
        input: US dollars for a million tokens that it reads.
        output: US dollars for a million tokens that it writes.
        since: first day of this price, if that is known.
        until: last day of this price; ``None`` while it holds.
        source: where the price was read.
    """

    model: str
    tokenizer: str
    input: float
    output: float
    since: date | None
    until: date | None
    source: str

    def holds_on(self, day: date) -> bool:
        """Whether it is the price of that day."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)

    def record(self) -> dict[str, Any]:
        """As a table of the file that it came from; days are left out where nobody said."""
        days = {"from": self.since, "to": self.until}
        return {
            "model": self.model,
            "tokenizer": self.tokenizer,
            "input": self.input,
            "output": self.output,
            "source": self.source,
            **{key: day.isoformat() for key, day in days.items() if day is not None},
        }


def read_prices(path: str | Path | None = None, day: date | None = None) -> tuple[Price, ...]:
    """Reads the prices of one day.

    Args:
        path: a TOML file of ``[[price]]`` tables, or a JSON file with a list under ``price``; each has ``model``,
            ``tokenizer``, ``input``, ``output`` (US dollars a million tokens), and perhaps ``from``, ``to`` (days, the
            last inclusive) and ``source``. By default the file that comes with omnitok.
        day: by default the prices that no later one has replaced (those without ``to``), whatever the day is: the same
            file gives the same figures.

    Returns:
        In the order of the file.

    Raises:
        CorruptFileError: the file is not what it should be, or a model has two prices on that day.
    """
    path = Path(path or BUNDLED)
    prices = [_price(row, f"{path}, price {number}") for number, row in enumerate(_rows(path), start=1)]
    chosen = tuple(price for price in prices if (price.until is None if day is None else price.holds_on(day)))
    models = [price.model for price in chosen]
    if twice := next((model for model in models if models.count(model) > 1), None):
        when = "without an end" if day is None else f"on {day}"
        raise CorruptFileError(f"{path}: {twice!r} has two prices {when}; give the older one a day `to`")
    return chosen


def _rows(path: Path) -> list[Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    try:
        text = path.read_text(encoding="utf-8")
        table = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except ValueError as error:
        raise CorruptFileError(f"{path} is no table of prices: {error}") from error
    rows = table.get("price") if isinstance(table, dict) else None
    if not isinstance(rows, list) or not rows:
        raise CorruptFileError(f"{path} must hold a list called price, in TOML [[price]]")
    return rows


def _price(row: Any, place: str) -> Price:
    if not isinstance(row, dict):
        raise CorruptFileError(f"{place} is {row!r}; it must be a table with {', '.join(_KEYS)}")
    if unknown := sorted(row.keys() - set(_KEYS)):
        raise CorruptFileError(f"{place} has {unknown[0]!r}; the keys are {', '.join(_KEYS)}")
    for key in ("model", "tokenizer"):
        if not isinstance(row.get(key), str) or not row[key]:
            raise CorruptFileError(f"{place}: {key} is {row.get(key)!r}; it must be a name")
    for key in ("input", "output"):
        value = row.get(key)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
            raise CorruptFileError(f"{place}: {key} is {value!r}; it must be US dollars for a million tokens")
    since, until = _day(row.get("from"), f"{place}: from"), _day(row.get("to"), f"{place}: to")
    if since and until and until < since:
        raise CorruptFileError(f"{place} ends on {until}, before it begins on {since}")
    source = str(row.get("source", ""))
    return Price(row["model"], row["tokenizer"], float(row["input"]), float(row["output"]), since, until, source)


def _day(value: Any, place: str) -> date | None:
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise CorruptFileError(f"{place} is {value!r}; it must be a day such as 2026-01-31") from None
