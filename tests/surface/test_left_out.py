"""Training says which files of a folder it did not read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def train(folder: Path, *more: str) -> str:
    command = [sys.executable, "-m", "omnitok", "train", str(folder), "--out", str(folder / "v"), "--vocab-size", "260"]
    return subprocess.run([*command, "--force", *more], capture_output=True, check=True).stderr.decode()


def test_files_without_a_suffix_of_ours_are_named(tmp_path: Path) -> None:
    (tmp_path / "en.txt").write_text("low lower lowest\n" * 10, encoding="utf-8")
    assert "left out" not in train(tmp_path)
    folder = tmp_path / "more"
    folder.mkdir()
    (folder / "en.txt").write_text("low lower lowest\n" * 10, encoding="utf-8")
    (folder / "a.csv").write_text("text\n", encoding="utf-8")
    assert f"left out for their suffix: {folder / 'a.csv'}\n" in train(folder)
    (folder / "b.csv").write_text("text\n", encoding="utf-8")
    # The vocabulary of the first run lies in the folder, and is no text either.
    assert f"left out for their suffix: 4 files, such as {folder / 'a.csv'}\n" in train(folder)
    assert train(folder, "--quiet") == ""
