"""What a verification found, for people and for programs. It names no time and no machine: equal runs, equal bytes."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from omnitok.verification.comparison import Comparison, Difference, RefusedText
    from omnitok.verification.references import Origin

FORMAT = 1
"""Version of the JSON record. It changes when a key changes its meaning or goes."""

_IDS_SHOWN = 32
_RANGES_SHOWN = 16


@dataclass(frozen=True, slots=True)
class VerifiedSet:
    """A set of texts and what came of it.

    Attributes:
        name: The set.
        what: What the texts are.
        comparison: The figures.
        differences: Some of the differences, each cut down to the shortest text that shows it.
        code_points: If the texts are about code points: those around which ids differ, as ranges from the first to the
            last. A sample has no more in a range than it has at all.
    """

    name: str
    what: str
    comparison: Comparison
    differences: Sequence[Difference]
    code_points: Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome of :func:`omnitok.verify`. It is a certificate if :attr:`is_exact`.

    Attributes:
        omnitok: Version of omnitok.
        name: The tokenizer's name.
        digest: SHA-256 of its manifest.
        pattern: Its split pattern.
        vocab_size: Its number of ids.
        library: The library compared with.
        library_version: Its version.
        unicode: The version of Unicode that the library was found to know.
        origin: The library's vocabulary.
        seed: Of the random texts.
        quick: Whether only samples were compared.
        sets: What was compared.
    """

    omnitok: str
    name: str
    digest: str
    pattern: str
    vocab_size: int
    library: str
    library_version: str
    unicode: str
    origin: Origin
    seed: int
    quick: bool
    sets: Sequence[VerifiedSet]

    @property
    def is_exact(self) -> bool:
        """Whether every id of every text that the reference could encode is the same."""
        return self._sum("differences") == 0

    def _sum(self, figure: str) -> int:
        return sum(getattr(one.comparison, figure) for one in self.sets)

    # --- for programs -------------------------------------------------------------------------------------------------

    def record(self) -> dict[str, Any]:
        """All of it as JSON values. A lone surrogate in a text is one in the record."""
        figures = ("inputs", "bytes", "ids", "differences", "refused")
        return {
            "format": FORMAT,
            "exact": self.is_exact,
            "tokenizer": {
                "name": self.name,
                "digest": self.digest,
                "pattern": self.pattern,
                "vocab_size": self.vocab_size,
                "omnitok": self.omnitok,
            },
            "reference": {
                "library": self.library,
                "version": self.library_version,
                "unicode": self.unicode,
                **asdict(self.origin),
            },
            "seed": self.seed,
            "quick": self.quick,
            "sets": [
                {
                    "name": one.name,
                    "what": one.what,
                    **{figure: getattr(one.comparison, figure) for figure in figures},
                    "texts_sha256": one.comparison.texts_sha256,
                    "ids_sha256": one.comparison.ids_sha256,
                    "code_points": [_shown_range(*edges) for edges in one.code_points],
                }
                for one in self.sets
            ],
            "total": {figure: self._sum(figure) for figure in figures},
            "differences": [
                _difference_record(one.name, difference) for one in self.sets for difference in one.differences
            ],
            "refusals": [_refusal_record(one.name, text) for one in self.sets for text in one.comparison.refusals],
        }

    def to_json(self) -> str:
        """:meth:`record` as JSON in ASCII, which can spell every string."""
        return json.dumps(self.record(), indent=2) + "\n"

    # --- for people ---------------------------------------------------------------------------------------------------

    def __str__(self) -> str:
        """The certificate, or what is wrong."""
        parts = [
            self._headline(),
            self._facts(),
            self._table(),
            "\n".join(f"{one.name}: {one.what}" for one in self.sets),
        ]
        for one in self.sets:
            if one.differences:
                more = f"{one.comparison.differences:,} of {one.comparison.inputs:,} texts differ"
                parts.append(f"{one.name}: {more}; cut down to what matters:")
                if one.code_points:
                    around = [_shown_range(*edges) for edges in one.code_points]
                    parts.append(f"  around       {_shown(around, _RANGES_SHOWN, ', ')}")
                parts += [self._show(difference) for difference in one.differences]
        if self._sum("refused"):
            parts.append("\n".join(self._refusals()))
        return "\n\n".join(parts)

    def _headline(self) -> str:
        both = f"omnitok {self.omnitok} and {self.library} {self.library_version}"
        differ, compared = self._sum("differences"), self._sum("inputs") - self._sum("refused")
        if differ:
            return f"NOT EXACT: {both} give other ids for {differ:,} of {compared:,} texts"
        sample = ", a sample" if self.quick else ""
        return f"EXACT: {both} give the same {self._sum('ids'):,} ids for {compared:,} texts{sample}"

    def _facts(self) -> str:
        facts = {
            "tokenizer": f"{self.name}, {self.vocab_size:,} ids, pattern {self.pattern}",
            "manifest": self.digest,
            "reference": f"{self.origin.name}, {self.origin.kind}, Unicode {self.unicode} as probed",
            "vocabulary": self.origin.sha256,
            "seed": str(self.seed),
        }
        return "\n".join(f"{name:<11} {value}" for name, value in facts.items())

    def _table(self) -> str:
        titles = ("set", "texts", "bytes", "ids", "differences", "refused")
        rows: list[tuple[str, ...]] = [titles]
        for one in self.sets:
            found = one.comparison
            figures = (found.inputs, found.bytes, found.ids, found.differences, found.refused)
            rows.append((one.name, *(f"{figure:,}" for figure in figures)))
        widths = [max(len(row[column]) for row in rows) for column in range(len(titles))]
        return "\n".join(
            "  ".join(
                [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
            )
            for row in rows
        )

    def _show(self, difference: Difference) -> str:
        facts = {
            "text": ascii(difference.text),
            "code points": _code_points(difference.text),
            "omnitok": _shown(difference.ours, _IDS_SHOWN),
            self.library: _shown(difference.theirs, _IDS_SHOWN),
            "first": f"id {difference.first}, counted from 0",
        }
        return "\n".join(f"  {name:<12} {value}" for name, value in facts.items())

    def _refusals(self) -> list[str]:
        lines = [f"{self.library} could not encode {self._sum('refused'):,} texts, which are not compared:"]
        for one in self.sets:
            for text in one.comparison.refusals:
                shown = ascii(text.beginning) + ("..." if text.characters > len(text.beginning) else "")
                lines.append(f"  {one.name}, text {text.index}: {shown}, {text.characters:,} characters: {text.reason}")
        listed = sum(len(one.comparison.refusals) for one in self.sets)
        if listed < self._sum("refused"):
            lines.append(f"  and {self._sum('refused') - listed:,} more")
        return lines


def _code_points(text: str) -> str:
    return " ".join(f"U+{ord(character):04X}" for character in text)


def _shown_range(first: int, last: int) -> str:
    return f"U+{first:04X}" + (f"..U+{last:04X}" if last > first else "")


def _shown(items: Sequence[object], most: int, between: str = " ") -> str:
    """The first items, and how many there are beside them."""
    hidden = len(items) - most
    return between.join(map(str, items[:most])) + (f" and {hidden:,} more" if hidden > 0 else "")


def _difference_record(name: str, difference: Difference) -> dict[str, Any]:
    return {
        "set": name,
        "text": difference.text,
        "code_points": _code_points(difference.text),
        "ours": list(difference.ours),
        "theirs": list(difference.theirs),
        "first": difference.first,
    }


def _refusal_record(name: str, text: RefusedText) -> dict[str, Any]:
    return {"set": name, **asdict(text)}
