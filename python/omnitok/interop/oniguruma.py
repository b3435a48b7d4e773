"""Split patterns in the dialect of Oniguruma, the regular expressions of the library ``tokenizers``.

Oniguruma reads two constructs otherwise than we and tiktoken do: ``$`` is the end of any line, not of the text, and
``{1,3}+`` is a repetition of ``{1,3}``, not a possessive form of it. A pattern that uses one would silently cut other
words, so it is written in another way or refused.
"""

from __future__ import annotations

import re

from omnitok import _native
from omnitok.errors import PatternError

_READ_OTHERWISE = re.compile(r"\$|\{\d*,?\d*\}\+")

# The same words without the two constructs. Dropping a possessive form is right here: what follows each can never match
# what it would give back.
_SPELLINGS = {
    "r50k": _native.PATTERNS["gpt2"],
    "p50k": _native.PATTERNS["gpt2"],
    "cl100k": (
        r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
        r"|\s+\z|\s*[\r\n]|\s+(?!\S)|\s"
    ),
}


def to_oniguruma(pattern: str, regex: str) -> str:
    """The regular expression by which Oniguruma cuts the same words.

    Args:
        pattern: Name of the pattern, or its regular expression when it has no name.
        regex: Its regular expression.

    Raises:
        PatternError: The expression uses a construct that Oniguruma reads otherwise.
    """
    spelling = _SPELLINGS.get(pattern, regex)
    _refuse_ambiguity(
        spelling, r"a tokenizer.json cannot say it; write \z for the end of the text and no possessive {}+"
    )
    return spelling


def from_oniguruma(regex: str) -> str:
    """The name of the pattern, or a regular expression for us, that cuts words as ``regex`` does in Oniguruma.

    Raises:
        PatternError: The expression uses a construct that Oniguruma reads otherwise.
    """
    if regex == _SPELLINGS["cl100k"]:
        return "cl100k"
    _refuse_ambiguity(regex, "the library tokenizers reads it as end of line or as a repetition, which we cannot do")
    return regex


def _refuse_ambiguity(regex: str, consequence: str) -> None:
    if found := _READ_OTHERWISE.search(regex):
        raise PatternError(f"{found.group()!r} at character {found.start()} of the pattern {regex!r}: {consequence}")
