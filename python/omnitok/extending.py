"""Going on from a vocabulary: more tokens for it, and every old id unchanged."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

from omnitok.errors import TrainingError
from omnitok.learning import Recipe, check_options, counts_of, learn, parity_of, require_ranks, training_record
from omnitok.superwords import PHRASES, refuse_shares
from omnitok.tokenizer import Tokenizer

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping

    from omnitok.counting.words import Sources
    from omnitok.progress import Progress


def extend(
    tokenizer: Tokenizer,
    sources: Sources = (),
    vocab_size: int = 200_000,
    *,
    texts: Iterable[str] | Mapping[str, Iterable[str]] | None = None,
    name: str | None = None,
    min_frequency: int = 2,
    max_token_bytes: int | None = None,
    weights: Mapping[str, float] | None = None,
    temperature: float | None = None,
    targets: Mapping[str, float] | None = None,
    part_temperature: float | None = None,
    whole_characters: bool = False,
    parity: str | os.PathLike[str] | None = None,
    parity_global: int = 0,
    parity_window: int | None = None,
    text_field: str = "text",
    errors: Literal["strict", "replace", "skip"] = "strict",
    checkpoint: str | os.PathLike[str] | None = None,
    check: bool = False,
    num_threads: int | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Tokenizer:
    """Goes on learning where a vocabulary ended: old ids keep their meaning, and new text tokens come behind them.

    The words of the sources become what the tokenizer makes of them, and the most frequent pair becomes a token, again
    and again. A vocabulary that omnitok trained in the exact mode, without special tokens, is extended to what a larger
    one would have been from the beginning.

    Args:
        tokenizer: what to go on from: omnitok's own, tiktoken's, or one of Hugging Face that merges by rank.
        sources: as in :func:`count_words`; counts must be of the pattern of ``tokenizer``. From those of
            :func:`count_superwords` superwords are learnt, and the new vocabulary has the pattern of their phrases.
        vocab_size: number of ids in all, the old ones included.
        texts: as in :func:`count_words`.
        name: the name of the new vocabulary; default that of the old one.
        min_frequency: as in :func:`train`, and so are the others.
        max_token_bytes: see there.
        weights: see there.
        temperature: see there.
        targets: see there.
        part_temperature: see there.
        whole_characters: see there; what the old vocabulary has stays.
        parity: see there; superwords are chosen by all languages together.
        parity_global: see there; it counts new tokens.
        parity_window: see there; it knows nothing of who chose the old tokens.
        text_field: see there.
        errors: see there.
        checkpoint: see there.
        check: see there.
        num_threads: see there.
        progress: see there.

    Raises:
        TrainingError: the size is below that of ``tokenizer`` or beyond what the corpus yields; the tokenizer does not
            merge by rank, or normalises text.
        CorpusError: as in :func:`count_words`.

    Example:
        >>> import omnitok
        >>> small = omnitok.train(texts=["low lower lowest"] * 10, vocab_size=260)
        >>> large = omnitok.extend(small, texts=["slow slower"] * 9, vocab_size=262)
        >>> large.encode("lowest") == small.encode("lowest"), large.token_bytes(260)
        (True, b'slow')
    """
    require_ranks(tokenizer, "new tokens could come in the way of old ones; only vocabularies that do can be extended")
    if tokenizer.pattern.endswith(PHRASES):
        raise TrainingError(
            f"superwords come after all other tokens, so {tokenizer.name}, whose pattern is {tokenizer.pattern}, "
            "cannot be extended; extend its first stage, and learn superwords anew"
        )
    if not tokenizer.vocab_size <= vocab_size < 2**32:
        raise TrainingError(f"vocab_size is {vocab_size}, and {tokenizer.name} has {tokenizer.vocab_size} ids already")
    check_options(vocab_size, (), min_frequency, max_token_bytes, None)
    refuse_shares(sources, temperature, targets, part_temperature)
    counts = counts_of(
        sources,
        tokenizer.pattern,
        texts=texts,
        takes_candidates=True,
        text_field=text_field,
        errors=errors,
        num_threads=num_threads,
        progress=progress,
    )
    recipe = Recipe(
        min_frequency,
        max_token_bytes,
        weights or {},
        temperature,
        targets or {},
        part_temperature,
        whole_characters=whole_characters,
        parity=parity_of(counts, parity, parity_global, parity_window, num_threads),
    )
    base = list(tokenizer.ranks())
    tokens, _ = learn(
        counts,
        recipe,
        len(base) + vocab_size - tokenizer.vocab_size,
        base=base,
        special=tokenizer.vocab_size - len(base),
        checkpoint=checkpoint,
        check=check,
        num_threads=num_threads,
        progress=progress,
    )
    record = training_record(counts, recipe.record(), vocab_size) | {"extends": tokenizer.digest}
    native = tokenizer._native.with_text_tokens(
        tokens[len(base) :], name=name or tokenizer.name, training=json.dumps(record), pattern=counts.pattern
    )
    return Tokenizer._from_native(native)
