#!/usr/bin/env python3
"""Writes the character classes and scripts of Unicode 16.0 that the splitter's scanners use, as Rust source.

tiktoken 0.9 to 0.14 and `tokenizers` 0.21.2 to 0.23 classify characters as Unicode 16.0 does. Another version cuts
some texts elsewhere, so this script refuses to run with one. A table has two stages: the number of a character's
block of 64 code points, and the classes in that block. 64 is what one continuation byte of UTF-8 holds, hence the
scanners look a class up with the bytes themselves and never compute the code point.

Scripts come from the package `regex`. It may know a later Unicode, but only the letters of 16.0 are asked about, and a
test of `splitter/scripts.rs` compares them with the tables of the Rust crate.

Usage:
    pip install unicodedata2==16.0.0 regex
    python scripts/generate_unicode_tables.py            write the table
    python scripts/generate_unicode_tables.py --check    exit with status 1 when the checked-in table differs
"""

from __future__ import annotations

import argparse
import sys
from itertools import groupby
from pathlib import Path

import regex
import unicodedata2

UNICODE_VERSION = "16.0.0"
OUTPUT = Path(__file__).resolve().parent.parent / "rust/omnitok-core/src/splitter/unicode_tables.rs"

BLOCK_SIZE = 64
# The two-stage table covers planes 0 to 3. Above them only one range is not "other", and it gets two constants.
TABLE_END = 0x40000
CODE_POINT_END = 0x110000

# White_Space of PropList.txt, which is what \s means. The set is stable in practice: it last changed in Unicode 6.3.
WHITE_SPACE = frozenset(
    [*range(0x09, 0x0E), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000]
)

# One letter per class; `classes.rs` gives each its bit.
LETTER_OF_CATEGORY = {"Lu": "U", "Lt": "U", "Ll": "l", "Lm": "c", "Lo": "c"}
LETTER_OF_MAJOR_CATEGORY = {"M": "m", "N": "n"}

# The scripts that the pattern `omni` keeps apart, in the order of `SCRIPTS` in `splitter/omni.rs`, with the letters
# that Unicode counts among no script and that occur in one only. What is in none of them is the last.
SCRIPTS = [
    r"\p{Latin}\u00B5\u02B9-\u02EE",
    *(r"\p{Cyrillic}", r"\p{Greek}\u0374", r"\p{Armenian}", r"\p{Georgian}"),
    *(r"\p{Arabic}\u0640", r"\p{Devanagari}"),
    r"\p{Han}\p{Hiragana}\p{Katakana}\p{Bopomofo}\u3006\u3031-\u303C\u30FC\uFF70\uFF9E\uFF9F",
    *(rf"\p{{{name}}}" for name in ("Hangul", "Gujarati", "Telugu", "Tamil", "Bengali", "Thai", "Hebrew", "Gurmukhi")),
    *(rf"\p{{{name}}}" for name in ("Kannada", "Malayalam", "Oriya", "Sinhala", "Myanmar", "Khmer", "Lao", "Tibetan")),
    *(r"\p{Ethiopic}", r"\p{Thaana}"),
]
OTHER_SCRIPT = len(SCRIPTS)
# From this number on, a block's is that of a table of its own.
MIXED = 128

HEADER = f"""\
//! Character classes of Unicode {UNICODE_VERSION}, written by `scripts/generate_unicode_tables.py`; do not edit.
//!
//! `U` upper or title case letter, `l` lower case letter, `c` letter without case (Lm, Lo), `m` mark, `n` number,
//! `r` carriage return or line feed, `w` other white space, `o` anything else.
//!
//! Scripts are numbers, written as the characters from `0` on where each character has one. Only letters are asked
//! about, so whatever is no letter has that of a letter near it.

"""


def class_letter(code_point: int) -> str:
    """Returns the letter of the class of `code_point`; surrogates, which no text holds, are "o"."""
    if code_point in (0x0A, 0x0D):
        return "r"
    if code_point in WHITE_SPACE:
        return "w"
    category = unicodedata2.category(chr(code_point))
    return LETTER_OF_CATEGORY.get(category) or LETTER_OF_MAJOR_CATEGORY.get(category[0], "o")


def high_marks(letters: str) -> tuple[int, int]:
    """Returns the first and the last of the marks above the two-stage table.

    Raises:
        ValueError: The characters up there are not what the scanners assume: one range of marks in "other" ones.
    """
    runs = [(letter, len(list(run))) for letter, run in groupby(letters[TABLE_END:])]
    if [letter for letter, _ in runs] != ["o", "m", "o"]:
        raise ValueError(f"the planes from U+{TABLE_END:X} hold more than one range of marks; widen the table")
    first = TABLE_END + runs[0][1]
    return first, first + runs[1][1] - 1


