"""How good a codec is on signals that it has not learnt from, and what its codes cost."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from omnitok.codecs.images import whole_patches
from omnitok.codecs.sound import checked_samples, resample
from omnitok.codecs.spectrogram import SpectrogramCodec, decibels, mel_frames
from omnitok.errors import CodecError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from omnitok.codecs.description import Codec, CodecDescription
    from omnitok.codecs.training import Sound

#: Bands and windows a second of the log-spectral error, whatever the codec uses itself.
_BANDS, _WINDOWS_PER_SECOND = 40, 100


def evaluate_codec(codec: Codec, signals: Iterable[NDArray[np.uint8]] | Iterable[Sound]) -> dict[str, Any]:
    """Encodes and decodes signals and says what is lost.

    Images: ``psnr_db`` over all pixels (``None`` where nothing is lost), tokens and bits per pixel. Sound: the root
    mean square error of 40 log-mel bands, ``log_spectral_rmse_db``, tokens and bits per second; ``snr_db`` for codecs
    of samples, as it means nothing where phases are made up. Bits are those of the sizes of the codebooks, and of the
    entropy of codes as they occur. For each codebook: which part of it occurs, entropy, perplexity.

    Args:
        codec: any.
        signals: images, of which what is beyond the last whole patch is left out; or sounds with their sample rate.

    Raises:
        CodecError: there is no signal, or one that the codec does not take.
    """
    description = codec.describe()
    counts = [np.zeros(size, dtype=np.int64) for size in description.codebook_sizes]
    if description.kind == "image":
        extent, figures = _images(codec, description, signals, counts)  # type: ignore[arg-type]
        unit = "pixel"
    else:
        extent, figures = _sounds(codec, description, signals, counts)  # type: ignore[arg-type]
        unit = "second"
    tokens = [int(one.sum()) for one in counts]
    entropies = [_entropy(one) for one in counts]
    bits = sum(count * math.log2(size) for count, size in zip(tokens, description.codebook_sizes, strict=True))
    figures |= {
        f"tokens_per_{unit}": sum(tokens) / extent,
        f"bits_per_{unit}": bits / extent,
        f"entropy_bits_per_{unit}": sum(map(math.prod, zip(tokens, entropies, strict=True))) / extent,
        "codebooks": [
            {
                "size": size,
                "used": int(np.count_nonzero(one)),
                "entropy_bits": entropy,
                "perplexity": 2**entropy,
            }
            for size, one, entropy in zip(description.codebook_sizes, counts, entropies, strict=True)
        ],
    }
    return {"codec": description.as_dict(), **figures}


def _images(
    codec: Codec, description: CodecDescription, images: Iterable[NDArray[np.uint8]], counts: list[NDArray[np.int64]]
) -> tuple[float, dict[str, Any]]:
    number = pixels = values = squares = 0
    for image in images:
        whole = whole_patches(image, description.patch)
        codes = codec.encode(whole)
        _count(codes, counts)
        lost = codec.decode(codes).astype(np.int64) - whole.reshape(
            whole.shape[: 2 if description.channels == 1 else 3]
        )
        number, pixels, values = number + 1, pixels + whole.shape[0] * whole.shape[1], values + whole.size
        squares += int(np.sum(lost * lost))
    if not number:
        raise CodecError("there is no image to evaluate on; name some")
    psnr = 10 * math.log10(255**2 * values / squares) if squares else None
    return pixels, {"images": number, "pixels": pixels, "psnr_db": psnr}


def _sounds(
    codec: Codec, description: CodecDescription, sounds: Iterable[Sound], counts: list[NDArray[np.int64]]
) -> tuple[float, dict[str, Any]]:
    rate = description.sample_rate or 1
    frames = mel_frames(rate, rate // _WINDOWS_PER_SECOND, _BANDS)
    number = samples = 0
    spectral, quantized, signal, noise = _Mean(), _Mean(), 0.0, 0.0
    for heard, own_rate in sounds:
        original = resample(checked_samples(heard), own_rate, rate)
        codes = codec.encode(original)
        _count(codes, counts)
        decoded = np.asarray(codec.decode(codes), dtype=np.float64)[: len(original)]
        original = original[: len(decoded)]
        padding = (0, -len(original) % frames.hop)
        before, after = (decibels(frames, np.pad(one, padding)) for one in (original, decoded))
        spectral.add(after - before)
        if isinstance(codec, SpectrogramCodec):
            quantized.add((codec.quantizer.decode(codes) - codec.vectors(original)) / codec.steps_per_db)
        signal, noise = signal + float(np.sum(original**2)), noise + float(np.sum((decoded - original) ** 2))
        number, samples = number + 1, samples + len(original)
    if not number:
        raise CodecError("there is no sound to evaluate on; name some")
    figures: dict[str, Any] = {"sounds": number, "seconds": samples / rate, "log_spectral_rmse_db": spectral.root()}
    if isinstance(codec, SpectrogramCodec):
        figures["quantizer_rmse_db"] = quantized.root()
    else:
        figures["snr_db"] = 10 * math.log10(signal / noise) if signal and noise else None
    return samples / rate, figures


class _Mean:
    """The mean of squares, bit by bit."""

    def __init__(self) -> None:
        self._sum, self._count = 0.0, 0

    def add(self, values: NDArray[np.float64]) -> None:
        self._sum += float(np.sum(values * values))
        self._count += values.size

    def root(self) -> float:
        return math.sqrt(self._sum / max(self._count, 1))


def _count(codes: NDArray[np.uint32], counts: list[NDArray[np.int64]]) -> None:
    for one, row in zip(counts, codes, strict=True):
        one += np.bincount(row.reshape(-1), minlength=len(one))


def _entropy(counts: NDArray[np.int64]) -> float:
    """Bits of a code, as often as codes occur here."""
    shares = counts[counts > 0] / max(int(counts.sum()), 1)
    return max(float(-(shares * np.log2(shares)).sum()), 0.0)
