"""Checks the parallel texts of this project: form, script, alignment, and token ratio against an independent corpus.

Usage::

    python scripts/check_parallel.py            # every language that has a file
    python scripts/check_parallel.py gu te      # only these

Prints one row per language and then every finding. Exit status: 0 no finding, 3 some finding.

The token ratio is the sharpest test of a translation. For each language we take the o200k tokens of the whole file
divided by those of English, do the same on NTREX-128 (Federmann, Kocmi and Xin, 2022), and ask that both agree within
:data:`RATIO_TOLERANCE`: a translation that is wordier, more terse or stiffer than professional work shows here.
NTREX-128 and the rank file are read from ``../shared/data`` beside the repository when they are there, and left out
when not.
"""

from __future__ import annotations

import functools
import os
import statistics
import sys
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    from collections.abc import Sequence

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

REPOSITORY = Path(__file__).resolve().parent.parent
CORPORA = REPOSITORY / "corpora"
PARALLEL = CORPORA / "parallel"
SHARED_DATA = REPOSITORY.parent / "shared" / "data"
NTREX = SHARED_DATA / "parallel" / "ntrex128"

MINIMUM_LINES = 200
MINIMUM_SCRIPT_SHARE = 0.85
RATIO_TOLERANCE = 0.12
"""Largest accepted distance of our o200k premium from that of NTREX-128, relative."""
LENGTH_BOUNDS = (0.5, 2.0)
"""Accepted length of a line relative to English, after division by the median of its language."""
LENGTH_SMOOTHING = 20
"""Graphemes added to both lengths, so that a short line may differ by a word or two."""

SCRIPTS = {"Hans": ("Han",), "Jpan": ("Han", "Hiragana", "Katakana"), "Kore": ("Hangul", "Han")}
"""ISO 15924 codes that stand for a mixture; any other code is a Unicode script by itself."""

# Soft hyphen, zero-width space, direction marks, separators of lines and byte-order mark are invisible, so no reader
# would notice them; the joiners U+200C and U+200D are part of the spelling of some languages and stay allowed.
INVISIBLE = r"[\p{Cc}\u00AD\u200B\u200E\u200F\u2028-\u202E\u2060\u2066-\u2069\uFEFF]"
UNWANTED = regex.compile(INVISIBLE + r"|\s\s|^\s|\s$")
GRAPHEME = regex.compile(r"\X")
LETTER = regex.compile(r"\p{L}")


@dataclass
class LanguageReport:
    """What the checks say of one language.

    Attributes:
        code: The language's two-letter code.
        lines: Number of lines of its file.
        script_share: Letters in the language's own script, as a share of all letters.
        ratio: o200k tokens of the file divided by those of English; None without a rank file.
        ntrex_ratio: The same on NTREX-128; None when it is not there.
        findings: One sentence for each thing that is wrong; empty when all is well.
    """

    code: str
    lines: int
    script_share: float
    ratio: float | None = None
    ntrex_ratio: float | None = None
    findings: list[str] = field(default_factory=list)

    @property
    def deviation(self) -> float | None:
        """Relative distance of the token ratio from that of NTREX-128, or None when either is unknown."""
        if self.ratio is None or self.ntrex_ratio is None:
            return None
        return self.ratio / self.ntrex_ratio - 1


@functools.cache
def language_scripts() -> dict[str, str]:
    """Code and ISO 15924 script of each language, in the order of ``languages.toml``."""
    table = tomllib.loads((CORPORA / "languages.toml").read_text(encoding="utf-8"))
    return {entry["code"]: entry["script"] for entry in table["language"]}


def read_lines(path: Path) -> list[str]:
    """The lines of a UTF-8 file without their line ends; a last line end adds no empty line."""
    return path.read_bytes().decode("utf-8").removesuffix("\n").split("\n")


def script_share(lines: Sequence[str], script: str) -> float:
    """Share of the letters of ``lines`` that are written in ``script`` (ISO 15924), from 0 to 1."""
    names = SCRIPTS.get(script, (script,))
    # Script_Extensions, not Script: the Japanese vowel lengthener is "common" by the latter.
    own = regex.compile("[" + "".join(rf"\p{{Script_Extensions={name}}}" for name in names) + r"]")
    letters = Counter(letter for line in lines for letter in LETTER.findall(line))
    total = letters.total()
    return sum(count for letter, count in letters.items() if own.match(letter)) / total if total else 0.0


def check_form(lines: Sequence[str]) -> list[str]:
    """Findings about single lines: Unicode form, invisible characters, empty and repeated lines."""
    findings = []
    first_seen: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line:
            findings.append(f"line {number} is empty")
            continue
        if not unicodedata.is_normalized("NFC", line):
            findings.append(f"line {number} is not in form NFC: {line[:40]!r}")
        if unwanted := UNWANTED.search(line):
            found = " ".join(f"U+{ord(character):04X}" for character in unwanted.group())
            findings.append(f"line {number} holds {found} at character {unwanted.start()}")
        if line in first_seen:
            findings.append(f"line {number} repeats line {first_seen[line]}")
        first_seen.setdefault(line, number)
    return findings


