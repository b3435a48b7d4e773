"""The first sentences of a report, where the finding is one-sided."""

from __future__ import annotations

from pathlib import Path

from omnitok.evaluation import Settings, SupportsEncode, measure_run, read_parallel_text
from omnitok.report.material import Material
from omnitok.report.sections.verdict import sentences_on


class Twice:
    """Every code point, and every one a second time."""

    name = "twice"
    vocab_size = 0x110000

    def encode_ordinary(self, text: str) -> list[int]:
        return [ord(character) for character in text for _ in range(2)]

    def decode(self, ids: list[int]) -> str:
        return "".join(map(chr, ids[::2]))


def said(one: SupportsEncode, baseline: SupportsEncode, parallel: Path, draws: int = 2000) -> list[str]:
    text = read_parallel_text(parallel)
    run = measure_run([one], text, baselines=[baseline], settings=Settings(draws=draws))
    return ["".join(span.text for span in sentence) for sentence in sentences_on(Material(run), one.name)]


def test_more_tokens_everywhere_is_said_without_a_list(parallel: Path, characters: SupportsEncode) -> None:
    against = said(Twice(), characters, parallel)[1]
    assert against.startswith(
        "Against characters it saves tokens in 0 of 7 languages and needs more in every one; from"
    )


def test_fewer_tokens_everywhere_names_no_language_that_needs_more(parallel: Path, characters: SupportsEncode) -> None:
    against = said(characters, Twice(), parallel)[1]
    assert against.startswith("Against twice it saves tokens in 7 of 7 languages; from")
