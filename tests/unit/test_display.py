"""Coloured tokens lose no character, tear none apart, and cannot smuggle markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnitok import _native
from omnitok.display import PALETTE, card_html, cells, to_html, to_terminal
from omnitok.tokenizer import Tokenizer


def make(tokens: list[bytes], normalizer: Literal["nfc"] | None = None) -> Tokenizer:
    ranks = {bytes([byte]): byte for byte in range(256)} | {token: 256 + i for i, token in enumerate(tokens)}
    special = {"<|end|>": len(ranks)}
    native = _native.Tokenizer(
        name="a<b", pattern="gpt2", ranks=ranks, special_tokens=special, whole_words=True, normalizer=normalizer
    )
    return Tokenizer._from_native(native)


# Bytes of e-acute are C3 A9 and of the flag of India F0 9F 87 AE F0 9F 87 B3.
TOKENIZER = make([b"he", b"ll", b"llo", b" wo", "\u00e9".encode(), b"\xf0\x9f"])


class Shown(HTMLParser):
    """What a reader sees of some HTML."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.text = ""
        self.titles: list[str] = []
        self.tags: set[str] = set()
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.titles += [value for name, value in attrs if name == "title" and value is not None]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_each_token_is_a_cell() -> None:
    assert [(cell.text, cell.tokens) for cell in cells(TOKENIZER, "hello wo")] == [
        ("he", (b"he",)),
        ("llo", (b"llo",)),
        (" wo", (b" wo",)),
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\u0928h", ["\u0928", "h"]),  # three tokens, one letter
        ("e\u0301a", ["e\u0301", "a"]),  # a letter and its mark
        ("\U0001f1ee\U0001f1f3\U0001f1ee\U0001f1f3", ["\U0001f1ee\U0001f1f3"] * 2),  # two flags
        ("\U0001f44d\U0001f3fd.", ["\U0001f44d\U0001f3fd", "."]),  # a skin tone
        ("\U0001f468\u200d\U0001f469", ["\U0001f468\u200d\U0001f469"]),  # joined emoji
        ("a\r\nb", ["a", "\r\n", "b"]),
        ("\u0301", ["\u0301"]),  # a mark without a letter
    ],
)
def test_what_a_reader_sees_as_one_is_one_cell(text: str, shown: list[str]) -> None:
    assert [cell.text for cell in cells(TOKENIZER, text)] == shown


def test_a_cell_tells_its_ids_and_bytes() -> None:
    one, shared = cells(TOKENIZER, "he\u0928")
    assert one.title == "256 'he' [68 65]"
    assert not one.is_shared
    assert shared.title == "3 tokens: 224 [E0] 164 [A4] 168 [A8]"
    assert shared.is_shared


@given(st.text())
def test_no_character_is_lost_and_no_id_added(text: str) -> None:
    found = list(cells(TOKENIZER, text))
    assert "".join(cell.text for cell in found) == text
    assert [token_id for cell in found for token_id in cell.ids] == TOKENIZER.encode_ordinary(text)


def test_normalized_text_is_shown_as_it_is_encoded() -> None:
    assert [cell.text for cell in cells(make(["\u00e9".encode()], "nfc"), "e\u0301")] == ["\u00e9"]


def test_lone_surrogates_are_shown_as_replaced() -> None:
    assert "".join(cell.text for cell in cells(TOKENIZER, "a\ud800 \ud83d\ude00")) == "a\ufffd \U0001f600"


def test_text_cannot_smuggle_markup() -> None:
    text = "<script>alert('x')</script> & \"quoted\" <b title='y'>"
    shown = Shown(to_html(TOKENIZER, text))
    assert shown.tags == {"div", "span"}
    assert shown.text == text.replace(" ", "\u00b7")


def test_white_space_and_controls_are_visible_in_html() -> None:
    assert Shown(to_html(TOKENIZER, "a b\tc\nd\x00\u2028")).text == "a\u00b7b\u2192c\u21b5\nd\u2400<2028>"


def test_the_pointer_shows_ids_and_neighbours_differ_in_colour() -> None:
    source = to_html(TOKENIZER, "hello wo")
    assert Shown(source).titles == ["256 'he' [68 65]", "258 'llo' [6C 6C 6F]", "259 ' wo' [20 77 6F]"]
    assert re.findall(r"background:(#\w+)", source) == list(PALETTE[:3])
    assert "gradient" not in source


def test_shared_characters_are_hatched() -> None:
    assert to_html(TOKENIZER, "\u0928").count("repeating-linear-gradient") == 1


def contrast_with_black(colour: str) -> float:
    """Contrast ratio by the Web Content Accessibility Guidelines 2.1."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05) / 0.05


@pytest.mark.parametrize("colour", PALETTE)
def test_text_is_readable_on_every_colour(colour: str) -> None:
    assert contrast_with_black(colour) >= 9


def test_the_terminal_shows_the_same_cells() -> None:
    shown = to_terminal(TOKENIZER, "he \u0928\nx")
    assert shown.plain == "he\u00b7\u0928\u21b5\nx"
    styles = {shown.plain[span.start : span.end]: str(span.style) for span in shown.spans}
    assert styles["he"] == f"black on {PALETTE[0]}"
    assert styles["\u0928"].endswith("underline")
    assert "\n" not in styles, "a line end carries no colour"


def test_the_card_says_what_the_tokenizer_is() -> None:
    shown = Shown(card_html(TOKENIZER))
    for part in ("a<b", f"{TOKENIZER.vocab_size:,} ids", "gpt2", "text 0\u2013261", "<|end|>"):
        assert part in shown.text
    assert shown.tags == {"table", "caption", "tbody", "tr", "th", "td"}
