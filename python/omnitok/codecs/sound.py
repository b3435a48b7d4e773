"""What sound has to be for a codec, and how it gets another sample rate."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING, Any

import numpy as np

from omnitok.errors import CodecError

if TYPE_CHECKING:
    from fractions import Fraction

    from numpy.typing import ArrayLike, NDArray

#: Beyond these, windows and frames would not fit into memory.
_HIGHEST_RATE, _LONGEST_FRAME = 1 << 20, 1 << 20
#: Samples are from -1 to 1; what decoders give may overshoot, but numbers far beyond are of another scale.
_LOUDEST = 8.0


def checked_samples(signal: ArrayLike) -> NDArray[np.float64]:
    """Mono samples from -1 to 1.

    Raises:
        CodecError: no samples, several channels, integers, or a value that is no number or far too large; the message
            names the first such sample.
    """
    samples = np.asarray(signal)
    if samples.dtype.kind != "f":
        raise CodecError(
            f"samples are floating point from -1 to 1, not {samples.dtype}; divide 16-bit samples by 32768"
        )
    if samples.ndim != 1:
        raise CodecError(
            f"samples of the shape {list(samples.shape)}; a codec takes one channel [samples]: mix them first"
        )
    if not samples.size:
        raise CodecError("a sound of 0 samples has no codes; leave it out")
    bad = np.flatnonzero(~(np.abs(samples) <= _LOUDEST))
    if len(bad):
        raise CodecError(
            f"sample {int(bad[0]):,} is {samples[bad[0]]}; samples are from -1 to 1: repair the sound or scale it"
        )
    return samples.astype(np.float64)


def resample(samples: NDArray[np.floating[Any]], sample_rate: int, wanted: int) -> NDArray[np.float64]:
    """A sound at another sample rate, band-limited, by one Fourier transform over all of it.

    O(n log n). The ends are padded by a tenth of a second of silence meanwhile, as the transform joins them.

    Returns:
        ``ceil(n · wanted / sample_rate)`` samples.
    """
    if sample_rate == wanted:
        return samples.astype(np.float64)
    step = sample_rate // gcd(sample_rate, wanted)
    up = wanted // gcd(sample_rate, wanted)
    before = -(-sample_rate // 10 // step) * step
    padded = np.pad(samples, (before, before + -len(samples) % step))
    count = len(padded) // step * up
    spectrum = np.fft.rfft(padded)
    kept = np.zeros(count // 2 + 1, dtype=np.complex128)
    both = min(len(kept), len(spectrum))
    kept[:both] = spectrum[:both]
    result = np.fft.irfft(kept, count) * (count / len(padded))
    start = before // step * up
    return np.asarray(result[start : start + -(-len(samples) * wanted // sample_rate)])


def samples_per_frame(sample_rate: int, rate: Fraction, parts: int = 1) -> int:
    """Samples of a frame, a multiple of ``parts``.

    Raises:
        CodecError: that is no whole number.
    """
    if not 1 <= sample_rate <= _HIGHEST_RATE or rate <= 0 or parts < 1:
        raise CodecError(
            f"a sample rate of {sample_rate} Hz, {rate} frames a second and {parts} parts of one: all are above 0, and "
            f"the sample rate at most {_HIGHEST_RATE:,} Hz"
        )
    samples = sample_rate / rate
    if samples > _LONGEST_FRAME:
        raise CodecError(f"frames of {float(samples):g} samples; choose a rate with at most {_LONGEST_FRAME:,} in one")
    if samples.denominator != 1 or samples % parts:
        raise CodecError(
            f"{rate} frames a second at {sample_rate:,} Hz are {float(samples):g} samples each, which is no multiple "
            f"of {parts}; choose a rate that divides {sample_rate // parts:,}"
        )
    return int(samples)
