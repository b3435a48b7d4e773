"""The report folder: whole, well formed, self-contained, repeatable, and silent about what it must not say."""

from __future__ import annotations

import csv
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import omnitok
from omnitok.folders import RUN, new_folder
from omnitok.report import build, fonts, write_report
from omnitok.report.pages import escape_markdown
from omnitok.report.scale import LinearScale, LogScale

FILES = [
    "charts/greetings.png",
    "charts/premium.png",
    "charts/tokens_per_sentence.png",
    "greetings.csv",
    "metrics.csv",
    "metrics.parquet",
    "report.html",
    "report.md",
    "run.json",
    "sentences.npz",
    "vocab_audit.csv",
]
BINARY = (".png", ".parquet", ".npz")
VOID = {"meta", "br", "hr", "img", "input", "link", "wbr"}
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff]")
NOT_LATIN = re.compile("[\u0590-\u0dff\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def texts_of(folder: Path) -> str:
    return "\n".join(data.decode() for name, data in files_of(folder).items() if not name.endswith(BINARY))


class Page(HTMLParser):
    """Reads a page strictly: every element closed in its place; texts with the language and direction they stand in."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str, str]] = []
        self.resources: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()
        assert self.open == [], f"not closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        assert len(attributes) == len(attrs), f"attribute twice in {tag} at {self.getpos()}"
        self.tags.append((tag, attributes))
        self.resources += [value or "" for name, value in attrs if name in {"src", "href", "srcset", "data", "action"}]
        if tag not in VOID:
            self.open.append((tag, attributes))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open = self.open if tag in VOID else self.open[:-1]

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing at {self.getpos()}"
        assert self.open[-1][0] == tag, f"</{tag}> closes <{self.open[-1][0]}> at {self.getpos()}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        def nearest(name: str) -> str:
            return next((attributes[name] or "" for _, attributes in reversed(self.open) if name in attributes), "")

        if data.strip() and self.open[-1][0] not in ("script", "style"):
            self.texts.append((data, nearest("lang"), nearest("dir")))


@pytest.fixture
def report(parallel: Path, tmp_path: Path, characters: Any, byte_baseline: Any) -> Path:
    return write_report([characters], baselines=[byte_baseline], parallel=parallel, out=tmp_path / "report")


class TestFolder:
    def test_holds_what_it_promises_and_nothing_else(self, report: Path) -> None:
        assert sorted(files_of(report)) == FILES
        assert sorted(path.name for path in report.parent.iterdir()) == ["report", "tiny"]

    def test_same_input_same_bytes(self, report: Path, parallel: Path, characters: Any, byte_baseline: Any) -> None:
        again = write_report(
            [characters], baselines=[byte_baseline], parallel=parallel, out=report.parent / "again", num_threads=3
        )
        assert files_of(again) == files_of(report)

    def test_threads_change_no_byte(self, parallel: Path, tmp_path: Path) -> None:
        made = [omnitok.train(parallel, vocab_size=size, min_frequency=1, name=f"tiny-{size}") for size in (300, 400)]
        one, four = (
            write_report(
                made[:1], baselines=made[1:], parallel=parallel, out=tmp_path / str(threads), num_threads=threads
            )
            for threads in (1, 4)
        )
        assert files_of(one) == files_of(four)
        assert b"unreachable" in (one / "report.html").read_bytes().lower()

    def test_tells_no_path(self, report: Path, tmp_path: Path) -> None:
        everything = b"\n".join(files_of(report).values())
        assert str(tmp_path).encode() not in everything
        assert str(Path.home()).encode() not in everything

    def test_is_not_overwritten(self, report: Path, parallel: Path, characters: Any) -> None:
        before = files_of(report)
        with pytest.raises(FileExistsError, match="exists already"):
            write_report([characters], parallel=parallel, out=report)
        assert files_of(report) == before

    def test_is_replaced_when_asked_to(self, report: Path, parallel: Path, characters: Any) -> None:
        (report / "left over.txt").write_text("old")
        write_report([characters], parallel=parallel, out=report, force=True)
        assert sorted(files_of(report)) == FILES

    def test_force_never_deletes_a_folder_that_is_no_report(self, parallel: Path, characters: Any) -> None:
        with pytest.raises(FileExistsError, match="not a report folder"):
            write_report([characters], parallel=parallel, out=parallel, force=True)
        assert (parallel / "en.txt").is_file()

    def test_a_failure_leaves_the_old_report(
        self, report: Path, parallel: Path, characters: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = files_of(report)

        def fail(*_: Any) -> str:
            raise RuntimeError("disk on fire")

        monkeypatch.setattr(build, "render_markdown", fail)
        with pytest.raises(RuntimeError, match="disk on fire"):
            write_report([characters], parallel=parallel, out=report, force=True)
        assert files_of(report) == before
        assert sorted(path.name for path in report.parent.iterdir()) == ["report", "tiny"]

    def test_a_folder_that_appears_meanwhile_is_kept(self, tmp_path: Path) -> None:
        out = tmp_path / "out"
        with pytest.raises(FileExistsError), new_folder(out, RUN, force=False) as fresh:
            (fresh / "file").write_text("new")
            out.mkdir()
            (out / "other").write_text("theirs")
        assert [path.name for path in out.iterdir()] == ["other"]
        assert list(tmp_path.iterdir()) == [out]


class TestHtml:
    def test_is_well_formed_and_loads_nothing(self, report: Path) -> None:
        text = (report / "report.html").read_text(encoding="utf-8")
        text, carried = re.subn(r"url\(data:font/woff2;base64,[A-Za-z0-9+/]+=*\)", "", text)
        assert carried == 7
        page = Page(text)
        ids = {attributes.get("id") for _, attributes in page.tags}
        assert [link for link in page.resources if link.removeprefix("#") not in ids] == []
        assert not re.search(r"https?:|//[a-z]|url\(|@import", text)
        assert "{{" not in text
        assert "nan" not in re.findall(r"[a-z]+", " ".join(data for data, _, _ in page.texts).lower())

    def test_its_data_is_json_without_missing_numbers(self, report: Path) -> None:
        def fail(constant: str) -> None:
            raise AssertionError(constant)

        text = (report / "report.html").read_text(encoding="utf-8")
        found = re.findall(r'<script type="application/json" id="([\w-]+)">(.*?)</script>', text, re.DOTALL)
        assert {name for name, _ in found} == {"matrix-data", "cost-data"}
        for _, data in found:
            json.loads(data, parse_constant=fail)

    def test_says_the_language_and_direction_of_every_native_text(self, report: Path) -> None:
        page = Page((report / "report.html").read_text(encoding="utf-8"))
        native = [text for text in page.texts if NOT_LATIN.search(text[0])]
        assert len(native) > 6 * 4
        for data, language, direction in native:
            assert language not in {"", "en"}, data
            assert (direction == "rtl") == bool(RIGHT_TO_LEFT.search(data)), data

    def test_gives_every_table_headers_with_a_scope(self, report: Path) -> None:
        page = Page((report / "report.html").read_text(encoding="utf-8"))
        headers = [attributes for tag, attributes in page.tags if tag == "th"]
        assert headers
        assert all(attributes.get("scope") in {"row", "col", "colgroup"} for attributes in headers)

    def test_escapes_text(self, report: Path) -> None:
        text = (report / "report.html").read_text(encoding="utf-8")
        assert "I am &lt;new&gt; &amp; here | now." in text

    def test_opens_with_the_finding(self, report: Path) -> None:
        words = "".join(data for data, _, _ in Page((report / "report.html").read_text(encoding="utf-8")).texts)
        assert "characters on 7 languages" in words
        assert re.search(
            r"characters needs \d+\.\d tokens per sentence \(\d+\.\d–\d+\.\d\) on average over 7 languages: ", words
        )
        assert re.search(r"\d\.\d\d× fewer than bytes_1", words)
        assert "All 14 lines decode to exactly the text that was encoded." in words


def check_tables(text: str) -> None:
    cells = 0
    for line in text.splitlines():
        if not line.startswith("|"):
            cells = 0
            continue
        found = len(re.findall(r"(?<!\\)\|", line)) - 1
        assert found == (cells or found), line
        cells = found
        assert line.endswith("|"), line


class TestMarkdown:
    def test_every_table_row_has_the_cells_of_its_header(self, report: Path) -> None:
        check_tables((report / "report.md").read_text(encoding="utf-8"))

    def test_shows_every_chart_with_words_for_it(self, report: Path) -> None:
        pictures = re.findall(r"!\[(.+?)\]\((.+?)\)", (report / "report.md").read_text(encoding="utf-8"))
        assert sorted(file for _, file in pictures) == FILES[:3]
        assert all("characters from" in words for words, _ in pictures)

    def test_special_characters_lose_their_power(self) -> None:
        assert escape_markdown("a|b <c> *d* _e_ o200k_base") == r"a\|b \<c\> \*d\* \_e\_ o200k_base"

    def test_says_when_no_font_covers_a_native_name(
        self, parallel: Path, tmp_path: Path, characters: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fonts, "_installed", lambda: frozenset({"DejaVu Sans"}))
        out = write_report([characters], parallel=parallel, out=tmp_path / "report")
        text = (out / "report.md").read_text(encoding="utf-8")
        assert "The charts show English names for Telugu, Hindi, Urdu, Korean and Chinese" in text
        chosen = json.loads((out / "run.json").read_text(encoding="utf-8"))["chart_fonts"]
        assert chosen["te"] is None
        assert chosen["en"] == "DejaVu Sans"


class TestData:
    def test_run_record(self, report: Path, parallel: Path) -> None:
        record = json.loads((report / "run.json").read_text(encoding="utf-8"))
        assert [{key: value for key, value in one.items() if key != "unknown"} for one in record["tokenizers"]] == [
            {"digest": "sha256:0123", "name": "characters", "role": "tokenizer", "vocab_size": 0x110000},
            {"name": "bytes_1", "role": "baseline", "vocab_size": 256},
        ]
        assert record["parallel"]["name"] == "tiny"
        assert sorted(record["parallel"]["sha256"]) == sorted(path.name for path in parallel.iterdir())
        assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in record["parallel"]["sha256"].values())
        assert record["greetings"] == {"sha256": None, "source": "line 1 of the parallel text"}
        assert set(record["versions"]) >= {"omnitok", "matplotlib", "pandas"}

    def test_tables_read_back(self, report: Path) -> None:
        with (report / "metrics.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        gains = {row["language"]: float(row["value"]) for row in rows if row["metric"] == "gain"}
        assert gains["te"] > 2 > gains["ar"] > 1 == gains["en"]
        with (report / "greetings.csv").open(encoding="utf-8", newline="") as file:
            greetings = {row["code"]: row for row in csv.DictReader(file)}
        assert greetings["zh"]["characters tokens"] == "9"
        assert greetings["zh"]["bytes_1 tokens"] == "27"
        assert greetings["zh"]["characters vs bytes_1"] == "3"

    def test_prints_greetings_and_no_other_sentence(
        self, report: Path, first_lines: list[str], second_lines: list[str]
    ) -> None:
        text = texts_of(report)
        assert all(line in text for line in first_lines[:-1])
        assert not any(line in text for line in second_lines)

    def test_prints_no_sentence_when_told_so(
        self, parallel: Path, tmp_path: Path, characters: Any, first_lines: list[str], second_lines: list[str]
    ) -> None:
        out = write_report([characters], parallel=parallel, out=tmp_path / "report", show_sentences=False)
        text = texts_of(out)
        assert not any(line in text for line in first_lines + second_lines)
        assert "Sentences are not shown" in text
        assert "नमस्ते" not in text

    def test_greetings_from_a_file_with_printed_counts(
        self, parallel: Path, tmp_path: Path, characters: Any, byte_baseline: Any
    ) -> None:
        file = tmp_path / "printed.json"
        rows = [
            {"code": "fa", "sentence": "سلام", "published_gpt4": 61, "published_gpt4o": 4},
            {"code": "en", "sentence": "Hi!", "published_gpt4": 3, "published_gpt4o": 3},
        ]
        file.write_text(json.dumps(rows), encoding="utf-8")
        characters.name, byte_baseline.name = "o200k_base", "cl100k_base"
        out = write_report(
            [characters], baselines=[byte_baseline], parallel=parallel, out=tmp_path / "report", greetings=file
        )
        page = Page((out / "report.html").read_text(encoding="utf-8"))
        words = " ".join(" ".join(data for data, _, _ in page.texts).split())
        assert (
            "agree with what was measured here in 1 of 2 rows. The rest: Persian with cl100k_base: printed 61," in words
        )
        assert "from 8 to 4" in words
        assert "printed.json" in words


class TestFlagging:
    def test_a_tokenizer_that_loses_text_gets_no_verdict(
        self, parallel: Path, tmp_path: Path, lowercase: Any, byte_baseline: Any
    ) -> None:
        out = write_report([lowercase], baselines=[byte_baseline], parallel=parallel, out=tmp_path / "report")
        text = (out / "report.md").read_text(encoding="utf-8")
        assert "> **lowercase is not ranked**: 2 of 14 lines do not decode" in text
        assert "in English (2)" in text
        assert "fewer than" not in text
        # No number of it is marked as the best of a row.
        rows = [line for line in text.splitlines() if line.startswith("| Telugu")]
        assert any(re.search(r"\| \d+\.\d \| \*\*\d+\.\d\*\* \|", line) for line in rows)

    def test_a_baseline_that_loses_text_is_named_and_not_compared_with(
        self, parallel: Path, tmp_path: Path, lowercase: Any, byte_baseline: Any
    ) -> None:
        out = write_report([byte_baseline], baselines=[lowercase], parallel=parallel, out=tmp_path / "report")
        text = (out / "report.md").read_text(encoding="utf-8")
        assert "- **lowercase is not ranked**" in text
        assert "than lowercase" not in text


class TestScale:
    def test_log_scale_gives_equal_ratios_equal_ways(self) -> None:
        scale = LogScale.around([1.0, 8.0])
        one, two, four, eight = map(scale.position, (1, 2, 4, 8))
        assert two - one == pytest.approx(four - two, abs=0.02)
        assert eight - four == pytest.approx(four - two, abs=0.02)
        assert 0 < one < eight < 100
        assert scale.ticks() == [1, 2, 4, 8]

    def test_log_scale_of_equal_values_is_still_an_axis(self) -> None:
        scale = LogScale.around([1.0, 1.0, float("nan")])
        assert scale.ticks() == [1, 1.5]
        assert scale.position(float("nan")) != scale.position(float("nan"))

    def test_linear_scale(self) -> None:
        scale = LinearScale.up_to([5.0, 20.0, float("nan")])
        assert scale.position(5) == 25
        assert LinearScale.up_to([]).position(0) == 0


def test_the_report_on_one_language_and_no_baseline(parallel: Path, tmp_path: Path, characters: Any) -> None:
    out = write_report([characters], parallel=parallel, out=tmp_path / "report", languages=["en"])
    text = (out / "report.md").read_text(encoding="utf-8")
    assert text.startswith("# characters on 1 language\n")
    Page((out / "report.html").read_text(encoding="utf-8"))


def test_two_tokenizers_get_a_verdict_and_a_greetings_table_each(
    parallel: Path, tmp_path: Path, characters: Any, byte_baseline: Any
) -> None:
    other = type(characters)()
    other.name = "again"
    out = write_report([characters, other], baselines=[byte_baseline], parallel=parallel, out=tmp_path / "report")
    text = (out / "report.md").read_text(encoding="utf-8")
    assert len(re.findall(r"tokens per sentence\*\* \(.+?\) on average", text)) == 2
    assert "### again" in text
    Page((out / "report.html").read_text(encoding="utf-8"))
