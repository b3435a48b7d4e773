"""Renders the HTML and the Markdown page from the same content."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from omnitok.evaluation import wording
from omnitok.evaluation.metrics import METRICS
from omnitok.report.palette import MARKS
from omnitok.report.webfonts import web_fonts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from omnitok.corpora.languages import Language
    from omnitok.report.charts import Charts
    from omnitok.report.content import Content
    from omnitok.report.pieces import Piece
    from omnitok.report.playground import Packed

METRIC_LABELS = {
    "tokens_per_sentence": "Tokens per sentence",
    "gain": "N× fewer",
    "premium": "Premium",
    "worst_premium": "Worst premium",
    "gini": "Gini",
    "max_over_min": "Most / fewest",
    "characters_per_token": "Characters per token",
    "graphemes_per_token": "Graphemes per token",
    "bytes_per_token": "Bytes per token",
    "byte_premium": "Byte premium",
    "round_trip": "Round trip",
}
"""What the pages define, in this order, under the name it has there."""

SAMPLE = (
    ("en", "Tokens are not words:"),
    ("hi", "नमस्ते,"),
    ("ta", "வணக்கம்,"),
    ("ja", "こんにちは,"),
    ("ko", "안녕하세요,"),
    ("ar", "مرحبا"),
)
"""What stands in the playground until a reader types, by language."""
SCRIPTS = ("report.js", "encoder.js", "playground.js")
"""Of the page; without a playground it has the first only."""

MARKDOWN_SPECIAL = re.compile(r"([\\`*{}\[\]<>#|~$]|(?<!\w)_|_(?!\w))")
"""An underscore inside a word, as in ``o200k_base``, is plain in the Markdown of forges."""


def language_tag(language: Language) -> str:
    """BCP 47 tag for the attribute ``lang``: the script is named where the code alone leaves the glyphs open."""
    return f"{language.code}-{language.script}" if language.script in {"Hans", "Hant"} else language.code


def escape_markdown(text: str) -> str:
    """Text that Markdown shows as it is, also inside a table cell."""
    return MARKDOWN_SPECIAL.sub(r"\\\1", text.replace("&", "&amp;")).replace("\n", " ")


def render_html(
    content: Content,
    *,
    pieces: Mapping[str, Mapping[str, Sequence[Piece]]] | None = None,
    vocabularies: Sequence[Packed] = (),
) -> str:
    """One page with style, script and graphics inside it; loads nothing.

    Args:
        content: what the page shows.
        pieces: the greeting of a language cut by each tokenizer, by code and name; without any no cuts are shown.
        vocabularies: those of the playground, one beside the other; without any the page has none.
    """
    environment = _environment(autoescape=True)
    loader = environment.loader
    assert loader is not None
    languages = {language.code: language for language in content.figures.languages}
    shown = [(language, language.native) for language in languages.values()]
    shown += [(row.language, row.sentence) for row in content.greetings]
    shown += [(languages[code], words) for code, words in SAMPLE if code in languages]
    return environment.get_template("report.html.j2").render(
        content=content,
        fonts=web_fonts(shown),
        sample=" ".join(words for _, words in SAMPLE),
        pieces=pieces,
        vocabularies=vocabularies,
        style=loader.get_source(environment, "report.css")[0],
        script="\n".join(
            loader.get_source(environment, name)[0] for name in (SCRIPTS if vocabularies else SCRIPTS[:1])
        ),
    )


def render_markdown(content: Content, charts: Charts) -> str:
    """A page for a forge, with the charts beside it as PNG files."""
    return _environment(autoescape=False).get_template("report.md.j2").render(content=content, charts=charts)


def _environment(*, autoescape: bool) -> Environment:
    environment = Environment(
        loader=PackageLoader("omnitok.report"),
        autoescape=autoescape,  # noqa: S701 - off for Markdown only
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    for function in (wording.decimal, wording.whole, wording.times, wording.fewer, wording.per_cent, wording.listing):
        environment.filters[function.__name__] = function
    environment.filters["tag"] = language_tag
    environment.filters["place"] = lambda value, scale: scale.position(value)
    environment.filters["sentence_place"] = _sentence_place
    environment.filters["not_nfc"] = lambda pair: f"{pair[1]} lines of {pair[0].name}"
    environment.filters["md"] = escape_markdown
    environment.globals["metrics"] = METRICS
    environment.globals["metric_labels"] = METRIC_LABELS
    environment.globals["marks"] = MARKS
    return environment


def _sentence_place(language: Language, content: Content, tokenizer: str) -> float:
    return content.sentence_scale.position(content.figures.value(tokenizer, language.code, "tokens_per_sentence"))
