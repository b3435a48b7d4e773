"""Looks at a parallel text before anything is measured on it: what is wrong with it is said, and not measured silently.

A file whose characters are not composed, for example, costs two to five times the tokens in Vietnamese or Korean, and
nothing in the figures shows why.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from omnitok import _native
from omnitok.corpora.identify import identify
from omnitok.corpora.languages import load_languages

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

SCRIPTS: Mapping[str, frozenset[str]] = {
    "Gujr": frozenset({"Gujarati"}),
    "Telu": frozenset({"Telugu"}),
    "Taml": frozenset({"Tamil"}),
    "Deva": frozenset({"Devanagari"}),
    "Arab": frozenset({"Arabic"}),
    "Cyrl": frozenset({"Cyrillic"}),
    "Kore": frozenset({"Hangul", "Han"}),
    "Latn": frozenset({"Latin"}),
    "Hans": frozenset({"Han"}),
    "Jpan": frozenset({"Han", "Hiragana", "Katakana"}),
}
"""Names of Unicode's scripts by the code of ISO 15924 that ``languages.toml`` has."""

SCRIPT_SHARE = 0.75
"""Names and terms in Latin are part of every text; less of its own script than this is another language."""
LANGUAGE_SHARE = 0.8
DUPLICATES = 0.02
OUTLIERS = 0.05
LINES_JUDGED = 500
"""Lines, evenly spaced, of which the language is judged."""
LEAST_JUDGED = 20
"""Of fewer lines nothing is said: single lines are often taken for a neighbour's."""
DEVIATIONS = 6.0
"""An outlier is so many median absolute deviations away."""

_NO_LETTERS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class CorpusAudit:
    """What was found in the lines of one language.

    Attributes:
        lines: how many there are.
        not_nfc: lines that are not in normalization form C.
        script_share: letters and marks in the script of the language, of all letters and marks; NaN without any.
        language_share: lines taken for the language, of those that were judged; NaN when too few were long enough.
        taken_for: the language that most other lines were taken for; empty without such lines.
        duplicates: lines whose letters and digits are those of a line before.
        outliers: numbers, from 1, of lines much longer or shorter than English leads one to expect.
        training: lines that the training text has too; ``None`` when none was given.
    """

    lines: int
    not_nfc: int
    script_share: float
    language_share: float
    taken_for: str
    duplicates: int
    outliers: tuple[int, ...]
    training: int | None = None

    def figures(self) -> dict[str, float]:
        """By the names of metrics."""
        figures: dict[str, float] = {
            "lines_not_nfc": self.not_nfc,
            "script_share": self.script_share,
            "language_share": self.language_share,
            "duplicate_lines": self.duplicates,
            "length_outliers": len(self.outliers),
        }
        return figures if self.training is None else {**figures, "lines_in_training": self.training}

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong, a sentence each, with what to do."""
        found = []
        if self.not_nfc:
            found.append(
                f"{self.not_nfc} of {self.lines} lines are not in normalization form C, which costs more tokens: "
                "normalize the file"
            )
        if self.script_share < SCRIPT_SHARE:
            found.append(f"only {self.script_share:.0%} of its letters are in its script: is it another language?")
        if self.language_share < LANGUAGE_SHARE:
            found.append(
                f"only {self.language_share:.0%} of its lines look like this language, most others like "
                f"{self.taken_for}: is it another language?"
            )
        if self.duplicates > DUPLICATES * self.lines:
            found.append(f"{self.duplicates} of {self.lines} lines occur before: intervals take them for independent")
        if len(self.outliers) > OUTLIERS * self.lines:
            where = ", ".join(map(str, self.outliers[:3]))
            found.append(
                f"{len(self.outliers)} of {self.lines} lines have an odd length beside English, such as {where}: "
                "are the lines aligned?"
            )
        if self.training:
            found.append(
                f"{self.training} of {self.lines} lines are in the training text: figures flatter what it trained"
            )
        return tuple(found)


def audit_parallel(
    texts: Mapping[str, Sequence[str]], training: Mapping[str, Collection[str]] | None = None
) -> dict[str, CorpusAudit]:
    """Looks at every language of a parallel text, English among them. O(characters).

    Args:
        texts: lines by language code.
        training: what :func:`line_keys` makes of the training text, by language code, to see which lines it has too.
    """
    scripts = {language.code: SCRIPTS.get(language.script, frozenset()) for language in load_languages()}
    return {
        code: _audit(code, lines, texts["en"], scripts[code], None if training is None else training.get(code, ()))
        for code, lines in texts.items()
    }


def line_keys(lines: Collection[str]) -> list[str]:
    """What of each line has to be equal for two lines to say the same: letters and digits, composed, without case."""
    return [_NO_LETTERS.sub("", unicodedata.normalize("NFC", line).casefold()) for line in lines]


def _audit(
    code: str, lines: Sequence[str], english: Sequence[str], scripts: Collection[str], training: Collection[str] | None
) -> CorpusAudit:
    judged = [one for one in identify(lines[:: max(1, len(lines) // LINES_JUDGED)]) if one]
    others = Counter(one for one in judged if one != code)
    keys = line_keys(lines)
    return CorpusAudit(
        lines=len(lines),
        not_nfc=sum(not unicodedata.is_normalized("NFC", line) for line in lines),
        script_share=_script_share(lines, scripts),
        language_share=judged.count(code) / len(judged) if len(judged) >= LEAST_JUDGED else np.nan,
        taken_for=others.most_common(1)[0][0] if others else "",
        duplicates=len(keys) - len(set(keys)),
        outliers=_outliers(lines, english),
        training=None if training is None else sum(key in training for key in keys),
    )


def _script_share(lines: Sequence[str], scripts: Collection[str]) -> float:
    characters = Counter("".join(lines))
    distinct = list(characters)
    table = _native.TokenTable([character.encode("utf-8", "surrogatepass") for character in distinct])
    _, places, _, names = table.classes()
    own = letters = 0
    for character, place in zip(distinct, places.tolist(), strict=True):
        if names[place] not in ("None", "Fragment"):
            letters += characters[character]
            own += characters[character] * (names[place] in scripts)
    return own / letters if letters else np.nan


def _outliers(lines: Sequence[str], english: Sequence[str]) -> tuple[int, ...]:
    """By the logarithm of the length beside English; one character more makes short lines comparable."""
    lengths = np.log([(len(line) + 10) / (len(other) + 10) for line, other in zip(lines, english, strict=True)])
    away = np.abs(lengths - np.median(lengths))
    usual = np.median(away)
    return tuple((np.flatnonzero(away > DEVIATIONS * usual) + 1).tolist()) if usual > 0 else ()