def scripts() -> str:
    """Returns the script of every code point below the end of the tables, one character each.

    Only letters are asked about. So what is no letter is given the script of the letters of its block, and few blocks
    hold more than one script.
    """
    classes = [regex.compile(f"[{script}]") for script in SCRIPTS]
    found = []
    for start in range(0, TABLE_END, BLOCK_SIZE):
        last = None
        block: list[int | None] = []
        for character in map(chr, range(start, start + BLOCK_SIZE)):
            if unicodedata2.category(character)[0] == "L":
                members = (number for number, script in enumerate(classes) if script.match(character))
                last = next(members, OTHER_SCRIPT)
            block.append(last)
        first = next((script for script in block if script is not None), OTHER_SCRIPT)
        found += [first if script is None else script for script in block]
    return "".join(chr(ord("0") + script) for script in found)


def script_lines(letters: str) -> list[str]:
    """Returns the lines of the table of scripts: that of each block, or of each of its characters."""
    mixed: dict[str, int] = {}
    numbers = []
    for start in range(0, TABLE_END, BLOCK_SIZE):
        block = letters[start : start + BLOCK_SIZE]
        uniform = len(set(block)) == 1
        numbers.append(ord(block[0]) - ord("0") if uniform else MIXED + mixed.setdefault(block, len(mixed)))
    lines = [
        "/// Scripts of blocks, run-length encoded: how many blocks in a row, and the script of their letters. Numbers",
        f"/// from {MIXED} on, less {MIXED}, are places in `MIXED_SCRIPTS`.",
    ]
    lines += run_lines("SCRIPT_RUNS", numbers)
    lines += ["/// Scripts of the characters of each block that holds letters of several.", "#[rustfmt::skip]"]
    lines += [f"pub(super) const MIXED_SCRIPTS: [&[u8; {BLOCK_SIZE}]; {len(mixed)}] = ["]
    return [*lines, *(f'    b"{block}",' for block in mixed), "];", ""]


def run_lines(name: str, numbers: list[int]) -> list[str]:
    """Returns the lines of an array of (length, number) runs."""
    runs = [(len(list(run)), number) for number, run in groupby(numbers)]
    lines = ["#[rustfmt::skip]", f"pub(super) const {name}: [(u16, u16); {len(runs)}] = ["]
    lines += [
        "    " + " ".join(f"({length}, {number})," for length, number in runs[start : start + 10])
        for start in range(0, len(runs), 10)
    ]
    return [*lines, "];", ""]


def class_lines(letters: str) -> list[str]:
    """Returns the lines of the two stages of the table of classes."""
    blocks: dict[str, int] = {}
    block_numbers = [
        blocks.setdefault(letters[start : start + BLOCK_SIZE], len(blocks)) for start in range(0, TABLE_END, BLOCK_SIZE)
    ]
    return [
        "/// First stage, run-length encoded: how many blocks in a row, and which of `BLOCKS` they all are.",
        *run_lines("BLOCK_RUNS", block_numbers),
        f"/// Second stage: the classes of the {BLOCK_SIZE} characters of each distinct block.",
        "#[rustfmt::skip]",
        f"pub(super) const BLOCKS: [&[u8; {BLOCK_SIZE}]; {len(blocks)}] = [",
        *(f'    b"{block}",' for block in blocks),
        "];",
        "",
    ]


def generate() -> str:
    """Returns the Rust source of the tables; the same for every run."""
    letters = "".join(map(class_letter, range(CODE_POINT_END)))
    first_mark, last_mark = high_marks(letters)
    lines = [
        f"/// First and last of the marks from U+{TABLE_END:X} up; every other character there is of class `o`.",
        f"pub(super) const HIGH_MARKS: (u32, u32) = (0x{first_mark:X}, 0x{last_mark:X});",
        "",
        *class_lines(letters),
        *script_lines(scripts()),
    ]
    return HEADER + "\n".join(lines)


def main() -> int:
    """Writes or checks the table; returns the exit status."""
    parser = argparse.ArgumentParser(description="Write the splitter's Unicode classes as Rust source.")
    parser.add_argument("--check", action="store_true", help="compare with the checked-in file instead of writing it")
    arguments = parser.parse_args()
    if unicodedata2.unidata_version != UNICODE_VERSION:
        found = unicodedata2.unidata_version
        print(f"unicodedata2 has Unicode {found}; run: pip install unicodedata2=={UNICODE_VERSION}", file=sys.stderr)
        return 2
    source = generate()
    if not arguments.check:
        OUTPUT.write_text(source, encoding="ascii", newline="\n")
        return 0
    if OUTPUT.exists() and OUTPUT.read_bytes() == source.encode("ascii"):
        return 0
    print(f"{OUTPUT} differs from what this script writes; run it without --check", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
