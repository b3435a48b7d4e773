"""``omnitok verify``."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import omnitok
from omnitok.interop.tiktoken import write_rank_file

from .conftest import Invoke

pytest.importorskip("tiktoken")

HEAD = "EXACT: omnitok "


@pytest.fixture(autouse=True)
def few_code_points(monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands that run in this process are about the wiring, not about Unicode."""
    monkeypatch.setattr("omnitok.verification.sets.scalar_values", lambda *, sampled: list(range(0x100)))


@pytest.fixture
def verify(vocabulary: Path) -> list[str | Path]:
    """The command without the options under test."""
    return ["verify", "-t", vocabulary, "--against", "tiktoken", "--adversarial", "50"]


@pytest.fixture(scope="module")
def other(vocabulary: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rank file of another vocabulary, in which ``The`` and ``rain`` are no tokens."""
    path = tmp_path_factory.mktemp("other") / "other.tiktoken"
    write_rank_file(omnitok.train(texts=["plain in Spain"] * 4, vocab_size=262, special_tokens=()), path)
    return path


def test_a_certificate(invoke: Invoke, verify: list[str | Path], corpus: Path, vocabulary: Path) -> None:
    result = invoke(*verify, corpus)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(f"{HEAD}{omnitok.__version__} and tiktoken ")
    assert omnitok.load(vocabulary).digest in result.stdout
    assert f"corpus {corpus}" in result.stdout
    assert invoke(*verify, corpus, "--threads", "1").stdout == result.stdout, "equal runs print equal bytes"


@pytest.mark.parametrize("against", ["tiktoken", "huggingface"])
def test_json(invoke: Invoke, vocabulary: Path, corpus: Path, against: str) -> None:
    pytest.importorskip("tokenizers")
    options = ("--against", against, "--adversarial", "20", "--seed", "5", "--quick", "--json")
    record = json.loads(invoke("verify", "-t", vocabulary, *options, corpus.parent).stdout)
    assert (record["exact"], record["seed"], record["quick"]) == (True, 5, True)
    assert record["reference"]["library"] == {"tiktoken": "tiktoken", "huggingface": "tokenizers"}[against]
    sets = {one["name"]: one for one in record["sets"]}
    assert sets["adversarial"]["inputs"] < 100
    assert sets[f"corpus {corpus.parent}"]["bytes"] >= corpus.stat().st_size


def test_a_difference_ends_with_3_and_leaves_no_certificate(
    invoke: Invoke, verify: list[str | Path], other: Path, tmp_path: Path
) -> None:
    result = invoke(*verify, "--reference", other, "--out", tmp_path / "certificate.txt")
    assert result.exit_code == 3
    assert result.stdout.startswith("NOT EXACT: omnitok ")
    assert "code points  U+" in result.stdout
    assert result.stderr == f"{tmp_path / 'certificate.txt'} is not written: this is no certificate\n"
    assert list(tmp_path.iterdir()) == []
    record = json.loads(invoke(*verify, "--reference", other, "--json").stdout)
    assert record["exact"] is False
    assert record["total"]["differences"] > 0
    assert all(one["ours"] != one["theirs"] for one in record["differences"])


def test_a_certificate_is_written_whole_and_only_when_asked(
    invoke: Invoke, verify: list[str | Path], tmp_path: Path
) -> None:
    for name in ("certificate.txt", "certificate.json"):
        out = tmp_path / name
        result = invoke(*verify, "--out", out)
        assert (result.exit_code, result.stderr) == (0, f"{out}: the certificate\n")
        again = invoke(*verify, "--out", out)
        assert (again.exit_code, "hint: --force replaces it" in again.stderr) == (1, True)
        assert invoke(*verify, "--out", out, "--force").exit_code == 0
    assert (tmp_path / "certificate.txt").read_text(encoding="utf-8") == result.stdout
    written = (tmp_path / "certificate.json").read_bytes()
    assert written == invoke(*verify, "--json").stdout.encode()
    assert written.isascii()


def test_what_cannot_be_compared_is_said_before_any_work(
    invoke: Invoke, verify: list[str | Path], corpus: Path, vocabulary: Path, tmp_path: Path
) -> None:
    assert invoke("verify", "-t", vocabulary).exit_code == 2
    assert invoke("verify", "-t", vocabulary, "--against", "other").exit_code == 2
    result = invoke(*verify, tmp_path / "none.txt")
    assert (result.exit_code, "none.txt does not exist" in result.stderr) == (1, True)
    result = invoke(*verify, corpus, corpus)
    assert (result.exit_code, "is named twice" in result.stderr) == (1, True)
    result = invoke(*verify, "--reference", "o200k_bass")
    assert (result.exit_code, "no published encoding is called 'o200k_bass'" in result.stderr) == (1, True)
    bad = tmp_path / "bad.txt"
    bad.write_bytes(b"ok\n\xff\n")
    result = invoke(*verify, bad)
    assert (result.exit_code, "line 2" in result.stderr, "--errors replace" in result.stderr) == (1, True, True)
    assert invoke(*verify, bad, "--errors", "skip").exit_code == 0


def test_a_missing_library_says_what_to_install(
    invoke: Invoke, verify: list[str | Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tiktoken", None)
    result = invoke(*verify)
    assert result.exit_code == 1
    assert result.stderr == "error: comparing with tiktoken needs tiktoken; install it with: pip install tiktoken\n"


posix = pytest.mark.skipif(os.name != "posix", reason="needs the signals and terminals of POSIX")


# A job of a shell in the foreground has this handler, whatever the test runner does about the signal.
PROGRAM = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
import omnitok.verification.sets as sets
sets.scalar_values = lambda *, sampled: [65]
from omnitok.cli.app import main
main()
"""


def process(vocabulary: Path, *options: str) -> list[str]:
    """The command as a process, with one code point."""
    made = ["verify", "-t", str(vocabulary), "--against", "tiktoken", "--adversarial", "1"]
    return [sys.executable, "-c", PROGRAM, *made, *options]


@posix
def test_control_c_ends_with_130(environment: dict[str, str], vocabulary: Path, tmp_path: Path) -> None:
    source = tmp_path / "text.txt"
    os.mkfifo(source)
    work = subprocess.Popen(
        process(vocabulary, "--out", str(tmp_path / "certificate.txt"), str(source)),
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with source.open("wb", buffering=0) as pipe:
        # Opening a pipe waits for its reader: from here on the corpus is compared.
        os.kill(work.pid, signal.SIGINT)
        try:
            while work.poll() is None:
                pipe.write(b"some words to compare\n" * 1000)
        except BrokenPipeError:
            pass
    stdout, stderr = work.communicate(timeout=60)
    assert (work.returncode, stdout, stderr) == (130, b"", b"interrupted\n")
    assert [path.name for path in tmp_path.iterdir()] == ["text.txt"]


@posix
def test_a_bar_is_drawn_on_a_terminal(environment: dict[str, str], vocabulary: Path) -> None:
    import pty

    main, terminal = pty.openpty()
    seen = b""
    try:
        work = subprocess.Popen(
            process(vocabulary), env=environment | {"TERM": "xterm"}, stdout=subprocess.PIPE, stderr=terminal
        )
        os.close(terminal)
        # A terminal holds little that nobody has read: it is read until the command has gone.
        with contextlib.suppress(OSError):
            while part := os.read(main, 4096):
                seen += part
        stdout, _ = work.communicate(timeout=60)
    finally:
        os.close(main)
    assert work.returncode == 0
    assert stdout.decode().startswith(HEAD)
    assert b"code points" in seen
