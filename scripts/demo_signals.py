"""Pictures and sounds for ``make demo``: rings of colour and sung vowels, made up from numbers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from omnitok.codecs.files import write_image, write_sound

RATE = 8000


def picture(draws: np.random.Generator) -> np.ndarray[Any, Any]:
    """Rings around a point, uint8 [64, 64, 3]."""
    rows, columns = np.mgrid[:64, :64]
    distance = np.hypot(rows - draws.uniform(8, 56), columns - draws.uniform(8, 56))
    waves = np.sin(distance[:, :, None] / draws.uniform(4, 12) + draws.uniform(0, 6, 3))
    return (127 + 120 * waves).astype(np.uint8)


def sound(draws: np.random.Generator) -> np.ndarray[Any, Any]:
    """A gliding tone with formants, a second of float [8000]."""
    time = np.arange(RATE) / RATE
    phase = (
        2
        * np.pi
        * np.cumsum(draws.uniform(90, 180) * (1 + 0.3 * np.sin(2 * np.pi * draws.uniform(1, 4) * time)))
        / RATE
    )
    formants = draws.uniform((300, 900), (800, 2300))
    harmonics = np.arange(1, 24)
    strength = sum(np.exp(-(((130 * harmonics - formant) / 250) ** 2)) for formant in formants)
    return 0.2 * (strength[:, None] * np.sin(harmonics[:, None] * phase)).sum(axis=0).clip(-4, 4)


def main(folder: Path) -> None:
    """Writes twelve of each to learn from, and one of each for the document."""
    draws = np.random.default_rng(7)
    for name, make, write in (
        ("pictures", picture, lambda path, made: write_image(path.with_suffix(".png"), made, force=True)),
        ("sounds", sound, lambda path, made: write_sound(path.with_suffix(".wav"), made, RATE, force=True)),
    ):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number in range(12):
            write(folder / name / f"{number:02}", make(draws))
        write(folder / name.removesuffix("s"), make(draws))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
