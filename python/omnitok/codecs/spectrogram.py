"""The speech codec: log-mel power in blocks, quantized; phases are left out and made up again by Griffin-Lim."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from omnitok.codecs.description import CodecDescription, checked_codes
from omnitok.codecs.draws import Draws
from omnitok.codecs.sound import checked_samples, samples_per_frame
from omnitok.codecs.spectra import MelFrames
from omnitok.codecs.stored import StoredCodec
from omnitok.errors import CodecError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    from omnitok.codecs.quantizers import Quantizer

#: Levels are kept as whole halves of a dB from -40 dB on: small enough numbers for distances in single precision.
_STEPS_PER_DB, _MIDDLE = 2, -40
#: Power that is added before the logarithm, -60 dB: how quiet the quiet is is not worth codes.
_NOISE = 1e-6
#: A code knows nothing of the next; at the joints, and everywhere, each window gets a little of its neighbours.
_NEIGHBOURS = 0.15
#: Windows are this much longer than what they stand for: 32 ms for 10 ms.
_WINDOW = Fraction(16, 5)


class SpectrogramCodec(StoredCodec):
    """Log-mel spectra to codes. What comes back sounds alike, and its samples are others: no SNR can be told of it.

    Args:
        quantizer: of vectors [windows · bands], in halves of a dB.
        sample_rate: samples a second.
        rate: frames a second; each holds one code of every codebook.
        windows: spectra in a frame.
        bands: mel bands of a spectrum.
        training: what it was learnt from, for the file.

    Raises:
        CodecError: a frame is no whole number of samples for each window, or the quantizer is for other vectors.
    """

    method: ClassVar[str] = "spectrogram"
    #: Steps of Griffin-Lim; twice as many take a tenth of a dB more.
    steps: ClassVar[int] = 32
    #: Units of vectors.
    steps_per_db: ClassVar[int] = _STEPS_PER_DB

    def __init__(
        self,
        quantizer: Quantizer,
        *,
        sample_rate: int,
        rate: Fraction,
        windows: int,
        bands: int,
        training: Mapping[str, Any] | None = None,
    ) -> None:
        if quantizer.dimensions != windows * bands:
            raise CodecError(
                f"{windows} windows of {bands} bands do not fit a quantizer of {quantizer.dimensions} values"
            )
        super().__init__(quantizer, training)
        self.sample_rate, self.rate, self.windows, self.bands = sample_rate, rate, windows, bands
        self.samples_per_frame = samples_per_frame(sample_rate, rate, windows)
        self.frames = mel_frames(sample_rate, self.samples_per_frame // windows, bands)

    @classmethod
    def of_settings(
        cls, quantizer: Quantizer, settings: Mapping[str, Any], training: Mapping[str, Any] | None
    ) -> SpectrogramCodec:
        """The codec that a file describes."""
        return cls(
            quantizer,
            sample_rate=settings["sample_rate"],
            rate=Fraction(settings["rate"]),
            windows=settings["windows"],
            bands=settings["bands"],
            training=training,
        )

    def settings(self) -> dict[str, Any]:
        """What the file says beside the quantizer."""
        return {
            "sample_rate": self.sample_rate,
            "rate": str(self.rate),
            "windows": self.windows,
            "bands": self.bands,
        }

    def describe(self) -> CodecDescription:
        """What a block of its codes is declared with."""
        return CodecDescription(
            kind="audio",
            method=self.method,
            codebook_sizes=self.quantizer.sizes,
            digest=self.digest,
            rate=self.rate,
            strides=(1,) * len(self.quantizer.sizes),
            sample_rate=self.sample_rate,
            samples_per_frame=self.samples_per_frame,
        )

    def encode(self, signal: ArrayLike) -> NDArray[np.uint32]:
        """The codes [codebooks, frames] of a sound; the last frame is filled up with silence.

        Args:
            signal: floating point [samples] from -1 to 1, mono, at the codec's sample rate.

        Raises:
            CodecError: see :func:`omnitok.codecs.sound.checked_samples`.
        """
        return self.quantizer.encode(self.vectors(checked_samples(signal)))

    def decode(self, codes: ArrayLike) -> NDArray[np.float32]:
        """The sound, float32 [frames · samples_per_frame]: always the same for the same codes.

        Args:
            codes: [codebooks, frames].

        Raises:
            CodecError: another shape, or a code out of range.
        """
        return self.sound(self.quantizer.decode(checked_codes(codes, self.quantizer.sizes, 2)))

    def sound(self, vectors: NDArray[np.int32]) -> NDArray[np.float32]:
        """The sound of vectors [frames, windows · bands]; of those of :meth:`vectors`, what no codes could better."""
        levels = vectors.reshape(-1, self.bands) / _STEPS_PER_DB + _MIDDLE
        if not len(levels):
            return np.zeros(0, dtype=np.float32)
        around = np.pad(levels, ((1, 1), (0, 0)), mode="edge")
        levels = (1 - 2 * _NEIGHBOURS) * levels + _NEIGHBOURS * (around[2:] + around[:-2])
        power = np.maximum(10 ** (levels.clip(-100, 40) / 10) - _NOISE, 0)
        phases = Draws(0).phases((len(levels), self.frames.window // 2 + 1))
        return self.frames.sound(power, phases, self.steps).clip(-1, 1).astype(np.float32)

    def vectors(self, samples: NDArray[np.float64]) -> NDArray[np.int32]:
        """What is quantized: [frames, windows · bands] in halves of a dB."""
        padded = np.pad(samples, (0, -len(samples) % self.samples_per_frame))
        return levels_of(self.frames, padded).reshape(-1, self.windows * self.bands)


def mel_frames(sample_rate: int, hop: int, bands: int) -> MelFrames:
    """The windows of a codec: one every ``hop`` samples."""
    # Even, so that a window has a middle.
    return MelFrames(sample_rate, hop, int(hop * _WINDOW) // 2 * 2, bands)


def decibels(frames: MelFrames, samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """Levels [windows, bands] in dB, -60 for silence."""
    return 10 * np.log10(frames.power(samples) + _NOISE)


def levels_of(frames: MelFrames, samples: NDArray[np.float64]) -> NDArray[np.int32]:
    """Levels [windows, bands] as they are quantized, in halves of a dB."""
    return np.rint(_STEPS_PER_DB * (decibels(frames, samples) - _MIDDLE)).astype(np.int32)
