"""Codecs from files, and codes as files that name the codec they belong to."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from omnitok import _native
from omnitok.codecs.images import ImageCodec
from omnitok.codecs.quantizers import QUANTIZERS
from omnitok.codecs.spectrogram import SpectrogramCodec
from omnitok.codecs.stored import FORMAT, read_tensors, write_tensors
from omnitok.codecs.waveform import WaveformCodec
from omnitok.errors import CodecError, CorruptFileError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    from numpy.typing import NDArray

    from omnitok.codecs.description import Codec

_RATE = re.compile(r"[0-9]{1,9}(/[0-9]{1,9})?")
_METHODS = {one.method: one for one in (ImageCodec, SpectrogramCodec, WaveformCodec)}


def load_codec(path: str | PathLike[str], *, digest: str | None = None) -> Codec:
    """A codec from its file, or a pretrained one from the folder that ``transformers`` saved.

    Args:
        path: ``*.safetensors``, or a folder.
        digest: what the SHA-256 must be, if you know: codes of one codec are noise to another.

    Raises:
        CorruptFileError: it is no codec, or not the one of this digest.
        OSError: it cannot be read.
        ModuleNotFoundError: an extra is not installed.
    """
    path = Path(path)
    codec = _pretrained(path) if path.is_dir() else codec_of(path.read_bytes(), str(path))
    found = codec.describe().digest
    if digest is not None and found != digest:
        raise CorruptFileError(
            f"{path} is another codec: its digest is {found}, and not {digest} as asked for; use the file that the "
            "codes were made with"
        )
    return codec


def _pretrained(folder: Path) -> Codec:
    from omnitok.codecs.pretrained import load_pretrained

    return load_pretrained(folder)


def codec_of(data: bytes, origin: str) -> ImageCodec | SpectrogramCodec | WaveformCodec:
    """A codec from the bytes of its file.

    Args:
        data: the file.
        origin: what messages call it.

    Raises:
        CorruptFileError: it is none, or not written as we write it.
    """
    tensors, about = read_tensors(data, origin)
    if any(tensor.dtype != np.int32 for tensor in tensors.values()):
        raise CorruptFileError(f"{origin} is no codec: its tensors are not int32; train it again")
    try:
        _check_settings(about["settings"])
        quantizer = QUANTIZERS[about["quantizer"]].of_tensors(tensors)
        codec = _METHODS[about["method"]].of_settings(quantizer, about["settings"], about["training"])
        is_canonical = codec.to_bytes() == data
    except (AttributeError, CodecError, KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        raise CorruptFileError(f"{origin} is no codec ({type(error).__name__}: {error}); train it again") from None
    if not is_canonical:
        # Its digest would not be that of the same codec elsewhere.
        raise CorruptFileError(f"{origin} is not as omnitok writes it: edited, or with additions; train it again")
    return codec


def _check_settings(settings: Mapping[str, Any]) -> None:
    """Whole numbers, and a rate of few digits: a stranger's file could spell one that takes hours to read."""
    for name, value in settings.items():
        if not (_RATE.fullmatch(value) if name == "rate" else type(value) is int):
            raise CodecError(f"its {name} is {value!r}")


def save_codes(
    path: str | PathLike[str],
    codes: NDArray[np.uint32],
    codec: Codec,
    *,
    size: Mapping[str, int] | None = None,
    force: bool = False,
) -> None:
    """Writes codes with the digest of their codec, whole or not at all.

    Args:
        path: such as ``photo.codes.safetensors``.
        codes: as the codec gave them.
        codec: that one.
        size: what the signal measured, to cut off what was padded: ``{"height": h, "width": w}`` or ``{"samples": n}``.
        force: replace what is there.

    Raises:
        FileExistsError: there is something and ``force`` is false.
    """
    about = {"format": FORMAT, "codes_of": codec.describe().digest, "size": dict(size or {})}
    _native.write_file(path, write_tensors({"codes": np.asarray(codes, dtype=np.uint32)}, about), force=force)


def read_codes(path: str | PathLike[str], codec: Codec) -> tuple[NDArray[np.uint32], dict[str, int]]:
    """Codes from a file of :func:`save_codes`, and the size of the signal.

    Args:
        path: the file.
        codec: the one that is to decode them.

    Raises:
        CorruptFileError: it is no such file.
        CodecError: they are the codes of another codec.
    """
    tensors, about = read_tensors(Path(path).read_bytes(), str(path))
    size: Any = about.get("size")
    if set(tensors) != {"codes"} or tensors["codes"].dtype != np.uint32 or not _is_size(size):
        raise CorruptFileError(f"{path} holds no codes; write it with save_codes or `omnitok codec encode`")
    own = codec.describe().digest
    if about.get("codes_of") != own:
        raise CodecError(
            f"{path} holds codes of the codec {about.get('codes_of')}, and this is {own}; decode them with the codec "
            "that made them"
        )
    return tensors["codes"], size


def _is_size(size: Any) -> bool:
    return isinstance(size, dict) and all(type(value) is int and value >= 0 for value in size.values())
