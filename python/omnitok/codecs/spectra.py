"""Short-time spectra, mel bands, and the way back without phases (Griffin and Lim 1984; momentum of Perraudin 2013).

Bands are added up by numpy's own loops and not by a BLAS, so that the number of threads changes no bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOMENTUM = 0.99
#: Steps that fit a spectrum to its bands.
_FITTING = 20


@dataclass(frozen=True)
class MelFrames:
    """Windows of a sound, one every ``hop`` samples, and their power in mel bands.

    Attributes:
        sample_rate: samples a second.
        hop: samples from one window to the next.
        window: samples of a window, at least 2 hops.
        bands: number of mel bands, from 0 Hz to half the sample rate.
    """

    sample_rate: int
    hop: int
    window: int
    bands: int

    @cached_property
    def _shape(self) -> NDArray[np.float64]:
        """A periodic Hann window."""
        return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(self.window) / self.window)

    @cached_property
    def weights(self) -> NDArray[np.float64]:
        """Triangles [bands, bins] over the mel scale of O'Shaughnessy, each of the sum 1."""
        bins = np.arange(self.window // 2 + 1) * self.sample_rate / self.window
        edges = 700 * (10 ** (np.linspace(0, _mel(self.sample_rate / 2), self.bands + 2) / 2595) - 1)
        # A band narrower than the bins would hold none.
        width = self.sample_rate / self.window
        low, middle, high = (
            np.minimum(edges[:-2], edges[1:-1] - width),
            edges[1:-1],
            np.maximum(edges[2:], edges[1:-1] + width),
        )
        rise = (bins - low[:, None]) / (middle - low)[:, None]
        fall = (high[:, None] - bins) / (high - middle)[:, None]
        triangles = np.maximum(0, np.minimum(rise, fall))
        return np.asarray(triangles / triangles.sum(axis=1, keepdims=True))

    def spectra(self, samples: NDArray[np.float64]) -> NDArray[np.complex128]:
        """Spectra [n, bins] of whole hops, where window t is centred on the middle of hop t."""
        count = len(samples) // self.hop
        before = (self.window - self.hop) // 2
        padded = np.pad(samples, (before, self.window - self.hop - before))
        windows = np.lib.stride_tricks.sliding_window_view(padded, self.window)[:: self.hop][:count]
        return np.fft.rfft(windows * self._shape)

    def samples(self, spectra: NDArray[np.complex128]) -> NDArray[np.float64]:
        """The samples whose spectra are nearest to these, hops · n of them."""
        windows = np.fft.irfft(spectra, self.window) * self._shape
        total, weight = self._overlapped(windows), self._overlapped(np.tile(self._shape**2, (len(windows), 1)))
        before = (self.window - self.hop) // 2
        inside = slice(before, before + len(spectra) * self.hop)
        return np.asarray(total[inside] / np.maximum(weight[inside], 1e-8))

    def _overlapped(self, windows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Windows [n, window] added up where they lie."""
        parts = -(-self.window // self.hop)
        pieces = np.pad(windows, ((0, 0), (0, parts * self.hop - self.window))).reshape(len(windows), parts, self.hop)
        total = np.zeros((len(windows) + parts - 1, self.hop))
        for place in range(parts):
            total[place : place + len(windows)] += pieces[:, place]
        return total.reshape(-1)

    def power(self, samples: NDArray[np.float64]) -> NDArray[np.float64]:
        """Power of bands [n, bands]; a sine of full scale has about 1."""
        power = np.abs(self.spectra(samples)) ** 2 * (4 / self._shape.sum() ** 2)
        return np.asarray(np.einsum("nf,bf->nb", power, self.weights))

    def sound(self, power: NDArray[np.float64], phases: NDArray[np.float64], steps: int) -> NDArray[np.float64]:
        """Samples whose bands have about this power, by Griffin-Lim.

        Args:
            power: [n, bands].
            phases: to begin with [n, bins], in radians.
            steps: more are better and slower: O(n · window · log window) each.

        Returns:
            hops · n samples.
        """
        magnitudes = np.sqrt(self._fitted(power)) * self._shape.sum() / 2
        spectra = magnitudes * np.exp(1j * phases)
        before = np.zeros_like(spectra)
        for _ in range(steps):
            consistent = self.spectra(self.samples(spectra))
            ahead = consistent + _MOMENTUM * (consistent - before)
            before = consistent
            spectra = magnitudes * np.exp(1j * np.angle(ahead))
        return self.samples(spectra)

    def _fitted(self, power: NDArray[np.float64]) -> NDArray[np.float64]:
        """Power of bins [n, bins], never negative, whose bands are about these: multiplicative updates."""
        weights = self.weights
        column = np.maximum(weights.sum(axis=0), 1e-12)
        fitted = np.einsum("nb,bf->nf", power, weights / column)
        for _ in range(_FITTING):
            shown = np.maximum(np.einsum("nf,bf->nb", fitted, weights), 1e-30)
            fitted *= np.einsum("nb,bf->nf", power / shown, weights / column)
        return np.asarray(fitted)


def _mel(frequency: float) -> float:
    return float(2595 * np.log10(1 + frequency / 700))
