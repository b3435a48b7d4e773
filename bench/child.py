"""Work in a fresh process: what crashes, hangs or grows there is recorded, and spoils nothing else.

``call`` starts ``python -m bench.child module:function``. The arguments go in as JSON, the result comes back as JSON.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.places import ROOT, data_folder

_SHOWN = 300


class ChildError(Exception):
    """A task that the row cannot do without has failed."""


@dataclass(frozen=True)
class Outcome:
    """What became of a task: its result, or why there is none."""

    value: Any = None
    failure: str | None = None

    def result(self) -> Any:
        """The result.

        Raises:
            ChildError: there is none.
        """
        if self.failure is not None:
            raise ChildError(self.failure)
        return self.value


def call(
    function: str,
    *,
    limit: float = 900.0,
    environment: dict[str, str] | None = None,
    python: str = sys.executable,
    **arguments: Any,
) -> Outcome:
    """Runs a task in a process of its own.

    Args:
        function: ``package.module:function``; its arguments and its result are JSON.
        limit: seconds after which it is stopped.
        environment: variables beside those of this process.
        python: another interpreter, for peers that cannot live in one environment with the others.
        arguments: passed by name.
    """
    variables = {**os.environ, **peer_environment(), **(environment or {})}
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder, "answer.json")
        try:
            done = subprocess.run(
                [python, "-m", "bench.child", function, str(answer)],
                input=json.dumps(arguments).encode(),
                capture_output=True,
                timeout=limit,
                env=variables,
                cwd=ROOT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Outcome(failure=f"no result after {limit:g} s")
        if done.returncode == 0 and answer.is_file():
            return Outcome(json.loads(answer.read_bytes()))
        return Outcome(failure=_reason(done.returncode, done.stderr))


def peer_environment() -> dict[str, str]:
    """Variables for every process: tiktoken's rank files are read where they lie; nothing is kept for later runs."""
    cache = data_folder() / "tiktoken-cache"
    return {"OMNITOK_CACHE": "off"} | ({"TIKTOKEN_CACHE_DIR": str(cache)} if cache.is_dir() else {})


def _reason(status: int, stderr: bytes) -> str:
    """One line: the signal, or the exception as Python prints it last."""
    if status < 0:
        return f"ended by {signal.Signals(-status).name}"
    lines = [line for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    # A notice may follow the exception and begins with white space or a tool's name; the exception has a colon.
    raised = [line for line in lines if line[0].isalpha() and ("Error" in line or "Exception" in line)]
    return ascii((raised or lines or [f"exit status {status}"])[-1])[1:-1][:_SHOWN]


def main(function: str, answer: str) -> None:
    """The other side of :func:`call`."""
    module, _, name = function.partition(":")
    task = getattr(importlib.import_module(module), name)
    value = task(**json.loads(sys.stdin.buffer.read()))
    Path(answer).write_text(json.dumps(value), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
