"""Tokens in colour: in a notebook, in a report, in a terminal.

A token is a string of bytes and may end inside a character. Nothing that a reader sees as one character is ever torn
apart here: tokens that share one are shown together, hatched in HTML and underlined in a terminal, with their bytes.
"""

from __future__ import annotations

import html
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.text import Text

    from omnitok.tokenizer import Tokenizer

# Tints of the palette of Okabe and Ito (2008), which colour-blind readers can tell apart, in an order that keeps
# neighbours distinct in lightness as well. Black text has a contrast of at least 9:1 on each.
PALETTE = ("#9ad0f3", "#fbe3a1", "#8fd9c0", "#f4b8d9", "#f5efa0", "#f2b48f")

_ZERO_WIDTH_JOINER = "\u200d"
_SPECIAL_TOKENS_SHOWN = 8


@dataclass(frozen=True)
class Cell:
    """The smallest piece of text that can be shown by itself.

    Attributes:
        text: One or more whole characters.
        ids: The tokens that spell it; several when they share a character.
        tokens: Their bytes.
    """

    text: str
    ids: tuple[int, ...]
    tokens: tuple[bytes, ...]

    @property
    def is_shared(self) -> bool:
        """Whether several tokens share characters of the text."""
        return len(self.ids) > 1

    @property
    def title(self) -> str:
        """Ids and bytes, for people: ``"13225 'Hello'"`` or ``"2 tokens: 14703 [F0 9F] 227 [98]"``."""
        if not self.is_shared:
            return f"{self.ids[0]} {self.text!r} [{self.tokens[0].hex(' ').upper()}]"
        pieces = (
            f"{token_id} [{token.hex(' ').upper()}]" for token_id, token in zip(self.ids, self.tokens, strict=True)
        )
        return f"{len(self.ids)} tokens: {' '.join(pieces)}"


def cells(tokenizer: Tokenizer, text: str) -> Iterator[Cell]:
    """The tokens of a text, those together that share a character as a reader sees it."""
    # What the tokenizer sees: pairs of surrogates are one character, lone ones are replaced.
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if tokenizer.normalizer == "nfc":
        text = unicodedata.normalize("NFC", text)
    data = text.encode("utf-8")
    ids, spans = tokenizer.encode_with_offsets(text)
    cuts = _character_ends(text)
    start = first = 0
    for index, (_, end) in enumerate(spans.tolist()):
        if end in cuts:
            group = ids[first : index + 1]
            pieces = tuple(tokenizer.token_bytes(token_id) for token_id in group)
            yield Cell(data[start:end].decode("utf-8"), tuple(group), pieces)
            start, first = end, index + 1


def _character_ends(text: str) -> set[int]:
    """Byte offsets where a character ends as a reader sees it: a base with its marks, an emoji with its joined parts.

    These are the grapheme clusters of Unicode Standard Annex 29 but for conjoining Hangul jamo and Indic conjuncts, of
    which the standard library knows nothing.
    """
    ends: set[int] = set()
    offset, flags = 0, 0
    for index, character in enumerate(text):
        is_flag = "\U0001f1e6" <= character <= "\U0001f1ff"
        before = text[index - 1] if index else ""
        joins = before == _ZERO_WIDTH_JOINER or (is_flag and flags % 2 == 1) or before + character == "\r\n"
        if offset and not joins and not _extends(character):
            ends.add(offset)
        flags = flags + 1 if is_flag else 0
        offset += len(character.encode("utf-8"))
    ends.add(offset)
    return ends


def _extends(character: str) -> bool:
    """Whether a character belongs to the one before it: a mark, a joiner or a skin tone."""
    is_skin_tone = "\U0001f3fb" <= character <= "\U0001f3ff"
    return is_skin_tone or character in "\u200c\u200d" or unicodedata.category(character) in ("Mn", "Mc", "Me")


