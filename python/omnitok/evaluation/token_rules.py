"""How many tokens APIs count for images and sound: the published rules, by name.

They are no measurements. A rule says what a service charges for a picture or a second, to stand beside what a
vocabulary of codes spends on it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class ImageRule:
    """Tokens of an image by its size in pixels.

    Attributes:
        name: the rule.
        tokens: from width and height in pixels to tokens.
        source: where the rule was read.
    """

    name: str
    tokens: Callable[[int, int], int]
    source: str


@dataclass(frozen=True)
class SoundRule:
    """Tokens of a second of sound.

    Attributes:
        name: the rule.
        tokens_per_second: tokens.
        source: where the rule was read.
    """

    name: str
    tokens_per_second: float
    source: str


def tile_tokens(width: int, height: int, *, base: int = 85, tile: int = 170) -> int:
    """Tokens by tiles of 512 pixels: the image is made to fit 2048 x 2048, then its shorter side 768, never enlarged.

    Args:
        width: pixels.
        height: pixels.
        base: tokens of any image.
        tile: tokens of each tile that the scaled image touches.

    Raises:
        ValueError: a side is below 1.
    """
    _check(width, height)
    scale = min(1.0, 2048 / max(width, height))
    scale = min(scale, 768 / min(width, height))
    # A side that is a multiple of 512 but for rounding is that multiple.
    across, down = (math.ceil(round(side * scale, 6) / 512) for side in (width, height))
    return base + tile * across * down


def patch_tokens(width: int, height: int, *, side: int = 32, limit: int = 1536, multiplier: float = 1.0) -> int:
    """Tokens by patches of ``side`` pixels; an image of more than ``limit`` of them is scaled down until it fits.

    Args:
        width: pixels.
        height: pixels.
        side: of a patch, in pixels.
        limit: patches at most.
        multiplier: tokens of a patch, by which models differ.

    Raises:
        ValueError: a side is below 1.
    """
    _check(width, height)
    patches = math.ceil(width / side) * math.ceil(height / side)
    if patches > limit:
        # Scaled to the area of the limit, and then a little more, so that one side is a whole number of patches.
        scale = math.sqrt(side * side * limit / (width * height))
        across, down = width * scale / side, height * scale / side
        scale *= min(_whole(across) / across, _whole(down) / down)
        across, down = (math.ceil(round(length * scale / side, 6)) for length in (width, height))
        patches = min(across * down, limit)
    return math.ceil(patches * multiplier)


def _whole(patches: float) -> int:
    return max(1, math.floor(patches))


def _check(width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise ValueError(f"an image of {width} x {height} pixels has none")


IMAGE_RULES = (
    ImageRule("tiles of 512", tile_tokens, "OpenAI's guide to images, the rule of GPT-4o: 85 and 170 for each tile"),
    ImageRule("patches of 32", patch_tokens, "OpenAI's guide to images, the rule of GPT-4.1 mini: at most 1,536"),
)
_REALTIME = "OpenAI's guide Managing costs of the Realtime API (developers.openai.com/api/docs/guides/realtime-costs)"
SOUND_RULES = (
    SoundRule("sound heard", 10.0, f"{_REALTIME}: 1 token for 100 ms of a user"),
    SoundRule("sound spoken", 20.0, f"{_REALTIME}: 1 token for 50 ms of an assistant"),
)
