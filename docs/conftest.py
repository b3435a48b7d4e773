"""Every guide runs in a folder of its own, with ``corpora`` beside it, and without a network."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def guide_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the folder and goes there."""
    cache = ROOT.parent / "shared" / "data" / "tiktoken-cache"
    if cache.is_dir():
        monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(cache))
    monkeypatch.setenv("OMNITOK_OFFLINE", "1")
    monkeypatch.setenv("OMNITOK_CACHE", str(tmp_path / "cache"))
    (tmp_path / "corpora").symlink_to(ROOT / "corpora")
    monkeypatch.chdir(tmp_path)
