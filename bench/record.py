"""``results.json``: every sample, and the run that each row comes from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Container
    from pathlib import Path

NAME = "results.json"
_FORMAT = 1


class Record:
    """The rows measured so far. A run of some rows replaces those and keeps the others with the run they came from."""

    def __init__(self, runs: list[dict[str, Any]], rows: dict[str, dict[str, Any]]) -> None:
        self.runs = runs
        self.rows = rows

    @classmethod
    def read(cls, folder: Path) -> Record:
        """The record in a folder; an empty one if there is none."""
        path = folder / NAME
        if not path.is_file():
            return cls([], {})
        content = json.loads(path.read_bytes())
        if content["format"] != _FORMAT:
            raise ValueError(f"{NAME} has format {content['format']}, not {_FORMAT}; measure again")
        return cls(content["runs"], content["rows"])

    def forget_all_but(self, names: Container[str]) -> None:
        """Drops rows that are measured no more under their name."""
        self.rows = {name: row for name, row in self.rows.items() if name in names}

    def begin(self, run: dict[str, Any]) -> None:
        """Starts a run, to which the rows that follow belong."""
        self.runs.append(run)

    def put(self, name: str, row: dict[str, Any]) -> None:
        """Keeps a row of the run that was begun last."""
        self.rows[name] = {"run": len(self.runs) - 1, **row}

    def run_of(self, name: str) -> dict[str, Any]:
        """The run that a row comes from."""
        index: int = self.rows[name]["run"]
        return self.runs[index]

    def write(self, folder: Path, order: list[str]) -> None:
        """Writes the record, rows in a given order, and forgets runs that no row comes from."""
        used = sorted({row["run"] for row in self.rows.values()})
        rows = {
            name: {**self.rows[name], "run": used.index(self.rows[name]["run"])}
            for name in sorted(self.rows, key=order.index)
        }
        runs = [self.runs[index] for index in used]
        folder.mkdir(parents=True, exist_ok=True)
        content = json.dumps({"format": _FORMAT, "runs": runs, "rows": rows}, indent=1, ensure_ascii=False)
        temporary = folder / f"{NAME}.new"
        temporary.write_text(content + "\n", encoding="utf-8")
        temporary.replace(folder / NAME)
