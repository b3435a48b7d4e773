"""Strings made to be difficult: those that tokenizers are known to stumble over, and any number of random ones.

Everything is deterministic: the same arguments give the same texts on every machine.
"""

from __future__ import annotations

import random
import unicodedata
from typing import TYPE_CHECKING

from omnitok.verification.code_points import LAST_ASSIGNED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


def difficult_texts() -> list[str]:
    """Short texts on which converted tokenizers are known to disagree.

    White space before and at the end of a text, contractions in both cases, digit runs, marks without a base, text that
    is not in form NFC, and characters at the edges of their class.
    """
    spaces = [
        "",
        " ",
        "  ",
        "\n",
        " \n",
        "\n ",
        "a \n\n b",
        "a\r\n\r\n",
        "\t\t\tx",
        "a\u00a0 b",
        "x\u2003\u3000y",
        " \n \n",
    ]
    contractions = ["don't I'LL we'Ve it'\u017f", "'s's'S", "O\u2019Neil's"]
    numbers = ["1234567890", "3.14159", "\u0967\u0968\u0969\u096a", "x\u00b2\u00bd\u2167", "\U0001d7d8\U0001d7d9"]
    decomposed = unicodedata.normalize("NFD", "\u1ec7 \ud55c\uae00")
    marks = ["\u0301a", "e\u0301\u0323", decomposed, "\u0915\u094d\u0937", "\u200d\u200c"]
    cases = ["iPhone McDONALD HTMLParser", "\u01c5ungla \u1fbc", "\u00df\u1e9e", "\u02b0\u02b1"]
    emoji = ["\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1ee\U0001f1f3", "\U0001f44d\U0001f3fd!"]
    symbols = ["a/b//c\n//d", "#!/usr/bin/env\n\n", "\ufeff<|x|>", "\ud7ff\ue000\U0010ffff"]
    return spaces + contractions + numbers + marks + cases + emoji + symbols


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


def adversarial_texts(
    count: int, seed: int = 0, *, special_tokens: Sequence[str] = (), surrogates: bool = True
) -> Iterator[str]:
    """Strings in which every rule of every split pattern has something to do.

    White space runs, newlines mixed with spaces, contractions (with U+017F, which folds to ``s``), mixed case, digits
    of many scripts, marks, CJK, emoji held together by U+200D, runs of up to 600, random Unicode, spellings of special
    tokens, and, where the other side can take them, lone surrogates.

    Args:
        count: How many.
        seed: Another seed gives other strings.
        special_tokens: Names to spell beside those that are common.
        surrogates: Whether some strings hold surrogates.
    """
    chance = random.Random(seed)
    kinds: list[Callable[[random.Random], str]] = [_mixture, _mixture, _mixture, _run, _words, _random_unicode]
    kinds += [_mixture_with((*_SPECIAL, *special_tokens))]
    kinds += [_mixture_with(_SURROGATES)] if surrogates else []
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
