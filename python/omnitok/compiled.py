"""Where compiled forms are kept: what loading a vocabulary computes, so that the next load only reads it.

``OMNITOK_CACHE`` names a folder for all of them, or is ``off``. When it is not set, they lie beside a vocabulary of the
user's own, as hidden files, or where that cannot be written, in the user's cache folder. Those of published encodings
lie only there: folders such as tiktoken's cache belong to other programs.
"""

from __future__ import annotations

import os
from pathlib import Path


def places(*, beside: bool) -> tuple[bool, Path | None]:
    """Whether compiled forms are kept beside their sources, and the folder where they are kept else, if there is one.

    Args:
        beside: Whether the source is a file or folder of the user's own.
    """
    chosen = os.environ.get("OMNITOK_CACHE")
    if chosen is not None:
        return False, None if chosen.lower() in ("", "off") else Path(chosen)
    return beside, _user_folder()


def _user_folder() -> Path | None:
    """The user's cache folder as the XDG Base Directory Specification has it, which ignores a path that is relative."""
    folder = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not folder.is_absolute():
        try:
            folder = Path.home() / ".cache"
        except RuntimeError:  # Nobody knows where home is.
            return None
    return folder / "omnitok" if folder.is_absolute() else None
