"""Writing exports: each file whole or not at all, and never over something by accident."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from omnitok import _native

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def write_files(folder: Path, contents: Mapping[str, bytes], *, force: bool) -> None:
    """Writes files into a folder, each under a temporary name first and then renamed.

    Nothing is touched when any of the files exists and ``force`` is not given.

    Args:
        folder: Where to; made when it is not there.
        contents: Content by file name.
        force: Whether existing files may be replaced.

    Raises:
        FileExistsError: A file exists and ``force`` is false.
        OSError: The operating system said no.
    """
    if not force:
        for name in contents:
            if os.path.lexists(folder / name):
                raise FileExistsError(f"{folder / name} exists already; choose another place or ask to overwrite it")
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        _native.write_file(folder / name, content, force=force)
