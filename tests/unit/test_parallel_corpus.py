"""The parallel texts of this project are complete, aligned, in their own script and as long as real translations."""

from __future__ import annotations

import importlib.util
import sys
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from omnitok.corpora.languages import language_codes, load_languages
from omnitok.corpora.parallel import Domain, bundled_parallel, parallel_domains, read_parallel
from omnitok.errors import CorpusError

if TYPE_CHECKING:
    from types import ModuleType

REPOSITORY = Path(__file__).resolve().parents[2]


def load_script() -> ModuleType:
    """``scripts/check_parallel.py``, which translators run; the tests hold the texts to the same rules."""
    specification = importlib.util.spec_from_file_location(
        "check_parallel", REPOSITORY / "scripts" / "check_parallel.py"
    )
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


check_parallel = load_script()


def test_there_is_one_file_for_each_language_and_no_other() -> None:
    assert {path.stem for path in bundled_parallel().glob("*.txt")} == set(language_codes())


@pytest.mark.parametrize("code", language_codes())
def test_a_language_passes_every_check_on_its_form(code: str) -> None:
    report = check_parallel.check_language(code)
    assert report.findings == []
    assert report.lines >= check_parallel.MINIMUM_LINES


@pytest.mark.skipif(not check_parallel.NTREX.is_dir(), reason="NTREX-128 is not in ../shared/data")
@pytest.mark.parametrize("code", [code for code in language_codes() if code != "en"])
def test_a_language_costs_the_tokens_that_ntrex_says(code: str) -> None:
    deviation = check_parallel.check_language(code).deviation
    assert deviation is not None
    assert abs(deviation) <= check_parallel.RATIO_TOLERANCE


def test_the_bundled_texts_are_read_in_the_order_of_the_table() -> None:
    texts = read_parallel(bundled_parallel())
    assert tuple(texts) == tuple(language.code for language in load_languages())
    assert len({len(lines) for lines in texts.values()}) == 1


def test_the_domains_cover_every_line() -> None:
    domains = parallel_domains()
    assert domains[0].first == 1
    assert domains[-1].last == len(read_parallel(bundled_parallel(), ["en"])["en"])
    assert len({domain.name for domain in domains}) == len(domains) > 5


# --- the rules themselves ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "finding"),
    [
        (["good", ""], "line 2 is empty"),
        (["good", unicodedata.normalize("NFD", "\u00e9t\u00e9")], "line 2 is not in form NFC"),
        (["good", "zero\u200bwidth"], r"line 2 holds U+200B at character 4"),
        (["good", "two  spaces"], "line 2 holds U+0020 U+0020 at character 3"),
        (["good", "end "], "line 2 holds U+0020 at character 3"),
        (["good", "good"], "line 2 repeats line 1"),
    ],
)
def test_a_line_in_bad_form_is_found(lines: list[str], finding: str) -> None:
    (found,) = check_parallel.check_form(lines)
    assert finding in found


def test_joiners_are_part_of_the_spelling() -> None:
    assert (
        check_parallel.check_form(["\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0915\u094d\u200d\u0937"])
        == []
    )


def test_bad_alignment_is_found() -> None:
    english = [f"This sentence has the number {number} in it." for number in range(20)]
    german = [f"Dieser Satz hier hat die Nummer {number}." for number in range(20)]
    assert check_parallel.check_alignment(german, english) == []
    assert check_parallel.check_alignment(german[:-1], english) == ["19 lines, but English has 20"]
    german[3], german[5] = english[3], german[5] * 4
    findings = check_parallel.check_alignment(german, english)
    assert findings[0] == "line 4 is still English"
    assert findings[1].startswith("line 6 has ")


@pytest.mark.parametrize(
    ("text", "script", "share"),
    [
        ("\u30b3\u30fc\u30d2\u30fc\u3092\u98f2\u3080 2", "Jpan", 1.0),
        ("\u0ab6\u0aac\u0acd\u0aa6 ab", "Gujr", 0.6),
        ("\u4f60\u597d \u043c\u0438", "Hans", 0.5),
        ("123", "Latn", 0.0),
    ],
)
def test_the_share_of_a_script(text: str, script: str, share: float) -> None:
    assert check_parallel.script_share([text], script) == pytest.approx(share)


# --- read_parallel ----------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for code in ["xx", "fr", "gu"]:
        (tmp_path / f"{code}.txt").write_text(f"{code} one\n{code} two\n{code} three\n")
    return tmp_path


def test_any_aligned_folder_is_read(folder: Path) -> None:
    (folder / "fr.txt").write_bytes(b"un\r\ndeux\r\ntrois")
    texts = read_parallel(folder)
    assert list(texts) == ["gu", "fr", "xx"]
    assert texts["fr"] == ["un", "deux", "trois"]
    assert list(read_parallel(folder, ["xx", "gu"])) == ["gu", "xx"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("fr.txt", b"un\ndeux\n", "not aligned: fr.txt has 2, the other 2 have 3 lines"),
        ("fr.txt", b"un\n\ntrois\n", "fr.txt, line 2 is empty"),
        ("fr.txt", b"un\n\xe9t\xe9\ntrois\n", r"invalid UTF-8 at byte 3 of .*fr\.txt, line 2 \(0xe9"),
    ],
)
def test_a_folder_that_is_not_aligned_is_refused(folder: Path, name: str, content: bytes, message: str) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises(CorpusError, match=message):
        read_parallel(folder)


def test_missing_languages_and_folders_are_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"has no de\.txt, it\.txt; it has gu fr xx"):
        read_parallel(folder, ["de", "it", "gu"])
    with pytest.raises(CorpusError, match="is not a folder"):
        read_parallel(folder / "gu.txt")
    (tmp_path / "empty").mkdir()
    with pytest.raises(CorpusError, match=r"holds no <code>\.txt file"):
        read_parallel(tmp_path / "empty")


# --- parallel_domains -------------------------------------------------------------------------------------------------


def test_domains_of_any_folder(folder: Path) -> None:
    assert parallel_domains(folder) == ()
    (folder / "domains.tsv").write_text("domain\tfirst\tlast\nnews\t1\t2\nlaw\t3\t3\n")
    assert parallel_domains(folder) == (Domain("news", 1, 2), Domain("law", 3, 3))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("news\t1", "line 2: expected a name and two line numbers"),
        ("news\tone\t2", "line 2: expected a name and two line numbers"),
        ("news\t2\t3", "news runs from 2 to 3, but must begin at 1"),
        ("news\t1\t0", "not end before it begins"),
    ],
)
def test_bad_domains_are_refused(folder: Path, row: str, message: str) -> None:
    (folder / "domains.tsv").write_text(f"domain\tfirst\tlast\n{row}\n")
    with pytest.raises(CorpusError, match=message):
        parallel_domains(folder)
