"""Report: an evaluation as a folder that can be read, printed, sent and checked. Needs the extra ``report``."""

from __future__ import annotations

from omnitok.evaluation.extra import explain_missing

try:
    from omnitok.report.build import write_report
except ModuleNotFoundError as error:
    raise explain_missing(error) from error

__all__ = ["write_report"]
