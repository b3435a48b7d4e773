"""Where things lie: shared data beside the repository, what a run keeps to itself, and the report."""

from __future__ import annotations

from pathlib import Path

from bench.places import ROOT, data

REPORT = ROOT / "reports" / "vocabulary"
SCRATCH = ROOT / "build" / "study"
"""Training text, counts and vocabularies: all of it can be made again."""
REPORTS = ROOT / "reports"
"""Of which those of `make reports` are in `o200k-cl100k` and `tokenizers`."""
CODECS = ROOT / "reports" / "codecs"
FASHION = [folder / "usr" / "share" / "datasets" / "fashion-mnist" for folder in (SCRATCH / "fashion-mnist", Path("/"))]
"""Where the Debian package ``dataset-fashion-mnist`` lies when it was unpacked by us, or is installed."""
OWN_TEXTS = ROOT / "corpora" / "parallel"

__all__ = ["CODECS", "FASHION", "OWN_TEXTS", "REPORT", "REPORTS", "ROOT", "SCRATCH", "data", "parallel_sets"]


def parallel_sets() -> dict[str, Path]:
    """The folders of parallel texts by name, the one that is held out last.

    Raises:
        MissingDataError: the shared data is not on this machine.
    """
    return {"own": OWN_TEXTS, "udhr": data("parallel", "udhr"), "ntrex128": data("parallel", "ntrex128")}
