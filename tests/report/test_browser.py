"""The page as a reader has it: in a real browser, with and without script, on a phone, in the dark.

Needs Chromium, which ``make test`` installs from Debian where it may. Pictures for review go to ``build/screenshots``.
"""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import omnitok
from omnitok.corpora.languages import load_languages
from omnitok.evaluation import Run
from omnitok.report import write_report
from omnitok.report.sections.matrix import UNITS
from omnitok.tokenizer import Tokenizer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "build" / "screenshots"
CORPUS = ROOT / "corpora" / "parallel"
LANGUAGES = sorted(path.stem for path in CORPUS.glob("*.txt"))
HOSTILE = [
    "",
    "\x00\x1f\x7f",
    "<script>alert(1)</script> &amp; ' \" `",
    "I'LL don'T it'ſ",
    "\ufeff \u0085 \u2028x\u3000",
    "a" * 5000,
    "x\n\n  y /\r\n\t z   ",
    "12345678901",
    "e\u0301\u0301\u200d\u200c",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f1eb\U0001f1f7",
    "\ud83d",
]

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # Root may not use the browser's own sandbox; the page is ours and the machine a test's.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def tokenizers() -> list[Tokenizer]:
    """Two of ours with different patterns: one in the order of its ids, one of the marks with their letters."""
    return [
        omnitok.train(CORPUS, vocab_size=6000, pattern=pattern, name=f"tiny-{pattern}")
        for pattern in ("omni", "cl100k")
    ]


@pytest.fixture(scope="module")
def report(tokenizers: list[Tokenizer], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("page") / "report"
    return write_report(tokenizers[:1], baselines=tokenizers[1:], parallel=CORPUS, out=out) / "report.html"


@pytest.fixture
def opened(browser: Browser, report: Path) -> Iterator[Page]:
    """The page, which may say nothing on the console and ask for nothing beyond itself."""
    page = browser.new_page(viewport={"width": 1100, "height": 900})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: said.append(request.url) if not request.url.startswith("data:") else None)
    page.goto(report.as_uri())
    yield page
    page.close()
    assert said == [report.as_uri()]


def ready(page: Page) -> None:
    page.locator("#playground").scroll_into_view_if_needed()
    page.wait_for_selector("#playground[data-state=ready]")


def test_tables_sort_and_say_so(opened: Page) -> None:
    table = opened.locator("#matrix table")
    header = table.locator("th[data-sort=number]").first
    cells = table.locator("tbody tr td:nth-child(2)")
    original = cells.all_inner_texts()
    header.locator("button").click()
    descending = [float(text.split()[0]) for text in cells.all_inner_texts()]
    assert descending == sorted(descending, reverse=True)
    assert header.get_attribute("aria-sort") == "descending"
    opened.keyboard.press("Enter")
    assert [float(text.split()[0]) for text in cells.all_inner_texts()] == descending[::-1]
    assert header.get_attribute("aria-sort") == "ascending"
    opened.keyboard.press("Enter")
    assert cells.all_inner_texts() == original
    assert header.get_attribute("aria-sort") is None


def test_cuts_of_a_sentence_hold_its_text_and_all_of_its_ids(opened: Page, tokenizers: list[Tokenizer]) -> None:
    sections = opened.locator("#tokens details").all()
    assert len(sections) == 20
    for section in sections:
        code = (section.locator("dd").first.get_attribute("lang") or "")[:2]
        sentence = (CORPUS / f"{code}.txt").read_text("utf-8").splitlines()[0]
        for line, tokenizer in zip(section.locator("dd").all(), tokenizers, strict=True):
            assert line.text_content() == sentence
            titles = line.locator(".piece").evaluate_all("(pieces) => pieces.map((piece) => piece.title)")
            assert [int(one) for title in titles for one in title.split()] == tokenizer.encode_ordinary(sentence)
            assert line.locator(".several").count() == sum(" " in title for title in titles)


@pytest.mark.parametrize("number", [0, 1])
def test_the_playground_has_our_ids_in_every_language(opened: Page, tokenizers: list[Tokenizer], number: int) -> None:
    texts = [line for code in LANGUAGES for line in (CORPUS / f"{code}.txt").read_text("utf-8").splitlines()[:60]]
    found: list[list[int]] = opened.evaluate(
        """async ([texts, id]) => {
            const encoder = await Encoder.load(JSON.parse(document.getElementById(id).textContent));
            return texts.map((text) => encoder.encode(text));
        }""",
        [[*texts, *HOSTILE[:-1]], f"vocabulary-{number}"],
    )
    assert len(LANGUAGES) == 20
    expected = [tokenizers[number].encode_ordinary(text) for text in [*texts, *HOSTILE[:-1]]]
    differing = [text for text, one, other in zip(texts, found, expected, strict=False) if one != other]
    assert differing == []
    assert found == expected


