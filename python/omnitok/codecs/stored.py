"""Codecs of our own as files: a quantizer and settings as safetensors, equal codecs in equal bytes.

The header is canonical JSON, one metadata entry ``omnitok`` holding the settings (the format library would write
several in any order), and the tensors lie in the order of their names. The digest of a codec is that of its file.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from omnitok import _native
from omnitok.codecs.extra import require
from omnitok.codecs.files import read_signal
from omnitok.errors import CorruptFileError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    from numpy.typing import NDArray

    from omnitok.codecs.description import CodecDescription
    from omnitok.codecs.quantizers import Quantizer

FORMAT = 1
_KEY = "omnitok"


class StoredCodec(ABC):
    """A codec that is a quantizer and a few settings: what all codecs of our own have in common.

    Args:
        quantizer: of vectors.
        training: what it was learnt from, for the file.
    """

    method: ClassVar[str]

    def __init__(self, quantizer: Quantizer, training: Mapping[str, Any] | None) -> None:
        self.quantizer = quantizer
        self.training = dict(training or {})

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """What the file says beside the quantizer."""

    @abstractmethod
    def describe(self) -> CodecDescription:
        """What a block of its codes is declared with."""

    def read(self, path: str | PathLike[str]) -> NDArray[Any]:
        """The signal of a file as ``encode`` takes it; see :func:`omnitok.codecs.read_signal`."""
        return read_signal(path, self.describe())

    def to_bytes(self) -> bytes:
        """The file."""
        about = {
            "format": FORMAT,
            "method": self.method,
            "quantizer": self.quantizer.kind,
            "settings": self.settings(),
            "training": self.training,
        }
        return write_tensors(self.quantizer.tensors(), about)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the file in hex."""
        return _native.sha256(self.to_bytes())

    def save(self, path: str | PathLike[str], *, force: bool = False) -> None:
        """Writes the file, whole or not at all.

        Args:
            path: such as ``image.codec.safetensors``.
            force: replace what is there.

        Raises:
            FileExistsError: there is something and ``force`` is false.
        """
        _native.write_file(path, self.to_bytes(), force=force)


def write_tensors(tensors: Mapping[str, NDArray[Any]], about: Mapping[str, Any]) -> bytes:
    """A safetensors file of little-endian tensors in the order of their names."""
    header: dict[str, Any] = {"__metadata__": {_KEY: _canonical(about)}}
    parts = []
    end = 0
    for name in sorted(tensors):
        data = np.ascontiguousarray(tensors[name])
        part = data.astype(data.dtype.newbyteorder("<")).tobytes()
        kind = {"i": "I", "u": "U", "f": "F"}[data.dtype.kind] + str(8 * data.dtype.itemsize)
        header[name] = {"dtype": kind, "shape": list(data.shape), "data_offsets": [end, end + len(part)]}
        parts.append(part)
        end += len(part)
    text = _canonical(header).encode()
    # The data begins at a multiple of 8.
    text += b" " * (-len(text) % 8)
    return b"".join([len(text).to_bytes(8, "little"), text, *parts])


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def read_tensors(data: bytes, origin: str) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """The tensors of a safetensors file of ours, and what it says about itself.

    Args:
        data: the file.
        origin: what messages call it.

    Raises:
        CorruptFileError: it is no such file.
        ModuleNotFoundError: the extra ``codecs`` is not installed.
    """
    safetensors = require("safetensors")
    try:
        tensors = {
            name: np.frombuffer(one["data"], dtype=_dtype(one["dtype"])).reshape(one["shape"])
            for name, one in safetensors.deserialize(data)
        }
        size = int.from_bytes(data[:8], "little")
        about = json.loads(json.loads(data[8 : 8 + size])["__metadata__"][_KEY])
        is_ours = isinstance(about, dict) and about.get("format") == FORMAT
    except (safetensors.SafetensorError, KeyError, TypeError, ValueError) as error:
        raise CorruptFileError(
            f"{origin} is no safetensors file of omnitok ({type(error).__name__}: {error}); write it again"
        ) from None
    if not is_ours:
        raise CorruptFileError(f"{origin} is of no format that this version knows, which is {FORMAT}; write it again")
    return tensors, about


def _dtype(name: str) -> np.dtype[Any]:
    return np.dtype({"I32": "<i4", "U32": "<u4"}[name])
