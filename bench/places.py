"""Where things lie: the repository, the shared data beside it, and what the benchmark writes."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REPORTS = ROOT / "reports" / "bench"
"""The figures that are committed. Quick runs never write here."""
SCRATCH = ROOT / "build" / "bench"
DATA_VARIABLE = "OMNITOK_BENCH_DATA"


class MissingDataError(Exception):
    """A row needs data that this machine does not have; the row is skipped and says so."""


def data_folder() -> Path:
    """The shared data, whether it is there or not."""
    given = os.environ.get(DATA_VARIABLE)
    return Path(given) if given else ROOT.parent / "shared" / "data"


def data(*parts: str) -> Path:
    """A file or folder of the shared data.

    Raises:
        MissingDataError: it is not there.
    """
    path = data_folder().joinpath(*parts)
    if not path.exists():
        raise MissingDataError(f"the shared data has no {'/'.join(parts)}")
    return path


def scratch(name: str) -> Path:
    """A path for a file that can be made again."""
    SCRATCH.mkdir(parents=True, exist_ok=True)
    return SCRATCH / name
