"""Real texts that ids are compared on, and which code points; ``omnitok.verification`` makes the other texts."""

from __future__ import annotations

import json
import math
from pathlib import Path

import zstandard

from omnitok.verification.code_points import LAST_ASSIGNED, scalar_values

# --- real text --------------------------------------------------------------------------------------------------------


def parallel_lines(data: Path) -> list[str]:
    """The lines of NTREX-128 and of the Universal Declaration of Human Rights, in 20 languages."""
    files = sorted(path for name in ("ntrex128", "udhr") for path in (data / "parallel" / name).glob("*.txt"))
    return [line for path in files for line in path.read_text(encoding="utf-8").splitlines(keepends=True)]


def code_documents(data: Path, total_bytes: int = 1_000_000) -> list[str]:
    """Source files in several programming languages, at least ``total_bytes`` of them."""
    with (data / "mono" / "code.jsonl.zst").open("rb") as file:
        content = zstandard.ZstdDecompressor().stream_reader(file).read()
    documents = [json.loads(line)["text"] for line in content.splitlines()]
    # Files stand grouped by language; a stride that is coprime to their number walks over all of them.
    stride = next(step for step in range(len(documents) // 3, len(documents)) if math.gcd(step, len(documents)) == 1)
    chosen: list[str] = []
    size = 0
    for index in range(len(documents)):
        if size >= total_bytes:
            break
        chosen.append(documents[index * stride % len(documents)])
        size += len(chosen[-1].encode())
    return chosen


# --- every code point -------------------------------------------------------------------------------------------------


def chosen_scalar_values(scale: float) -> list[int]:
    """Every scalar value at scale 1. Below: every one that is assigned, and an even sample of the rest."""
    values = scalar_values()
    if scale >= 1:
        return values
    dense = [value for value in values if value < LAST_ASSIGNED or 0xE0000 <= value < 0xE0200]
    return dense + list(range(LAST_ASSIGNED, 0x110000, math.ceil(8 / scale)))
