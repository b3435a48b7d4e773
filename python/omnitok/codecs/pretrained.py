"""Codecs that others trained: Mimi, EnCodec and DAC of ``transformers``, and any object that encodes and decodes."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from omnitok.codecs.description import CodecDescription, checked_codes
from omnitok.codecs.extra import require
from omnitok.codecs.files import read_signal
from omnitok.codecs.sound import checked_samples
from omnitok.errors import CodecError, CorruptFileError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from os import PathLike
    from pathlib import Path

    from numpy.typing import ArrayLike, NDArray

#: Models of transformers, and how each is asked for the number of its codebooks.
_CODEBOOKS: dict[str, Callable[[Any], int]] = {
    "mimi": lambda config: int(config.num_quantizers),
    "encodec": lambda config: int(config.num_quantizers),
    "dac": lambda config: int(config.n_codebooks),
}


class AdaptedCodec:
    """A codec of another library behind the protocol of ours: what goes in and comes out is checked.

    Args:
        description: what it is.
        encode: the signal, float32 [samples] or uint8 pixels, to integer codes [codebooks, frames] or
            [codebooks, rows, columns].
        decode: the other way.
    """

    def __init__(
        self,
        description: CodecDescription,
        encode: Callable[[NDArray[Any]], ArrayLike],
        decode: Callable[[NDArray[np.uint32]], ArrayLike],
    ) -> None:
        self._description, self._encode, self._decode = description, encode, decode
        self._dimensions = 3 if description.kind == "image" else 2

    def describe(self) -> CodecDescription:
        """What a block of its codes is declared with."""
        return self._description

    def read(self, path: str | PathLike[str]) -> NDArray[Any]:
        """The signal of a file as ``encode`` takes it; see :func:`omnitok.codecs.read_signal`."""
        return read_signal(path, self._description)

    def encode(self, signal: ArrayLike) -> NDArray[np.uint32]:
        """The codes of a signal, as :class:`omnitok.codecs.Codec` says.

        Raises:
            CodecError: the signal is none, or the model gives codes that its description does not allow.
        """
        given = checked_samples(signal).astype(np.float32) if self._description.kind == "audio" else np.asarray(signal)
        return checked_codes(self._encode(given), self._description.codebook_sizes, self._dimensions)

    def decode(self, codes: ArrayLike) -> NDArray[Any]:
        """The signal that codes stand for.

        Raises:
            CodecError: codes of another shape, or out of range.
        """
        checked = checked_codes(codes, self._description.codebook_sizes, self._dimensions)
        if not checked.size:
            return np.zeros(
                0 if self._dimensions == 2 else (0, 0), dtype=np.float32 if self._dimensions == 2 else np.uint8
            )
        return np.asarray(self._decode(checked))


def adapt(
    model: Any,
    *,
    kind: Literal["image", "audio"],
    codebook_sizes: Sequence[int],
    digest: str,
    method: str | None = None,
    sample_rate: int | None = None,
    rate: Fraction | str | int | None = None,
    strides: Sequence[int] = (),
    patch: tuple[int, int] | None = None,
    channels: int | None = None,
) -> AdaptedCodec:
    """Any object with ``encode(signal)`` and ``decode(codes)`` over arrays, as a codec of ours.

    Args:
        model: the object.
        kind: what it encodes.
        codebook_sizes: codes of each codebook.
        digest: 64 hex digits that change when its codes do, such as the SHA-256 of its weights.
        method: a name for people; its class's when left out.
        sample_rate: of sound.
        rate: frames a second, exact.
        strides: frames from one code to the next for each codebook; 1 when left out.
        patch: height and width in pixels that a code covers.
        channels: of images.

    Raises:
        CodecError: something that the kind needs is missing, or the digest is none.
    """
    if len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise CodecError(f"a digest is 64 lower-case hex digits, not {digest!r}; hash the weights with SHA-256")
    needed = {"patch": patch, "channels": channels} if kind == "image" else {"sample_rate": sample_rate, "rate": rate}
    if missing := [name for name, value in needed.items() if value is None]:
        raise CodecError(f"a codec of kind {kind!r} needs {' and '.join(missing)}")
    if not codebook_sizes or min(codebook_sizes) < 1:
        raise CodecError(f"codebooks of {list(codebook_sizes)} codes; there is at least one of each")
    exact = None if rate is None else Fraction(rate)
    whole = None if exact is None or sample_rate is None else sample_rate / exact
    description = CodecDescription(
        kind=kind,
        method=method or type(model).__name__,
        codebook_sizes=tuple(codebook_sizes),
        digest=digest,
        patch=patch,
        channels=channels,
        rate=exact,
        strides=tuple(strides) or ((1,) * len(codebook_sizes) if kind == "audio" else ()),
        sample_rate=sample_rate,
        samples_per_frame=int(whole) if whole is not None and whole.denominator == 1 else None,
    )
    return AdaptedCodec(description, model.encode, model.decode)


def load_pretrained(folder: Path) -> AdaptedCodec:
    """A model from a folder that ``save_pretrained`` of transformers wrote; no network.

    Raises:
        CorruptFileError: the folder holds no such model.
        ModuleNotFoundError: torch or transformers is not installed.
    """
    if not (folder / "config.json").is_file():
        raise CorruptFileError(
            f"{folder} holds no config.json; name a codec file, or a folder that save_pretrained wrote"
        )
    require("torch")
    transformers = require("transformers")
    return adapt_transformers(transformers.AutoModel.from_pretrained(str(folder), local_files_only=True))


def adapt_transformers(model: Any) -> AdaptedCodec:
    """A ``MimiModel``, ``EncodecModel`` or ``DacModel`` of transformers, on the device that it is on.

    Args:
        model: in evaluation mode from then on.

    Raises:
        CodecError: another model, or one whose codes do not hold all of the sound.
        ModuleNotFoundError: torch is not installed.
    """
    torch = require("torch")
    config = model.config
    if config.model_type not in _CODEBOOKS:
        raise CodecError(
            f"a model of type {config.model_type!r}; {', '.join(_CODEBOOKS)} are known: adapt() takes any other object"
        )
    if getattr(config, "normalize", False):
        raise CodecError("this EnCodec scales each piece by a number that is no code; use one with normalize=False")
    if getattr(config, "chunk_length_s", None) is not None:
        raise CodecError("this EnCodec cuts sound into pieces that overlap; use one with chunk_length_s=None")
    if getattr(config, "audio_channels", 1) != 1:
        raise CodecError(f"a model of {config.audio_channels} channels; codecs here take one")
    model.eval()

    def encode(samples: NDArray[Any]) -> NDArray[Any]:
        with torch.inference_mode():
            given = torch.from_numpy(np.ascontiguousarray(samples))[None, None].to(model.device)
            codes = model.encode(given, **_encoding_options(config)).audio_codes
        # [1, codebooks, frames]; of EnCodec [1, 1, codebooks, frames], one piece of one sound.
        return np.asarray(codes.reshape(-1, codes.shape[-1]).cpu().numpy())

    def decode(codes: NDArray[np.uint32]) -> NDArray[Any]:
        with torch.inference_mode():
            given = torch.from_numpy(codes.astype(np.int64))[None].to(model.device)
            if config.model_type == "encodec":
                sound = model.decode(given[None], [None]).audio_values
            else:
                sound = model.decode(audio_codes=given).audio_values
        return np.asarray(sound.reshape(-1).float().cpu().numpy())

    rate = _rate(config)
    count = _CODEBOOKS[config.model_type](config)
    description = CodecDescription(
        kind="audio",
        method=config.model_type,
        codebook_sizes=(int(config.codebook_size),) * count,
        digest=_digest(model),
        rate=rate,
        strides=(1,) * count,
        sample_rate=int(config.sampling_rate),
        samples_per_frame=int(config.sampling_rate / rate),
    )
    return AdaptedCodec(description, encode, decode)


def _encoding_options(config: Any) -> dict[str, Any]:
    """EnCodec is asked for all of its codebooks, which its highest bandwidth has."""
    return {"bandwidth": config.target_bandwidths[-1]} if config.model_type == "encodec" else {}


def _rate(config: Any) -> Fraction:
    """Frames a second, exact: configurations round it up, or hold a float."""
    if config.model_type == "dac":
        return Fraction(int(config.sampling_rate), int(config.hop_length))
    if config.model_type == "encodec":
        return Fraction(int(config.sampling_rate), int(np.prod(config.upsampling_ratios)))
    return Fraction(config.frame_rate).limit_denominator(1000)


def _digest(model: Any) -> str:
    """SHA-256 of the weights: their names, types, shapes and bytes, in the order of names."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        array = tensor.detach().cpu().contiguous()
        digest.update(f"{name} {array.dtype} {list(array.shape)}\n".encode())
        digest.update(array.flatten().view(require("torch").uint8).numpy().tobytes())
    return digest.hexdigest()
