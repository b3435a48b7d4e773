"""Images and sounds as files: PNG, JPEG and WebP by Pillow, WAV, FLAC and OGG by soundfile, arrays by numpy."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from omnitok import _native
from omnitok.codecs.containers import check_whole
from omnitok.codecs.extra import require
from omnitok.codecs.sound import resample
from omnitok.errors import CorpusError, CorruptFileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from os import PathLike

    from numpy.typing import NDArray

    from omnitok.codecs.description import CodecDescription
    from omnitok.codecs.training import Sound

PICTURES = (".png", ".jpg", ".jpeg", ".webp")
ARRAYS = (".npy", ".npz")
RECORDINGS = (".wav", ".flac", ".ogg")
_WRITTEN_PICTURES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}
_WRITTEN_RECORDINGS = {".wav": "WAV", ".flac": "FLAC"}
#: Modes of Pillow that have eight bits a channel or fewer.
_EIGHT_BITS = frozenset({"1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "HSV", "LAB"})


def read_images(sources: Iterable[str | PathLike[str]], *, channels: Literal[1, 3]) -> Iterator[NDArray[np.uint8]]:
    """The images of files and folders, one after the other, in the order of their names.

    Args:
        sources: pictures, ``.npy`` and ``.npz`` arrays of uint8 ([n, height, width], [n, height, width, 3]), folders.
        channels: 1 for grey [height, width], 3 for colour [height, width, 3]; others are converted. What is transparent
            has the colour that the file gives it, and the orientation that a camera noted is applied.

    Raises:
        CorpusError: a folder without images.
        CorruptFileError: a file that is no image.
        OSError: one that cannot be read.
    """
    for path in files_of(sources, (*PICTURES, *ARRAYS)):
        yield from _images_of_file(path, channels)


def read_sounds(sources: Iterable[str | PathLike[str]]) -> Iterator[Sound]:
    """The sounds of files and folders with their sample rates, channels mixed to one.

    Args:
        sources: ``.wav``, ``.flac`` and ``.ogg`` files, and folders of them.

    Raises:
        CorpusError: a folder without sounds.
        CorruptFileError: a file that is no sound, or was cut, or has no samples, or one that is no number.
        OSError: one that cannot be read.
    """
    for path in files_of(sources, RECORDINGS):
        yield read_sound(path.read_bytes(), str(path))


def read_sound(data: bytes, origin: str) -> Sound:
    """A sound and its sample rate, channels mixed to one.

    Args:
        data: the content of a ``.wav``, ``.flac`` or ``.ogg`` file.
        origin: what messages call it.

    Raises:
        CorruptFileError: as in :func:`read_sounds`.
    """
    soundfile = require("soundfile")
    check_whole(data, origin)
    try:
        samples, rate = soundfile.read(io.BytesIO(data), dtype="float64", always_2d=True)
    except (soundfile.SoundFileError, RuntimeError) as error:
        raise CorruptFileError(f"{origin} is no sound that can be read: {_reason(error)}") from None
    if not samples.size:
        raise CorruptFileError(f"{origin} holds 0 samples; leave it out")
    bad = np.argwhere(~np.isfinite(samples))
    if len(bad):
        frame, channel = (int(one) for one in bad[0])
        raise CorruptFileError(
            f"{origin}, sample {frame:,}, channel {channel} is {samples[frame, channel]}; repair the file or "
            "leave it out"
        )
    return samples.mean(axis=1), int(rate)


def read_signal(path: str | PathLike[str], description: CodecDescription) -> NDArray[Any]:
    """The image or the sound of a file, as the codec of a description takes it.

    Args:
        path: a picture or an array of one image, which gets the channels of the codec; or a ``.wav``, ``.flac`` or
            ``.ogg`` file, whose channels are mixed to one and whose sample rate becomes that of the codec.
        description: that of the codec.

    Raises:
        CorruptFileError: it is no such file, or holds several images.
        OSError: it cannot be read.
    """
    if description.kind == "audio":
        samples, sample_rate = read_sound(Path(path).read_bytes(), str(path))
        return resample(samples, sample_rate, description.sample_rate or sample_rate)
    images = _images_of_file(Path(path), 1 if description.channels == 1 else 3)
    image, more = next(images, None), next(images, None)
    if image is None or more is not None:
        raise CorruptFileError(f"{path} is not one image; name the file of one")
    return image


def _images_of_file(path: Path, channels: Literal[1, 3]) -> Iterator[NDArray[np.uint8]]:
    if path.suffix.lower() in ARRAYS:
        yield from _images_of_array(path, channels)
    else:
        yield _picture(path, channels)


def files_of(sources: Iterable[str | PathLike[str]], suffixes: tuple[str, ...]) -> Iterator[Path]:
    """Files as they are named, and of folders those with these endings, in the order of their names.

    Raises:
        CorpusError: a folder without such a file.
    """
    for source in map(Path, sources):
        if not source.is_dir():
            yield source
            continue
        found = sorted(path for path in source.rglob("*") if path.name.lower().endswith(suffixes) and path.is_file())
        if not found:
            raise CorpusError(f"{source} holds no file that ends in {', '.join(suffixes)}; name another folder")
        yield from found


def _picture(path: Path, channels: Literal[1, 3]) -> NDArray[np.uint8]:
    image_module, operations = require("PIL.Image"), require("PIL.ImageOps")
    data = path.read_bytes()
    try:
        with warnings.catch_warnings():
            # Pillow warns of a picture of so many pixels, and refuses one of twice as many.
            warnings.simplefilter("error", image_module.DecompressionBombWarning)
            image = image_module.open(io.BytesIO(data))
        with image:
            mode, upright = image.mode, operations.exif_transpose(image)
            pixels = np.asarray(upright.convert("L" if channels == 1 else "RGB"))
    except (image_module.DecompressionBombError, image_module.DecompressionBombWarning):
        raise CorruptFileError(
            f"{path} has more than {image_module.MAX_IMAGE_PIXELS:,} pixels, PIL.Image.MAX_IMAGE_PIXELS; scale it down"
        ) from None
    # Pillow's readers let many kinds of exception out of a file that was cut or changed.
    except (OSError, ValueError, SyntaxError, EOFError, IndexError) as error:
        raise CorruptFileError(f"{path} is no image that can be read: {_reason(error)}") from None
    if mode not in _EIGHT_BITS:
        raise CorruptFileError(f"{path} has pixels of mode {mode}; save it with 8 bits a channel")
    return pixels


def _reason(error: Exception) -> str:
    # Both libraries name the object that they read from, which is the file's bytes in memory.
    return str(error).partition("<_io.BytesIO")[0].rstrip(" :") or type(error).__name__


def _images_of_array(path: Path, channels: Literal[1, 3]) -> Iterator[NDArray[np.uint8]]:
    array = _array(path)
    if array.dtype != np.uint8 or array.ndim not in (3, 4) or (array.ndim == 4 and array.shape[3] not in (1, 3)):
        raise CorruptFileError(
            f"{path} holds {array.dtype} {list(array.shape)}; images are uint8 [n, height, width] or "
            "[n, height, width, 3]"
        )
    if array.ndim == 4 and array.shape[3] == 1:
        array = array[:, :, :, 0]
    if array.ndim == (3 if channels == 1 else 4):
        yield from array
        return
    image_module = require("PIL.Image")
    for pixels in array:
        yield np.asarray(image_module.fromarray(pixels).convert("L" if channels == 1 else "RGB"))


def _array(path: Path) -> NDArray[Any]:
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return loaded
        with loaded:
            images = [array for array in (loaded[name] for name in loaded.files) if array.ndim >= 3]
    except FileNotFoundError:
        raise
    except Exception as error:  # noqa: BLE001  zipfile and numpy raise a dozen kinds for files that are damaged
        raise CorruptFileError(f"{path} is no array that can be read: {error}") from None
    if len(images) != 1:
        raise CorruptFileError(f"{path} holds {len(images)} arrays of images; keep one in a file")
    return np.asarray(images[0])


def write_image(path: str | PathLike[str], pixels: NDArray[np.uint8], *, force: bool = False) -> None:
    """Writes ``.png`` or ``.jpg``, whole or not at all.

    Raises:
        ValueError: another ending.
        FileExistsError: there is something and ``force`` is false.
    """
    format_name = _format(Path(path), _WRITTEN_PICTURES)
    out = io.BytesIO()
    require("PIL.Image").fromarray(pixels).save(out, format=format_name)
    _native.write_file(path, out.getvalue(), force=force)


def write_sound(path: str | PathLike[str], samples: NDArray[Any], sample_rate: int, *, force: bool = False) -> None:
    """Writes 16-bit ``.wav`` or ``.flac``, whole or not at all.

    Raises:
        ValueError: another ending.
        FileExistsError: there is something and ``force`` is false.
    """
    format_name = _format(Path(path), _WRITTEN_RECORDINGS)
    out = io.BytesIO()
    require("soundfile").write(out, samples, sample_rate, format=format_name, subtype="PCM_16")
    _native.write_file(path, out.getvalue(), force=force)


def _format(path: Path, formats: dict[str, str]) -> str:
    if path.suffix.lower() not in formats:
        raise ValueError(f"{path} ends in none of {', '.join(formats)}; these can be written")
    return formats[path.suffix.lower()]
