"""Special tokens mean what they mean in tiktoken: the same ids, and an error in the same cases."""

from __future__ import annotations

import itertools
import pickle
import time
from collections.abc import Collection
from typing import Any, Literal

import pytest

from omnitok.errors import OmnitokError, SpecialTokenError
from omnitok.interop.tiktoken import to_tiktoken
from omnitok.tokenizer import Tokenizer

END, PAD = "<|endoftext|>", "<|pad|>"
TEXTS = [
    "no special token",
    END,
    f"{PAD}{END}{PAD}",
    f"the {END} quick {PAD}",
    f"the{END[:-1]} {PAD[1:]}<{PAD}",
    f"नमस्ते {END}दुनिया",
    "",
]
SETS: list[Literal["all"] | set[str]] = ["all", set(), {END}, {PAD}, {END, PAD}, {"<|nothing|>"}, {"quick", PAD}]


def outcome(encode: Any, text: str, allowed: object, disallowed: object) -> list[int] | str:
    """The ids, or that it was refused."""
    try:
        ids: list[int] = encode(text, allowed_special=allowed, disallowed_special=disallowed)
    except ValueError:
        return "refused"
    return ids


def test_the_meaning_is_tiktokens(tiny: Tokenizer) -> None:
    pytest.importorskip("tiktoken")
    theirs = to_tiktoken(tiny)
    outcomes = []
    for text, allowed, disallowed in itertools.product(TEXTS, SETS, SETS):
        expected = outcome(theirs.encode, text, allowed, disallowed)
        assert outcome(tiny.encode, text, allowed, disallowed) == expected, (text, allowed, disallowed)
        outcomes.append(expected)
    assert 50 < outcomes.count("refused") < len(outcomes) - 50


def test_every_way_to_encode_takes_the_sets(tiny: Tokenizer) -> None:
    text = f"the {PAD}"
    expected = tiny.encode(text, allowed_special={PAD})
    assert expected[-1] == tiny.special_tokens[PAD]
    assert tiny.encode_to_numpy(text, allowed_special={PAD}).tolist() == expected
    assert tiny.encode_batch([text, text], allowed_special="all").tolist() == [expected] * 2
    for encode in (tiny.encode, tiny.encode_to_numpy, lambda text: tiny.encode_batch([text])):
        with pytest.raises(SpecialTokenError) as refusal:
            encode(text)
        # What is wrong, and what to do about it in a call, which a command says in its own words.
        what, advice = refusal.value.args
        assert what.endswith(f'text contains the special token "{PAD}" at byte 4')
        assert advice.startswith("To encode it as that token, pass allowed_special=")
        assert str(refusal.value) == f"{what}. {advice}"


@pytest.mark.parametrize("allowed", [{PAD}, [PAD], (PAD,), frozenset({PAD}), {PAD: 1}.keys()])
def test_any_collection_of_names_is_a_set(tiny: Tokenizer, allowed: Collection[str]) -> None:
    assert tiny.encode(PAD, allowed_special=allowed) == [tiny.special_tokens[PAD]]


def test_a_string_is_no_set(tiny: Tokenizer) -> None:
    for arguments in ({"allowed_special": PAD}, {"disallowed_special": PAD}):
        with pytest.raises(TypeError, match="is 'all' or a collection of names, not the string"):
            tiny.encode("text", **arguments)  # type: ignore[arg-type]


def test_text_alone_never_gives_a_special_token(tiny: Tokenizer) -> None:
    text_ids = range(tiny.blocks[0].end)
    for text in TEXTS:
        assert all(token in text_ids for token in tiny.encode_ordinary(text))
        assert all(token in text_ids for token in tiny.encode(text, disallowed_special=()))
        assert tiny.decode(tiny.encode(text, disallowed_special=())) == text


def test_the_refusal_says_which_where_and_the_three_ways_out(tiny: Tokenizer) -> None:
    with pytest.raises(SpecialTokenError) as refusal:
        tiny.encode(f"é {PAD} {END}")
    message = str(refusal.value)
    assert message.startswith(f'text contains the special token "{PAD}" at byte 3. ')
    assert f'allowed_special={{"{PAD}"}}' in message
    assert "disallowed_special=()" in message
    assert "encode_ordinary()" in message
    assert isinstance(refusal.value, (OmnitokError, ValueError))


def test_lone_surrogates_around_a_special_token(tiny: Tokenizer) -> None:
    ids = tiny.encode(f"\ud800{PAD}\udc00", allowed_special={PAD})
    assert tiny.decode(ids) == f"\ufffd{PAD}\ufffd"
    assert tiny.special_tokens[PAD] in ids


# --- many names -------------------------------------------------------------------------------------------------------


def test_names_inside_names(tiny: Tokenizer) -> None:
    """Of several names at a place the longest is meant, whatever its id; text that only begins like one is text."""
    names = ["<", "<a", "<a>", "<a><a>", "<a><a><a>", ">", "a"]
    grown = tiny.with_special_tokens(names[::-1])
    ids = grown.special_tokens
    for count in range(1, 9):
        threes, rest = divmod(count, 3)
        expected = [ids["<a><a><a>"]] * threes + {0: [], 1: [ids["<a>"]], 2: [ids["<a><a>"]]}[rest]
        assert grown.encode("<a>" * count, allowed_special="all") == expected
    assert grown.encode("<a><b", allowed_special="all") == [ids["<a>"], ids["<"], *tiny.encode("b")]
    assert grown.encode("<a><a", allowed_special={"<a>"}, disallowed_special=()) == [ids["<a>"], *tiny.encode("<a")]
    with pytest.raises(SpecialTokenError, match='"<a><a>" at byte 1'):
        grown.encode("x<a><a>", allowed_special={"<a>", "<"}, disallowed_special={"<a><a>"})


def test_ten_thousand_special_tokens(tiny: Tokenizer) -> None:
    names = [f"<|special {number}|>" for number in range(10_000)]
    grown = tiny.with_special_tokens(names)
    text = " and ".join(names)
    expected = grown.encode(text, allowed_special="all")
    assert expected.count(grown.special_tokens[names[7]]) == 1
    assert [token for token in expected if token >= tiny.vocab_size] == [grown.special_tokens[name] for name in names]
    assert grown.decode(expected) == text
    assert grown.encode_ordinary(text) == tiny.encode_ordinary(text)
    before = time.process_time()
    # Sets of nearly all names, either way: a comparison of each with each would take half a second a call.
    for _ in range(5):
        assert grown.encode(names[3], allowed_special=set(names[2:])) == [grown.special_tokens[names[3]]]
        with pytest.raises(SpecialTokenError):
            grown.encode(names[1], allowed_special=set(names[2:]))
    assert time.process_time() - before < 2
    assert grown == pickle.loads(pickle.dumps(grown))
