"""Codecs as files in the folder of a vocabulary."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omnitok import _native
from omnitok.errors import VocabularyError

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Iterable, Mapping

MANIFEST = "manifest.json"
"""Every folder of a vocabulary has this file, and is known by it."""
_ENDING = ".codec.safetensors"


def codec_file(block: str) -> str | None:
    """The file of a block's codec in the folder of a vocabulary; None for a block whose name no file should have."""
    return f"{block}{_ENDING}" if re.fullmatch(r"[A-Za-z0-9_-]+", block) else None


def kept_codecs(
    folder: str | os.PathLike[str], blocks: Iterable[Mapping[str, Any]], given: Collection[str] = ()
) -> dict[str, bytes]:
    """The codecs in a folder that a vocabulary is about to replace, for it to keep: a codec is not lost by a save.

    Args:
        folder: where the vocabulary goes.
        blocks: its blocks, as manifests describe them.
        given: files of codecs that take the place of those that are there.

    Raises:
        VocabularyError: a codec is there that is of none of its blocks.
        OSError: one cannot be read.
    """
    folder = Path(folder)
    if not (folder / MANIFEST).is_file():
        return {}
    files = {codec_file(block["name"]): block["codec"] for block in blocks if "codec" in block}
    kept = {}
    for path in sorted(folder.glob(f"*{_ENDING}")):
        if path.name in given:
            continue
        data = path.read_bytes()
        if files.get(path.name) != _native.sha256(data):
            raise VocabularyError(
                f"{path} is a codec of the vocabulary that is there, of no block of this one, and would be lost; move "
                "it elsewhere first, or save to another folder"
            )
        kept[path.name] = data
    return kept
