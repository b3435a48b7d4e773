"""A judge of spoken digits: it learns from original clips and is then asked about what a codec made of others.

Log power in 24 bands of its own, averaged over twelfths of the spoken part, then least squares with a Gaussian kernel.
It shares the transform of the codecs and none of their bands, windows or codes.
"""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from omnitok.codecs.files import read_sound
from omnitok.codecs.spectra import MelFrames

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

RATE = 8000
_FRAMES = MelFrames(RATE, 80, 200, 24)
_PARTS = 12
#: Chosen on originals alone: the ridge, and the width of the kernel.
_RIDGE, _WIDTH = 0.05, 0.5
_DIGITS = 10


class Clip(NamedTuple):
    """One spoken digit."""

    digit: int
    speaker: str
    take: int
    samples: NDArray[np.float64]


def read_clips(archive: Path) -> list[Clip]:
    """The clips of the free spoken digit dataset, in the order of their names."""
    clips = []
    with zipfile.ZipFile(archive) as files:
        for name in sorted(files.namelist()):
            digit, speaker, take = name.removesuffix(".wav").split("_")
            samples, _ = read_sound(files.read(name), name)
            clips.append(Clip(int(digit), speaker, int(take), samples.astype(np.float64)))
    return clips


def features(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the judge hears [289]."""
    whole = samples[: len(samples) // _FRAMES.hop * _FRAMES.hop]
    levels = 10 * np.log10(np.maximum(_FRAMES.power(whole), 1e-10))
    levels = np.maximum(levels, levels.max() - 50)
    loudness = levels.mean(axis=1)
    spoken = np.flatnonzero(loudness > loudness.max() - 30)
    levels = levels[spoken[0] : spoken[-1] + 1]
    sums = np.concatenate([np.zeros((1, levels.shape[1])), np.cumsum(levels, axis=0)])
    edges = np.linspace(0, len(levels), _PARTS + 1)
    at_edges = np.stack([np.interp(edges, np.arange(len(sums)), column) for column in sums.T], axis=1)
    means = np.diff(at_edges, axis=0) * (_PARTS / len(levels))
    return np.append((means - means.mean()).ravel() / 10, np.log(len(levels)))


def learn(heard: NDArray[np.float64], digits: NDArray[np.int64]) -> Callable[[NDArray[np.float64]], NDArray[np.int64]]:
    """A judge from features [n, 289] and digits [n]."""
    mean, spread = heard.mean(axis=0), heard.std(axis=0) + 1e-9
    known = (heard - mean) / spread
    width = _WIDTH / known.shape[1]

    def kernel(rows: NDArray[np.float64]) -> NDArray[np.float64]:
        distances = (rows**2).sum(axis=1)[:, None] + (known**2).sum(axis=1) - 2 * rows @ known.T
        return np.asarray(np.exp(-width * distances))

    weights = np.linalg.solve(kernel(known) + _RIDGE * np.eye(len(known)), np.eye(_DIGITS)[digits])
    return lambda rows: np.asarray((kernel((rows - mean) / spread) @ weights).argmax(axis=1))


def verdicts(
    clips: Sequence[Clip], original: NDArray[np.float64], asked: NDArray[np.float64], folds: Sequence[object]
) -> NDArray[np.bool_]:
    """Whether each clip is understood by a judge that learnt from the originals of all other folds.

    Args:
        clips: all.
        original: their features [n, 289].
        asked: those of what is judged, originals or reconstructions.
        folds: the fold of each clip, such as its speaker or its take.
    """
    digits = np.array([clip.digit for clip in clips])
    labels = np.array([str(fold) for fold in folds])
    right = np.zeros(len(clips), dtype=bool)
    for fold in sorted(set(labels)):
        own = labels == fold
        right[own] = learn(original[~own], digits[~own])(asked[own]) == digits[own]
    return right
