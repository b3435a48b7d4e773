"""The image codec: square patches, each quantized by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from omnitok.codecs.description import CodecDescription, checked_codes
from omnitok.codecs.stored import StoredCodec
from omnitok.errors import CodecError, RaggedImageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    from omnitok.codecs.quantizers import Quantizer


class ImageCodec(StoredCodec):
    """Patches of pixels to codes: vector quantization, residual, or scalar, as the quantizer says.

    Args:
        quantizer: of vectors [patch · patch · channels].
        patch: height and width of a patch in pixels.
        channels: 1 or 3.
        training: what it was learnt from, for the file.

    Raises:
        CodecError: the quantizer is for vectors of another length.
    """

    method: ClassVar[str] = "patches"

    def __init__(
        self, quantizer: Quantizer, *, patch: int, channels: int, training: Mapping[str, Any] | None = None
    ) -> None:
        if patch < 1 or channels not in (1, 3) or quantizer.dimensions != patch * patch * channels:
            raise CodecError(
                f"a patch of {patch}x{patch} pixels in {channels} channels (1 or 3) does not fit a quantizer of "
                f"{quantizer.dimensions} values"
            )
        super().__init__(quantizer, training)
        self.patch, self.channels = patch, channels

    @classmethod
    def of_settings(
        cls, quantizer: Quantizer, settings: Mapping[str, Any], training: Mapping[str, Any] | None
    ) -> ImageCodec:
        """The codec that a file describes."""
        return cls(quantizer, patch=settings["patch"], channels=settings["channels"], training=training)

    def settings(self) -> dict[str, Any]:
        """What the file says beside the quantizer."""
        return {"patch": self.patch, "channels": self.channels}

    def describe(self) -> CodecDescription:
        """What a block of its codes is declared with."""
        return CodecDescription(
            kind="image",
            method=self.method,
            codebook_sizes=self.quantizer.sizes,
            digest=self.digest,
            patch=(self.patch, self.patch),
            channels=self.channels,
        )

    def encode(self, signal: ArrayLike) -> NDArray[np.uint32]:
        """The codes [codebooks, rows, columns] of an image.

        Args:
            signal: uint8 [height, width], or with channels [height, width, channels].

        Raises:
            RaggedImageError: a size that the patch does not divide.
            CodecError: another type or shape.
        """
        pixels = self._checked(signal)
        rows, columns = pixels.shape[0] // self.patch, pixels.shape[1] // self.patch
        codes = self.quantizer.encode(cut_patches(pixels, self.patch))
        return codes.reshape(-1, rows, columns)

    def decode(self, codes: ArrayLike) -> NDArray[np.uint8]:
        """The image, uint8 [height, width] or [height, width, 3].

        Args:
            codes: [codebooks, rows, columns].

        Raises:
            CodecError: another shape, or a code out of range.
        """
        checked = checked_codes(codes, self.quantizer.sizes, 3)
        _, rows, columns = checked.shape
        vectors = self.quantizer.decode(checked.reshape(len(checked), -1))
        patches = vectors.clip(0, 255).astype(np.uint8).reshape(rows, columns, self.patch, self.patch, self.channels)
        pixels = patches.transpose(0, 2, 1, 3, 4).reshape(rows * self.patch, columns * self.patch, self.channels)
        return pixels[:, :, 0] if self.channels == 1 else pixels

    def _checked(self, signal: ArrayLike) -> NDArray[np.uint8]:
        pixels = np.asarray(signal)
        if pixels.dtype != np.uint8:
            raise CodecError(f"pixels are uint8 from 0 to 255, not {pixels.dtype}; scale and round them first")
        if pixels.ndim == 2:
            pixels = pixels[:, :, None]
        if pixels.ndim != 3 or pixels.shape[2] != self.channels:
            wanted = "[height, width]" if self.channels == 1 else f"[height, width, {self.channels}]"
            raise CodecError(f"an image of the shape {list(np.shape(signal))}; this codec takes {wanted}")
        height, width = pixels.shape[:2]
        if not height or not width or height % self.patch or width % self.patch:
            raise RaggedImageError(
                f"an image of {height}x{width} pixels (height x width) is not made of whole patches of "
                f"{self.patch}x{self.patch}; cut it to {height - height % self.patch}x{width - width % self.patch} or "
                f"pad it to {height + -height % self.patch}x{width + -width % self.patch}"
            )
        return pixels


def cut_patches(pixels: NDArray[np.uint8], patch: int) -> NDArray[np.int32]:
    """The patches of an image [height, width, channels] in raster order, as vectors [n, patch · patch · channels].

    What is right of and below the last whole patch is left out.
    """
    rows, columns = pixels.shape[0] // patch, pixels.shape[1] // patch
    whole = pixels[: rows * patch, : columns * patch]
    parts = whole.reshape(rows, patch, columns, patch, pixels.shape[2]).transpose(0, 2, 1, 3, 4)
    return parts.reshape(rows * columns, -1).astype(np.int32)


def pad_image(pixels: NDArray[np.uint8], patch: tuple[int, int]) -> NDArray[np.uint8]:
    """An image with its last row and column repeated, up to whole patches.

    Args:
        pixels: [height, width] or [height, width, channels].
        patch: height and width.
    """
    more = [(0, -size % whole) for size, whole in zip(pixels.shape, patch, strict=False)]
    return np.pad(pixels, more + [(0, 0)] * (pixels.ndim - 2), mode="edge")


def whole_patches(pixels: NDArray[np.uint8], patch: tuple[int, int] | None) -> NDArray[np.uint8]:
    """An image without what is right of and below its last whole patch.

    Args:
        pixels: [height, width] or [height, width, channels].
        patch: height and width; None: a pixel.
    """
    height, width = patch or (1, 1)
    return pixels[: pixels.shape[0] // height * height, : pixels.shape[1] // width * width]
