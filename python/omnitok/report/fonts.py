"""Which installed font draws the native name of a language.

matplotlib shapes text correctly from 3.11 on, but it draws boxes where a font lacks a glyph. So a font is taken only
when its character map covers the whole name; where none does, the chart shows the English name and the page says so.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib import font_manager

if TYPE_CHECKING:
    from omnitok.corpora.languages import Language

LATIN = ("Noto Sans", "DejaVu Sans")
"""For everything that is not a native name; matplotlib brings the second one along."""

FAMILIES_BY_LANGUAGE = {
    # One Han character has other shapes in each of these, and Urdu readers expect the sloping style.
    "zh": ("Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei"),
    "ja": ("Noto Sans CJK JP", "Noto Sans JP", "Hiragino Sans", "Yu Gothic"),
    "ko": ("Noto Sans CJK KR", "Noto Sans KR", "Apple SD Gothic Neo", "Malgun Gothic"),
    "ur": ("Noto Nastaliq Urdu", "Noto Sans Arabic", "Noto Naskh Arabic", "Segoe UI"),
}
FAMILIES_BY_SCRIPT = {
    "Arab": ("Noto Sans Arabic", "Noto Naskh Arabic", "Geeza Pro", "Segoe UI", "DejaVu Sans"),
    "Deva": ("Noto Sans Devanagari", "Lohit Devanagari", "Nirmala UI"),
    "Gujr": ("Noto Sans Gujarati", "Lohit Gujarati", "Nirmala UI"),
    "Taml": ("Noto Sans Tamil", "Lohit Tamil", "Nirmala UI"),
    "Telu": ("Noto Sans Telugu", "Lohit Telugu", "Nirmala UI"),
}


def family_for(language: Language) -> str | None:
    """The first family of the language's list that covers its native name, or None."""
    families = FAMILIES_BY_LANGUAGE.get(language.code) or FAMILIES_BY_SCRIPT.get(language.script, LATIN)
    return next((family for family in families if _covers(family, language.native)), None)


def file_of(language: Language) -> tuple[str, int] | None:
    """The file of :func:`family_for` and the number of the face in it."""
    family = family_for(language)
    if family is None:
        return None
    found = font_manager.findfont(family, fallback_to_default=False)
    return str(found), getattr(found, "face_index", 0)


def latin_family() -> str:
    """The family for labels and numbers."""
    return next(family for family in LATIN if _covers(family, "English 0123456789×"))


def _covers(family: str, text: str) -> bool:
    if family not in _installed():
        return False
    font = font_manager.get_font(font_manager.findfont(family, fallback_to_default=False))
    return set(map(ord, text)) <= font.get_charmap().keys()


@cache
def _installed() -> frozenset[str]:
    """Families that matplotlib can use, those included that were installed after it wrote its cache."""
    manager = font_manager.fontManager
    known = {entry.fname for entry in manager.ttflist}
    for path in sorted(font_manager.findSystemFonts()):
        if path not in known and Path(path).name.startswith("Noto"):
            manager.addfont(path)
    return frozenset(entry.name for entry in manager.ttflist)
