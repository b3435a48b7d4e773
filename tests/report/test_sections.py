"""What sections show, against the tables that they show it from."""

from __future__ import annotations

import csv
import json
import math
import re
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import omnitok
from omnitok.corpora.languages import load_languages
from omnitok.evaluation import Price, Run, Settings, measure_run, read_parallel_text
from omnitok.report import plots, write_report
from omnitok.report.material import Material
from omnitok.report.palette import mark
from omnitok.report.scale import LogScale
from omnitok.report.sections.cost import Cost
from omnitok.report.sections.domains import Domains
from omnitok.report.sections.fairness import Fairness
from omnitok.report.sections.matrix import UNITS, Matrix
from omnitok.report.sections.method import Method
from omnitok.report.sections.premium import Premiums
from omnitok.report.sections.verdict import Verdict
from omnitok.report.sections.vocabulary import MOST_LISTED, Vocabularies
from omnitok.report.webfonts import share_out
from tests.report.test_report import Page, check_tables

CORPUS = Path(__file__).resolve().parents[2] / "corpora" / "parallel"
LANGUAGES = ["te", "ja", "fa", "vi", "en"]
PRICES = (
    Price("cheap", "two", 1.0, 4.0, date(2026, 1, 1), None, "a list"),
    Price("dear", "one", 3.0, 5.0, None, None, ""),
)


@pytest.fixture(scope="module")
def material() -> Material:
    """Three small vocabularies on five languages of the bundled text."""
    one, two, three = (
        omnitok.train(CORPUS, vocab_size=size, name=name)
        for size, name in ((900, "one"), (1500, "two"), (1501, "three"))
    )
    text = read_parallel_text(CORPUS, LANGUAGES)
    return Material(measure_run([one], text, baselines=[two, three], settings=Settings(400, prices=PRICES)))


def rows_of(material: Material, **wanted: str) -> dict[tuple[str, str], Any]:
    frame = material.run.frame
    for column, value in wanted.items():
        frame = frame[frame[column] == value]
    return {(row.tokenizer, row.language): row for row in frame.itertuples()}


class TestVerdict:
    def test_says_better_and_worse_as_the_intervals_do(self, material: Material) -> None:
        said = ["".join(span.text for span in sentence) for sentence in Verdict.of(material).sentences["one"]]
        rows = rows_of(material, metric="gini_ratio", against="two", domain="all")
        ratio = rows["one", "all"]
        assert ratio.hi < 1 or ratio.lo > 1
        assert ("better than " if ratio.hi < 1 else "worse than ") in next(line for line in said if "Gini" in line)
        gain = rows_of(material, metric="gain", against="two", domain="all")["one", "all"]
        assert f"{1 / gain.value:.2f}× more than two ({1 / gain.hi:.2f}–{1 / gain.lo:.2f})" in said[0]

    def test_what_may_be_chance_is_called_so(self, parallel: Path, characters: Any) -> None:
        # One more token in one of two lines.
        class Almost(type(characters)):  # type: ignore[misc]
            name = "almost"

            def encode_ordinary(self, text: str) -> list[int]:
                return [*super().encode_ordinary(text), *([0x2060] if text.startswith("Hello") else [])]

            def decode(self, ids: list[int]) -> str:
                return str(super().decode([one for one in ids if one != 0x2060]))

        run = measure_run([Almost()], read_parallel_text(parallel), baselines=[characters])
        lead, *others = (
            "".join(span.text for span in sentence) for sentence in Verdict.of(Material(run)).sentences["almost"]
        )
        assert "than characters, which may be chance" in lead
        assert "in English the difference may be chance" in others[0]
        assert sum("not clearly different from" in line for line in others) == 2

    def test_without_draws_nothing_is_called_better(self, parallel: Path, characters: Any, byte_baseline: Any) -> None:
        text = read_parallel_text(parallel)
        run = measure_run([characters], text, baselines=[byte_baseline], settings=Settings(draws=0))
        said = Verdict.of(Material(run)).sentences["characters"]
        words = " ".join(span.text for sentence in said for span in sentence)
        assert "better" not in words
        assert "worse" not in words
        assert "fewer than bytes_1" in words

    def test_many_tokenizers_have_a_sentence_each(self, parallel: Path, characters: Any, byte_baseline: Any) -> None:
        many = []
        for number in range(8):
            many.append(type(characters)())
            many[-1].name = f"same-{number}"
        run = measure_run(many, read_parallel_text(parallel), baselines=[byte_baseline], settings=Settings(draws=0))
        verdict = Verdict.of(Material(run))
        assert [len(sentences) for sentences in verdict.sentences.values()] == [1] * 8
        assert len(verdict.rows) == 9


