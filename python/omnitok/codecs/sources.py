"""Codes of many files: of those that hold codes, and of pictures and recordings, which the codec encodes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from omnitok.codecs.files import ARRAYS, PICTURES, RECORDINGS, files_of, read_images, read_sounds
from omnitok.codecs.images import whole_patches
from omnitok.codecs.loading import read_codes
from omnitok.codecs.sound import resample
from omnitok.errors import CodecError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from os import PathLike

    from numpy.typing import NDArray

    from omnitok.codecs.description import Codec, CodecDescription

CODES = ".codes.safetensors"
"""What files of codes end in, by which they are found in folders."""


def codes_of_sources(sources: Iterable[str | PathLike[str]], codec: Codec) -> Iterator[NDArray[Any]]:
    """The codes of files and folders, an array for each image or sound, in the order of names.

    Args:
        sources: ``.safetensors`` files that :func:`~omnitok.codecs.save_codes` or ``omnitok codec encode`` wrote;
            pictures and arrays for a codec of images, of which what is beyond the last whole patch is left out, and
            recordings for one of audio, which are resampled; folders of all these, in which files of codes end in
            ``.codes.safetensors``.
        codec: the one that made the codes, and makes those of signals.

    Raises:
        CorpusError: a folder without such files.
        CorruptFileError: a file that is not what its name says.
        CodecError: codes of another codec, or a signal that it does not take.
        OSError: a file that cannot be read.
    """
    description = codec.describe()
    signals = (*PICTURES, *ARRAYS) if description.kind == "image" else RECORDINGS
    for path in files_of(sources, (CODES, *signals)):
        if path.suffix == Path(CODES).suffix:
            yield read_codes(path, codec)[0]
            continue
        try:
            yield from map(codec.encode, _signals(path, description))
        except CodecError as error:
            raise type(error)(f"{path}: {error}") from error


def _signals(path: Path, description: CodecDescription) -> Iterator[NDArray[Any]]:
    if description.kind == "image":
        for image in read_images([path], channels=1 if description.channels == 1 else 3):
            yield whole_patches(image, description.patch)
    else:
        for samples, rate in read_sounds([path]):
            yield resample(samples, rate, description.sample_rate or rate)
