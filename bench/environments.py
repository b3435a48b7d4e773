"""The environments that peers live in: made and filled by ``python -m bench.environments``.

A peer that cannot be installed is named and left out; the rows measure the others.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bench.peers import PEERS
from bench.places import ROOT

if TYPE_CHECKING:
    from bench.peers import Peer

_FOR_EVERYBODY = "numpy>=2.4"


def main() -> None:
    """Installs every peer where it belongs, and names those that are not to be had."""
    for peer in PEERS.values():
        failure = _install(peer) if peer.requirement else ""
        if failure:
            print(f"{peer.name} is left out: no {peer.requirement} ({failure})", file=sys.stderr)


def _install(peer: Peer) -> str:
    """Empty, or why it is not there, in one line."""
    if not Path(peer.python).is_file():
        failure = _failure([sys.executable, "-m", "venv", str(ROOT / peer.environment)])
        if failure:
            return failure
    pip = [peer.python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    return _failure([*pip, peer.requirement, *([_FOR_EVERYBODY] if peer.environment else [])])


def _failure(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
    return "" if done.returncode == 0 else (lines or [f"exit status {done.returncode}"])[-1]


if __name__ == "__main__":
    main()
