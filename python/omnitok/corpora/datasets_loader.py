"""Texts from the library ``datasets``: data sets of the Hugging Face Hub and local files, streamed.

The library is imported at the first use only; it comes with ``pip install 'omnitok[corpora]'``.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omnitok.corpora.readers import resolve_sources
from omnitok.errors import CorpusError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_BUILDERS = {"txt": "text", "jsonl": "json", "parquet": "parquet"}


@dataclass(frozen=True)
class TextStream:
    """The texts of one split of a data set. Iterating anew reads anew, so it may be counted and then encoded.

    Attributes:
        name: Name on the Hub, or the local path.
        split: Such as ``"train"``.
        text_field: Column that holds the text.
        language: Two-letter code of the language that all of it speaks, or ``""``.
        streaming: Whether rows are read as they are needed; else the data set is prepared on disk first.
        options: Passed on to ``datasets.load_dataset``.
    """

    name: str
    split: str = "train"
    text_field: str = "text"
    language: str = ""
    streaming: bool = True
    options: Mapping[str, Any] = field(default_factory=dict)

    def __iter__(self) -> Iterator[str]:
        """The texts in the order of the data set; null values are left out.

        Raises:
            CorpusError: The library is missing, the data set, split or column does not exist, or a value is no string.
        """
        for number, row in enumerate(self._rows()):
            if self.text_field not in row:
                raise CorpusError(
                    f"{self.name} has no column {self.text_field!r}; it has {', '.join(map(repr, row))}: "
                    "name the one that holds the text"
                )
            text = row[self.text_field]
            if text is None:
                continue
            if not isinstance(text, str):
                kind = type(text).__name__
                raise CorpusError(f"{self.name}, row {number}: {self.text_field!r} is {kind}; expected a string")
            yield text

    def _rows(self) -> Any:
        try:
            import datasets
        except ImportError:
            raise CorpusError(
                f"loading {self.name} needs the library datasets: pip install 'omnitok[corpora]'"
            ) from None
        builder, options = self.name, dict(self.options)
        if Path(self.name).is_file():
            (source,) = resolve_sources(self.name)
            if source.format not in _BUILDERS:
                raise CorpusError(f"{self.name} holds counts of words, not text; give the text that was counted")
            builder, options["data_files"] = _BUILDERS[source.format], {self.split: self.name}
        elif not Path(self.name).exists() and _is_offline():
            raise CorpusError(
                f"{self.name} is no local file or folder and the network is switched off; unset OMNITOK_OFFLINE and "
                "HF_HUB_OFFLINE to fetch it from the Hub, or give a local path"
            )
        try:
            return datasets.load_dataset(builder, split=self.split, streaming=self.streaming, **options)
        except (OSError, ValueError) as error:
            raise CorpusError(f"cannot load split {self.split!r} of {self.name}: {error}") from error


def _is_offline() -> bool:
    return any(
        os.environ.get(name, "").lower() in ("1", "true", "yes") for name in ("OMNITOK_OFFLINE", "HF_HUB_OFFLINE")
    )


def stream_dataset(
    path_or_name: str | PathLike[str],
    *,
    split: str = "train",
    text_field: str = "text",
    language: str = "",
    streaming: bool = True,
    **options: Any,
) -> TextStream:
    """The texts of a data set of the Hub, of a local folder that ``datasets`` understands, or of one local file.

    Args:
        path_or_name: ``"owner/name"``, a folder, or a .txt, .jsonl or .parquet file, plain or compressed.
        split: Split to read.
        text_field: Column that holds the text.
        language: Two-letter code of the language that all of it speaks; counts remember it.
        streaming: Read rows as they are needed. False prepares the data set on disk first, which later runs reuse.
        options: Passed on to ``datasets.load_dataset``, for example ``name="en"`` or ``revision="..."``.

    Returns:
        An iterable of strings; see :class:`TextStream` for the errors that iterating may raise.
    """
    return TextStream(os.fspath(path_or_name), split, text_field, language, streaming, options)
