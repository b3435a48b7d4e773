#!/usr/bin/env python3
"""Writes the character classes of Unicode 16.0 that the splitter's scanners use, as Rust source.

tiktoken 0.9 to 0.14 and `tokenizers` 0.21.2 to 0.23 classify characters as Unicode 16.0 does. Another version cuts
some texts elsewhere, so this script refuses to run with one. The table has two stages: the number of a character's
block of 64 code points, and the classes in that block. 64 is what one continuation byte of UTF-8 holds, hence the
scanners look a class up with the bytes themselves and never compute the code point.

Usage:
    pip install unicodedata2==16.0.0
    python scripts/generate_unicode_tables.py            write the table
    python scripts/generate_unicode_tables.py --check    exit with status 1 when the checked-in table differs
"""

from __future__ import annotations

import argparse
import sys
from itertools import groupby
from pathlib import Path

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

HEADER = f"""\
//! Character classes of Unicode {UNICODE_VERSION}, written by `scripts/generate_unicode_tables.py`; do not edit.
//!
//! `U` upper or title case letter, `l` lower case letter, `c` letter without case (Lm, Lo), `m` mark, `n` number,
//! `r` carriage return or line feed, `w` other white space, `o` anything else.

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


def generate() -> str:
    """Returns the Rust source of the table; the same for every run."""
    letters = "".join(map(class_letter, range(CODE_POINT_END)))
    blocks: dict[str, int] = {}
    block_numbers = [
        blocks.setdefault(letters[start : start + BLOCK_SIZE], len(blocks)) for start in range(0, TABLE_END, BLOCK_SIZE)
    ]
    runs = [(len(list(run)), number) for number, run in groupby(block_numbers)]
    first_mark, last_mark = high_marks(letters)
    lines = [
        f"/// First and last of the marks from U+{TABLE_END:X} up; every other character there is of class `o`.",
        f"pub(super) const HIGH_MARKS: (u32, u32) = (0x{first_mark:X}, 0x{last_mark:X});",
        "",
        "/// First stage, run-length encoded: how many blocks in a row, and which of `BLOCKS` they all are.",
        "#[rustfmt::skip]",
        f"pub(super) const BLOCK_RUNS: [(u16, u16); {len(runs)}] = [",
    ]
    lines += [
        "    " + " ".join(f"({length}, {number})," for length, number in runs[start : start + 10])
        for start in range(0, len(runs), 10)
    ]
    lines += [
        "];",
        "",
        f"/// Second stage: the classes of the {BLOCK_SIZE} characters of each distinct block.",
        "#[rustfmt::skip]",
        f"pub(super) const BLOCKS: [&[u8; {BLOCK_SIZE}]; {len(blocks)}] = [",
    ]
    lines += [f'    b"{block}",' for block in blocks]
    lines += ["];", ""]
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
