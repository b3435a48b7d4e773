"""``run.json``: what a report was made of, so that the same run can be made again and checked."""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from omnitok.evaluation import ParallelText, SupportsEncode
    from omnitok.report.charts import Charts
    from omnitok.report.content import Content

PACKAGES = ("omnitok", "jinja2", "matplotlib", "numpy", "pandas", "regex")


def run_record(
    tokenizers: Sequence[SupportsEncode],
    content: Content,
    text: ParallelText,
    greetings: str | Path | None,
    charts: Charts,
) -> str:
    """JSON with sorted keys: versions, tokenizers, the sha256 of every input file by its name, settings, fonts.

    No time, no host, no path: two runs on the same input are equal byte for byte.
    """
    record = {
        "versions": {package: version(package) for package in PACKAGES},
        "tokenizers": [_tokenizer(one, content.baselines) for one in tokenizers],
        "parallel": {
            "name": text.name,
            "sentences": text.sentences,
            "sha256": {f"{code}.txt": part.sha256 for code, part in text.texts.items()},
            "lines_not_nfc": {code: list(part.not_nfc) for code, part in text.texts.items() if part.not_nfc},
        },
        "greetings": {"source": content.greetings_source, "sha256": _digest(greetings)},
        "settings": {"languages": list(text.texts), "show_sentences": content.show_sentences},
        "chart_fonts": charts.fonts,
    }
    return json.dumps(record, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _tokenizer(tokenizer: SupportsEncode, baselines: Sequence[str]) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": tokenizer.name,
        "vocab_size": tokenizer.vocab_size,
        "role": "baseline" if tokenizer.name in baselines else "tokenizer",
    }
    digest = getattr(tokenizer, "digest", None)
    if isinstance(digest, str):
        entry["digest"] = digest
    return entry


def _digest(path: str | Path | None) -> str | None:
    return None if path is None else hashlib.sha256(Path(path).read_bytes()).hexdigest()
