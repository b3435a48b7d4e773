"""The table of languages says what the rest of the project relies on."""

from __future__ import annotations

import pytest
import regex

from omnitok.corpora.languages import DATA, Language, language_codes, load_languages

MIXED_SCRIPTS = {"Hans": "Han", "Jpan": "Han", "Kore": "Hangul"}


def test_there_are_twenty_languages_with_unique_codes() -> None:
    languages = load_languages()
    assert len(languages) == 20
    for attribute in ("code", "name", "native", "flores", "ntrex"):
        assert len({getattr(language, attribute) for language in languages}) == 20, attribute


def test_codes_keep_the_order_of_the_table() -> None:
    assert language_codes() == tuple(language.code for language in load_languages())
    assert language_codes()[0] == "gu"
    assert language_codes()[-1] == "en"


@pytest.mark.parametrize("language", load_languages(), ids=lambda language: language.code)
def test_every_field_of_a_language_is_plausible(language: Language) -> None:
    assert regex.fullmatch(r"[a-z]{2}", language.code)
    assert regex.fullmatch(r"[a-z]{3}_[A-Z][a-z]{3}", language.flores)
    assert language.speakers_millions > 1
    assert language.direction == ("rtl" if language.script == "Arab" else "ltr")
    script = MIXED_SCRIPTS.get(language.script, language.script)
    assert regex.search(rf"\p{{Script={script}}}", language.native), "the native name is in the language's own script"


def test_the_data_folder_holds_the_table_and_the_parallel_texts() -> None:
    assert (DATA / "languages.toml").is_file()
    assert (DATA / "parallel" / "en.txt").is_file()
