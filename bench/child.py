"""Work in other processes: what crashes, hangs or grows there is recorded, and spoils nothing else.

A :class:`Child` answers requests one after another: ``module:function`` is called, ``module:Class`` makes the object
that later requests ``.method`` are for. Arguments go in as JSON, results come back as JSON, a line each.
"""

from __future__ import annotations

import importlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.places import ROOT, data_folder

if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Self

_SHOWN = 300
_LIMIT = 900.0


class ChildError(Exception):
    """A task that the row cannot do without has failed."""


@dataclass(frozen=True)
class Outcome:
    """What became of a request: its result, or why there is none."""

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


class Child:
    """A fresh process. After a failure it is gone, and says the same to every later request.

    Args:
        environment: variables beside those of this process.
        python: another interpreter, for peers that cannot live in one environment with the others.
        cpus: the CPUs that it may run on, from before its first import; all where the system cannot say.
    """

    def __init__(
        self, *, environment: dict[str, str] | None = None, python: str = sys.executable, cpus: Collection[int] = ()
    ) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115, closed with the child
        self._failure: str | None = None
        self._buffer = b""
        self._process = subprocess.Popen(
            [python, "-m", "bench.child", *map(str, cpus)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**os.environ, **peer_environment(), **(environment or {})},
            cwd=ROOT,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._process.communicate()
        self._errors.close()

    def ask(self, function: str, *, limit: float = _LIMIT, **arguments: Any) -> Outcome:
        """Sends a request and waits for its outcome; after ``limit`` seconds the process is stopped."""
        self.send(function, **arguments)
        return self.receive(limit)

    def send(self, function: str, **arguments: Any) -> None:
        """Sends a request, for several children to work at the same time."""
        assert self._process.stdin is not None
        request = json.dumps({"function": function, "arguments": arguments})
        try:
            self._process.stdin.write(request.encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # It has ended; ``receive`` says why.

    def receive(self, limit: float = _LIMIT) -> Outcome:
        """Waits for the outcome of the request that was sent last."""
        if self._failure is None:
            line = self._line(limit)
            if line is not None:
                return Outcome(json.loads(line))
        return Outcome(failure=self._failure)

    def _line(self, limit: float) -> bytes | None:
        """The next line that the process writes; without one the failure is noted."""
        assert self._process.stdout is not None
        end = time.monotonic() + limit
        while b"\n" not in self._buffer:
            ready, _, _ = select.select([self._process.stdout], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                self._process.kill()
                self._failure = f"no result after {limit:g} s"
                return None
            read = os.read(self._process.stdout.fileno(), 1 << 16)
            if not read:
                status = self._process.wait()
                self._errors.seek(0)
                self._failure = _reason(status, self._errors.read())
                return None
            self._buffer += read
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line


def call(
    function: str,
    *,
    limit: float = _LIMIT,
    environment: dict[str, str] | None = None,
    python: str = sys.executable,
    **arguments: Any,
) -> Outcome:
    """One request to a child of its own; see :class:`Child`."""
    with Child(environment=environment, python=python) as child:
        return child.ask(function, limit=limit, **arguments)


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


def main(cpus: Collection[int]) -> None:
    """The other side of :class:`Child`."""
    if cpus and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cpus)
    # Whatever a peer prints goes to stderr; answers have the pipe to themselves.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    held: Any = None
    for line in sys.stdin.buffer:
        request = json.loads(line)
        module, _, name = request["function"].rpartition(":")
        if module:
            found = getattr(importlib.import_module(module), name)
            value = found(**request["arguments"])
            if isinstance(found, type):
                held, value = value, None
        else:
            value = getattr(held, name.removeprefix("."))(**request["arguments"])
        answers.write(json.dumps(value) + "\n")
        answers.flush()


if __name__ == "__main__":
    main([int(cpu) for cpu in sys.argv[1:]])