def test_what_is_typed_is_cut_and_shown_whole(opened: Page, tokenizers: list[Tokenizer]) -> None:
    ready(opened)
    for text in ["नमस्ते <b>दुनिया</b>\nzwei", *HOSTILE[:5], HOSTILE[9]]:
        opened.locator("#playground-text").fill(text)
        # A text field has no carriage returns and no null characters of its own.
        typed = opened.locator("#playground-text").input_value()
        expected = [tokenizer.encode_ordinary(typed) for tokenizer in tokenizers]
        for panel, ids in zip(opened.locator(".panel").all(), expected, strict=True):
            opened.wait_for_function(
                "([panel, ids]) => panel.querySelector('.ids').textContent === ids",
                arg=[panel.element_handle(), " ".join(map(str, ids))],
            )
            assert panel.locator(".count").inner_text() == f"{len(ids):,}"
            assert panel.locator(".pieces").text_content() == typed.replace("\n", "↵\n")


def test_half_a_character_in_the_field_is_replaced(opened: Page, tokenizers: list[Tokenizer]) -> None:
    found = opened.evaluate(
        """async () => {
            const encoder = await Encoder.load(JSON.parse(document.getElementById("vocabulary-0").textContent));
            return encoder.encode("a\\ud83d");
        }"""
    )
    assert found == tokenizers[0].encode_ordinary("a\ufffd")


def test_the_page_carries_a_font_for_what_it_says(opened: Page, report: Path) -> None:
    from fontTools.ttLib import TTFont

    faces = re.findall(
        r'font-family: "(omnitok \w+)"; src: url\(data:font/woff2;base64,([^)]+)\)', report.read_text("utf-8")
    )
    known = {family: TTFont(io.BytesIO(base64.b64decode(data))).getBestCmap().keys() for family, data in faces}
    assert len(known) == 10
    shown: list[list[str]] = opened.evaluate(
        """() => [...document.querySelectorAll("td[lang], span[lang]")].map((element) =>
            [getComputedStyle(element).fontFamily, element.textContent])"""
    )
    assert len({family for family, _ in shown}) >= 10
    for families, text in shown:
        family = families.split(",")[0].strip('"')
        if family in known:
            lacking = {
                character for character in text if ord(character) >= 0x250 and ord(character) not in known[family]
            }
            assert lacking == set(), (family, text)
        else:
            assert text.isascii() or families.startswith("system-ui")
    loaded = opened.evaluate(
        """async (families) => {
            const load = (family) => document.fonts.load(`16px "${family}"`, "नगతமعي한你こñж");
            return (await Promise.all(families.map(load))).flat().map((font) => font.status);
        }""",
        list(known),
    )
    assert loaded == ["loaded"] * len(known)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("name", "width"), [("phone", 380), ("desk", 1100)])
def test_the_page_fits_and_is_kept_as_a_picture(
    browser: Browser, report: Path, scheme: Any, name: str, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(report.as_uri())
    ready(page)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"report-{name}-{scheme}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") == (scheme == "light")
    page.close()


def test_without_script_the_page_reads_and_hides_what_needs_it(browser: Browser, report: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report.as_uri())
    assert page.locator("#matrix tbody tr").count() == 20
    assert page.locator("#playground").is_hidden()
    context.close()


def test_a_page_without_a_playground_carries_no_vocabulary(tokenizers: list[Tokenizer], tmp_path: Path) -> None:
    out = tmp_path / "report"
    page = (
        write_report(tokenizers[:1], parallel=CORPUS, out=out, playground=False, show_sentences=False) / "report.html"
    )
    text = page.read_text("utf-8")
    assert "vocabulary-0" not in text
    assert "class Encoder" not in text
    assert 'id="tokens"' not in text


def test_the_vocabulary_in_the_page_cannot_end_its_script(report: Path) -> None:
    found = re.findall(r'<script type="application/json" id="vocabulary-\d">(.*?)</script>', report.read_text("utf-8"))
    assert [json.loads(one)["name"] for one in found] == ["tiny-omni", "tiny-cl100k"]
    assert all("<" not in one for one in found)