class TestMatrix:
    def test_holds_the_figures_of_the_table(self, material: Material) -> None:
        data = Matrix.of(material).data
        assert len(data["units"]) == len(UNITS)
        for unit, described in zip(UNITS, data["units"], strict=True):
            rows = rows_of(material, metric=unit.metric, domain="all")
            for language, values in zip(material.languages, described["values"], strict=True):
                for name, cell in zip(data["names"], values, strict=True):
                    row = rows[name, language.code]
                    assert cell == pytest.approx([one for one in (row.value, row.lo, row.hi) if one == one], rel=1e-5)

    def test_what_may_be_as_good_is_level(self, material: Material) -> None:
        rows = rows_of(material, metric="nsl_to_fewest", domain="all")
        found = {}
        for language, cells in Matrix.of(material).rows:
            values = {cell.series.name: cell.value for cell in cells}
            for cell in cells:
                assert cell.is_best == (cell.value == min(values.values()))
                row = rows[cell.series.name, language.code]
                assert values[row.against] == min(values.values())
                assert cell.is_level == (not cell.is_best and row.lo <= 1 <= row.hi)
                found[cell.series.name, cell.is_level] = True
        # 1,500 and 1,501 tokens can hardly be told apart, 900 and 1,500 can.
        assert ("one", True) not in found
        assert ("two", True) in found or ("three", True) in found

    def test_is_sure_where_the_gain_is(self, material: Material) -> None:
        data = Matrix.of(material).data
        rows = rows_of(material, metric="gain_p", against="two", domain="all")
        for language, sure in zip(material.languages, data["sure"]["two"], strict=True):
            assert sure[0] == (rows["one", language.code].value < 0.05)
            assert sure[1] is None


class TestCost:
    def test_is_price_times_tokens(self, material: Material) -> None:
        cost = Cost.of(material)
        tokens = rows_of(material, metric="tokens", domain="all")
        words = rows_of(material, metric="words", domain="all")["(text)", "en"].value
        for language, values in cost.rows:
            for column, value in zip(cost.columns, values, strict=True):
                of_language = tokens[column.series.name, language.code].value
                dollars = (
                    of_language / words * (cost.read * column.price["input"] + cost.written * column.price["output"])
                )
                assert cost.cost(value, column.price) == pytest.approx(dollars / 1e6, rel=1e-6)

    def test_a_tokenizer_without_a_price_takes_the_first(self, material: Material) -> None:
        columns = {column.series.name: column for column in Cost.of(material).columns}
        assert {name: (column.price["model"], column.is_own) for name, column in columns.items()} == {
            "one": ("dear", True),
            "two": ("cheap", True),
            "three": ("cheap", False),
        }
        assert columns["two"].dated == "since 2026-01-01"
        assert columns["one"].dated == "no date given"

    def test_no_price_at_all_is_a_round_number(self, parallel: Path, characters: Any) -> None:
        run = measure_run([characters], read_parallel_text(parallel), settings=Settings(draws=0))
        (column,) = Cost.of(Material(run)).columns
        assert (column.price["input"], column.price["model"]) == (1.0, "a round number")


class TestVocabularies:
    def test_scripts_add_up_to_the_vocabulary(self, material: Material) -> None:
        scripts = Vocabularies.of(material).scripts
        assert [script.name for script in scripts[:3]] == ["Telugu", "Arabic", "Latin"]
        # But for the special token, which has no letters.
        assert np.sum([script.tokens for script in scripts], axis=0).tolist() == [899, 1499, 1500]
        assert np.sum([script.shares for script in scripts], axis=0) == pytest.approx(
            [899 / 900, 1499 / 1500, 1500 / 1501]
        )

    def test_use_falls_with_the_place(self, material: Material) -> None:
        uses = Vocabularies.of(material).uses
        assert [place for place, _ in uses][:7] == [1, 2, 5, 10, 20, 50, 100]
        for column in range(3):
            values = [values[column] for _, values in uses if not math.isnan(values[column])]
            assert values == sorted(values, reverse=True)
            assert values[-1] >= 1

    def test_lists_what_the_findings_have(self, material: Material) -> None:
        lists = Vocabularies.of(material).lists
        findings = material.run.findings
        assert set(lists) == set(findings["tokenizer"])
        for name, listed in lists.items():
            for one in listed:
                count = len(findings[(findings["tokenizer"] == name) & (findings["kind"] == one.kind)])
                assert len(one.tokens) + one.more == count
                assert len(one.tokens) <= MOST_LISTED
                assert all(token.text.isprintable() for token in one.tokens)

    def test_tokens_of_unknown_bytes_are_not_audited(self, parallel: Path, characters: Any) -> None:
        run = measure_run([characters], read_parallel_text(parallel), settings=Settings(draws=0))
        vocabulary = Vocabularies.of(Material(run))
        assert vocabulary.series == []
        assert vocabulary.counts == []
        assert len(vocabulary.uses) > 3


