"""Fonts inside the page, cut to the characters that it shows: each language is drawn where no font for it is installed.

A script has its font in the folder ``noto`` beside this file, made by ``scripts/make_fonts.py``. Those of Chinese,
Japanese and Korean do not hold every character; for one that they lack a font of the machine is taken if there is one.
"""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from fontTools import subset
from fontTools.ttLib import TTFont

from omnitok.report.fonts import file_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from omnitok.corpora.languages import Language

FOLDER = Path(__file__).parent / "noto"
FONT_OF_LANGUAGE = {"zh": "chinese", "ja": "japanese", "ko": "korean", "ur": "nastaliq"}
FONT_OF_SCRIPT = {
    "Arab": "arabic",
    "Cyrl": "sans",
    "Deva": "devanagari",
    "Gujr": "gujarati",
    "Latn": "sans",
    "Taml": "tamil",
    "Telu": "telugu",
}
LATIN = 0x250
"""Letters before this one any machine draws."""
WHOLE = {"nastaliq"}
"""Its letters hang together so that a cut keeps most of the font, and takes 3.5 s."""


@dataclass(frozen=True)
class WebFont:
    """A font of the page.

    Attributes:
        family: its name there.
        languages: codes of those it draws.
        data: base64 of a WOFF2 file.
        lacks: characters that were to be drawn and that no font has.
    """

    family: str
    languages: tuple[str, ...]
    data: str
    lacks: str


def web_fonts(texts: Iterable[tuple[Language, str]]) -> list[WebFont]:
    """The fonts that draw these texts, in the order of their names; none for a script that has none.

    Args:
        texts: a language, and something in it that the page shows; a language may come many times.
    """
    characters: dict[str, set[int]] = {}
    languages: dict[str, dict[str, Language]] = {}
    for language, text in texts:
        if name := _name_of(language):
            characters.setdefault(name, set()).update(map(ord, text))
            languages.setdefault(name, {})[language.code] = language
    return [_web_font(name, list(languages[name].values()), characters[name]) for name in sorted(characters)]


def share_out(characters: Iterable[str], languages: Iterable[Language]) -> tuple[list[tuple[Language, str]], set[str]]:
    """Gives characters of no known language to the languages of the page whose fonts have them.

    Returns:
        Languages with their share, and the characters that none of the fonts has: those are not to be shown.
    """
    left = {character for character in characters if ord(character) >= LATIN}
    shares = []
    for language in languages if left else ():
        if name := _name_of(language):
            known = _characters_of(name)
            share = {character for character in left if ord(character) in known}
            shares.append((language, "".join(sorted(share))))
            left -= share
    return shares, left


def _name_of(language: Language) -> str | None:
    return FONT_OF_LANGUAGE.get(language.code) or FONT_OF_SCRIPT.get(language.script)


@cache
def _characters_of(name: str) -> frozenset[int]:
    return frozenset(TTFont(FOLDER / f"{name}.woff2").getBestCmap())


def _web_font(name: str, languages: list[Language], characters: set[int]) -> WebFont:
    file = FOLDER / f"{name}.woff2"
    # With the time of the cut in it no two pages would be equal.
    font, is_installed = TTFont(file, recalcTimestamp=False), False
    lacks = _lacking(font, characters, name)
    if lacks and (found := file_of(languages[0])) is not None:
        installed = TTFont(found[0], fontNumber=found[1], recalcTimestamp=False)
        if len(still := _lacking(installed, characters, name)) < len(lacks):
            font, lacks, is_installed = installed, still, True
    codes = tuple(language.code for language in languages)
    data = file.read_bytes() if name in WHOLE and not is_installed else _cut(font, characters)
    return WebFont(f"omnitok {name}", codes, base64.b64encode(data).decode(), lacks)


def _cut(font: TTFont, characters: set[int]) -> bytes:
    options = subset.Options(layout_features=["*"], hinting=False, notdef_outline=True, name_IDs=[0, 1, 13])
    options.flavor = "woff2"
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=sorted(characters & font.getBestCmap().keys()))
    subsetter.subset(font)
    written = io.BytesIO()
    subset.save_font(font, written, options)
    return written.getvalue()


def _lacking(font: TTFont, characters: set[int], name: str) -> str:
    """Characters that a reader needs this font for: Latin letters, digits and marks any machine has."""
    own = characters if name == "sans" else {character for character in characters if character >= LATIN}
    return "".join(map(chr, sorted(own - font.getBestCmap().keys())))
