"""Looks at the place of a result before the long work that makes it."""

from __future__ import annotations

import os
from errno import EACCES, EISDIR, ENOENT, ENOTDIR
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def check_vocabulary_folder(folder: Path, *, force: bool, is_text: bool = False) -> None:
    """Refuses a folder that a vocabulary could not be, or must not be, saved as.

    Args:
        folder: the folder.
        force: whether what is there may be replaced.
        is_text: the vocabulary is one of text, and so has no block for a codec that is there.

    Raises:
        VocabularyError: a codec would be lost.
        FileExistsError: It exists and ``force`` is not given, or it is no vocabulary: ``force`` would delete files that
            omnitok did not write.
        OSError: It could not be made there.
    """
    from omnitok.codec_files import MANIFEST, kept_codecs

    if force and os.path.lexists(folder):
        is_replaceable = folder.is_dir() and ((folder / MANIFEST).is_file() or not any(folder.iterdir()))
        if not is_replaceable:
            raise FileExistsError(f"{folder} exists and is not a vocabulary (no {MANIFEST} in it); choose another name")
    _check_place(folder, force=force, makes_folders=True)
    if is_text:
        kept_codecs(folder, [])


def check_file(path: Path, *, force: bool, makes_folders: bool = False) -> None:
    """Refuses a path that a file could not be, or must not be, written to.

    Args:
        path: the file.
        force: whether a file that is there may be replaced; a folder never is.
        makes_folders: whoever writes it makes the folders above it that are missing.

    Raises:
        FileExistsError: It exists and ``force`` is not given.
        OSError: It could not be made there.
    """
    if path.is_dir():
        raise IsADirectoryError(EISDIR, os.strerror(EISDIR), str(path))
    _check_place(path, force=force, makes_folders=makes_folders)


def _check_place(path: Path, *, force: bool, makes_folders: bool) -> None:
    if os.path.lexists(path) and not force:
        raise FileExistsError(f"{path} exists already; choose another name")
    parent = next(folder for folder in path.absolute().parents if folder.exists())
    if not parent.is_dir():
        raise NotADirectoryError(ENOTDIR, os.strerror(ENOTDIR), str(parent))
    if parent != path.absolute().parent and not makes_folders:
        raise FileNotFoundError(ENOENT, os.strerror(ENOENT), str(path.parent))
    if not os.access(parent, os.W_OK | os.X_OK):
        raise PermissionError(EACCES, os.strerror(EACCES), str(parent))
