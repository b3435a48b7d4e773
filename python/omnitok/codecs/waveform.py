"""The waveform codec: a lapped cosine transform (MDCT), its coefficients quantized frame by frame."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from omnitok.codecs.description import CodecDescription, checked_codes
from omnitok.codecs.sound import checked_samples, samples_per_frame
from omnitok.codecs.stored import StoredCodec
from omnitok.errors import CodecError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    from omnitok.codecs.quantizers import Quantizer

#: Coefficients are kept in these parts of the scale of samples.
_UNIT = 1 << 10


class WaveformCodec(StoredCodec):
    """Coefficients of the MDCT to codes, so that squared error of samples is what the quantizer keeps small.

    Args:
        quantizer: of vectors [samples_per_frame], in units of 1/1024.
        sample_rate: samples a second.
        rate: frames a second; each holds one code of every codebook.
        training: what it was learnt from, for the file.

    Raises:
        CodecError: a frame is no whole number of samples, or the quantizer is for other vectors.
    """

    method: ClassVar[str] = "waveform"

    def __init__(
        self, quantizer: Quantizer, *, sample_rate: int, rate: Fraction, training: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(quantizer, training)
        self.sample_rate, self.rate = sample_rate, rate
        self.samples_per_frame = samples_per_frame(sample_rate, rate)
        if quantizer.dimensions != self.samples_per_frame:
            raise CodecError(
                f"frames of {self.samples_per_frame} samples do not fit a quantizer of {quantizer.dimensions} values"
            )

    @classmethod
    def of_settings(
        cls, quantizer: Quantizer, settings: Mapping[str, Any], training: Mapping[str, Any] | None
    ) -> WaveformCodec:
        """The codec that a file describes."""
        return cls(quantizer, sample_rate=settings["sample_rate"], rate=Fraction(settings["rate"]), training=training)

    def settings(self) -> dict[str, Any]:
        """What the file says beside the quantizer."""
        return {"sample_rate": self.sample_rate, "rate": str(self.rate)}

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
        """The codes [codebooks, frames] of a sound of n samples: ``ceil(n / samples_per_frame) + 1`` frames.

        Each sample lies in two frames, so there is one frame more than in the sound.

        Args:
            signal: floating point [samples] from -1 to 1, mono, at the codec's sample rate.

        Raises:
            CodecError: see :func:`omnitok.codecs.sound.checked_samples`.
        """
        return self.quantizer.encode(coefficients(checked_samples(signal), self.samples_per_frame))

    def decode(self, codes: ArrayLike) -> NDArray[np.float32]:
        """The sound, float32 [(frames - 1) · samples_per_frame].

        Args:
            codes: [codebooks, frames].

        Raises:
            CodecError: another shape, or a code out of range.
        """
        checked = checked_codes(codes, self.quantizer.sizes, 2)
        return samples_of(self.quantizer.decode(checked)).clip(-1, 1).astype(np.float32)


def coefficients(samples: NDArray[np.float64], size: int) -> NDArray[np.int32]:
    """MDCT coefficients [frames, size] in units of 1/1024, with a sine window."""
    padded = np.pad(samples, (size, size + -len(samples) % size))
    frames = np.lib.stride_tricks.sliding_window_view(padded, 2 * size)[::size] * _sine(size)
    # X[k] = Σ x[n] cos(π/N (n + n0)(k + 1/2)), n0 = (N + 1) / 2, as a Fourier transform of 2N points between two turns.
    spectrum = np.fft.fft(frames * np.exp(-1j * np.pi * np.arange(2 * size) / (2 * size)))[:, :size]
    turned = spectrum * np.exp(-1j * np.pi * (size + 1) / (2 * size) * (np.arange(size) + 0.5))
    return np.asarray(np.rint(turned.real * (np.sqrt(2 / size) * _UNIT)), dtype=np.int32)


def samples_of(rows: NDArray[np.int32]) -> NDArray[np.float64]:
    """The samples of MDCT coefficients [frames, size]: (frames - 1) · size, and none for no frame."""
    count, size = rows.shape
    turned = rows * np.exp(1j * np.pi * (size + 1) / (2 * size) * np.arange(size))
    waves = np.fft.ifft(turned, 2 * size) * (2 * size)
    phases = np.exp(1j * np.pi * (np.arange(2 * size) + (size + 1) / 2) / (2 * size))
    frames = (waves * phases).real * (_sine(size) * np.sqrt(2 / size) / _UNIT)
    # The aliases of neighbours cancel where they overlap.
    return np.asarray((frames[1:, :size] + frames[:-1, size:]).reshape(max(count - 1, 0) * size))


def _sine(size: int) -> NDArray[np.float64]:
    return np.sin(np.pi * (np.arange(2 * size) + 0.5) / (2 * size))
