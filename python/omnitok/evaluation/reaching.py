"""Which tokens a text becomes: tokens alone, and beside neighbours that leave them in one piece."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from omnitok import _native
from omnitok.evaluation.measuring import encode_lines
from omnitok.tokenizer import Tokenizer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from omnitok.evaluation.measuring import SupportsEncode

OF_A_KIND = 4
"""So many letters of a kind stand beside a token, and so many signs."""
KINDS = {"Lu": "capital", "Lt": "capital", "Ll": "small", "Lm": "other", "Lo": "other"}
ANY_SCRIPT = "Latin"
"""Letters beside tokens that have none."""
CONTRACTIONS = [end for one in ("s", "t", "d", "m", "re", "ve", "ll") for end in (one, one.upper())]
"""What makes one word of an apostrophe and what is around it."""
TOKENS_AT_ONCE = 1024
MOST_ON_BOTH_SIDES = 1 << 14
"""Of more tokens than this most need another pattern, and not more neighbours."""


class Unreached(NamedTuple):
    """Tokens of whole characters that no text is known to become, by id.

    Attributes:
        unreachable: no text does; ``None`` where that cannot be known.
        not_reached_alone: their own text does not, and no other was found.
    """

    unreachable: list[int] | None
    not_reached_alone: list[int]


def find_unreached(tokenizer: SupportsEncode, texts: Mapping[int, str], num_threads: int | None = None) -> Unreached:
    """Looks for a text that becomes each token.

    Most tokens are what their own text becomes. Of the others, those whose text is one word are never made: what
    merges do within a token does not depend on what is around it. Those whose text is several words may be made within
    a word of another text: a vowel sign behind a consonant, slashes at an end of a line behind a sign, or a superword
    such as ``, and`` behind a letter. So neighbours are put around them; rare ones, because few tokens have these too.

    Args:
        tokenizer: of one that is not of omnitok, words are not known, and tokens are tried alone.
        texts: by id.
        num_threads: for tokenizers with ``encode_batch``.
    """
    left = _left(tokenizer, ((one, [text]) for one, text in texts.items()), num_threads)
    if not isinstance(tokenizer, Tokenizer):
        return Unreached(None, left)
    unreachable = [one for one in left if len(tokenizer.split(texts[one])) == 1]
    left = sorted({*left} - {*unreachable})
    if not left:
        return Unreached(unreachable, left)
    neighbours = Neighbours(texts.values())
    nothing, signs, letters = [""], neighbours.signs, None
    for before, behind in (
        (letters, nothing),
        (nothing, letters),
        (signs, nothing),
        (nothing, [*signs, *CONTRACTIONS]),
        (letters, letters),
    ):
        if before is behind and len(left) > MOST_ON_BOTH_SIDES:
            break
        tries = ((one, neighbours.around(texts[one], before, behind)) for one in left)
        left = _left(tokenizer, tries, num_threads)
    return Unreached(unreachable, left)


class Neighbours:
    """What is put beside tokens: of the characters of a vocabulary those that are in the fewest places.

    Attributes:
        signs: signs, white space and a digit.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        """Takes the texts of all tokens."""
        uses = Counter("".join(texts))
        characters = sorted(uses, key=lambda character: (uses[character], character))
        _, places, _, names = _native.TokenTable([character.encode() for character in characters]).classes()
        self._scripts = {character: names[place] for character, place in zip(characters, places, strict=True)}
        kinds: dict[tuple[str, str], list[str]] = defaultdict(list)
        for character in characters:
            category = unicodedata.category(character)
            script = self._scripts[character] if category in KINDS else ""
            kinds[script, KINDS.get(category, category[0])].append(character)
        self.signs = [*sorted(kinds["", "P"] + kinds["", "S"], key=characters.index)[:OF_A_KIND], " ", "\n", "1"]
        self._letters: dict[str, list[str]] = defaultdict(list)
        for (script, _), found in kinds.items():
            self._letters[script] += found[:OF_A_KIND]

    def around(self, text: str, before: list[str] | None, behind: list[str] | None) -> list[str]:
        """A text between any of those before and any of those behind it; None: letters of its script."""
        letters = self._letters_of(text)
        return [f"{start}{text}{end}" for start in before or letters for end in behind or letters]

    def _letters_of(self, text: str) -> list[str]:
        """Letters of the script in which a text begins, capital, small and other ones."""
        scripts = (self._scripts[one] for one in text if unicodedata.category(one)[0] in "LM")
        return self._letters.get(next(scripts, ANY_SCRIPT)) or self._letters[ANY_SCRIPT]


def _left(tokenizer: SupportsEncode, tries: Iterator[tuple[int, list[str]]], num_threads: int | None) -> list[int]:
    """The tokens that none of the texts that are tried for each becomes."""
    left: list[int] = []
    while some := list(islice(tries, TOKENS_AT_ONCE)):
        encoded = encode_lines(tokenizer, [text for _, texts in some for text in texts], num_threads)
        asked = np.repeat([one for one, texts in some for _ in texts], np.diff(encoded.offsets))
        found = {*asked[encoded.ids == asked].tolist()}
        left += [one for one, _ in some if one not in found]
    return left