def matrix(page: Page) -> list[list[str]]:
    """What the cells of the matrix say, language by language."""
    found: list[list[str]] = page.evaluate(
        """() => [...document.querySelectorAll("#matrix tbody tr")].map((row) =>
            [...row.querySelectorAll(".cell")].map((cell) => cell.textContent))"""
    )
    return found


def number(text: str) -> float:
    found = re.match(r"[-+\u2212]?[\d,.]+", text)
    assert found, text
    return float(found.group().replace(",", "").replace("\u2212", "-"))


def figures_of(report: Path, metric: str, against: str = "") -> dict[tuple[str, str], Any]:
    frame = Run.load(report.parent).frame
    rows = frame[(frame.metric == metric) & (frame.against == against) & (frame.domain == "all")]
    return {(row.tokenizer, row.language): row for row in rows.itertuples()}


def test_the_matrix_changes_its_unit(opened: Page, report: Path) -> None:
    form = opened.locator("#matrix form")
    codes = [language.code for language in load_languages()]
    before = matrix(opened)
    for unit in UNITS:
        form.locator("select[name=unit]").select_option(label=unit.label)
        rows = figures_of(report, unit.metric, unit.against)
        for code, cells in zip(codes, matrix(opened), strict=True):
            for name, cell in zip(("tiny-omni", "tiny-cl100k"), cells, strict=True):
                value = rows[name, code].value * (100 if unit.is_share else 1)
                assert number(cell) == pytest.approx(value, abs=0.5001 * 10**-unit.digits, rel=1e-5), (
                    unit.metric,
                    code,
                )
                assert cell.endswith("%") or not unit.is_share or "%" in cell
        note = opened.locator("#matrix-note").inner_text()
        assert note.startswith(f"{unit.label}: ")
        assert opened.locator("#matrix tfoot").is_visible() == (unit.metric == "tokens_per_sentence")
    form.locator("select[name=unit]").select_option(label="Tokens per sentence")
    assert matrix(opened) == before


def test_the_matrix_marks_the_best_in_each_unit(opened: Page) -> None:
    for label, best in (("Bytes per token", max), ("Tokens per word", min)):
        opened.locator("#matrix select[name=unit]").select_option(label=label)
        for cells in matrix(opened):
            values = [number(cell) for cell in cells]
            assert next(number(cell) for cell in cells if "(best)" in cell) == best(values)
    opened.locator("#matrix select[name=unit]").select_option(label="Vocabulary that is used")
    assert not any("(best)" in cell for cells in matrix(opened) for cell in cells)


def test_the_matrix_beside_a_baseline_says_what_may_be_chance(opened: Page, report: Path) -> None:
    opened.locator("#matrix select[name=baseline]").select_option("tiny-cl100k")
    gains, p = figures_of(report, "gain", "tiny-cl100k"), figures_of(report, "gain_p", "tiny-cl100k")
    for code, (mine, own) in zip([language.code for language in load_languages()], matrix(opened), strict=True):
        assert own.startswith("0.0%")
        assert number(mine) == pytest.approx(100 * (1 / gains["tiny-omni", code].value - 1), abs=0.0501)
        assert ("may be chance" in mine) == (p["tiny-omni", code].value >= 0.05)
    opened.locator("#matrix select[name=unit]").select_option(label="Premium over English")
    assert "was not tested" in opened.locator("#matrix-note").inner_text()


def test_the_matrix_shows_intervals_and_sorts_what_it_shows(opened: Page, report: Path) -> None:
    opened.locator("#matrix input[name=intervals]").check()
    rows = figures_of(report, "tokens_per_sentence")
    shown = opened.locator("#matrix tbody .between").all_inner_texts()
    assert shown[0] == f"{rows['tiny-omni', 'gu'].lo:.1f}–{rows['tiny-omni', 'gu'].hi:.1f}"
    assert len(shown) == 40
    opened.locator("#matrix th[data-sort=number] button").first.click()
    opened.locator("#matrix select[name=unit]").select_option(label="Bytes per token")
    assert opened.locator("#matrix [aria-sort]").count() == 0
    opened.locator("#matrix th[data-sort=number] button").first.click()
    values = [number(cells[0]) for cells in matrix(opened)]
    assert values == sorted(values, reverse=True)


