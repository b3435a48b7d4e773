"""Writing exports: whole or not at all, and never over something by accident."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


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
            if (folder / name).exists():
                raise FileExistsError(f"{folder / name} exists already; choose another place or ask to overwrite it")
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        handle, temporary_name = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
        temporary = Path(temporary_name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            # mkstemp makes files that only their owner may read; an export is for everybody whom the umask lets.
            temporary.chmod(0o666 & ~_umask())
            temporary.replace(folder / name)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def _umask() -> int:
    # There is no way to read it but to set it.
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