class TestOthers:
    def test_fairness_draws_every_language(self, material: Material) -> None:
        fairness = Fairness.of(material)
        assert [len(shares) for _, shares in fairness.curves] == [5, 5, 5]
        assert all(shares == sorted(shares) and shares[-1] == pytest.approx(1) for _, shares in fairness.curves)
        assert [line.path.count("L") for line in fairness.chart.lines] == [5, 5, 5]

    def test_domains_are_those_of_the_table(self, material: Material) -> None:
        domains = Domains.of(material)
        assert sum(domain.sentences for domain in domains.domains) == 220
        for domain in domains.domains:
            rows = rows_of(material, metric="tokens_per_sentence", domain=domain.name)
            assert {name: figure.value for name, figure in domain.tokens.items()} == {
                name: rows[name, "all"].value for name in ("one", "two", "three")
            }
            p = rows_of(material, metric="gain_p", domain=domain.name, against="two")["one", "all"].value
            assert domain.gains["one", "two"].is_sure == (math.isnan(p) or p < 0.05)

    def test_spellings_leave_out_languages_that_cost_the_same(self, material: Material) -> None:
        found = {language.code for language, _ in Domains.of(material).rows}
        costs = material.run.frame[
            material.run.frame.metric.str.startswith("cost_") & (material.run.frame.domain == "all")
        ]
        assert found == set(costs[(costs.value - 1).abs() >= 0.005].language)
        assert "vi" in found

    def test_premiums_lie_in_their_order(self, material: Material) -> None:
        premiums = Premiums.of(material)
        values = [premiums.figures["one", language.code].value for language in premiums.languages]
        assert values == sorted(values, reverse=True)
        for dots in premiums.dots.values():
            assert all(dot.low <= dot.place <= dot.high for dot in dots)

    def test_method_tells_how_to_measure_again(self, material: Material) -> None:
        method = Method.of(material)
        assert method.command == (
            "omnitok report -t one --baseline two --baseline three --parallel parallel --draws 400 --out report"
        )
        assert method.licence.startswith("CC0-1.0")
        assert [len(row.audit) for row in method.rows] == [len(method.audited)] * 5


def test_a_run_that_was_kept_gives_the_same_sections(material: Material, tmp_path: Path) -> None:
    loaded = Material(Run.load(material.run.save(tmp_path / "run")))
    assert Verdict.of(loaded).sentences == Verdict.of(material).sentences
    assert Cost.of(loaded).columns == Cost.of(material).columns
    assert Matrix.of(loaded).data == Matrix.of(material).data
    assert Vocabularies.of(loaded).uses == Vocabularies.of(material).uses


