"""The layouts that parallel text is found in, what is wrong with it, and prices."""

from __future__ import annotations

import math
import unicodedata
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from omnitok.corpora.audit import audit_parallel, line_keys
from omnitok.corpora.identify import identify
from omnitok.corpora.layouts import read_layout
from omnitok.corpora.parallel import bundled_parallel, read_parallel
from omnitok.errors import CorpusError, CorruptFileError
from omnitok.evaluation import read_parallel_text, read_prices

TEXTS = {"hi": ["एक", "दो"], "en": ["one", "two"]}


def write(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


class TestLayouts:
    def test_ntrex(self, tmp_path: Path) -> None:
        write(tmp_path / "newstest2019-src.eng.txt", TEXTS["en"])
        write(tmp_path / "newstest2019-ref.hin.txt", TEXTS["hi"])
        write(tmp_path / "newstest2019-ref.nld.txt", ["een"])
        assert dict(read_layout(tmp_path).lines) == TEXTS
        assert read_layout(tmp_path).licence == "CC BY-SA 4.0 (NTREX-128)"

    def test_a_folder_states_its_licence_in_a_line(self, tmp_path: Path) -> None:
        for code, lines in TEXTS.items():
            write(tmp_path / f"{code}.txt", lines)
        assert read_layout(tmp_path).licence == ""
        write(tmp_path / "LICENSE.md", ["", "# CC BY 4.0 ", "and more"])
        assert read_layout(tmp_path).licence == "CC BY 4.0"
        assert read_parallel_text(tmp_path).licence == "CC BY 4.0"
        assert read_layout(bundled_parallel()).licence.startswith("CC0-1.0")

    @pytest.mark.parametrize("nested", [True, False])
    def test_flores_joins_its_splits_and_names_domains(self, tmp_path: Path, nested: bool) -> None:
        for split, number in (("dev", 0), ("devtest", 1)):
            for code, flores in (("hi", "hin_Deva"), ("en", "eng_Latn")):
                write(tmp_path / (split if nested else "") / f"{flores}.{split}", [TEXTS[code][number]])
            write(tmp_path / f"metadata_{split}.tsv", ["URL\tdomain", f"http://x\twiki{split}"])
        found = read_layout(tmp_path)
        assert dict(found.lines) == TEXTS
        assert found.domains == ("wikidev", "wikidevtest")

    def test_parquet(self, tmp_path: Path) -> None:
        pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
        table = pa.table({"hin_Deva": TEXTS["hi"], "en": TEXTS["en"], "domain": ["a", "b"], "id": [1, 2]})
        pq.write_table(table, tmp_path / "all.parquet")
        found = read_layout(tmp_path / "all.parquet")
        assert (found.name, dict(found.lines), found.domains) == ("all", TEXTS, ("a", "b"))
        (tmp_path / "bad.parquet").write_bytes(b"PAR1")
        with pytest.raises(CorpusError, match=r"bad\.parquet cannot be read"):
            read_layout(tmp_path / "bad.parquet")

    def test_a_data_set(self) -> None:
        datasets = pytest.importorskip("datasets")
        assert dict(read_layout(datasets.Dataset.from_dict(TEXTS)).lines) == TEXTS
        assert dict(read_layout(TEXTS, ["en"]).lines) == {"en": TEXTS["en"]}

    def test_the_bundled_folder_has_its_domains(self) -> None:
        found = read_layout(bundled_parallel())
        assert len(found.domains) == 220
        assert found.domains[:2] == ("greeting", "news")

    def test_missing_languages_are_named_or_left_out(self, tmp_path: Path) -> None:
        write(tmp_path / "en.txt", TEXTS["en"])
        with pytest.raises(CorpusError, match=r"no hi\.txt"):
            read_layout(tmp_path, ["en", "hi"])
        assert read_layout(tmp_path, ["en", "hi"], allow_missing=True).missing == ("hi",)
        with pytest.raises(CorpusError, match="the data set has no hi; it has en"):
            read_layout({"en": TEXTS["en"]}, ["en", "hi"])
        assert read_layout({"en": TEXTS["en"]}, ["en", "hi"], allow_missing=True).missing == ("hi",)

    @pytest.mark.parametrize(
        ("source", "message"),
        [
            ({"en": ["one", "two"], "hi": ["एक"]}, "not aligned: hi has 1"),
            ({"en": ["one", " "]}, "row 2 is ' '"),
            ({"en": ["one", None]}, "row 2 is None"),
            ({"nl": ["een"]}, "no column of a known language; it has nl"),
            ({"en": ["one", "two"], "domain": ["a"]}, "subject of 1 lines, and there are 2"),
        ],
    )
    def test_what_is_wrong_is_named(self, source: Any, message: str) -> None:
        with pytest.raises(CorpusError, match=message):
            read_layout(source)

    def test_a_file_that_is_no_table(self, tmp_path: Path) -> None:
        (tmp_path / "en.txt").write_text("one\n")
        with pytest.raises(CorpusError, match=r"en\.txt is a file, and no \.parquet"):
            read_layout(tmp_path / "en.txt")

    def test_english_has_to_be_there(self) -> None:
        with pytest.raises(CorpusError, match="column en of the data set is missing"):
            read_parallel_text({"hi": TEXTS["hi"]})


@pytest.fixture(scope="module")
def texts() -> dict[str, list[str]]:
    return read_parallel(bundled_parallel())


class TestAudit:
    def test_the_bundled_texts_have_no_problem(self, texts: dict[str, list[str]]) -> None:
        assert [problem for one in audit_parallel(texts).values() for problem in one.problems] == []

    def test_a_text_that_is_not_composed(self, texts: dict[str, list[str]]) -> None:
        split = [unicodedata.normalize("NFD", line) for line in texts["vi"]]
        audit = audit_parallel({"vi": split, "en": texts["en"]})["vi"]
        assert audit.not_nfc > 200
        assert "not in normalization form C" in audit.problems[0]

    def test_another_language_under_the_name(self, texts: dict[str, list[str]]) -> None:
        found = audit_parallel({"it": texts["es"], "hi": texts["ta"], "en": texts["en"]})
        assert found["it"].script_share == 1
        assert found["it"].language_share < 0.1
        assert "most others like es" in found["it"].problems[0]
        assert found["hi"].script_share < 0.1
        assert "0% of its letters are in its script" in found["hi"].problems[0]

    def test_lines_that_repeat_and_lines_that_do_not_fit(self, texts: dict[str, list[str]]) -> None:
        lines = list(texts["de"])
        lines[10:20] = ["Das ist immer derselbe Satz."] * 10
        lines[40:60] = ["Ja."] * 20
        audit = audit_parallel({"de": lines, "en": texts["en"]})["de"]
        assert audit.duplicates == 9 + 19
        assert set(range(41, 61)) <= set(audit.outliers)
        assert len(audit.problems) == 2

    def test_lines_of_the_training_text(self, texts: dict[str, list[str]]) -> None:
        training = {"de": set(line_keys([texts["de"][3].upper() + " !"]))}
        audit = audit_parallel({"de": texts["de"], "en": texts["en"]}, training)
        assert (audit["de"].training, audit["en"].training) == (1, 0)
        assert audit["de"].figures()["lines_in_training"] == 1
        assert "1 of 220 lines are in the training text" in audit["de"].problems[0]

    def test_little_text_is_not_judged(self) -> None:
        audit = audit_parallel({"en": ["12", "?"]})["en"]
        assert math.isnan(audit.script_share)
        assert math.isnan(audit.language_share)
        assert audit.problems == ()

    def test_languages_are_told_apart_on_text_they_were_not_learnt_from(self) -> None:
        lines = {
            "mr": "महाराष्ट्रातील शेतकऱ्यांना यंदा चांगला पाऊस झाल्यामुळे दिलासा मिळाला आहे.",
            "hi": "इस साल अच्छी बारिश होने से राज्य के किसानों को राहत मिली है और वे खुश हैं।",
            "fa": "کشاورزان این استان امسال به دلیل بارش خوب باران بسیار خوشحال هستند.",
            "ur": "اس سال اچھی بارش کی وجہ سے کسانوں کو بہت فائدہ ہوا ہے اور وہ خوش ہیں۔",
            "pt": "Os agricultores desta região ficaram muito satisfeitos com as chuvas deste ano.",
            "es": "Los agricultores de esta región quedaron muy satisfechos con las lluvias de este año.",
        }
        assert identify(list(lines.values())) == list(lines)
        assert identify(["ok", "", "12345678901234567890123456789012345"]) == ["", "", ""]


class TestPrices:
    def test_the_bundled_ones_are_read(self) -> None:
        prices = read_prices()
        assert {price.tokenizer for price in prices} == {"o200k_base"}
        assert all(price.source for price in prices)

    def test_a_day_chooses(self, tmp_path: Path) -> None:
        file = tmp_path / "prices.toml"
        row = '[[price]]\nmodel = "m"\ntokenizer = "t"\noutput = 2\n'
        old, new = "input = 5\nfrom = 2024-01-01\nto = 2024-06-30\n", "input = 1\nfrom = 2024-07-01\n"
        file.write_text(row + old + row + new)
        assert [price.input for price in read_prices(file)] == [1]
        assert [price.input for price in read_prices(file, date(2024, 6, 30))] == [5]
        assert read_prices(file, date(2023, 1, 1)) == ()
        file.with_suffix(".json").write_text(
            '{"price": [{"model": "m", "tokenizer": "t", "input": 1, "output": 2, "to": "2024-01-31"}]}'
        )
        assert read_prices(file.with_suffix(".json"), date(2024, 1, 31))[0].until == date(2024, 1, 31)

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("nonsense", "no table of prices"),
            ("price = 3", "must hold a list"),
            ("price = [3]", "price 1 is 3"),
            ('[[price]]\nmodel = "m"\ntokenizer = "t"\ninput = "5"\noutput = 1', "input is '5'"),
            ('[[price]]\nmodel = "m"\ntokenizer = "t"\ninput = -1\noutput = 1', "input is -1"),
            ('[[price]]\nmodel = ""\ntokenizer = "t"\ninput = 1\noutput = 1', "model is ''"),
            ('[[price]]\nmodel = "m"\ntokenizer = "t"\ninput = 1\noutput = 1\nfrom = "May"', "from is 'May'"),
            ('[[price]]\nmodel = "m"\ntokenizer = "t"\ninput = 1\noutput = 1\nuntil = 1', "has 'until'"),
            (
                '[[price]]\nmodel = "m"\ntokenizer = "t"\ninput = 1\noutput = 1\nfrom = 2024-02-01\nto = 2024-01-01',
                "ends on 2024-01-01, before",
            ),
            (
                '[[price]]\nmodel = "m"\ntokenizer = "t"\ninput = 1\noutput = 1\n' * 2,
                "'m' has two prices without an end",
            ),
        ],
    )
    def test_what_is_wrong_is_named(self, tmp_path: Path, text: str, message: str) -> None:
        (tmp_path / "prices.toml").write_text(text)
        with pytest.raises(CorruptFileError, match=message):
            read_prices(tmp_path / "prices.toml")
