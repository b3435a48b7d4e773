"""Looks at the place of a result before the long work that makes it."""

from __future__ import annotations

import os
from errno import EACCES, ENOTDIR
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_MANIFEST = "manifest.json"


def check_vocabulary_folder(folder: Path, *, force: bool) -> None:
    """Refuses a folder that a vocabulary could not be, or must not be, saved as.

    Raises:
        FileExistsError: It exists and ``force`` is not given, or it is no vocabulary: ``force`` would delete files that
            omnitok did not write.
        OSError: It could not be made there.
    """
    if force and os.path.lexists(folder):
        is_replaceable = folder.is_dir() and ((folder / _MANIFEST).is_file() or not any(folder.iterdir()))
        if not is_replaceable:
            raise FileExistsError(
                f"{folder} exists and is not a vocabulary (no {_MANIFEST} in it); choose another name"
            )
    check_file(folder, force=force)


def check_file(path: Path, *, force: bool) -> None:
    """Refuses a path that could not be, or must not be, written.

    Raises:
        FileExistsError: It exists and ``force`` is not given.
        OSError: It could not be made there.
    """
    if os.path.lexists(path) and not force:
        raise FileExistsError(f"{path} exists already; choose another name")
    parent = next(folder for folder in path.absolute().parents if folder.exists())
    if not parent.is_dir():
        raise NotADirectoryError(ENOTDIR, os.strerror(ENOTDIR), str(parent))
    if not os.access(parent, os.W_OK | os.X_OK):
        raise PermissionError(EACCES, os.strerror(EACCES), str(parent))
