"""Folders that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from omnitok import _native

if TYPE_CHECKING:
    from collections.abc import Iterator


class Kind(NamedTuple):
    """A kind of folder.

    Attributes:
        name: what messages call it.
        mark: the file by which it is known.
    """

    name: str
    mark: str


RUN = Kind("report folder", "run.json")
"""A run, and so a report."""
DOCUMENT = Kind("document", "document.json")


def check_target(out: Path, kind: Kind, *, force: bool) -> None:
    """Refuses a target that must not be replaced.

    Raises:
        FileExistsError: ``out`` exists and ``force`` is not given; or it exists, has content and is of another kind, in
            which case ``force`` does not help, because it would delete files that this package did not write.
    """
    if not os.path.lexists(out):
        return
    if not force:
        raise FileExistsError(f"{out} exists already; choose another folder, or ask to overwrite it with force")
    is_replaceable = out.is_dir() and not out.is_symlink() and ((out / kind.mark).is_file() or not any(out.iterdir()))
    if not is_replaceable:
        raise FileExistsError(f"{out} exists and is not a {kind.name} (no {kind.mark} in it); choose another folder")


@contextmanager
def new_folder(out: Path, kind: Kind, *, force: bool) -> Iterator[Path]:
    """Gives a temporary folder beside ``out`` that takes its name when the block ends well, and goes when it fails."""
    out.parent.mkdir(parents=True, exist_ok=True)
    holder = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        fresh = holder / "new"
        fresh.mkdir()
        yield fresh
        check_target(out, kind, force=force)
        # Where there was a folder, it has the other's name now and goes with the holder.
        _native.place_folder(fresh, out, mark=kind.mark, force=force)
    except OSError as error:
        # A disk that is full does not say where.
        if error.filename is None and error.errno is not None:
            error.filename = str(out)
        raise
    finally:
        shutil.rmtree(holder)
