"""What was published and not measured has a section of its own; what cannot be known is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from omnitok.evaluation import Settings
from omnitok.report import write_report


@pytest.fixture
def flores(tmp_path: Path) -> Path:
    """2,009 lines in two languages, laid out as FLORES-200."""
    folder = tmp_path / "flores"
    folder.mkdir()
    for code, line in (("eng_Latn", "The rain in Spain"), ("hin_Deva", "नमस्ते दुनिया")):
        (folder / f"{code}.dev").write_text(f"{line}\n" * 2009, encoding="utf-8")
    return folder


def test_published_counts_stand_apart(flores: Path, characters: Any, tmp_path: Path) -> None:
    settings = Settings(draws=0, published=("Gemma 3",))
    folder = write_report([characters], parallel=flores, out=tmp_path / "report", settings=settings)
    page, text = ((folder / name).read_text(encoding="utf-8") for name in ("report.html", "report.md"))
    for shown in (page, text):
        assert "Published counts" in shown
        assert "Gemma 3 (published)" in shown
        assert "counted with the file of its makers" in shown
        assert "--published 'Gemma 3'" in shown.replace("&#39;", "'")
        assert "does not tell the bytes of its tokens" in shown
    matrix = page[page.index('id="matrix"') : page.index('id="published"')]
    assert "Gemma 3" not in matrix
    assert '<a href="#published">' in page


def test_without_them_there_is_no_such_section(parallel: Path, characters: Any, tmp_path: Path) -> None:
    folder = write_report([characters], parallel=parallel, out=tmp_path / "report", settings=Settings(draws=0))
    for name in ("report.html", "report.md"):
        assert "Published counts" not in (folder / name).read_text(encoding="utf-8")
