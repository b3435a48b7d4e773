"""The tokenizer in the hands of somebody who passes the wrong thing."""

from __future__ import annotations

from pathlib import Path

import pytest

import omnitok
from omnitok.errors import SpecialTokenError


def test_a_batch_says_which_text_spells_a_special_token(tiny: omnitok.Tokenizer) -> None:
    with pytest.raises(SpecialTokenError, match=r"^text 2 of the batch: .* at byte 1\."):
        tiny.encode_batch(["a", "b", "c<|pad|>", "d<|pad|>"])
    with pytest.raises(SpecialTokenError, match=r"^text contains the special token .* at byte 1\."):
        tiny.encode_batch(["c<|pad|>"])


def test_names_are_not_one_string(tiny: omnitok.Tokenizer) -> None:
    with pytest.raises(TypeError, match=r"pass \['<\|user\|>'\]"):
        tiny.with_special_tokens("<|user|>")


def test_errors_of_the_system_read_like_those_of_python(tiny: omnitok.Tokenizer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(OSError, match=r"^\[Errno \d+\] [A-Za-z ]+: '.*file'$"):
        tiny.save(tmp_path / "file" / "vocabulary")


def test_a_view_in_a_notebook_a_terminal_and_plain(tiny: omnitok.Tokenizer) -> None:
    view = tiny.view("the fox 😀")
    assert repr(view).split("|")[0] == "the"
    assert repr(view).endswith("😀")
    assert "background:" in view._repr_html_()
    assert view.__rich__().plain == "the·fox·😀"
