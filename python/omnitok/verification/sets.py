"""The sets of texts that a tokenizer is verified on."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from omnitok.corpora.readers import read_texts, resolve_sources
from omnitok.verification.adversarial import adversarial_texts, difficult_texts
from omnitok.verification.code_points import code_point_probes, contexts_for, scalar_values

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Sequence

    from omnitok.corpora.readers import ErrorPolicy, Source
    from omnitok.tokenizer import Tokenizer

ADVERSARIAL = 100_000
ADVERSARIAL_QUICK = 10_000

_BLOCK = 1 << 14


@dataclass(frozen=True, slots=True)
class TextSet:
    """Texts with a name.

    Attributes:
        name: A word or two; of a corpus ``corpus`` and how it was named.
        what: What the texts are.
        texts: The texts, to be read once.
        count: How many there are; 0 when nobody knows.
        shows_cuts: Whether the telltale vocabulary encodes them, in place of the tokenizer's own.
        code_points: What the first texts are about, if each is about one code point.
    """

    name: str
    what: str
    texts: Iterable[str]
    count: int = 0
    shows_cuts: bool = False
    code_points: Sequence[int] = ()

    def ranges(self, indexes: Iterable[int]) -> list[tuple[int, int]]:
        """The code points of some texts, by ascending index: the first and the last of each unbroken run."""
        runs: list[tuple[int, int]] = []
        for index in indexes:
            if index >= len(self.code_points):
                break
            if runs and runs[-1][1] == index - 1:
                runs[-1] = (runs[-1][0], index)
            else:
                runs.append((index, index))
        return [(self.code_points[first], self.code_points[last]) for first, last in runs]


def made_sets(
    tokenizer: Tokenizer, *, surrogates: bool, seed: int, adversarial: int | None, quick: bool
) -> Iterator[TextSet]:
    """The sets that need no corpus.

    Args:
        tokenizer: Its vocabulary and special tokens are among the texts.
        surrogates: Whether the reference takes lone surrogates.
        seed: Of what is random.
        adversarial: Number of random adversarial texts; ``None`` for 100,000, or 10,000 when ``quick``.
        quick: A sample in place of all code points and all pairs of tokens.
    """
    values = scalar_values(sampled=quick)
    if adversarial is None:
        adversarial = ADVERSARIAL_QUICK if quick else ADVERSARIAL
    difficult = difficult_texts()
    hostile = len(difficult) + adversarial

    def make_hostile() -> Iterable[str]:
        special = list(tokenizer.special_tokens)
        return chain(difficult, adversarial_texts(adversarial, seed, special_tokens=special, surrogates=surrogates))

    which = "a sample of the code points" if quick else "every code point but surrogates"
    probes = f"{which}, each in {len(contexts_for(tokenizer.pattern))} contexts that show its class"
    yield TextSet("code points", probes, code_point_probes(values, tokenizer.pattern), len(values), code_points=values)
    yield TextSet(
        "adversarial",
        "white space, contractions, case, digits, marks, emoji, CJK, runs, random Unicode, special tokens as text",
        make_hostile(),
        hostile,
    )
    yield TextSet(
        "cuts",
        "the same texts and split pattern with another vocabulary, in which every cut between words shows",
        chain(code_point_probes(values, tokenizer.pattern), make_hostile()),
        len(values) + hostile,
        shows_cuts=True,
        code_points=values,
    )
    entries = _entries(tokenizer)
    yield TextSet("tokens", "every token that is a text", entries, len(entries))
    firsts = entries[:: 10 if quick else 1]
    chance = random.Random(seed)
    pairs = (first + chance.choice(entries) for first in firsts)
    yield TextSet(
        "token pairs", f"{'a tenth of' if quick else 'all'} these tokens, each before a random one", pairs, len(firsts)
    )


def _entries(tokenizer: Tokenizer) -> list[str]:
    """The tokens that are UTF-8, in id order. The others are parts of characters."""
    entries = ((token, token.decode("utf-8", "replace")) for token in tokenizer.ranks())
    return [text for token, text in entries if text.encode("utf-8") == token]


def corpus_sets(corpora: Sequence[str | os.PathLike[str]], *, text_field: str, errors: ErrorPolicy) -> list[TextSet]:
    """A set for each file or folder that was named.

    Raises:
        CorpusError: One does not exist, cannot be read or was named twice.
    """
    if not corpora:
        return []
    resolve_sources(corpora)
    return [
        TextSet(
            f"corpus {corpus}",
            "its texts, text files in blocks of lines",
            _corpus_texts(resolve_sources([corpus]), text_field, errors),
        )
        for corpus in corpora
    ]


def _corpus_texts(sources: Iterable[Source], text_field: str, errors: ErrorPolicy) -> Iterator[str]:
    """The texts of sources; lines of text files in blocks of some 16,000 characters, so that line ends are compared."""
    for source in sources:
        texts = read_texts(source, text_field=text_field, errors=errors)
        yield from _blocks(texts) if source.format == "txt" else texts


def _blocks(lines: Iterable[str]) -> Iterator[str]:
    block: list[str] = []
    characters = 0
    for line in lines:
        block.append(f"{line}\n")
        characters += len(line)
        if characters >= _BLOCK:
            yield "".join(block)
            block, characters = [], 0
    if block:
        yield "".join(block)
