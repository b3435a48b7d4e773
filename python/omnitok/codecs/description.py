"""What a codec is: the protocol, and all that a vocabulary's block needs to know of one."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from omnitok.errors import CodecError

if TYPE_CHECKING:
    from fractions import Fraction

    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True)
class CodecDescription:
    """What a block of codes is declared with.

    Attributes:
        kind: ``"image"`` or ``"audio"``.
        method: how it works, such as ``"patches"`` or ``"mimi"``.
        codebook_sizes: the number of codes of each codebook, in codebook order.
        digest: SHA-256 of the codec in hex: codes of another codec are noise to this one.
        patch: height and width in pixels that a code of each codebook covers; images only.
        channels: 1 for grey, 3 for red, green and blue; images only.
        rate: frames a second, exact; audio only. A frame holds one code of each codebook, where strides are 1.
        strides: frames from one code to the next, for each codebook; audio only.
        sample_rate: samples a second; audio only.
        samples_per_frame: ``sample_rate / rate``; audio only.
    """

    kind: Literal["image", "audio"]
    method: str
    codebook_sizes: tuple[int, ...]
    digest: str
    patch: tuple[int, int] | None = None
    channels: int | None = None
    rate: Fraction | None = None
    strides: tuple[int, ...] = ()
    sample_rate: int | None = None
    samples_per_frame: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """For JSON: tuples are lists, the rate is text such as ``"25/2"``, and what has no meaning here is left out."""
        entries = {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}
        if self.rate is not None:
            entries["rate"] = str(self.rate)
        return {key: value for key, value in entries.items() if value not in (None, [])}


class Codec(Protocol):
    """An image or a sound to codes and back.

    Images are uint8 [height, width] or [height, width, 3], and their codes uint32 [codebooks, rows, columns]. Sound is
    float32 [samples] from -1 to 1, mono at the codec's sample rate, and its codes are uint32 [codebooks, frames].
    """

    def describe(self) -> CodecDescription:
        """What a block of its codes is declared with."""

    def encode(self, signal: ArrayLike) -> NDArray[np.uint32]:
        """The codes of a signal.

        Raises:
            CodecError: the signal is empty, of another shape or type, or holds what is no number.
        """

    def decode(self, codes: ArrayLike) -> NDArray[Any]:
        """The signal that codes stand for.

        Raises:
            CodecError: codes of another shape, or out of range; the message names the place.
        """


def checked_codes(codes: ArrayLike, sizes: tuple[int, ...], dimensions: int) -> NDArray[np.uint32]:
    """Codes [codebooks, ...] as uint32, each below the size of its codebook.

    Args:
        codes: integers.
        sizes: of the codebooks.
        dimensions: how many dimensions there must be, 2 or 3.

    Raises:
        CodecError: anything else; the message names the first such code and its place.
    """
    array = np.asarray(codes)
    axes = ("codebooks", "rows", "columns") if dimensions == 3 else ("codebooks", "frames")
    if array.dtype.kind not in "iu" and array.size:
        raise CodecError(f"codes are integers, not {array.dtype}")
    if array.ndim != dimensions or len(array) != len(sizes):
        raise CodecError(
            f"codes of the shape {list(array.shape)}; this codec has {len(sizes)} codebooks, so codes have the shape "
            f"[{len(sizes)}, {', '.join(axes[1:])}]"
        )
    for codebook, (row, size) in enumerate(zip(array, sizes, strict=True)):
        bad = np.argwhere((row < 0) | (row >= size))
        if len(bad):
            place = tuple(int(one) for one in bad[0])
            named = ", ".join(f"{axis[:-1]} {at}" for axis, at in zip(axes[1:], place, strict=True))
            raise CodecError(
                f"code {int(row[place])} in codebook {codebook}, {named} is out of range: the codebook has {size:,} "
                f"codes, 0 to {size - 1:,}; are these the codes of another codec, or of another codebook?"
            )
    return array.astype(np.uint32)
