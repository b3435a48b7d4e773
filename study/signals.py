"""Images and sound that codecs and merges are learnt from and measured on."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.places import MissingDataError, data
from omnitok.codecs.files import read_images, read_sounds
from study.places import FASHION, SCRATCH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

FASHION_TRAINING, FASHION_HELD_OUT, KODAK_TRAINING = 10_000, 2_000, 8
_SOUNDS = SCRATCH / "prompts" / "usr" / "share" / "asterisk" / "sounds"
#: By speaker the folders of their recordings, as the packages name them.
SPEAKERS = {
    "Allison": ("en_US_f_Allison", "es_MX_f_Allison"),
    "June": ("fr_CA_f_June",),
    "Carlo": ("it_IT_m_Carlo",),
    "IvrvoiceRU": ("ru_RU_f_IvrvoiceRU",),
}
_HEADER_BYTES = 44


def fashion(name: str) -> NDArray[np.uint8]:
    """Images [n, 28, 28] of a file of Fashion-MNIST.

    Raises:
        MissingDataError: it is not on this machine.
    """
    path = next((folder / name for folder in FASHION if (folder / name).is_file()), None)
    if path is None:
        raise MissingDataError(f"{name} is in none of {', '.join(map(str, FASHION))}; `make codecs` fetches it")
    with gzip.open(path) as file:
        return np.frombuffer(file.read(), dtype=np.uint8, offset=16).reshape(-1, 28, 28)


Split = tuple["Sequence[NDArray[np.uint8]]", "Sequence[NDArray[np.uint8]]"]


def fashion_split() -> Split:
    """Training and held-out images of Fashion-MNIST."""
    training, test = fashion("train-images-idx3-ubyte.gz"), fashion("t10k-images-idx3-ubyte.gz")
    return list(training[:FASHION_TRAINING]), list(test[:FASHION_HELD_OUT])


def cifar_split() -> Split:
    """Colour images of CIFAR-10."""
    images = list(read_images([data("modality", "images", "cifar10_train_3000.npz")], channels=3))
    # The file lies class by class: every sixth image is held out.
    return [one for place, one in enumerate(images) if place % 6], images[::6]


def kodak_split() -> Split:
    """Photographs of Kodak."""
    images = list(read_images([data("modality", "images", "kodak")], channels=3))
    return images[:KODAK_TRAINING], images[KODAK_TRAINING:]


def other_speech() -> list[tuple[NDArray[np.floating[Any]], int]]:
    """Speech of people who speak no digits here."""
    folder = data("modality", "audio")
    return list(read_sounds(sorted([*folder.glob("librispeech_*.wav"), *folder.glob("speech_*.wav")])))


def read_prompts(speaker: str) -> list[tuple[NDArray[np.float64], int]]:
    """The prompts of a speaker, 8 kHz, in the order of their names; a few files that hold no sample are left out.

    Raises:
        MissingDataError: they are not on this machine.
    """
    folders = [_SOUNDS / name for name in SPEAKERS[speaker]]
    if missing := [folder for folder in folders if not folder.is_dir()]:
        raise MissingDataError(f"there is no {missing[0]}; `make codecs` fetches it")
    paths = sorted(path for folder in folders for path in folder.rglob("*.wav"))
    found = read_sounds(path for path in paths if path.stat().st_size > _HEADER_BYTES)
    return [(samples.astype(np.float64, copy=False), rate) for samples, rate in found]
