"""Published counts stand beside what is measured on the same text only: marked, without intervals, without a rank."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import omnitok
from omnitok.errors import CorpusError, CorruptFileError, OmnitokError
from omnitok.evaluation import Run, Settings, measure_run, print_table, read_parallel_text
from omnitok.evaluation.figures import Figures
from omnitok.evaluation.published import is_published, read_published

DATA = Path(__file__).parents[3] / "shared" / "data"
CORPUS = {"name": "a", "sentences": 2, "languages": ["hi", "en"], "layout": "flores"}
ROW = 'name = "t"\nsource = "s"\ndate = "2026"\ntokens_per_sentence = [3, 2.5]\n'


@pytest.fixture
def flores(tmp_path: Path) -> Path:
    """2,009 lines in two languages, laid out as FLORES-200."""
    for code, line in (("eng_Latn", "The rain in Spain"), ("hin_Deva", "नमस्ते दुनिया")):
        for split, lines in (("dev", 997), ("devtest", 1012)):
            (tmp_path / f"{code}.{split}").write_text(f"{line}\n" * lines, encoding="utf-8")
    return tmp_path


@pytest.fixture
def run(tiny: omnitok.Tokenizer, flores: Path) -> Run:
    settings = Settings(draws=40, published=("Gemma 3", "XLM-R"))
    return measure_run([tiny], read_parallel_text(flores), settings=settings)


def test_counts_stand_under_a_name_that_says_so(run: Run) -> None:
    rows = run.frame[run.frame.tokenizer == "Gemma 3 (published)"]
    figures = {(row.metric, row.language): row.value for row in rows.itertuples()}
    assert figures["tokens_per_sentence", "hi"] == 34.7
    assert figures["tokens_per_sentence", "all"] == pytest.approx((34.7 + 26.4) / 2)
    assert figures["premium", "hi"] == figures["worst_premium", "hi"] == pytest.approx(34.7 / 26.4)
    assert figures["gini", "all"] == pytest.approx((34.7 - 26.4) / (2 * (34.7 + 26.4)))
    assert rows[["lo", "hi"]].isna().all(axis=None), "nothing was drawn"
    assert "rank" not in set(rows.metric)
    assert run.frame[run.frame.metric == "rank"].tokenizer.tolist() == ["tiny"]
    assert [one["name"] for one in run.record["published"]] == ["Gemma 3", "XLM-R"]
    assert all(one["source"] and one["date"] for one in run.record["published"])


def test_they_are_never_the_best(run: Run) -> None:
    figures = Figures(run.frame)
    assert figures.tokenizers == ["tiny"]
    assert figures.published == ["Gemma 3 (published)", "XLM-R (published)"]
    assert figures.best("hi") == {"tiny"}
    output = io.StringIO()
    print_table(run.frame, console=Console(file=output, width=160))
    assert "Gemma 3 (published)" in output.getvalue()
    assert "34.7" in output.getvalue()


def test_nothing_that_is_measured_may_be_named_so(tiny: omnitok.Tokenizer, flores: Path) -> None:
    with pytest.raises(OmnitokError, match="is a name of published counts"):
        measure_run([tiny.with_name("tiny (published)")], read_parallel_text(flores))


def test_runs_with_them_are_kept_and_read(run: Run, tmp_path: Path) -> None:
    loaded = Run.load(run.save(tmp_path / "run"))
    assert loaded.record == run.record
    assert list(loaded.sentences.tokens) == ["tiny"]


def test_counts_on_another_text_are_refused(tiny: omnitok.Tokenizer, flores: Path) -> None:
    text = read_parallel_text(flores)
    for other in (replace(text, layout="files"), read_parallel_text({"en": ["one"], "hi": ["एक"]})):
        with pytest.raises(
            CorpusError, match=r"no counts of 'Gemma 3' are published for .* FLORES-200 \(2,009 lines\)"
        ):
            measure_run([tiny], other, settings=Settings(draws=0, published=("Gemma 3",)))
    with pytest.raises(CorpusError, match="no counts of 'Claude' are published on FLORES-200; they are of cl100k_base"):
        measure_run([tiny], text, settings=Settings(draws=0, published=("Claude",)))


def test_a_measured_tokenizer_that_needs_another_number_casts_doubt_on_the_text(
    tiny: omnitok.Tokenizer, flores: Path
) -> None:
    settings = Settings(draws=0, published=("Gemma 3",))
    run = measure_run([tiny.with_name("o200k_base")], read_parallel_text(flores), settings=settings)
    doubts = [problem for problem in run.problems if "is it the same text?" in problem]
    assert len(doubts) == 2
    assert doubts[0].startswith("o200k_base needs")


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared data folder is not there")
def test_the_greetings_are_known_by_their_bytes(tiny: omnitok.Tokenizer) -> None:
    rows = json.loads((DATA / "gpt4o_table.json").read_text(encoding="utf-8"))
    lines = {row["code"]: [row["sentence"]] for row in rows}
    text = read_parallel_text(lines)
    run = measure_run([tiny], text, settings=Settings(draws=0, published=("GPT-4", "GPT-4o")))
    frame = run.frame[run.frame.metric == "tokens_per_sentence"].set_index(["tokenizer", "language"]).value
    sums = [round(20 * frame[name, "all"]) for name in ("GPT-4 (published)", "GPT-4o (published)")]
    assert sums == [1227, 590], "as printed: the Persian row has 61, and its text 63"
    with pytest.raises(CorpusError, match="no counts"):
        changed = read_parallel_text({**lines, "en": ["Hello"]})
        measure_run([tiny], changed, settings=Settings(draws=0, published=("GPT-4",)))


def test_the_bundled_file_has_what_the_page_of_flores_needs() -> None:
    flores, greetings = read_published()
    assert (flores.sentences, len(flores.counts)) == (2009, 14)
    assert all(len(one.tokens_per_sentence) == 20 for one in flores.counts.values())
    means = {name: round(sum(one.tokens_per_sentence.values()) / 20, 1) for name, one in flores.counts.items()}
    assert (means["o200k_base"], means["Gemma 3"], means["XLM-R"]) == (39.2, 36.5, 35.2)
    assert list(greetings.counts) == ["GPT-4", "GPT-4o"]
    assert is_published("GPT-4 (published)")
    assert not is_published("GPT-4")


@pytest.mark.parametrize(
    ("change", "row", "message"),
    [
        ({}, None, "no table of published counts"),
        ({"name": ""}, ROW, "corpus 1: name is ''"),
        ({"sentences": 0}, ROW, "corpus 1: sentences is 0"),
        ({"languages": ["xx"]}, ROW, r"languages is \['xx'\]"),
        ({"sha256": "0"}, ROW, "give a layout or a sha256"),
        ({"layout": 3}, ROW, "layout is 3"),
        ({}, ROW.replace("2.5", "-1"), "tokenizer 1: tokens_per_sentence is"),
        ({}, ROW.replace("[3, 2.5]", "3"), "it must be 2 numbers above 0"),
        ({}, ROW.replace('"s"', "1"), "tokenizer 1: source is 1"),
        ({}, f"{ROW}[[corpus.tokenizer]]\n{ROW}", "tokenizer 2: 't' comes twice"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(
    tmp_path: Path, change: dict[str, Any], row: str | None, message: str
) -> None:
    lines = [f"{key} = {json.dumps(value)}" for key, value in (CORPUS | change).items()]
    path = tmp_path / "counts.toml"
    text = "\n".join(["[[corpus]]", *lines, "[[corpus.tokenizer]]", row or ""])
    path.write_text(text if row else "nonsense", encoding="utf-8")
    with pytest.raises(CorruptFileError, match=message):
        read_published(path)


@pytest.mark.parametrize("text", ["", "corpus = 3", "corpus = [3]", "corpus = []"])
def test_a_file_without_tables_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "c.toml").write_text(text)
    with pytest.raises(CorruptFileError, match=r"must hold tables \[\[corpus\]\]"):
        read_published(tmp_path / "c.toml")


def test_a_file_of_ones_own_is_read(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(
        "\n".join(["[[corpus]]", *(f"{k} = {json.dumps(v)}" for k, v in CORPUS.items()), "[[corpus.tokenizer]]", ROW])
    )
    (corpus,) = read_published(tmp_path / "c.toml")
    assert corpus.counts["t"].tokens_per_sentence == {"hi": 3.0, "en": 2.5}
