"""Streams and exit statuses, as a shell sees them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

import omnitok

from .conftest import Invoke, Run, command


def test_a_failure_is_one_line_on_stderr(run: Run) -> None:
    result = run("encode", "-t", "o200k_bass", stdin=b"text")
    assert result.returncode == 1
    assert result.stdout == b""
    message = result.stderr.decode()
    assert message.startswith("error: no published encoding is called 'o200k_bass'; known are o200k_base")
    assert message.count("\n") == 1


def test_a_missing_tokenizer_file(invoke: Invoke, tmp_path: Path) -> None:
    result = invoke("count", "-t", tmp_path / "none", stdin="text")
    assert result.exit_code == 1
    assert f"there is no file or folder '{tmp_path / 'none'}'" in result.stderr


def test_a_damaged_vocabulary(invoke: Invoke, vocabulary: Path, tmp_path: Path) -> None:
    folder = tmp_path / "v"
    omnitok.load(vocabulary).save(folder)
    ranks = folder / "text.tiktoken"
    ranks.write_bytes(ranks.read_bytes()[:-5])
    result = invoke("inspect", "-t", folder)
    assert result.exit_code == 1
    assert str(ranks) in result.stderr


@pytest.mark.parametrize("debug", ["1", "0", ""])
def test_a_traceback_only_for_debugging(run: Run, debug: str) -> None:
    result = run("encode", "-t", "nothing", stdin=b"text", OMNITOK_DEBUG=debug)
    assert result.returncode == 1
    assert (b"Traceback" in result.stderr) == (debug == "1")


def test_a_missing_input_file(invoke: Invoke, vocabulary: Path, tmp_path: Path) -> None:
    for name in ("encode", "decode", "count"):
        result = invoke(name, "-t", vocabulary, tmp_path / "none")
        assert (result.exit_code, result.stderr) == (1, f"error: {tmp_path / 'none'}: No such file or directory\n")
        result = invoke(name, "-t", vocabulary, tmp_path)
        assert (result.exit_code, result.stderr) == (1, f"error: {tmp_path}: Is a directory\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["encode"],
        ["nothing"],
        ["encode", "-t"],
        ["encode", "-t", "a", "--nothing"],
        ["convert", "-t", "a", "--to", "b"],
    ],
    ids=" ".join,
)
def test_wrong_usage(run: Run, arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.returncode == 2
    assert result.stdout == b""
    assert b"Error: " in result.stderr


def test_a_bad_environment_variable(run: Run, corpus: Path, tmp_path: Path) -> None:
    result = run("train", corpus, "--out", tmp_path / "v", OMNITOK_NUM_THREADS="many")
    assert result.returncode == 1
    assert result.stderr.startswith(b"error: OMNITOK_NUM_THREADS is 'many'")


def test_a_missing_package_says_what_to_install(
    invoke: Invoke, vocabulary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    for name in [name for name in sys.modules if name.startswith(("omnitok.evaluation", "omnitok.report"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pandas", None)
    result = invoke("evaluate", "-t", vocabulary)
    assert result.exit_code == 1
    assert result.stderr == "error: evaluation and report need pandas; install it with: pip install 'omnitok[report]'\n"


posix = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX system")


@posix
def test_a_reader_that_leaves_is_no_drama(environment: dict[str, str], vocabulary: Path) -> None:
    work = subprocess.Popen(
        command("decode", "-t", vocabulary),
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert work.stdout is not None
    work.stdout.close()
    work.stdout = None
    _, stderr = work.communicate(b"97 " * 1_000_000, timeout=60)
    assert stderr == b""
    assert work.returncode == 1


@posix
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_is_an_error(environment: dict[str, str], vocabulary: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        result = subprocess.run(
            command("encode", "-t", vocabulary),
            env=environment,
            input=b"text",
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=60,
        )
    assert result.returncode == 1
    assert result.stderr == b"error: No space left on device\n"


@posix
def test_a_terminal_is_not_waited_for(environment: dict[str, str], vocabulary: Path) -> None:
    import pty

    main, terminal = pty.openpty()
    try:
        for name in ("encode", "decode", "count"):
            result = subprocess.run(
                command(name, "-t", vocabulary), env=environment, stdin=terminal, capture_output=True, timeout=60
            )
            assert result.returncode == 2
            assert b"there is no input" in result.stderr
    finally:
        os.close(main)
        os.close(terminal)


@posix
@pytest.mark.parametrize("quiet", [False, True])
def test_bars_are_drawn_on_a_terminal_only(
    environment: dict[str, str], corpus: Path, tmp_path: Path, quiet: bool
) -> None:
    import pty

    main, terminal = pty.openpty()
    try:
        options = ["--quiet"] if quiet else []
        result = subprocess.run(
            command("train", corpus, "--out", tmp_path / "v", "--vocab-size", "280", *options),
            env=environment | {"TERM": "xterm"},
            stdout=subprocess.PIPE,
            stderr=terminal,
            timeout=60,
        )
        os.write(terminal, b"(end)")
        seen = b""
        while b"(end)" not in seen:
            seen += os.read(main, 4096)
    finally:
        os.close(main)
        os.close(terminal)
    assert (result.returncode, result.stdout) == (0, b"")
    assert (b"counting words" in seen) == (not quiet)
    assert (b"280 ids" in seen) == (not quiet)


@posix
def test_a_file_name_that_is_no_text(run: Run, vocabulary: Path, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"na\xffme")
    path.write_text("text", encoding="utf-8")
    result = run("count", "-t", vocabulary, path)
    assert result.returncode == 0, result.stderr
    assert b"na\\udcffme" in result.stdout


def test_output_in_another_encoding(run: Run, vocabulary: Path) -> None:
    result = run("inspect", "-t", vocabulary, "--text", "नम", "--json", PYTHONIOENCODING="ascii")
    assert result.returncode == 0, result.stderr
    assert b"\\u0928" in result.stdout
