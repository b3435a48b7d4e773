"""What a program waits for before its first token."""

from __future__ import annotations

import importlib
import sys
from typing import Any

from bench import peers
from bench.clock import taken
from bench.tasks.memory import peak_bytes

HEAVY = ("numpy", "pandas", "matplotlib", "datasets", "torch", "tokenizers", "transformers", "pyarrow", "tiktoken")
"""Packages that ``import omnitok`` must not touch."""


def heavy_imports(module: str) -> dict[str, Any]:
    """The heavy packages that an import tries to load, whether they are installed or not."""
    tried: set[str] = set()

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "import":
            tried.add(str(arguments[0]).partition(".")[0])

    sys.addaudithook(watch)
    before = set(sys.modules)
    importlib.import_module(module)
    return {"heavy": sorted(tried.intersection(HEAVY)), "modules": len(set(sys.modules) - before)}


def first_token(peer: str, vocabulary: str) -> dict[str, Any]:
    """Seconds of importing a peer's package, and from there to the ids of a first word."""
    importing = taken(lambda: importlib.import_module(peers.PEERS[peer].module))
    ids: list[int] = []
    loading = taken(lambda: ids.extend(peers.PEERS[peer].load(vocabulary).ids("hello")))
    return {
        "import_seconds": importing["seconds"],
        "load_seconds": loading["seconds"],
        "cpu_seconds": importing["cpu_seconds"] + loading["cpu_seconds"],
        "ids": ids,
        "peak_bytes": peak_bytes(),
    }
