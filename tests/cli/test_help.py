"""Help: it fits a screen, answers at once, and the shell can complete commands."""

from __future__ import annotations

import subprocess
import sys

import pytest

from .conftest import COMMANDS, Invoke, Run


def test_the_commands_are_those_of_the_plan() -> None:
    assert COMMANDS == [
        "train",
        "extend",
        "prune",
        "nest",
        "count-words",
        "count-superwords",
        "encode",
        "decode",
        "count",
        "evaluate",
        "compare",
        "modalities",
        "inspect",
        "audit",
        "report",
        "convert",
        "verify",
    ]


@pytest.mark.parametrize(
    "arguments", [[], *([name] for name in COMMANDS)], ids=lambda words: " ".join(words) or "omnitok"
)
def test_help_fits_a_screen(run: Run, arguments: list[str]) -> None:
    result = run(*arguments, "--help", COLUMNS="100")
    assert result.returncode == 0
    lines = result.stdout.decode().splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 100
    assert not any(line.rstrip().endswith("...") for line in lines[1:]), "a help text was cut"


def test_help_loads_nothing_heavy(environment: dict[str, str]) -> None:
    program = (
        "import sys; from omnitok.cli.app import app; app(['train', '--help'], standalone_mode=False); "
        "heavy = {'rich', 'numpy', 'pandas', 'matplotlib', 'tiktoken', 'tokenizers', 'pyarrow', 'datasets', 'jinja2'}; "
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    result = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=False)
    assert result.returncode == 0, result.stderr.decode()


def _fastest_cpu_seconds(environment: dict[str, str], *arguments: str) -> float:
    """CPU time of the fastest of some runs: what else the machine does hardly shows in it."""
    program = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True); "
        "used = resource.getrusage(resource.RUSAGE_CHILDREN); print(used.ru_utime + used.ru_stime)"
    )
    call = [sys.executable, "-c", program, sys.executable, *arguments]
    runs = (subprocess.run(call, env=environment, capture_output=True, check=True) for _ in range(7))
    return min(float(run.stdout) for run in runs)


def test_help_is_quick(environment: dict[str, str]) -> None:
    bare = _fastest_cpu_seconds(environment, "-c", "pass")
    helped = _fastest_cpu_seconds(environment, "-m", "omnitok", "--help")
    # The goal is 150 ms over Python itself on an idle machine; slow machines get twice that.
    assert helped - bare < 0.3


def test_version(invoke: Invoke) -> None:
    import omnitok

    result = invoke("--version")
    assert result.exit_code == 0
    assert result.stdout == f"omnitok {omnitok.__version__}\n"


def test_no_command_shows_help(invoke: Invoke) -> None:
    result = invoke()
    assert result.exit_code == 2
    assert "Usage: omnitok" in result.stdout + result.stderr


@pytest.mark.parametrize(
    ("words", "count", "expected"),
    [
        ("omnitok ev", 1, "evaluate"),
        ("omnitok count -t o200k_h", 3, "o200k_harmony"),
        ("omnitok train --pattern qw", 3, "qwen2"),
    ],
)
def test_completion(run: Run, words: str, count: int, expected: str) -> None:
    result = run(_OMNITOK_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD=str(count))
    assert expected in result.stdout.decode().split()


def test_completion_can_be_installed(run: Run) -> None:
    assert b"--install-completion" in run("--help").stdout
