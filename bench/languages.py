"""The languages of the project, in the order of its tables."""

from __future__ import annotations

import functools

import tomllib

from bench.places import ROOT


@functools.cache
def language_names() -> dict[str, str]:
    """English names by code."""
    table = tomllib.loads((ROOT / "corpora" / "languages.toml").read_text(encoding="utf-8"))
    return {language["code"]: language["name"] for language in table["language"]}
