"""A vocabulary of a few hundred tokens, and two ways to run a command: inside this process, and as a process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from omnitok.cli.app import app

REPOSITORY = Path(__file__).parents[2]
COMMANDS = [info.callback.__name__.replace("_", "-") for info in app.registered_commands if info.callback is not None]
CACHE = REPOSITORY.parent / "shared" / "data" / "tiktoken-cache"

TEXT = "The rain in Spain stays mainly in the plain.\n" * 4 + "नमस्ते दुनिया, नमस्ते।\n" * 4
PARALLEL = {
    "en": ("Hello, this is a test.", "The second sentence is longer."),
    "hi": ("नमस्ते, यह एक परीक्षण है।", "दूसरा वाक्य लंबा है।"),
    "de": ("Hallo, das ist ein Test.", "Der zweite Satz ist länger."),
}

Invoke = Callable[..., Result]
Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture(scope="session")
def invoke() -> Invoke:
    """Runs a command in this process; ``stdin`` is what it reads."""

    def call(*arguments: str | Path, stdin: str | bytes = b"") -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)

    return call


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """Of processes: no terminal settings of whoever runs the tests, and the published rank files where they are."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("OMNITOK_", "_OMNITOK"))}
    for key in ("COLUMNS", "NO_COLOR", "FORCE_COLOR"):
        kept.pop(key, None)
    if CACHE.is_dir():
        kept.setdefault("TIKTOKEN_CACHE_DIR", str(CACHE))
    # That of this run: see ``tests/conftest.py``.
    return kept | {"OMNITOK_CACHE": os.environ["OMNITOK_CACHE"]}


@pytest.fixture(scope="session")
def run(environment: dict[str, str]) -> Run:
    """Runs a command as a process."""

    def call(
        *arguments: str | Path, stdin: bytes = b"", cwd: Path | None = None, **variables: str
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            command(*arguments), input=stdin, cwd=cwd, env=environment | variables, capture_output=True, timeout=120
        )

    return call


def command(*arguments: str | Path) -> Sequence[str]:
    """A command line with this Python."""
    return [sys.executable, "-m", "omnitok", *map(str, arguments)]


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A text file."""
    path = tmp_path_factory.mktemp("corpus") / "text.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def vocabulary(corpus: Path, invoke: Invoke) -> Path:
    """The folder of a vocabulary with 280 ids and the special tokens <|endoftext|> (278) and <|pad|> (279)."""
    folder = corpus.parent / "vocabulary"
    special = ("--special", "<|endoftext|>", "--special", "<|pad|>")
    result = invoke("train", corpus, "--out", folder, "--vocab-size", "280", "--name", "tiny", *special)
    assert result.exit_code == 0, result.stderr
    return folder


@pytest.fixture(scope="session")
def parallel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sentences in three languages."""
    folder = tmp_path_factory.mktemp("parallel") / "tiny"
    folder.mkdir()
    for code, lines in PARALLEL.items():
        (folder / f"{code}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
