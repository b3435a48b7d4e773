"""The guide shows commands and what they print. Here they run, and must print that.

After a change that is meant to be seen, this writes the outputs anew::

    OMNITOK_WRITE_GUIDE=1 pytest tests/cli/test_guide.py
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from .conftest import COMMANDS, REPOSITORY

GUIDE = REPOSITORY / "docs" / "guide" / "cli.md"
BLOCK = re.compile(r"(?<=^```console\n)(.*?)(?=^```$)", re.DOTALL | re.MULTILINE)
NEEDED = {
    "omnitok evaluate": "pandas",
    "omnitok report": "matplotlib",
    "omnitok codec": "safetensors",
    "scripts/demo_signals.py": "soundfile",
    "huggingface": "tokenizers",
    "tiktoken": "tiktoken",
}
VARYING = [
    (re.compile(r"\d+\.\d s\b"), "0.0 s"),
    (re.compile(r"\b\d+\.\d+\.\d+\b"), "0.0.0"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "digest"),
]

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the guide is written for a POSIX shell")


@dataclass(frozen=True)
class Outcome:
    """What the commands of a block really print, or what they would need and is ``missing``."""

    printed: str
    missing: str


def commands_of(block: str) -> list[str]:
    return [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")]


def steady(output: str) -> str:
    """Without what differs from run to run and from version to version: seconds, version numbers, digests."""
    for pattern, stand_in in VARYING:
        output = pattern.sub(stand_in, output)
    return output


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> dict[str, Outcome]:
    """The blocks in their order, each run where the ones before it left off."""
    folder = tmp_path_factory.mktemp("guide")
    for name in ("corpora", "scripts"):
        (folder / name).symlink_to(REPOSITORY / name)
    programs = tmp_path_factory.mktemp("programs")
    for name, module in (("omnitok", "-m omnitok"), ("python", "")):
        (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {module} "$@"\n', encoding="utf-8")
        (programs / name).chmod(0o755)
    variables = environment | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
    return {block: _run(block, folder, variables) for block in BLOCK.findall(GUIDE.read_text(encoding="utf-8"))}


def _run(block: str, folder: Path, variables: dict[str, str]) -> Outcome:
    printed = ""
    missing = [module for word, module in NEEDED.items() if word in block and importlib.util.find_spec(module) is None]
    has_ranks = "TIKTOKEN_CACHE_DIR" in variables or importlib.util.find_spec("bpe_openai") is not None
    if "o200k_base" in block and not has_ranks:
        missing.append("the rank file of o200k_base")
    for command in [] if missing else commands_of(block):
        result = subprocess.run(
            ["sh", "-c", command],
            cwd=folder,
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=300,
            check=False,
        )
        lines = result.stdout.decode().splitlines()
        printed += "".join(f"{line.rstrip()}\n" for line in [f"$ {command}", *lines])
    return Outcome(printed, ", ".join(missing))


@pytest.mark.parametrize(
    "block", BLOCK.findall(GUIDE.read_text(encoding="utf-8")), ids=lambda block: commands_of(block)[0]
)
def test_the_guide_shows_what_is_printed(outcomes: dict[str, Outcome], block: str) -> None:
    outcome = outcomes[block]
    if outcome.missing:
        pytest.skip(f"needs {outcome.missing}")
    if os.environ.get("OMNITOK_WRITE_GUIDE") == "1":
        text = GUIDE.read_text(encoding="utf-8").replace(f"```console\n{block}```", f"```console\n{outcome.printed}```")
        GUIDE.write_text(text, encoding="utf-8")
        return
    assert steady(outcome.printed) == steady(block)


def test_the_guide_shows_every_command() -> None:
    shown = " ".join(
        command for block in BLOCK.findall(GUIDE.read_text(encoding="utf-8")) for command in commands_of(block)
    )
    for name in COMMANDS:
        assert f"omnitok {name} " in shown
