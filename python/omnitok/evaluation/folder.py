"""A folder that appears whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from omnitok import _native

if TYPE_CHECKING:
    from collections.abc import Iterator

MARK = "run.json"
"""The file by which the folder of a run, and so of a report, is known."""


def check_target(out: Path, force: bool) -> None:
    """Refuses a target that must not be replaced.

    Raises:
        FileExistsError: ``out`` exists and ``force`` is not given; or it exists, has content and is no report, in which
            case ``force`` does not help, because it would delete files that this package did not write.
    """
    if not os.path.lexists(out):
        return
    if not force:
        raise FileExistsError(f"{out} exists already; choose another folder, or ask to overwrite it with force")
    is_replaceable = out.is_dir() and not out.is_symlink() and ((out / MARK).is_file() or not any(out.iterdir()))
    if not is_replaceable:
        raise FileExistsError(f"{out} exists and is not a report folder (no {MARK} in it); choose another folder")


@contextmanager
def new_folder(out: Path, *, force: bool) -> Iterator[Path]:
    """Gives a temporary folder beside ``out`` that takes its name when the block ends well, and goes when it fails."""
    out.parent.mkdir(parents=True, exist_ok=True)
    holder = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        fresh = holder / "new"
        fresh.mkdir()
        yield fresh
        check_target(out, force)
        # Where there was a report, it has the other's name now and goes with the holder.
        _native.place_folder(fresh, out, mark=MARK, force=force)
    finally:
        shutil.rmtree(holder)