@dataclass(frozen=True, repr=False)
class TokenView:
    """The tokens of a text, for the eye: in colour where a notebook or rich shows it, with bars where there is none."""

    tokenizer: Tokenizer
    text: str

    def __repr__(self) -> str:
        """The text with a bar between two tokens; none inside a character that several tokens share."""
        return "|".join(cell.text for cell in cells(self.tokenizer, self.text))

    def __rich__(self) -> Text:
        """What rich prints."""
        return to_terminal(self.tokenizer, self.text)

    def _repr_html_(self) -> str:
        return to_html(self.tokenizer, self.text)


def to_html(tokenizer: Tokenizer, text: str) -> str:
    """The text as HTML, each token on its own colour; the pointer resting on it shows its id and bytes.

    Spaces show as a raised dot and line ends as an arrow. The result needs no style sheet and runs no script.

    Args:
        tokenizer: Who cuts the text.
        text: Any text; special tokens in it are text like any other.
    """
    spans = (_html_span(cell, PALETTE[index % len(PALETTE)]) for index, cell in enumerate(cells(tokenizer, text)))
    return (
        '<div class="omnitok-tokens" dir="auto" style="font-family:ui-monospace,monospace;line-height:1.9;'
        f'white-space:pre-wrap;overflow-wrap:anywhere">{"".join(spans)}</div>'
    )


def _html_span(cell: Cell, colour: str) -> str:
    background = f"background:{colour}"
    if cell.is_shared:
        background = f"background:repeating-linear-gradient(135deg,{colour} 0 4px,#ffffff 4px 7px)"
    shown = "".join(_html_character(character) for character in cell.text)
    style = f"{background};color:#111;border-radius:3px;padding:1px 0"
    return f'<span title="{html.escape(cell.title)}" style="{style}">{shown}</span>'


def _html_character(character: str) -> str:
    if character == "\n":
        return '<span style="opacity:.5">\u21b5</span>\n'
    visible = _visible(character)
    return html.escape(character) if visible == character else f'<span style="opacity:.5">{html.escape(visible)}</span>'


def _visible(character: str) -> str:
    """A sign for a character that leaves no mark, or the character itself."""
    if character == " ":
        return "\u00b7"
    if character == "\t":
        return "\u2192"
    if character < " ":
        return chr(0x2400 + ord(character))
    if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character == "\ufeff":
        return f"<{ord(character):04X}>"
    return character


def to_terminal(tokenizer: Tokenizer, text: str) -> Text:
    """The text for a terminal: each token on its own colour, underlined where tokens share a character.

    Args:
        tokenizer: Who cuts the text.
        text: Any text; special tokens in it are text like any other.
    """
    from rich.text import Text

    shown = Text()
    for index, cell in enumerate(cells(tokenizer, text)):
        style = f"black on {PALETTE[index % len(PALETTE)]}" + (" underline" if cell.is_shared else "")
        *lines, last = cell.text.split("\n")
        for line in lines:
            shown.append("".join(map(_visible, line)) + "\u21b5", style)
            # Without the colour: a terminal would paint the rest of the row.
            shown.append("\n")
        shown.append("".join(map(_visible, last)), style)
    return shown


def card_html(tokenizer: Tokenizer) -> str:
    """What a tokenizer is, as a small table in HTML; notebooks show it for the object itself."""
    special = sorted(tokenizer.special_tokens.items(), key=lambda entry: entry[1])
    names = ", ".join(name for name, _ in special[:_SPECIAL_TOKENS_SHOWN])
    hidden = len(special) - _SPECIAL_TOKENS_SHOWN
    rows = {
        "vocabulary": f"{tokenizer.vocab_size:,} ids",
        "pattern": tokenizer.pattern,
        "blocks": ", ".join(f"{name} {start:,}\u2013{end - 1:,}" for name, _, start, end in tokenizer.blocks),
        "special tokens": (names + (f" and {hidden:,} more" if hidden > 0 else "")) or "none",
    }
    body = "".join(
        f'<tr><th style="text-align:left">{key}</th><td style="text-align:left">{html.escape(value)}</td></tr>'
        for key, value in rows.items()
    )
    return f'<table class="omnitok-card"><caption>{html.escape(tokenizer.name)}</caption><tbody>{body}</tbody></table>'
