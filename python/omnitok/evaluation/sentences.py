"""Per-sentence data: everything that intervals, comparisons and plots are made from."""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from omnitok.errors import CorruptFileError
from omnitok.evaluation.respelling import SPELLINGS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

TEXT_QUANTITIES = ("bytes", "characters", "graphemes", "words", "spaced_words", "joints")
"""What is counted in a sentence without any tokenizer."""

SPAN_QUANTITIES = ("continued", "kept", "cuts", "fragments", "split_graphemes")
"""What needs to know where tokens end; missing for tokenizers that do not tell."""

TOKEN_QUANTITIES = ("tokens", "intact", *SPAN_QUANTITIES, *SPELLINGS)
"""What is counted in a sentence under a tokenizer."""

MISSING = 2**32 - 1
"""Stands in a file for what could not be counted."""

_DAMAGES = (
    ValueError,
    KeyError,
    EOFError,
    OSError,
    RuntimeError,
    TypeError,
    AttributeError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What numpy and zipfile raise for bytes in memory that are no archive of arrays, or a damaged one."""


@dataclass(frozen=True)
class Sentences:
    """Counts by sentence.

    Attributes:
        languages: codes, the second axis.
        text: float64, ``[n, languages, TEXT_QUANTITIES]``.
        tokens: by tokenizer, float64, ``[n, languages, TOKEN_QUANTITIES]``; NaN for what could not be counted.
        domains: the subject of each sentence; empty when nobody said.
    """

    languages: tuple[str, ...]
    text: NDArray[np.float64]
    tokens: Mapping[str, NDArray[np.float64]]
    domains: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Number of sentences of each language."""
        return len(self.text)

    def of(self, tokenizer: str, language: str, quantity: str) -> NDArray[np.float64]:
        """One quantity of one tokenizer in one language, shape ``[n]``."""
        return self.tokens[tokenizer][:, self.languages.index(language), TOKEN_QUANTITIES.index(quantity)]

    def to_bytes(self) -> bytes:
        """The content of a ``sentences.npz``, which ``numpy.load`` reads; equal for equal data.

        It holds ``languages``, ``domains`` and ``tokenizers`` as text, ``text`` and ``tokens`` as uint32 of the shapes
        ``[n, languages, quantities]`` and ``[tokenizers, n, languages, quantities]``, and the names of the quantities.
        """
        arrays = {
            "languages": np.array(self.languages, dtype=np.str_),
            "domains": np.array(self.domains, dtype=np.str_),
            "tokenizers": np.array(list(self.tokens), dtype=np.str_),
            "text_quantities": np.array(TEXT_QUANTITIES, dtype=np.str_),
            "token_quantities": np.array(TOKEN_QUANTITIES, dtype=np.str_),
            "text": _whole(self.text),
            "tokens": np.stack([_whole(counts) for counts in self.tokens.values()]),
        }
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            for name, array in arrays.items():
                content = io.BytesIO()
                np.lib.format.write_array(content, array, allow_pickle=False)
                # The name alone would be stamped with the time.
                entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
                archive.writestr(entry, content.getvalue(), zipfile.ZIP_DEFLATED, 6)
        return buffer.getvalue()

    @classmethod
    def read(cls, path: Path) -> Sentences:
        """Reads what :meth:`to_bytes` made.

        Raises:
            CorruptFileError: it is something else, or from a version that counted other quantities.
            OSError: it cannot be read.
        """
        content = io.BytesIO(path.read_bytes())
        try:
            with np.load(content, allow_pickle=False) as arrays:
                if tuple(arrays["token_quantities"]) != TOKEN_QUANTITIES:
                    raise CorruptFileError(f"{path} holds other quantities than this version counts; measure again")
                tokens = zip(arrays["tokenizers"].tolist(), arrays["tokens"], strict=True)
                return cls(
                    tuple(arrays["languages"].tolist()),
                    _counts(arrays["text"]),
                    {name: _counts(counts) for name, counts in tokens},
                    tuple(arrays["domains"].tolist()),
                )
        except _DAMAGES as error:
            if isinstance(error, CorruptFileError):
                raise
            raise CorruptFileError(f"{path} is no per-sentence data of omnitok: {error}") from error


def _whole(counts: NDArray[np.float64]) -> NDArray[np.uint32]:
    return np.where(np.isnan(counts), MISSING, counts).astype(np.uint32)


def _counts(whole: NDArray[np.uint32]) -> NDArray[np.float64]:
    return np.where(whole == MISSING, np.nan, whole.astype(np.float64))
