"""Learns codecs from images and sounds: equal signals, options and seed give equal files."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from omnitok.codecs.draws import Draws
from omnitok.codecs.images import ImageCodec, cut_patches
from omnitok.codecs.quantizers import ResidualQuantizer, ScalarQuantizer
from omnitok.codecs.sound import checked_samples, resample, samples_per_frame
from omnitok.codecs.spectrogram import SpectrogramCodec, levels_of, mel_frames
from omnitok.codecs.waveform import WaveformCodec, coefficients
from omnitok.errors import CodecError, TrainingError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from omnitok.codecs.quantizers import Quantizer

    Sound = tuple[NDArray[np.floating[Any]], int]

#: Vectors that a codebook is learnt from at most; the others are left out by lot.
_MOST_VECTORS = 1 << 20
_ROUNDS = 20
#: Sounds are also heard at these speeds, which makes other speakers of the ones there are.
_SPEEDS = (Fraction(9, 10), Fraction(1), Fraction(10, 9))
#: Windows of a spectrogram codec a second.
_WINDOWS_PER_SECOND = 100


def train_image(
    images: Iterable[NDArray[np.uint8]],
    *,
    codebook_sizes: Sequence[int] = (1024,),
    patch: int = 4,
    quantizer: Literal["residual", "scalar"] = "residual",
    seed: int = 0,
    rounds: int = _ROUNDS,
) -> ImageCodec:
    """Learns an image codec: a codebook of patches, and further ones of what the first leaves over.

    Args:
        images: uint8 [height, width], or all [height, width, 3]. What is beyond the last whole patch is left out.
        codebook_sizes: codes of each codebook; with several, each quantizes what those before it left over.
        patch: height and width of a patch in pixels.
        quantizer: ``"residual"``, or ``"scalar"`` for finite scalar quantization, which has one codebook of at most
            that many codes: worse pictures, and nothing to look up.
        seed: of all draws.
        rounds: rounds of k-means for each codebook.

    Raises:
        CodecError: images of other types, or of different numbers of channels.
        TrainingError: fewer different patches than codes.

    Example:
        >>> import numpy as np
        >>> from omnitok.codecs import train_image
        >>> ramp = np.arange(64, dtype=np.uint8).reshape(8, 8) * 4
        >>> codec = train_image([ramp], codebook_sizes=[4])
        >>> codec.encode(ramp).tolist()
        [[[0, 2], [1, 3]]]
    """
    if patch < 1:
        raise CodecError(f"a patch of {patch}x{patch} pixels; it has at least one")
    channels: set[int] = set()

    def patches() -> Iterator[NDArray[np.int32]]:
        for image in images:
            pixels = np.asarray(image)
            if pixels.dtype != np.uint8 or pixels.shape[2:] not in ((), (1,), (3,)) or pixels.ndim < 2:
                raise CodecError(
                    f"an image is uint8 [height, width] or [height, width, 3], not {pixels.dtype} {list(pixels.shape)}"
                )
            pixels = pixels[:, :, None] if pixels.ndim == 2 else pixels
            channels.add(pixels.shape[2])
            if len(channels) > 1:
                raise CodecError(
                    f"images of {' and of '.join(map(str, sorted(channels)))} channels; make them all alike"
                )
            yield cut_patches(pixels, patch)

    learnt, record = _learnt(patches(), quantizer, codebook_sizes, seed, rounds)
    return ImageCodec(learnt, patch=patch, channels=channels.pop(), training=record)


def train_speech(
    sounds: Iterable[Sound],
    *,
    codebook_sizes: Sequence[int] = (1024,) * 4,
    rate: Fraction | str | int = "25/2",
    sample_rate: int = 8000,
    bands: int = 18,
    quantizer: Literal["residual", "scalar"] = "residual",
    seed: int = 0,
    rounds: int = _ROUNDS,
) -> SpectrogramCodec:
    """Learns a codec of speech: log-mel spectra, a window every hundredth of a second, in blocks of one frame.

    Each sound is heard at three speeds and from several places on, so that the codec knows more voices than it heard.

    Args:
        sounds: samples from -1 to 1, mono, and their sample rate.
        codebook_sizes: codes of each codebook; a frame has one code of each.
        rate: frames a second, exact, such as ``"25/2"``; a divisor of 100.
        sample_rate: of the codec; sounds of other rates are resampled.
        bands: mel bands. So few leave the pitch out, and all codes are spent on what is said.
        quantizer: as in :func:`train_image`.
        seed: of all draws.
        rounds: rounds of k-means for each codebook.

    Raises:
        CodecError: sounds that are none, or rates that do not fit each other.
        TrainingError: fewer different blocks than codes.
    """
    rate = Fraction(rate)
    if rate <= 0 or (_WINDOWS_PER_SECOND / rate).denominator != 1:
        raise CodecError(
            f"{rate} frames a second do not divide {_WINDOWS_PER_SECOND} windows a second; 25/2, 25 or 50 do"
        )
    if bands < 1:
        raise CodecError(f"{bands} mel bands; there is at least one")
    count = int(_WINDOWS_PER_SECOND / rate)
    hop = samples_per_frame(sample_rate, rate, count) // count
    frames = mel_frames(sample_rate, hop, bands)

    def blocks() -> Iterator[NDArray[np.int32]]:
        for samples, own_rate in sounds:
            heard = resample(checked_samples(samples), own_rate, sample_rate)
            for speed in _SPEEDS:
                other = resample(heard, speed.numerator, speed.denominator)
                levels = levels_of(frames, np.pad(other, (0, count * hop)))
                for start in range(0, count, -(-count // 4)):
                    whole = (len(levels) - start) // count * count
                    yield levels[start : start + whole].reshape(-1, count * bands)

    learnt, record = _learnt(blocks(), quantizer, codebook_sizes, seed, rounds)
    return SpectrogramCodec(learnt, sample_rate=sample_rate, rate=rate, windows=count, bands=bands, training=record)


def train_waveform(
    sounds: Iterable[Sound],
    *,
    codebook_sizes: Sequence[int] = (1024,) * 8,
    rate: Fraction | str | int = 100,
    sample_rate: int = 8000,
    quantizer: Literal["residual", "scalar"] = "residual",
    seed: int = 0,
    rounds: int = _ROUNDS,
) -> WaveformCodec:
    """Learns a codec of samples: MDCT coefficients of a frame, quantized together.

    Args:
        sounds: as in :func:`train_speech`.
        codebook_sizes: see there.
        rate: frames a second, exact; it divides the sample rate.
        sample_rate: see there.
        quantizer: see there.
        seed: see there.
        rounds: see there.

    Raises:
        CodecError: see there.
        TrainingError: see there.
    """
    rate = Fraction(rate)
    size = samples_per_frame(sample_rate, rate)

    def frames() -> Iterator[NDArray[np.int32]]:
        for samples, own_rate in sounds:
            yield coefficients(resample(checked_samples(samples), own_rate, sample_rate), size)

    learnt, record = _learnt(frames(), quantizer, codebook_sizes, seed, rounds)
    return WaveformCodec(learnt, sample_rate=sample_rate, rate=rate, training=record)


def _learnt(
    parts: Iterable[NDArray[np.int32]],
    kind: Literal["residual", "scalar"],
    sizes: Sequence[int],
    seed: int,
    rounds: int,
) -> tuple[Quantizer, dict[str, Any]]:
    """A quantizer of vectors, and what the file says about how it was learnt."""
    if not sizes or min(sizes) < 1 or rounds < 1:
        raise CodecError(f"codebooks of {list(sizes)} codes and {rounds} rounds; there is at least one of each")
    if kind == "scalar" and len(sizes) != 1:
        raise CodecError(f"a scalar quantizer has one codebook, not {len(sizes)}")
    draws = Draws(seed)
    vectors, record = _gathered(parts, draws)
    record |= {"codebook_sizes": list(sizes), "seed": seed, "rounds": rounds}
    if kind == "residual":
        return ResidualQuantizer.train(vectors, sizes, draws=draws, rounds=rounds), record
    return ScalarQuantizer.train(vectors, sizes[0], draws=draws, rounds=rounds), record


def _gathered(parts: Iterable[NDArray[np.int32]], draws: Draws) -> tuple[NDArray[np.int32], dict[str, Any]]:
    """All vectors, or as many as are learnt from, in their order; and what the file says about them."""
    digest = hashlib.sha256()
    kept: list[NDArray[np.int32]] = []
    count = held = 0
    for part in parts:
        digest.update(np.ascontiguousarray(part, dtype="<i4").tobytes())
        kept.append(part.astype(np.int16) if _fits_16_bits(part) else part)
        count, held = count + len(part), held + len(part)
        if held > 2 * _MOST_VECTORS:
            kept, held = [_some(np.concatenate(kept), draws)], _MOST_VECTORS
    if not count:
        raise TrainingError("there is nothing to learn from: no source holds a whole patch or a sound; name others")
    vectors = np.concatenate(kept)
    if held > _MOST_VECTORS:
        vectors = _some(vectors, draws)
    return vectors.astype(np.int32), {"vectors": count, "sha256": digest.hexdigest()}


def _fits_16_bits(part: NDArray[np.int32]) -> bool:
    return not part.size or (int(part.min()) >= -(1 << 15) and int(part.max()) < 1 << 15)


def _some(vectors: NDArray[Any], draws: Draws) -> NDArray[Any]:
    """As many as are learnt from, each as likely as the others, in their order."""
    return vectors[np.sort(draws.order(len(vectors))[:_MOST_VECTORS])]
