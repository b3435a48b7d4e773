"""How much of the text each language is learnt with: found on the development sets, step by step.

Learning equalises what the last merge of each language saves. If a sentence is to count the same in every language, a
language has to be learnt with as many sentences as the others, however many bytes it takes to write one. That is where
the search begins. Then languages that need more tokens than they may, beside the baseline, get a larger *importance*.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from study.text import CODE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from study.choosing import Development

STEPS = 6
CEILINGS = {"en": 1.015, CODE: 1.02}
"""The most that a language may need, as a part of what the baseline needs ..."""
CEILING = 0.985
"""... where nothing else is said: development texts are easier than what is claimed on, so this leaves some room."""
_GAIN = 20
"""A language that needs 1 % more than it may gets an importance 22 % larger. Twice the importance saves some 2 % of a
language's tokens, so 33 in place of 20 would be all at once."""


def shares_of(importance: Mapping[str, float], sentence_bytes: Mapping[str, float]) -> dict[str, float]:
    """The shares of languages in which a sentence counts as much as its language is important.

    Args:
        importance: by language.
        sentence_bytes: bytes that counts hold of an average sentence of the language.

    Returns:
        Shares, together 1.
    """
    wanted = {language: importance[language] * sentence_bytes[language] for language in importance}
    total = sum(wanted.values())
    return {language: share / total for language, share in wanted.items()}


def next_importance(importance: Mapping[str, float], seen: Development) -> dict[str, float]:
    """Importance where languages need more than they may grows, and shrinks where they need less; 1 is the least."""
    ratios = {language: seen.code if language == CODE else seen.highest(language) for language in importance}
    return {
        language: max(1.0, value * (ratios[language] / CEILINGS.get(language, CEILING)) ** _GAIN)
        for language, value in importance.items()
    }


def search(
    sentence_bytes: Mapping[str, float], look: Callable[[Mapping[str, float]], Development], steps: int = STEPS
) -> list[dict[str, float]]:
    """The importance of each language, at the start and after every step.

    Args:
        sentence_bytes: as in :func:`shares_of`.
        look: trains with shares, and tells what the development sets say.
        steps: number of steps.
    """
    found = [dict.fromkeys(sentence_bytes, 1.0)]
    for _ in range(steps):
        found.append(next_importance(found[-1], look(shares_of(found[-1], sentence_bytes))))
    return found


def as_recipe(shares: Mapping[str, float]) -> dict[str, float]:
    """Shares as a recipe has them: to three digits."""
    return {language: round(share, 3) for language, share in sorted(shares.items())}
