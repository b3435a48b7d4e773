"""Renders the HTML and the Markdown page from the same content."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from omnitok.evaluation import wording
from omnitok.evaluation.metrics import METRICS
from omnitok.report import plots
from omnitok.report.palette import MARKS
from omnitok.report.webfonts import share_out, web_fonts

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from omnitok.corpora.languages import Language
    from omnitok.report.charts import Charts
    from omnitok.report.content import Content
    from omnitok.report.playground import Packed

SAMPLE = (
    ("en", "Tokens are not words:"),
    ("hi", "नमस्ते,"),
    ("ta", "வணக்கம்,"),
    ("ja", "こんにちは,"),
    ("ko", "안녕하세요,"),
    ("ar", "مرحبا"),
)
"""What stands in the playground until a reader types, by language."""

STYLES = ("base", "tables", "charts", "controls", "pieces", "phone", "print")
SCRIPTS = ("sorting", "matrix", "cost")
PLAYGROUND_SCRIPTS = ("encoder", "playground")

MARKDOWN_SPECIAL = re.compile(r"([\\`*{}\[\]<>#|~$]|(?<!\w)_|_(?!\w))")
"""An underscore inside a word, as in ``o200k_base``, is plain in the Markdown of forges."""


def language_tag(language: Language) -> str:
    """BCP 47 tag for the attribute ``lang``: the script is named where the code alone leaves the glyphs open."""
    return f"{language.code}-{language.script}" if language.script in {"Hans", "Hant"} else language.code


def escape_markdown(text: str) -> str:
    """Text that Markdown shows as it is, also inside a table cell."""
    return MARKDOWN_SPECIAL.sub(r"\\\1", text.replace("&", "&amp;")).replace("\n", " ")


def render_html(content: Content, *, vocabularies: Sequence[Packed] = ()) -> str:
    """One page with style, script and graphics inside it; loads nothing.

    Args:
        content: what the page shows.
        vocabularies: those of the playground, one beside the other; without any the page has none.
    """
    environment = _environment(autoescape=True)
    languages = {language.code: language for language in content.material.languages}
    shown = [(language, language.native) for language in languages.values()]
    shown += [(row.language, row.sentence) for row in content.greetings.rows]
    if vocabularies:
        shown += [(languages[code], words) for code, words in SAMPLE if code in languages]
    of_tokens, undrawn = share_out(content.vocabulary.shown_tokens, languages.values())
    scripts = (*SCRIPTS, *(PLAYGROUND_SCRIPTS if vocabularies else ()))
    return environment.get_template("report.html.j2").render(
        content=content,
        sections=_sections(content, has_playground=bool(vocabularies)),
        fonts=web_fonts([*shown, *of_tokens]),
        undrawn=undrawn,
        sample=" ".join(words for _, words in SAMPLE),
        vocabularies=vocabularies,
        style="".join(_source(environment, f"style/{name}.css") for name in STYLES),
        script="\n".join(_source(environment, f"script/{name}.js") for name in scripts),
    )


def render_markdown(content: Content, charts: Charts) -> str:
    """A page for a forge, with the charts beside it as PNG files."""
    return _environment(autoescape=False).get_template("report.md.j2").render(content=content, charts=charts)


def _sections(content: Content, *, has_playground: bool) -> dict[str, tuple[str, str]]:
    """Titles and templates of what the page has, in its order."""
    titles = {
        "verdict": "Verdict",
        "greetings": "Greetings",
        "premium": "Premium over English",
        "matrix": "Language by language",
        "published": "Published counts",
        "tokens": "Where tokens end",
        "playground": "Try it",
        "cost": "Cost and context",
        "vocabulary": "Vocabularies",
        "fairness": "Fairness",
        "domains": "Subjects and spellings" if content.domains.domains else "Spellings",
        "method": "Method",
    }
    absent = {
        name
        for name, is_there in (
            ("published", bool(content.material.figures.published)),
            ("tokens", any(content.greetings.pieces.values())),
            ("playground", has_playground),
        )
        if not is_there
    }
    return {name: (title, f"sections/{name}.html.j2") for name, title in titles.items() if name not in absent}


def _source(environment: Environment, name: str) -> str:
    loader = environment.loader
    assert loader is not None
    return loader.get_source(environment, name)[0]


def _environment(*, autoescape: bool) -> Environment:
    environment = Environment(
        loader=PackageLoader("omnitok.report"),
        autoescape=autoescape,  # noqa: S701 - off for Markdown only
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    for function in (
        wording.decimal, wording.whole, wording.times, wording.fewer, wording.between, wording.per_cent, wording.listing
    ):  # fmt: skip
        environment.filters[function.__name__] = function
    environment.filters["tag"] = language_tag
    environment.filters["place"] = lambda value, scale: scale.position(value)
    environment.filters["raw"] = _raw
    environment.filters["drawn"] = _drawn
    environment.filters["md"] = escape_markdown
    environment.globals["metrics"] = METRICS
    environment.globals["marks"] = MARKS
    environment.globals["plot"] = plots
    return environment


def _raw(value: float) -> str:
    """A number for scripts; empty where there is none, so that it sorts as nothing and not as zero."""
    return "" if math.isnan(value) else f"{value:.10g}"


def _drawn(text: str, undrawn: Collection[str]) -> str:
    """A text in which characters that no font draws are spelled out."""
    return "".join(one.encode("unicode_escape").decode() if one in undrawn else one for one in text)