class TestATokenizerThatRaises:
    @pytest.fixture
    def out(self, parallel: Path, tmp_path: Path, no_telugu: Any, characters: Any) -> Path:
        return write_report([no_telugu], baselines=[characters], parallel=parallel, out=tmp_path / "report")

    def test_its_row_says_so_and_the_rest_goes_on(self, out: Path) -> None:
        page = (out / "report.html").read_text("utf-8")
        assert "no-telugu failed on te: ValueError: no Telugu here" in page
        words = "".join(data for data, _, _ in Page(page).texts)
        assert "no-telugu is not ranked: it failed in Telugu." in words
        assert "A dash stands where a tokenizer raised an error on the sentence." in words
        assert not re.search(r"\bnan\b", words)
        markdown = (out / "report.md").read_text("utf-8")
        assert "no-telugu failed on te: ValueError" in markdown
        greeting, figures = (line for line in markdown.splitlines() if line.startswith("| Telugu"))
        assert re.search(r"\*\*–\*\* \| \d+ → – \|$", greeting)
        assert re.search(r"\| – \| \*\*\d+\.\d\*\* \| – \|$", figures)

    def test_its_cells_are_empty_and_never_zero(self, out: Path) -> None:
        page = (out / "report.html").read_text("utf-8")
        table = page[page.index('<table class="matrix sortable">', page.index('id="matrix"')) :]
        telugu = re.search(r'data-value="Telugu".*?</tr>', table, re.DOTALL)
        assert telugu is not None
        assert re.search(r'<td class="number cell" data-value="">–</td>', telugu.group())
        data = json.loads(re.search(r'id="matrix-data">(.*?)</script>', page).group(1))  # type: ignore[union-attr]
        place = [language.code for language in load_languages() if f"{language.code}.txt" in _files(out)].index("te")
        assert data["units"][0]["values"][place][0] is None
        assert data["units"][0]["values"][place][1] is not None
        with (out / "greetings.csv").open(encoding="utf-8", newline="") as file:
            row = next(row for row in csv.DictReader(file) if row["code"] == "te")
        assert (row["no-telugu tokens"], row["no-telugu vs characters"]) == ("", "")
        assert int(row["characters tokens"]) > 0

    def test_on_every_language_it_still_writes(self, parallel: Path, tmp_path: Path, no_telugu: Any) -> None:
        def fail(text: str) -> list[int]:
            raise RuntimeError("broken")

        no_telugu.encode_ordinary = fail
        out = write_report([no_telugu], parallel=parallel, out=tmp_path / "report")
        words = "".join(data for data, _, _ in Page((out / "report.html").read_text("utf-8")).texts)
        assert "it failed in Telugu, Hindi, Urdu, Arabic, Korean, Chinese and English" in words


def _files(out: Path) -> list[str]:
    return list(json.loads((out / "run.json").read_text("utf-8"))["parallel"]["sha256"])


def test_names_with_the_letters_of_markup_are_text(parallel: Path, tmp_path: Path, characters: Any) -> None:
    characters.name = "a<b>|c\"'&`*"
    out = write_report([characters], parallel=parallel, out=tmp_path / "report", playground=False)
    page = Page((out / "report.html").read_text("utf-8"))
    assert any("a<b>|c\"'&`*" in data for data, _, _ in page.texts)
    check_tables((out / "report.md").read_text("utf-8"))


class TestDrawing:
    def test_marks_differ_in_colour_or_shape(self) -> None:
        marks = [mark(index) for index in range(36)]
        assert len({(one.light, one.shape) for one in marks}) == 36
        assert all((one.shape, one.path) in {(two.shape, two.path) for two in marks[:6]} for one in marks)

    def test_axes_in_powers_of_ten(self) -> None:
        axis = plots.Axis.of_powers(3, 4200, "uses")
        assert [name for _, name in axis.ticks] == ["1", "10", "100", "1k", "10k"]
        assert axis.share(100) == pytest.approx(0.5)
        assert [name for _, name in plots.Axis.of_powers(1, 1, "one").ticks] == ["1", "10"]

    def test_a_line_of_one_point_has_its_mark(self, material: Material) -> None:
        axis = plots.Axis.of_powers(1, 10, "")
        (line,) = plots.LineChart.draw(axis, axis, [(material.series[0], [(1, 1)])]).lines
        assert len(line.marks) == 1
        assert line.path == f"M{plots.LEFT} {plots.HEIGHT - plots.BOTTOM}"

    def test_log_scale_takes_bounds(self) -> None:
        scale = LogScale.around([1.0, math.nan, 3.0])
        assert scale.low < 1 < 3 < scale.high

    def test_characters_are_shared_out_among_fonts(self) -> None:
        languages = {language.code: language for language in load_languages()}
        chosen = [languages[code] for code in ("ru", "zh", "ja", "ko")]
        shares, undrawn = share_out("abж中か한\u05d0é", chosen)
        given = [character for _, share in shares for character in share]
        assert sorted([*given, *undrawn]) == sorted("ж中か한\u05d0")
        assert undrawn == {"\u05d0"}
        assert [share for language, share in shares if language.code in ("ru", "ko")] == ["ж", "한"]
