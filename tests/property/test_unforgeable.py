"""No text gives an id of a code, a voice, a mark or a special token, here or in what was exported.

``OMNITOK_TEST_SCALE`` is the part of a million random strings that each encoder gets.
"""

from __future__ import annotations

import json
import random
from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import omnitok
from omnitok.builder import VocabBuilder
from omnitok.interop.code_forms import code_forms
from omnitok.interop.huggingface_export import tokenizer_document
from omnitok.interop.tiktoken import to_tiktoken
from omnitok.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable

TEXTS = ["the quick brown fox ÿ audio:0 image:12", "नमस्ते दुनिया 你好世界 привет", "<|user|> voices:0 h:3"]
# What someone would write who wants a code: its byte form as text, in the alphabet of byte-level BPE, as a placeholder.
ATTEMPTS = [
    "ÿaudio:3", "Ã¿audio:3", "\xffaudio:3", "\udcffaudio:3", "audio:3", "audio-marks:0", "voices:0", "image:15", "h:1",
    "<|audio_3|>", "<audio_3>", "<|user|>", "<|model|>", "<|endoftext|>", "<begin>", "\x00", "\x7f", "\ufffd",
    "\U0010ffff", "\ufeff", "\u200d", "[UNK]", "\\xffaudio:3", "/3", "ÿ", ":", "0", "3",
]  # fmt: skip

strings = st.one_of(
    st.text(max_size=40),
    st.lists(st.one_of(st.sampled_from(ATTEMPTS), st.text(max_size=4)), max_size=8).map("".join),
    st.text(alphabet=st.characters(categories=["Cc", "Cf", "Co", "Cn"]), max_size=20),
    st.binary(max_size=30).map(lambda data: data.decode("utf-8", "surrogateescape")),
    st.binary(max_size=30).map(lambda data: data.decode("latin-1")),
)


@cache
def vocabulary() -> Vocabulary:
    tokenizer = omnitok.train(texts=TEXTS * 5, vocab_size=330, min_frequency=1, num_threads=1)
    builder = VocabBuilder("codes").text(tokenizer).special(["<|user|>", "<|model|>"])
    builder.codes("audio", sizes=[16] * 4, rate=12.5).merges(parent="audio", pairs=[(0, 1), (0, 2)])
    builder.voices(["tara"]).codes2d("image", 32, patch=4).size_tokens("h", range(1, 9)).size_tokens("w", range(1, 9))
    return builder.pad(64).build()


def text_ids() -> set[int]:
    blocks = vocabulary().blocks
    return {token for block in blocks if block.kind == "text" for token in range(block.start, block.end)}


def ours() -> Callable[[str], list[int]]:
    return vocabulary().tokenizer.encode_ordinary


def tiktoken_export() -> Callable[[str], list[int]]:
    pytest.importorskip("tiktoken")
    return to_tiktoken(vocabulary().tokenizer).encode_ordinary


def huggingface_export() -> Callable[[str], list[int]]:
    """``tokenizers`` in safe mode: special tokens, which are added tokens there, are text like any other."""
    tokenizers = pytest.importorskip("tokenizers")
    exported = tokenizers.Tokenizer.from_str(json.dumps(tokenizer_document(vocabulary().tokenizer)))
    exported.encode_special_tokens = True
    # It takes no surrogates at all.
    return lambda text: exported.encode(text.encode("utf-8", "replace").decode()).ids


ENCODERS = [ours, tiktoken_export, huggingface_export]


@pytest.mark.parametrize("encoder", ENCODERS)
def test_no_text_leaves_the_text_block(encoder: Callable[[], Callable[[str], list[int]]]) -> None:
    encode, allowed = encoder(), text_ids()

    @given(strings)
    def holds(text: str) -> None:
        assert allowed.issuperset(encode(text))

    holds()


@pytest.mark.parametrize("encoder", ENCODERS)
def test_random_strings_stay_in_the_text_block(encoder: Callable[[], Callable[[str], list[int]]], scale: float) -> None:
    encode, allowed = encoder(), text_ids()
    # Strings are joined by the thousand: what lies between them is one more chance to go wrong.
    for seed in range(round(1000 * scale)):
        rng = random.Random(seed)
        text = "".join(attempt(rng) for _ in range(1000))
        assert allowed.issuperset(encode(text)), f"seed {seed}"


def attempt(rng: random.Random) -> str:
    """A string of any scripts, of control characters, or one that imitates a code."""
    kind = rng.randrange(4)
    if kind == 0:
        return rng.choice(ATTEMPTS) + rng.choice(ATTEMPTS)
    if kind == 1:
        return "".join(map(chr, rng.choices(range(0xD800), k=rng.randrange(12))))
    if kind == 2:
        return "".join(map(chr, rng.choices(range(256), k=rng.randrange(12))))
    return "".join(map(chr, rng.choices(range(0xE000, 0x110000), k=rng.randrange(12))))


def test_special_tokens_are_given_only_by_name() -> None:
    tokenizer = vocabulary().tokenizer
    user = tokenizer.special_tokens["<|user|>"]
    assert tokenizer.encode("<|user|>", allowed_special={"<|user|>"}) == [user]
    assert user not in tokenizer.encode("<|user|>", disallowed_special=())


def test_exports_hold_every_code_in_the_base_vocabulary() -> None:
    """Neither as an added token, which text could spell, nor as something that a merge makes."""
    tokenizer = vocabulary().tokenizer
    forms = code_forms(tokenizer)
    kinds = {block.name: block.kind for block in tokenizer.blocks}
    assert {kinds[form[1:].decode().rpartition(":")[0]] for form in forms} == {"code", "merge", "mark", "voice", "size"}
    assert all(form[0] == 0xFF for form in forms)
    document = tokenizer_document(tokenizer)
    assert {token["content"] for token in document["added_tokens"]} == set(tokenizer.special_tokens)
    assert set(forms.values()) <= set(document["model"]["vocab"].values())
    assert not any("ÿ" in left + right and len(left + right) > 1 for left, right in document["model"]["merges"])


def test_exports_name_codes_by_their_ids() -> None:
    tokenizer = vocabulary().tokenizer
    start = vocabulary().block("audio").start
    tiktoken = pytest.importorskip("tiktoken")
    assert isinstance(to_tiktoken(tokenizer), tiktoken.Encoding)
    assert to_tiktoken(tokenizer).decode_single_token_bytes(start + 3) == b"\xffaudio:3"
    tokenizers = pytest.importorskip("tokenizers")
    exported = tokenizers.Tokenizer.from_str(json.dumps(tokenizer_document(tokenizer)))
    assert exported.token_to_id("ÿaudio:3") == start + 3
