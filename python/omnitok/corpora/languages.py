"""The languages that this project measures, as told by ``languages.toml``."""

from __future__ import annotations

import functools
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

# An installed package carries the files; the fallback is a checkout made without symbolic links.
_PACKAGED = Path(__file__).parent / "data"
DATA: Path = _PACKAGED if _PACKAGED.is_dir() else Path(__file__).parents[3] / "corpora"
"""The folder of ``languages.toml`` and ``parallel/``."""


@dataclass(frozen=True, slots=True)
class Language:
    """One language of the table.

    Attributes:
        code: Two-letter code (ISO 639-1); files in this language are called ``<code>.txt``.
        name: English name.
        native: Name in the language itself.
        script: ISO 15924 code of its script; ``Jpan``, ``Kore`` and ``Hans`` stand for mixtures.
        family: Language family and branch.
        direction: ``"ltr"`` or ``"rtl"``.
        flores: Code in FLORES-200.
        ntrex: Code in NTREX-128.
        speakers_millions: Approximate number of speakers, first and second language, in millions.
    """

    code: str
    name: str
    native: str
    script: str
    family: str
    direction: Literal["ltr", "rtl"]
    flores: str
    ntrex: str
    speakers_millions: int


@functools.cache
def load_languages() -> tuple[Language, ...]:
    """The languages of ``languages.toml`` in the order that tables and reports use.

    Example:
        >>> [language.code for language in load_languages()][:3]
        ['gu', 'te', 'ta']
    """
    # Not at the top: to import omnitok takes 5 ms less without it.
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    table = tomllib.loads((DATA / "languages.toml").read_text(encoding="utf-8"))
    return tuple(Language(**entry) for entry in table["language"])


@functools.cache
def language_codes() -> tuple[str, ...]:
    """The two-letter codes in the order of :func:`load_languages`."""
    return tuple(language.code for language in load_languages())
