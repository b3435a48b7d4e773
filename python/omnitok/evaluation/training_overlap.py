"""Whether a parallel text may be in the training text, as far as saved counts of its words can tell.

Counts hold words, not lines. So they can prove that a line is not in the training text, by a word that it never had,
and cannot prove that one is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from omnitok import _native
from omnitok.errors import CorpusError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from omnitok import WordCounts


class TrainingOverlap(NamedTuple):
    """What of a language the training counts have. The names are those of the metrics."""

    words_in_training: float
    """Share of the words, repeats included; NaN without words."""
    lines_perhaps_in_training: float
    """Lines that no word rules out."""


def training_overlap(lines: Mapping[str, Sequence[str]], counts: WordCounts) -> dict[str, TrainingOverlap]:
    """Looks up the words of lines, cut as the counts were. O(text and distinct words of the counts).

    A language is looked for where the counts name it and where they name none; in all of them if they do not know it.

    Args:
        lines: by language code.
        counts: as ``omnitok count-words`` or ``omnitok.count_words`` made them.

    Raises:
        CorpusError: the counts are of candidates of superwords, which are no words.
    """
    if counts.candidates is not None:
        raise CorpusError("these counts are of phrases, to learn superwords from; give counts of words")
    # Splits text, and merges nothing.
    splitter = _native.Tokenizer(
        name="words", pattern=counts.pattern, ranks={bytes([byte]): byte for byte in range(256)}, special_tokens={}
    )
    longest = counts.max_word_bytes
    found = {}
    for code, part in lines.items():
        words = [[word.encode() for word in splitter.split(line)] for line in part]
        known = _known(counts, code, {word for line in words for word in line})
        if longest is not None:
            # The counts have them in parts.
            known |= {word for line in words for word in line if len(word) > longest}
        found[code] = _overlap(words, known)
    return found


def _known(counts: WordCounts, code: str, wanted: set[bytes]) -> set[bytes]:
    languages: Iterable[str | None] = {code, ""} & set(counts.languages) if code in counts.languages else (None,)
    return {word for language in languages for word, _ in counts.items(language) if word in wanted}


def _overlap(lines: Sequence[Sequence[bytes]], known: set[bytes]) -> TrainingOverlap:
    total = sum(map(len, lines))
    in_training = sum(word in known for line in lines for word in line)
    # The first and the last word may be cut in another way where more text stands around the line.
    perhaps = sum(known.issuperset(line[1:-1]) for line in lines)
    return TrainingOverlap(in_training / total if total else float("nan"), float(perhaps))
