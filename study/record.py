"""``results.json``: all figures that the report is made of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

NAME = "results.json"
RUN = "run.json"


def as_text(content: Any) -> str:
    """JSON with a line for every entry of the outer two levels, so that a change can be read."""
    if not isinstance(content, dict):
        return json.dumps(content, ensure_ascii=False)
    parts = [f" {json.dumps(key)}: {_inner(value)}" for key, value in content.items()]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _inner(value: Any) -> str:
    if isinstance(value, dict) and value:
        return (
            "{\n"
            + ",\n".join(f"  {json.dumps(key)}: {json.dumps(one, ensure_ascii=False)}" for key, one in value.items())
            + "\n }"
        )
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(f"  {json.dumps(one, ensure_ascii=False)}" for one in value) + "\n ]"
    return json.dumps(value, ensure_ascii=False)


def read(folder: Path) -> dict[str, Any]:
    """The record in a folder.

    Raises:
        FileNotFoundError: there is none.
    """
    content: dict[str, Any] = json.loads((folder / NAME).read_bytes())
    return content
