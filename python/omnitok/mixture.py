"""How much an occurrence counts: by language, and inside a language by the part of the corpus that it comes from.

A part of a language is named behind its code, as in ``te/news`` and ``te/fiction``. What is said of ``te`` holds for
all of its parts, and what is said of ``te/news`` for that part on top.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from omnitok import _native
from omnitok.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SEPARATOR = "/"


def language_of(name: str) -> str:
    """The language of a part, or the language itself.

    Example:
        >>> language_of("te/news"), language_of("te")
        ('te', 'te')
    """
    return name.partition(_SEPARATOR)[0]


def weights_of(
    counts: _native.WordCounts,
    weights: Mapping[str, float],
    temperature: float | None,
    targets: Mapping[str, float],
    part_temperature: float | None,
) -> list[tuple[str, float]]:
    """The weight of every language and part in ``counts``, as the core takes it.

    Args:
        counts: the words.
        weights: as in :func:`omnitok.train`, and so are the others.
        temperature: see there.
        targets: see there.
        part_temperature: see there.

    Raises:
        TrainingError: a language or part is not in ``counts``; a number makes no sense.
    """
    if part_temperature is not None and not 0 < part_temperature < float("inf"):
        raise TrainingError(f"part_temperature is {part_temperature}; it must be a number above 0")
    if not any(_SEPARATOR in name for name in counts.languages):
        if temperature is None and not targets:
            return sorted(weights.items())
        return _native.language_weights(
            counts, weights=sorted(weights.items()), temperature=temperature, targets=sorted(targets.items())
        )
    sizes = bytes_by_name(counts)
    for_parts = {name: weights[name] for name in weights.keys() & sizes.keys() if _SEPARATOR in name}
    languages = _native.language_weights(
        _outline(sizes),
        weights=sorted((name, weight) for name, weight in weights.items() if name not in for_parts),
        temperature=temperature,
        targets=sorted(targets.items()),
    )
    inside = dict.fromkeys(sizes, 1.0) if part_temperature is None else _weights_of_parts(sizes, part_temperature)
    by_language = dict(languages)
    return [(name, by_language[language_of(name)] * inside[name] * for_parts.get(name, 1.0)) for name in sorted(sizes)]


def bytes_by_name(counts: _native.WordCounts) -> dict[str, float]:
    """The bytes of the words of every language and part, repeats included.

    A weight that makes all shares equal is the inverse of a share.
    """
    names = counts.languages
    equal = _native.language_weights(
        counts, weights=[], temperature=None, targets=[(name, 1 / len(names)) for name in names]
    )
    return {name: counts.bytes / (len(names) * weight) for name, weight in equal}


def _outline(sizes: Mapping[str, float]) -> _native.WordCounts:
    """Counts that have the sizes of the languages, and nothing else of them."""
    totals = _totals(sizes.items())
    first, *others = (
        _native.WordCounts.from_items("o200k", language, [(b"a", round(total))]) for language, total in totals.items()
    )
    for other in others:
        first = first.merge(other)
    return first


def _weights_of_parts(sizes: Mapping[str, float], temperature: float) -> dict[str, float]:
    """Weights that keep the size of a language; its parts get shares in proportion to ``s ** (1 / temperature)``."""
    raised = {name: size ** (1 / temperature) for name, size in sizes.items()}
    whole, flat = _totals(sizes.items()), _totals(raised.items())
    return {
        name: raised[name] / flat[language_of(name)] * whole[language_of(name)] / size for name, size in sizes.items()
    }


def _totals(sizes: Iterable[tuple[str, float]]) -> dict[str, float]:
    totals: dict[str, float] = {}
    for name, size in sizes:
        totals[language_of(name)] = totals.get(language_of(name), 0.0) + size
    return totals
