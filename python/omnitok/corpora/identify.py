"""Which of the 20 languages a line looks like, by its letters alone and in threes.

Learnt from the bundled parallel texts, 220 sentences a language, so it needs no model and no network. It is there to
see that a file holds the language that its name says, over many lines; a short line it may take for a neighbour's.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

import numpy as np

from omnitok.corpora.languages import language_codes
from omnitok.corpora.parallel import bundled_parallel, read_parallel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SHORTEST = 32
"""Lines with fewer of these are not judged: some 17 letters."""

_UNSEEN = 0.05
_BITS = 21
_NO_LETTERS = re.compile(r"[\W\d_]+")


def identify(lines: Sequence[str]) -> list[str]:
    """The code of the likeliest language of each line; ``""`` for lines that are too short to tell. O(characters)."""
    known, scores, codes = _model()
    found = []
    for line in lines:
        keys = _grams(line)
        if len(keys) < SHORTEST:
            found.append("")
            continue
        places = np.minimum(np.searchsorted(known, keys), len(known) - 1)
        # What no language has says nothing about any.
        places = places[known[places] == keys]
        found.append(codes[int(scores[places].sum(axis=0).argmax())] if len(places) else "")
    return found


def _grams(line: str) -> NDArray[np.int64]:
    """Every character, and every three in a row, as one number each; all that is no letter counts as one space."""
    plain = f" {_NO_LETTERS.sub(' ', line.lower()).strip()} "
    points = np.frombuffer(plain.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.int64)
    threes = (points[:-2] << 2 * _BITS) | (points[1:-1] << _BITS) | points[2:]
    # Chinese has too many of these to have met them.
    return np.concatenate([points[1:-1], threes])


@functools.cache
def _model() -> tuple[NDArray[np.int64], NDArray[np.float64], tuple[str, ...]]:
    """These numbers in ascending order, their log probability by language, and the languages."""
    codes = language_codes()
    texts = read_parallel(bundled_parallel(), codes)
    by_language = [np.concatenate([_grams(line) for line in texts[code]]) for code in codes]
    known = np.unique(np.concatenate(by_language))
    counts = np.stack([np.bincount(np.searchsorted(known, keys), minlength=len(known)) for keys in by_language], axis=1)
    smooth = counts + _UNSEEN
    return known, np.log(smooth / smooth.sum(axis=0)), codes