def check_alignment(lines: Sequence[str], english: Sequence[str]) -> list[str]:
    """Findings about a translation beside its English source: number of lines, untranslated lines, odd lengths."""
    findings = []
    if len(lines) != len(english):
        findings.append(f"{len(lines)} lines, but English has {len(english)}")
    pairs = list(zip(lines, english, strict=False))
    findings += [f"line {number} is still English" for number, (ours, source) in enumerate(pairs, 1) if ours == source]
    return findings + [
        f"line {number} has {ratio:.2f} times the length expected from English: {lines[number - 1][:40]!r}"
        for number, ratio in length_outliers(pairs)
    ]


def length_outliers(pairs: Sequence[tuple[str, str]]) -> list[tuple[int, float]]:
    """Line numbers and relative lengths of the pairs whose length lies outside :data:`LENGTH_BOUNDS`."""
    ratios = [
        (len(GRAPHEME.findall(ours)) + LENGTH_SMOOTHING) / (len(GRAPHEME.findall(source)) + LENGTH_SMOOTHING)
        for ours, source in pairs
    ]
    if not ratios:
        return []
    median = statistics.median(ratios)
    low, high = LENGTH_BOUNDS
    relative = ((number, ratio / median) for number, ratio in enumerate(ratios, start=1))
    return [(number, ratio) for number, ratio in relative if not low <= ratio <= high]


def count_tokens(lines: Sequence[str]) -> int | None:
    """o200k tokens of the lines, each encoded by itself; None when tiktoken or its rank file is out of reach."""
    encode = o200k_encoder()
    return None if encode is None else sum(len(ids) for ids in encode.encode_ordinary_batch(list(lines)))


@functools.cache
def o200k_encoder():  # type: ignore[no-untyped-def]  # tiktoken is optional here, so its type has no name
    """The ``o200k_base`` of tiktoken, or None when it cannot be had without the network."""
    cache = SHARED_DATA / "tiktoken-cache"
    if "TIKTOKEN_CACHE_DIR" not in os.environ:
        if not cache.is_dir():
            return None
        os.environ["TIKTOKEN_CACHE_DIR"] = str(cache)
    try:
        import tiktoken
    except ImportError:
        return None
    return tiktoken.get_encoding("o200k_base")


@functools.cache
def token_ratio(folder: Path, code: str) -> float | None:
    """o200k tokens of ``<code>.txt`` divided by those of ``en.txt``; None when a file or the rank file is missing."""
    paths = folder / f"{code}.txt", folder / "en.txt"
    if not all(path.is_file() for path in paths):
        return None
    ours, english = (read_lines(path) for path in paths)
    # An unfinished translation is compared with the same lines of English only.
    tokens, english_tokens = count_tokens(ours), count_tokens(english[: len(ours)])
    return None if tokens is None or not english_tokens else tokens / english_tokens


def check_language(code: str, folder: Path = PARALLEL) -> LanguageReport:
    """Runs every check on ``<code>.txt`` of ``folder``.

    Raises:
        KeyError: ``code`` is none of the languages of ``languages.toml``.
        FileNotFoundError: The language or English has no file in ``folder``.
        UnicodeDecodeError: The file is not UTF-8.
    """
    script = language_scripts()[code]
    lines, english = read_lines(folder / f"{code}.txt"), read_lines(folder / "en.txt")
    report = LanguageReport(code, len(lines), script_share(lines, script))
    report.findings += check_form(lines)
    if code != "en":
        report.findings += check_alignment(lines, english)
    if len(lines) < MINIMUM_LINES:
        report.findings.append(f"{len(lines)} lines; at least {MINIMUM_LINES} are asked for")
    if report.script_share < MINIMUM_SCRIPT_SHARE:
        report.findings.append(f"only {report.script_share:.1%} of the letters are {script}")
    report.ratio, report.ntrex_ratio = token_ratio(folder, code), token_ratio(NTREX, code)
    if report.deviation is not None and abs(report.deviation) > RATIO_TOLERANCE:
        report.findings.append(
            f"takes {report.ratio:.2f} times the tokens of English, but {report.ntrex_ratio:.2f} times on NTREX-128 "
            f"({report.deviation:+.1%}; at most {RATIO_TOLERANCE:.0%} either way)"
        )
    return report


def format_row(report: LanguageReport) -> str:
    """One row of the printed table."""
    nfc = "no" if any("NFC" in finding for finding in report.findings) else "yes"
    ratio, ntrex = (f"{value:6.3f}" if value is not None else "     -" for value in (report.ratio, report.ntrex_ratio))
    deviation = f"{report.deviation:+8.1%}" if report.deviation is not None else "       -"
    share = f"{report.script_share:7.1%}"
    return f"{report.code:4} {report.lines:5} {nfc:>4} {share} {ratio} {ntrex} {deviation} {len(report.findings):8}"


def main(arguments: Sequence[str]) -> int:
    """Prints the table and the findings; returns the exit status."""
    known = language_scripts()
    if unknown := [code for code in arguments if code not in known]:
        print(f"no such language: {', '.join(unknown)}; known are {', '.join(known)}", file=sys.stderr)
        return 2
    codes = [code for code in arguments or known if (PARALLEL / f"{code}.txt").is_file()]
    reports = [check_language(code) for code in codes]
    print("code lines  NFC  script   ours  NTREX deviation findings")
    for report in reports:
        print(format_row(report))
    for report in reports:
        for finding in report.findings:
            print(f"{report.code}: {finding}")
    missing = [code for code in arguments or known if code not in codes]
    if missing:
        print(f"no file yet: {' '.join(missing)}")
    return 3 if missing or any(report.findings for report in reports) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
