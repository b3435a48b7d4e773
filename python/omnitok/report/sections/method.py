"""What was measured, on what, and how to measure it again."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from omnitok.evaluation.definitions import METRICS, OF_TEXT
from omnitok.evaluation.prices import read_prices

if TYPE_CHECKING:
    from collections.abc import Sequence

    from omnitok.corpora.languages import Language
    from omnitok.report.material import Material

DEFINED = {
    "tokens_per_sentence": "Tokens per sentence",
    "gain": "N× fewer",
    "premium": "Premium",
    "worst_premium": "Worst premium",
    "gini": "Gini",
    "jain": "Jain",
    "max_over_min": "Most / fewest",
    "byte_premium": "Byte premium",
    "fertility": "Tokens per word",
    "retention": "Words that are one token",
    "utf8_fragments": "Parts of characters",
    "unreachable": "Unreachable",
    "not_reached_alone": "Not reached alone",
    "cost_of_nfd": "Cost of NFD",
    "round_trip": "Round trip",
}
"""What the pages define, in this order, under the name it has there."""

AUDITED = {
    "lines_not_nfc": "Not NFC",
    "script_share": "In its script",
    "language_share": "Looks like itself",
    "duplicate_lines": "Repeated",
    "length_outliers": "Odd length",
    "lines_in_training": "In training",
}
"""Metrics of the audit of the text, and the heads of their columns."""

SIZES = {"bytes": "Bytes", "characters": "Characters", "graphemes": "Graphemes", "words": "Words"}


@dataclass(frozen=True)
class TextRow:
    """One language of the text: its figures in the order of the columns, and the sha256 of its lines."""

    language: Language
    sizes: list[float]
    byte_premium: float
    audit: list[float]
    sha256: str


@dataclass(frozen=True)
class Method:
    """The section.

    Attributes:
        definitions: what the pages call a metric, and what it is.
        sizes: heads of the columns of sizes.
        audited: heads of the columns of the audit, and whether each is a share.
        rows: a language each.
        problems: of the text, by code of language.
        licence: of the text, as far as it says.
        command: by which the report is made again.
        tokenizers: as in ``run.json``.
        seed: of the bootstrap.
        versions: of packages.
        segmenter: what found words and graphemes.
    """

    definitions: list[tuple[str, str]]
    sizes: list[str]
    audited: list[tuple[str, bool]]
    rows: list[TextRow]
    problems: dict[str, list[str]]
    licence: str
    command: str
    tokenizers: list[dict[str, Any]]
    seed: int
    versions: dict[str, str]
    segmenter: str

    @classmethod
    def of(cls, material: Material, options: Sequence[str] = ()) -> Method:
        """Reads the record of the run; options are those of ``omnitok report`` that it does not tell."""
        record, figures = material.run.record, material.figures
        text = record["parallel"]
        audited = [metric for metric in AUDITED if figures.against("(text)", metric)]
        rows = [
            TextRow(
                language,
                [figures.of_text(language.code, metric) for metric in SIZES],
                figures.of_text(language.code, "byte_premium", "en"),
                [figures.of_text(language.code, metric) for metric in audited],
                text["sha256"][f"{language.code}.txt"],
            )
            for language in material.languages
        ]
        return cls(
            [(label, METRICS[metric].definition) for metric, label in DEFINED.items()],
            list(SIZES.values()),
            [(AUDITED[metric], OF_TEXT[metric].unit == "share") for metric in audited],
            rows,
            text["problems"],
            text["licence"],
            shlex.join(command_of(record, options)),
            record["tokenizers"],
            record["settings"]["seed"],
            record["versions"],
            record["segmenter"],
        )


def command_of(record: dict[str, Any], options: Sequence[str] = ()) -> list[str]:
    """The command that makes the report of a run again. Names stand for folders and files, of which no record tells."""
    command = ["omnitok", "report"]
    for one in record["tokenizers"]:
        command += ["-t" if one["role"] == "tokenizer" else "--baseline", one["name"]]
    for one in record.get("published", ()):
        command += ["--published", one["name"]]
    settings = record["settings"]
    if settings["prices"] != [price.record() for price in read_prices()]:
        options = ["--prices", "prices.toml", *options]
    draws = ["--draws", str(settings["draws"])]
    return [*command, "--parallel", record["parallel"]["name"], *options, *draws, "--out", "report"]
