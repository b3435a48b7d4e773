"""A run: everything that one evaluation measured, as a folder that reports and comparisons read.

``run.json`` says what was measured with what, ``metrics.csv`` (and ``metrics.parquet``, where pyarrow is installed) is
the tidy table, ``vocab_audit.csv`` lists tokens worth a look, and ``sentences.npz`` holds the counts of every sentence.
"""

from __future__ import annotations

import contextlib
import io
import json
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from omnitok import _native
from omnitok.errors import CorruptFileError
from omnitok.evaluation.measuring import digest_of
from omnitok.evaluation.sentences import Sentences
from omnitok.folders import RUN, check_target, new_folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from omnitok.corpora.audit import CorpusAudit
    from omnitok.evaluation.measuring import SupportsEncode
    from omnitok.evaluation.parallel_text import ParallelText
    from omnitok.evaluation.settings import Settings

PACKAGES = ("omnitok", "numpy", "pandas")
FORMAT = 1


@dataclass(frozen=True)
class Run:
    """What one evaluation measured.

    Attributes:
        record: what was measured with what: versions, tokenizers with their digests, the text with the sha256 of every
            language, the audit of the text, settings, and what went wrong. JSON as it is in ``run.json``.
        frame: the tidy table, as ``omnitok.evaluate`` returns it.
        findings: tokens worth a look: unreachable ones and junk. Columns ``tokenizer``, ``id``, ``token``, ``kind``,
            ``script``, ``uses``.
        sentences: counts by sentence.
    """

    record: dict[str, Any]
    frame: pd.DataFrame
    findings: pd.DataFrame
    sentences: Sentences

    @property
    def problems(self) -> list[str]:
        """What is wrong with the text, where published counts differ, and what tokenizers raised, a line each."""
        text = self.record["parallel"]
        lines = [f"{code}: {problem}" for code, found in text["problems"].items() for problem in found]
        lines += [f"{code}: left out, {text['name']} does not have it" for code in text["missing"]]
        lines += [
            f"{code}: left out, it has {count} lines, and English {text['sentences']}"
            for code, count in text.get("unequal", {}).items()
        ]
        lines += self.record.get("disagreements", [])
        return lines + [
            f"{one['name']} failed on {code}: {message}"
            for one in self.record["tokenizers"]
            for code, message in one.get("failures", {}).items()
        ]

    @property
    def unknown(self) -> list[str]:
        """What tokenizers do not let anybody know, and why, a line each."""
        return [f"{one['name']}: {reason}" for one in self.record["tokenizers"] for reason in one.get("unknown", ())]

    @property
    def subjects(self) -> list[str]:
        """Names of the tokenizers that are not baselines."""
        return [one["name"] for one in self.record["tokenizers"] if one["role"] == "tokenizer"]

    def files(self) -> dict[str, bytes]:
        """The files of its folder by name; equal for equal runs."""
        files = {
            RUN.mark: to_json(self.record),
            "metrics.csv": to_csv(self.frame),
            "vocab_audit.csv": to_csv(self.findings),
            "sentences.npz": self.sentences.to_bytes(),
        }
        # pandas says so when neither pyarrow nor fastparquet is there; the CSV file holds the same.
        with contextlib.suppress(ImportError):
            files["metrics.parquet"] = to_parquet(self.frame)
        return files

    def save(self, folder: str | Path, *, force: bool = False) -> Path:
        """Writes the folder, whole or not at all.

        Raises:
            FileExistsError: it exists and ``force`` is not given, or it exists and is no run.
            OSError: it cannot be written.
        """
        folder = Path(folder)
        check_target(folder, RUN, force=force)
        with new_folder(folder, RUN, force=force) as fresh:
            for name, content in self.files().items():
                (fresh / name).write_bytes(content)
        return folder

    @classmethod
    def load(cls, folder: str | Path) -> Run:
        """Reads the folder of a run, or of a report, which is one too.

        Raises:
            FileNotFoundError: there is no such folder, or a file is missing in it.
            CorruptFileError: a file is not what it should be, or is of another version.
        """
        folder = Path(folder)
        path = folder / RUN.mark
        try:
            record = json.loads(path.read_bytes())
            if not isinstance(record, dict) or record.get("format") != FORMAT:
                raise CorruptFileError(f"{path} is no record of a run that this version reads; measure again")
            frame, findings = _read_csv(folder / "metrics.csv"), _read_csv(folder / "vocab_audit.csv")
        except ValueError as error:
            if isinstance(error, CorruptFileError):
                raise
            raise CorruptFileError(f"{folder} is no run of omnitok: {error}") from error
        return cls(record, frame, findings, Sentences.read(folder / "sentences.npz"))


def _read_csv(path: Path) -> pd.DataFrame:
    # Empty cells of text are text, those of numbers are missing.
    missing = {name: [""] for name in ("value", "lo", "hi")}
    return pd.read_csv(path, keep_default_na=False, na_values=missing, dtype={"against": str, "tokenizer": str})


def make_record(
    tokenizers: Sequence[SupportsEncode],
    baselines: Sequence[SupportsEncode],
    text: ParallelText,
    audits: Mapping[str, CorpusAudit],
    failures: Mapping[str, Mapping[str, str]],
    unknown: Mapping[str, Sequence[str]],
    settings: Settings,
) -> dict[str, Any]:
    """What ``run.json`` says. No time, no host, no path: equal input gives an equal record."""
    names = {one.name for one in baselines} - {one.name for one in tokenizers}
    everyone = {one.name: one for one in (*tokenizers, *baselines)}
    return {
        "format": FORMAT,
        "versions": {package: version(package) for package in PACKAGES},
        "segmenter": _native.SEGMENTER,
        "tokenizers": [
            {
                "name": name,
                "vocab_size": one.vocab_size,
                "role": "baseline" if name in names else "tokenizer",
                **({"failures": dict(failures[name])} if failures[name] else {}),
                **({"unknown": list(unknown[name])} if unknown[name] else {}),
                **({"library": library} if isinstance(library := getattr(one, "library", None), str) else {}),
                **({"digest": digest} if (digest := digest_of(one)) else {}),
            }
            for name, one in everyone.items()
        ],
        "parallel": {
            "name": text.name,
            "licence": text.licence,
            "sentences": text.sentences,
            "missing": list(text.missing),
            **({"unequal": dict(text.unequal)} if text.unequal else {}),
            "sha256": {f"{code}.txt": part.sha256 for code, part in text.texts.items()},
            "lines_not_nfc": {code: list(part.not_nfc) for code, part in text.texts.items() if part.not_nfc},
            "problems": {code: list(audit.problems) for code, audit in audits.items() if audit.problems},
        },
        "settings": {
            "languages": list(text.texts),
            "draws": settings.draws,
            "seed": settings.seed,
            "window": settings.window,
            "prices": [price.record() for price in settings.prices],
        },
    }


def to_json(record: Mapping[str, Any]) -> bytes:
    """JSON with sorted keys."""
    return (json.dumps(record, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def to_csv(frame: pd.DataFrame) -> bytes:
    """A table as CSV, with ten significant digits."""
    return str(frame.to_csv(index=False, lineterminator="\n", float_format="%.10g")).encode("utf-8", "backslashreplace")


def to_parquet(frame: pd.DataFrame) -> bytes:
    """A table as parquet."""
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()
