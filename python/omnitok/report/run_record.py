"""``run.json`` of a report: the record of its run, and what the pages were made of."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omnitok.report.sections.method import command_of

if TYPE_CHECKING:
    from omnitok.evaluation import Run
    from omnitok.report.charts import Charts
    from omnitok.report.content import Content

PACKAGES = ("jinja2", "matplotlib")


def report_record(run: Run, content: Content, greetings: str | Path | None, charts: Charts) -> dict[str, Any]:
    """The record of a run with the greetings, the fonts and the versions that its pages depend on.

    No time, no host, no path: two runs on the same input are equal byte for byte.
    """
    return {
        **run.record,
        "versions": {**run.record["versions"], **{package: version(package) for package in PACKAGES}},
        "greetings": {"source": content.greetings.source, "sha256": _digest(greetings)},
        "settings": {**run.record["settings"], "show_sentences": content.greetings.show_sentences},
        "command": command_of(run.record),
        "chart_fonts": charts.fonts,
    }


def _digest(path: str | Path | None) -> str | None:
    return None if path is None else hashlib.sha256(Path(path).read_bytes()).hexdigest()