def test_the_calculator_agrees_with_the_page_and_follows_its_fields(
    opened: Page, browser: Browser, report: Path
) -> None:
    table = opened.locator("#cost .costs tbody")
    with browser.new_context(java_script_enabled=False) as context:
        plain = context.new_page()
        plain.goto(report.as_uri())
        static = plain.locator("#cost .costs tbody").inner_text()
        assert plain.locator("#cost input").count() == 0
    words = opened.get_by_label("Words read")
    words.fill("1000001")
    words.fill("1000000")
    assert table.inner_text() == static
    cost = opened.locator("#cost [data-cost='0']").first
    price = opened.get_by_label("Price of tiny-omni, input")
    before = number(cost.inner_text()[1:])
    price.fill("0")
    opened.get_by_label("Price of tiny-omni, output").fill("0")
    assert cost.inner_text() == "$0.00"
    price.fill("250")
    tokens = figures_of(report, "tokens")["tiny-omni", "gu"].value / figures_of(report, "words")["(text)", "en"].value
    assert number(cost.inner_text()[1:]) == pytest.approx(250 * tokens, rel=1e-4)
    assert before > 0
    fits = opened.locator("#cost [data-fits='0']").first
    opened.get_by_label("context window").fill("1000")
    assert number(fits.inner_text()) == round(1000 / tokens)
    # What is no number is no zero either.
    price.fill("")
    assert cost.inner_text() == "–"
    assert opened.locator("#cost [data-cost='1']").first.inner_text().startswith("$")
    opened.locator("#cost th[data-sort=number] button").first.click()
    assert table.locator("tr").count() == 20


def test_tokens_that_are_listed_have_a_font(opened: Page, report: Path) -> None:
    from fontTools.ttLib import TTFont

    faces = re.findall(r"url\(data:font/woff2;base64,([^)]+)\)", report.read_text("utf-8"))
    known = set().union(*(TTFont(io.BytesIO(base64.b64decode(data))).getBestCmap() for data in faces))
    listed = opened.locator(".token").all_text_contents()
    assert listed
    lacking = {one for token in listed for one in token if ord(one) >= 0x250 and ord(one) not in known}
    assert lacking == set()


@pytest.mark.parametrize("width", [320, 390])
def test_no_section_is_wider_than_a_phone(browser: Browser, report: Path, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(report.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.locator("#matrix input[name=intervals]").check()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(
        "[...document.querySelectorAll('.scroll')].every((one) => one.tabIndex === 0 && one.getAttribute('aria-label'))"
    )
    page.close()


@pytest.mark.parametrize("width", [390, 1100])
def test_many_tokenizers_with_long_names_fit(browser: Browser, tmp_path: Path, parallel: Path, width: int) -> None:
    class Letters:
        vocab_size = 0x110000

        def __init__(self, name: str) -> None:
            self.name = name

        def encode_ordinary(self, text: str) -> list[int]:
            return list(map(ord, text))

        def decode(self, ids: list[int]) -> str:
            return "".join(map(chr, ids))

    names = [f"an-organization/a-model-{number}-405B-Instruct-with-a-tokenizer-of-its-own" for number in range(8)]
    many = [Letters(name) for name in (*names, "W" * 90)]
    out = write_report(many[:2], baselines=many[2:], parallel=parallel, out=tmp_path / "report")
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto((out / "report.html").as_uri())
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.screenshot(path=SCREENSHOTS / f"report-many-{width}.png", full_page=True)
    page.close()


def test_everything_can_be_reached_by_keyboard(opened: Page) -> None:
    opened.keyboard.press("Tab")
    assert opened.evaluate("document.activeElement.getAttribute('href')") == "#greetings"
    ring = opened.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert ring == "solid"
    assert opened.evaluate(
        """[...document.querySelectorAll("button, select, input, textarea, summary, a")]
            .every((one) => one.tabIndex === 0)"""
    )
    assert opened.evaluate(
        """[...document.querySelectorAll("select, input, textarea")].every((one) =>
            one.labels.length > 0 || one.getAttribute("aria-label"))"""
    )


def test_print_leaves_out_what_paper_cannot_do(opened: Page) -> None:
    opened.emulate_media(media="print", color_scheme="dark")
    assert opened.locator("nav").is_hidden()
    assert opened.locator("#matrix form").is_hidden()
    assert opened.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
