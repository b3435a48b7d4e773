r"""Split patterns in the dialect of ECMAScript, the regular expressions of browsers, with its flag ``v``.

It differs from ours in four things: ``\s`` holds U+FEFF and lacks U+0085, scripts are named with their property, a
group cannot change case by itself in every browser of today, and there are no possessive forms. Characters have the
classes of the Unicode version that the browser has.
"""

from __future__ import annotations

import re

from omnitok import _native
from omnitok.errors import PatternError

_PIECES = re.compile(
    r"""(?P<case>\(\?i:(?P<folded>(?:\[[a-z]+\]|[a-z'|])+)\))
      | \\p\{(?P<script>[A-Z][a-z]{2,})\} | \\(?P<space>[sS]) | \\[pP]\{\w+\} | \\.
      | (?P<quantifier>[+*?]|\{\d+,?\d*\})\+
      | (?P<open>\[\^?) | (?P<close>\]) | (?P<and>&&) | (?P<slash>/)""",
    re.VERBOSE,
)
_FOLDS = {"s": "sS\u017f", "k": "kK\u212a"}
"""Letters that more than their capital folds to."""


def to_ecmascript(pattern: str, regex: str) -> str:
    """The regular expression by which a browser cuts the same words, to be used with the flags ``gv``.

    Args:
        pattern: Name of the pattern. Only patterns with names are written: in these every possessive form may be
            dropped, for what follows each can never match what it would give back.
        regex: Its regular expression.

    Raises:
        PatternError: The pattern has no name, or words of it hold others.
    """
    if pattern not in _native.PATTERNS or pattern.endswith("-super"):
        raise PatternError(f"the pattern {pattern!r} is none that a script in a page can cut words by")
    written: list[str] = []
    open_at: list[int] = []
    end = 0
    for found in _PIECES.finditer(regex):
        written.append(regex[end : found.start()])
        end = found.end()
        if found["case"]:
            written.append(
                f"(?:{re.sub('[a-z]', lambda letter: _either_case(letter.group()), _flat(found['folded']))})"
            )
        elif found["script"]:
            written.append(rf"\p{{Script={found['script']}}}")
        elif found["space"]:
            written.append(r"\p{White_Space}" if found["space"] == "s" else r"\P{White_Space}")
        elif found["quantifier"]:
            written.append(found["quantifier"])
        elif found["open"]:
            open_at.append(len(written))
            written.append(found["open"])
        elif found["close"]:
            open_at.pop()
            written.append("]")
        elif found["and"]:
            # What stands before is a union, which has to be a class of its own.
            written[open_at[-1]] += "["
            written.append("]&&")
        else:
            written.append(r"\/" if found["slash"] else found.group())
    written.append(regex[end:])
    return "".join(written)


def _flat(folded: str) -> str:
    """``[sdmt]|ll`` as ``s|d|m|t|ll``: a letter that becomes a class cannot stand in one."""
    return re.sub(r"\[([a-z]+)\]", lambda letters: "|".join(letters[1]), folded)


def _either_case(letter: str) -> str:
    return f"[{_FOLDS.get(letter, letter + letter.upper())}]"
