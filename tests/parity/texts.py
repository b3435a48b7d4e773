"""The texts that ids are compared on: real ones, every code point, and strings made to be difficult.

Everything is deterministic: the same arguments give the same texts on every machine.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import zstandard

SCALAR_VALUES = (*range(0xD800), *range(0xE000, 0x110000))
"""Every Unicode scalar value: 1,112,064 of them."""

LAST_ASSIGNED = 0x33480
"""Behind this, planes are unassigned, private, or hold the few marks and tags of plane 14."""

CONTEXTS = (
    "{}'s 12{}34",
    "!!{}'ll",
    "1{}2345",
    "\t{}The\n",
    "hel{}LO",
    "HEL{}lo",
    "  {}\n\n",
    "!{}\n/",
    "A{}sb",
    "   {}the",
)
"""What a code point is put between. Where its class changes how the text around it is cut, some of these show it; in
neutral surroundings a wrong class shows nothing. ``test_tiktoken.py`` proves that they tell the classes apart."""


# --- real text --------------------------------------------------------------------------------------------------------


def parallel_lines(data: Path) -> list[str]:
    """The lines of NTREX-128 and of the Universal Declaration of Human Rights, in 20 languages."""
    files = sorted(path for name in ("ntrex128", "udhr") for path in (data / "parallel" / name).glob("*.txt"))
    return [line for path in files for line in path.read_text(encoding="utf-8").splitlines(keepends=True)]


def code_documents(data: Path, total_bytes: int = 1_000_000) -> list[str]:
    """Source files in several programming languages, at least ``total_bytes`` of them."""
    with (data / "mono" / "code.jsonl.zst").open("rb") as file:
        content = zstandard.ZstdDecompressor().stream_reader(file).read()
    documents = [json.loads(line)["text"] for line in content.splitlines()]
    # Files stand grouped by language; a stride that is coprime to their number walks over all of them.
    stride = next(step for step in range(len(documents) // 3, len(documents)) if math.gcd(step, len(documents)) == 1)
    chosen: list[str] = []
    size = 0
    for index in range(len(documents)):
        if size >= total_bytes:
            break
        chosen.append(documents[index * stride % len(documents)])
        size += len(chosen[-1].encode())
    return chosen


# --- every code point -------------------------------------------------------------------------------------------------


def scalar_values(scale: float) -> list[int]:
    """Every scalar value at scale 1. Below: every one that is assigned, and an even sample of the rest."""
    if scale >= 1:
        return list(SCALAR_VALUES)
    dense = [value for value in SCALAR_VALUES if value < LAST_ASSIGNED or 0xE0000 <= value < 0xE0200]
    return dense + list(range(LAST_ASSIGNED, 0x110000, math.ceil(8 / scale)))


def code_point_probes(values: Sequence[int]) -> Iterator[str]:
    """Each value in each of :data:`CONTEXTS`, one context to a line, 256 values to a text."""
    template = "\n".join(CONTEXTS) + "\n"
    for start in range(0, len(values), 256):
        yield "".join(template.replace("{}", chr(value)) for value in values[start : start + 256])


# --- adversarial strings ----------------------------------------------------------------------------------------------

_SPACES = (
    *" " * 6,
    *"\n\n\n\r\t\v\f\x1c\x1f\x85\xa0\u1680\u2003\u200b\u2028\u2029\u202f\u3000",
    *("  ", "\r\n", " \n", "\n "),
)
_CONTRACTIONS = (
    *"''''\u2019\u02bc",
    *("'s", "'S", "'\u017f", "'d", "'T", "'m", "'ll", "'lL", "'Ve", "'re", "'r", "'l", "'v"),
)
_LETTERS = (*"aabcdeghilmnorstuvxyzADELMRSTVZ", *"\u017f\u0130\u0131\u212a\u00df\u1e9e\ufb00éÉжЖϒǅᾼ𝒳𝓍ꭰᎠ𐲀𐳀")
_CASELESS = "ʰ々ー中字文語あア한글अகతગక\u0627\u0645\u06cc\u05d0ªǃ𠀀𖫒ไท"
_MARKS = "\u0301\u0323\u0902\u093f\u094d\u0bcd\u0c4d\u20dd\u3099\u200c\u200d\ufe0f\U000e0100"
_NUMBERS = (*"0123456789٣۵४৭௩౯Ⅷ½²①〇𝟗𑁦፩", "12345678")
_SYMBOLS = (
    *'//!?.,:;-_=+*()[]{}<>|"#@&%$~`^\\،؟।。«€→─👍',
    *"\x00\x07\x7f\xad\ufeff\ufffd\ue000\U0010ffff",
    *("//", "..."),
)
_EMOJI = (
    "\U0001f469\u200d\U0001f680",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466",
    "\U0001f44d\U0001f3fd",
    "\U0001f1ee\U0001f1f3",
    "\u2764\ufe0f",
    "1\ufe0f\u20e3",
)
_SPECIAL = ("<|endoftext|>", "<|endofprompt|>", "<|fim_prefix|>", "<|endoftext", "<|", "|>", "<s>", "<|im_start|>")
_SURROGATES = ("\ud800", "\udbff", "\udc00", "\udfff", "\ud83d", "\ude00", "\ud83d\ude00")
_PIECES: tuple[Sequence[str], ...] = (
    *(_SPACES, _SPACES, _CONTRACTIONS, _LETTERS, _LETTERS),
    *(_CASELESS, _MARKS, _NUMBERS, _SYMBOLS, _EMOJI),
)
_ALPHABETS = (
    "abcdefghijklmnopqrstuvwxyz",
    "ABCDEabcde",
    "абвгдежзАБВ",
    _CASELESS,
    "कखगघअआ\u093e\u093f\u0940\u094d\u0902",
    "가나다라마",
)
_RANGES = ((0, 0x80), (0x80, 0x800), (0x800, 0xD800), (0xE000, 0x10000), (0x10000, LAST_ASSIGNED), (0x10000, 0x110000))


def adversarial_strings(count: int, seed: int = 0, *, foreign: bool = True) -> Iterator[str]:
    """Strings in which every rule of every split pattern has something to do.

    White space runs, contractions (with U+017F, which folds to ``s``), mixed case, digits of many scripts, emoji held
    together by U+200D, runs of up to 600, random Unicode, and, when ``foreign`` is true, lone surrogates and the names
    of special tokens.
    """
    chance = random.Random(seed)
    kinds = [_mixture, _mixture, _mixture, _run, _words, _random_unicode]
    kinds += [_mixture_with(_SURROGATES), _mixture_with(_SPECIAL)] if foreign else []
    for index in range(count):
        yield kinds[index % len(kinds)](chance)


def _mixture(chance: random.Random) -> str:
    return "".join(chance.choice(chance.choice(_PIECES)) for _ in range(chance.randrange(1, 24)))


def _run(chance: random.Random) -> str:
    """One or two pieces over and over; every eighth time as many as 600, where other engines take over."""
    unit = "".join(chance.choice(chance.choice(_PIECES)) for _ in range(chance.randrange(1, 3)))
    times = chance.randrange(1, 600 if chance.randrange(8) == 0 else 40)
    return chance.choice(("", " ", "a")) + unit * times + chance.choice(("", " ", "a", "\n", "'s"))


def _words(chance: random.Random) -> str:
    """What looks like words of one script, with the odd mark, space, digit and symbol."""
    alphabet = chance.choice(_ALPHABETS)
    extra = "".join(chance.choice(pool) for pool in (_MARKS, _CONTRACTIONS, _SPACES, _NUMBERS, _SYMBOLS))
    return "".join(chance.choices(alphabet * 8 + " " * len(alphabet) + extra, k=chance.randrange(1, 60)))


def _random_unicode(chance: random.Random) -> str:
    """Code points of any plane, mostly assigned ones, beside ASCII."""
    return "".join(chr(chance.randrange(*chance.choice(_RANGES))) for _ in range(chance.randrange(1, 16)))


def _mixture_with(pieces: Sequence[str]) -> Callable[[random.Random], str]:
    """Makes mixtures that hold some of ``pieces``."""

    def make(chance: random.Random) -> str:
        return "".join(_mixture(chance) + chance.choice(pieces) for _ in range(chance.randrange(1, 4)))

    return make


def digest(texts: Iterable[str]) -> str:
    """SHA-256 over texts and where they end, so that a record can name what was compared."""
    hashed = hashlib.sha256()
    for text in texts:
        content = text.encode("utf-8", "surrogatepass")
        hashed.update(len(content).to_bytes(8, "big"))
        hashed.update(content)
    return hashed.hexdigest()
