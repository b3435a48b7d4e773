"""Vocabularies with their codecs: pixels and samples to ids and back."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omnitok.codec_files import codec_file
from omnitok.codecs.loading import load_codec
from omnitok.omni import OmniTokenizer
from omnitok.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from omnitok.codecs.description import Codec


def load_codecs(folder: str | PathLike[str]) -> dict[str, Codec]:
    """The codecs that lie in the folder of a vocabulary, by block: ``Vocabulary.save(codecs=...)`` puts them there.

    Raises:
        CorruptFileError: the folder is no vocabulary, or a file holds another codec than its block was built for.
        ModuleNotFoundError: the extra ``codecs`` is not installed.
    """
    return _codecs_of(Vocabulary.load(folder), Path(folder))


def load_omni(
    folder: str | PathLike[str], *, codecs: Mapping[str, Codec | str | PathLike[str]] | None = None, **options: Any
) -> OmniTokenizer:
    """A tokenizer of a vocabulary's folder and of the codecs in it.

    Args:
        folder: that of the vocabulary.
        codecs: for blocks whose codec is elsewhere, the codec, or where :func:`load_codec` finds it.
        **options: of :class:`omnitok.OmniTokenizer`.

    Raises:
        CorruptFileError: as in :func:`load_codecs`.
        VocabularyError: a codec is not the one of its block.
    """
    vocabulary = Vocabulary.load(folder)
    given = {
        block: load_codec(codec) if isinstance(codec, (str, PathLike)) else codec
        for block, codec in (codecs or {}).items()
    }
    return OmniTokenizer(vocabulary, codecs=_codecs_of(vocabulary, Path(folder), but=given) | given, **options)


def _codecs_of(vocabulary: Vocabulary, folder: Path, but: Collection[str] = ()) -> dict[str, Codec]:
    found = {}
    for block in vocabulary.describe():
        digest, name = block.get("codec"), codec_file(block["name"])
        if digest is not None and name is not None and block["name"] not in but and (folder / name).exists():
            found[block["name"]] = load_codec(folder / name, digest=digest)
    return found
