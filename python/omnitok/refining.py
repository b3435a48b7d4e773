"""A vocabulary to smaller ones: pruned by what a text uses, or nested in each other."""

from __future__ import annotations

import io
import json
import math
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from omnitok import _native
from omnitok.errors import ExhaustedError, TrainingError, VocabularyError
from omnitok.learning import Recipe, counts_of, learn, require_ranks, training_record
from omnitok.progress import Progress
from omnitok.superwords import PHRASES, Superwords
from omnitok.threads import thread_count
from omnitok.tokenizer import Tokenizer

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from typing import Literal

    import numpy as np
    from numpy.typing import NDArray

    from omnitok.counting import WordCounts
    from omnitok.counting.words import Sources


_NO_RANKS = "tokens cannot be taken out of it safely; only vocabularies that do can be pruned or nested"
#: Times that freed ids are learnt anew. Each time they are fewer, and mostly there are none after the first.
_MOST_REFILLS = 8


class Pruned(NamedTuple):
    """A vocabulary that was pruned, and what became of the ids."""

    tokenizer: Tokenizer
    """The smaller vocabulary."""
    old_ids: NDArray[np.uint32]
    """The old id of each new one, shape [new vocab_size], ascending: ``embedding[old_ids]`` are the rows to keep."""
    uses: NDArray[np.uint64]
    """How often each new id occurs in the text that decided, weighted, shape [new vocab_size]; 0 beside text."""

    def new_ids(self, old_vocab_size: int) -> NDArray[np.int64]:
        """The new id of each old one, shape [old_vocab_size]; -1 for those that are gone. For ids on disk."""
        import numpy as np

        new_ids = np.full(old_vocab_size, -1, dtype=np.int64)
        new_ids[self.old_ids] = np.arange(len(self.old_ids))
        return new_ids

    def save_old_ids(self, path: str | os.PathLike[str], *, force: bool = False) -> None:
        """Writes ``old_ids`` as a ``.npy`` file, whole or not at all.

        Raises:
            FileExistsError: it is there and ``force`` is false.
        """
        import numpy as np

        data = io.BytesIO()
        np.save(data, self.old_ids)
        _native.write_file(path, data.getvalue(), force=force)


def prune(
    tokenizer: Tokenizer,
    sources: Sources = (),
    vocab_size: int | None = None,
    *,
    texts: Iterable[str] | Mapping[str, Iterable[str]] | None = None,
    name: str | None = None,
    min_use: int = 0,
    whole_words: bool = False,
    weights: Mapping[str, float] | None = None,
    temperature: float | None = None,
    targets: Mapping[str, float] | None = None,
    text_field: str = "text",
    errors: Literal["strict", "replace", "skip"] = "strict",
    num_threads: int | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Pruned:
    """Takes the text tokens away that the sources use least, down to a size.

    Every token that is left is still reached by merging. The words that had the one that went are encoded anew, and
    what goes next is again the one that is used least, of several the one learnt last. A token of which others are
    merged goes only if these can be merged of others, and if the text grows less than without the least used one of
    which none are. The 256 bytes, special tokens, codes and reserved ids stay. Ids close up and keep their order, which
    is that of the merges.

    By the very counts that a vocabulary was learnt from, tokens of which no other is merged go in the reverse order of
    learning.

    Args:
        tokenizer: what to prune: omnitok's own, tiktoken's, or one of Hugging Face that merges by rank.
        sources: as in :func:`omnitok.count_words`; counts must be of the pattern of ``tokenizer``.
        vocab_size: number of ids to leave in all; default: as many as ``min_use`` leaves.
        texts: as in :func:`omnitok.count_words`.
        name: the name of the new vocabulary; default that of the old one.
        min_use: tokens that occur less often go also below ``vocab_size``: with ``whole_words`` all of them, whatever
            that costs, else those that no others need.
        whole_words: a token may also go when those merged of it are then only looked up as whole words. tiktoken,
            tokenizers and omnitok do so; engines that only merge never reach such tokens again.
        weights: as in :func:`omnitok.train`, and so are the others.
        temperature: see there.
        targets: see there.
        text_field: see there.
        errors: see there.
        num_threads: see there.
        progress: see there; the stage is ``"prune"``.

    Raises:
        TrainingError: the size leaves no room for the bytes and the other blocks, or is above that of ``tokenizer``.
        VocabularyError: the tokenizer does not merge by rank, or normalises text.
        CorpusError: as in :func:`omnitok.count_words`.

    Example:
        >>> import omnitok
        >>> large = omnitok.train(texts=["low lower lowest slow"] * 10, vocab_size=264)
        >>> pruned = omnitok.prune(large, texts=["low slow"] * 9, vocab_size=260)
        >>> [pruned.tokenizer.token_bytes(id) for id in range(256, 260)]
        [b'lo', b'low', b' s', b'<|endoftext|>']
        >>> pruned.old_ids[256:].tolist()
        [256, 257, 260, 263]
    """
    require_ranks(tokenizer, _NO_RANKS, VocabularyError)
    if vocab_size is None:
        if min_use < 1:
            raise TrainingError("there is neither a vocab_size nor a min_use, so nothing would go; give one of them")
        vocab_size = tokenizer.vocab_size
    if whole_words and tokenizer.pattern.endswith(PHRASES):
        raise TrainingError(
            f"whole_words is not to be had for {tokenizer.name}: its pattern {tokenizer.pattern} cuts phrases, inside "
            "which no word is looked up; leave it out"
        )
    ranks = tokenizer.ranks()
    others = tokenizer.vocab_size - len(ranks)
    if not 256 + others <= vocab_size <= tokenizer.vocab_size:
        raise TrainingError(
            f"vocab_size is {vocab_size}; {tokenizer.name} has {tokenizer.vocab_size} ids, of which the 256 bytes and "
            f"{others} that are no text stay, so ask for {256 + others} to {tokenizer.vocab_size}"
        )
    if not 0 <= min_use < 2**63:
        raise TrainingError(f"min_use is {min_use}; it must be at least 0 and below 2^63")
    counts = counts_of(
        sources,
        tokenizer.pattern,
        texts=texts,
        text_field=text_field,
        errors=errors,
        num_threads=num_threads,
        progress=progress,
    )
    recipe = Recipe(weights=weights or {}, temperature=temperature, targets=targets or {})
    kept, uses = least_used_gone(
        counts,
        list(ranks),
        vocab_size - others,
        recipe,
        min_use=min_use,
        whole_words=whole_words,
        num_threads=num_threads,
        progress=progress,
    )
    ids = list(ranks.values())
    mixture = {key: value for key, value in recipe.record().items() if key in ("weights", "temperature", "targets")}
    record = training_record(counts, {"min_use": min_use, "whole_words": whole_words} | mixture, vocab_size) | {
        "prunes": tokenizer.digest
    }
    native, old_ids = tokenizer._native.with_text_kept(
        [ids[rank] for rank in kept], name=name or tokenizer.name, training=json.dumps(record)
    )
    pruned = Tokenizer._from_native(native)
    return Pruned(pruned, old_ids, _uses_by_id(pruned, uses))


def least_used_gone(
    counts: _native.WordCounts,
    tokens: Sequence[bytes],
    vocab_size: int,
    recipe: Recipe,
    *,
    min_use: int = 0,
    whole_words: bool = False,
    num_threads: int | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> tuple[list[int], NDArray[np.uint64]]:
    """The ranks of the tokens that pruning leaves, and the final use of each.

    Args:
        counts: the words.
        tokens: the text tokens by rank.
        vocab_size: number of text tokens to leave.
        recipe: how languages weigh.
        min_use: as in :func:`prune`, and so are the others.
        whole_words: see there.
        num_threads: see there.
        progress: see there.
    """

    def tell(removed: int, wanted: int) -> None:
        if progress is not None:
            progress(Progress("prune", removed, wanted))

    return _native.prune(
        counts,
        tokens,
        vocab_size,
        min_use=min_use,
        whole_words=whole_words,
        weights=recipe.language_weights(counts),
        num_threads=thread_count(num_threads),
        progress=None if progress is None else tell,
    )


def best_of(
    counts: _native.WordCounts,
    tokens: Sequence[bytes],
    vocab_size: int,
    recipe: Recipe,
    *,
    min_use: int = 0,
    num_threads: int | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> list[bytes]:
    """The best ``vocab_size`` of the tokens; the 256 bytes stay in any case.

    Tokens that are used less than ``min_use`` times go, whatever that costs. Where more go by that than there are to
    spare, the freed ids are learnt anew by all words together, until there are none such; only where the words yield no
    better ones, some of these stay.

    Args:
        counts: the words.
        tokens: the text tokens by rank, ``vocab_size`` of them or more.
        vocab_size: number of text tokens to leave.
        recipe: how languages weigh, and what may become a token.
        min_use: as in :func:`omnitok.train`.
        num_threads: as in :func:`prune`.
        progress: see there.
    """

    def pruned(tokens: Sequence[bytes], min_use: int) -> list[bytes]:
        kept, _ = least_used_gone(
            counts,
            tokens,
            vocab_size,
            recipe,
            min_use=min_use,
            whole_words=not recipe.spare_word_ends,  # no word is looked up inside a phrase
            num_threads=num_threads,
            progress=progress,
        )
        return [tokens[rank] for rank in kept]

    together, best = replace(recipe, parity=None), pruned(tokens, min_use)
    for _ in range(_MOST_REFILLS):
        missing = vocab_size - len(best)
        if not missing:
            return best
        try:
            # Some of the new ones will be used no more either, so there are some to spare.
            refilled, _ = learn(
                counts, together, vocab_size + missing, base=best, num_threads=num_threads, progress=progress
            )
        except ExhaustedError:
            break
        best = pruned(refilled, min_use)
    return pruned(tokens, 0)


def best_with_superwords(
    superwords: Superwords, vocab_size: int, over_train: float, *, min_use: int, num_threads: int | None
) -> tuple[list[bytes], WordCounts]:
    """The best ``vocab_size`` tokens, by what the text becomes with them; the 256 bytes stay in any case.

    More superwords are learnt than are asked for. Then the text is encoded, and what it becomes less than ``min_use``
    times goes, and the tokens that it becomes least; it is encoded again, and so on until no token is used too little.
    Where more go by that than there are to spare, more are learnt; only where the text yields no more, some of those
    stay. Without ``over_train`` and ``min_use`` nothing is too much, and the text is not encoded.

    Args:
        superwords: of the text.
        vocab_size: number of text tokens to leave.
        over_train: how many superwords are learnt for one that is asked for; at least 1.
        min_use: as in :func:`omnitok.train`.
        num_threads: as in :func:`prune`.

    Returns:
        The tokens by rank, and the candidates that superwords were learnt from.
    """
    spare = math.ceil((vocab_size - len(superwords.first_stage)) * (over_train - 1))
    tokens, candidates = superwords.learn(vocab_size + spare)
    if not spare and not min_use:
        return tokens, candidates
    for _ in range(_MOST_REFILLS):
        best = _by_what_is_emitted(superwords, tokens, vocab_size, min_use, num_threads)
        missing = vocab_size - len(best)
        if not missing:
            return best, candidates
        # Some of the new ones will be used too little as well.
        spare += 2 * missing
        try:
            tokens, candidates = superwords.learn(vocab_size + spare)
        except ExhaustedError:
            break
    return _by_what_is_emitted(superwords, tokens, vocab_size, 0, num_threads), candidates


def _by_what_is_emitted(
    superwords: Superwords, tokens: list[bytes], vocab_size: int, min_use: int, num_threads: int | None
) -> list[bytes]:
    """The best ``vocab_size`` of the tokens that the text becomes ``min_use`` times; all where there are fewer."""

    def step(
        tokens: list[bytes], emitted: WordCounts, vocab_size: int, unwanted: AbstractSet[bytes] = frozenset()
    ) -> list[bytes]:
        kept = _native.prune_emitted(
            emitted,
            tokens,
            vocab_size,
            min_use=min_use,
            unwanted=[rank for rank, token in enumerate(tokens) if token in unwanted],
            weights=list(superwords.weights_in(emitted).items()),
            num_threads=thread_count(num_threads),
        )
        return [tokens[rank] for rank in kept]

    emitted, unwanted = superwords.emitted(tokens), set[bytes]()
    while True:
        best = step(tokens, emitted, vocab_size, unwanted)
        if len(best) < vocab_size or not min_use:
            return best
        # Where a token went, its parts may have merged with what stands beside them, and others are unused now.
        lost = set(best).difference(step(best, superwords.emitted(best), vocab_size))
        if not lost:
            return best
        unwanted |= lost


def over_trained_size(vocab_size: int, over_train: float, mode: str, min_use: int) -> int:
    """How many text tokens to learn so that ``vocab_size`` are left.

    Raises:
        TrainingError: ``over_train`` is not a factor from 1 to 10, ``min_use`` is no number of uses, or the mode gives
            merges that are not by rank.
    """
    if not 1 <= over_train <= 10:
        raise TrainingError(f"over_train is {over_train}; it is a factor from 1, such as 1.15, to 10")
    if not 0 <= min_use < 2**63:
        raise TrainingError(f"min_use is {min_use}; it must be at least 0 and below 2^63")
    if (over_train > 1 or min_use) and mode == "huggingface":
        option = "over_train" if over_train > 1 else "min_use"
        raise TrainingError(
            f"{option} is not to be had in the mode huggingface, whose merges are a list and not by rank; use another"
        )
    return math.ceil(vocab_size * over_train)


def nest(tokenizer: Tokenizer, sizes: Iterable[int]) -> list[Tokenizer]:
    """Vocabularies of several sizes from one, each of which begins with the one before.

    Byte-pair encoding learns token by token, so the first ranks of a large vocabulary are a small one. Every id of a
    member means the same in all larger ones, special tokens included: the smallest has its text tokens, then all that
    is not text, and each larger one adds a block of text tokens behind. So a model of one
    member, with its embedding, can go on with a larger one. Texts become fewer ids there, of longer tokens.

    The members are what :func:`omnitok.train` and then :func:`omnitok.extend` on the same counts would give. Each names
    the digest of the one before as its parent. To pad a member, append reserved ids to it, which mean nothing.

    Args:
        tokenizer: the vocabulary to take the tokens from, with at least as many ids as the largest member.
        sizes: number of ids of each member.

    Returns:
        The members, from the smallest on, named after ``tokenizer`` and their size.

    Raises:
        VocabularyError: a size is too small, too large or twice there; the tokenizer does not merge by rank.

    Example:
        >>> import omnitok
        >>> large = omnitok.train(texts=["low lower lowest"] * 10, vocab_size=263)
        >>> small, middle = omnitok.nest(large, [259, 262])
        >>> small.encode("low"), middle.encode("low"), middle.special_tokens
        ([257], [257], {'<|endoftext|>': 258})
        >>> [block[:] for block in middle.blocks]
        [('text', 'text', 0, 258), ('special', 'special', 258, 259), ('text-2', 'text', 259, 262)]
    """
    require_ranks(tokenizer, _NO_RANKS, VocabularyError)
    ascending = sorted(sizes)
    ranks = tokenizer.ranks()
    tokens, others = list(ranks), tokenizer.vocab_size - len(ranks)
    _check_sizes(tokenizer, ascending, 256 + others)
    texts = [size - others for size in ascending]
    training, ids = tokenizer.training, list(ranks.values())

    def labels(size: int) -> dict[str, str]:
        record = training and training | {"nested_in": tokenizer.digest, "vocab_size": size}
        return {"name": f"{tokenizer.name}-{size}", "training": json.dumps(record)}

    native, _ = tokenizer._native.with_text_kept(ids[: texts[0]], **labels(ascending[0]))
    members = [Tokenizer._from_native(native)]
    for size, (start, end) in zip(ascending[1:], pairwise(texts), strict=True):
        native = native.with_text_tokens(tokens[start:end], **labels(size))
        members.append(Tokenizer._from_native(native))
    return members


def _check_sizes(tokenizer: Tokenizer, sizes: list[int], least: int) -> None:
    if not sizes:
        raise VocabularyError("no size is given; name the number of ids of each member")
    for before, size in zip([0, *sizes], sizes, strict=False):
        if size == before:
            raise VocabularyError(f"size {size} is given twice; name each once")
        if not least <= size <= tokenizer.vocab_size:
            raise VocabularyError(
                f"size {size} is not to be had: {tokenizer.name} has {tokenizer.vocab_size} ids, of which every member "
                f"has {least}: the 256 bytes and all that is not text"
            )


def _uses_by_id(tokenizer: Tokenizer, uses: NDArray[np.uint64]) -> NDArray[np.uint64]:
    import numpy as np

    by_id = np.zeros(tokenizer.vocab_size, dtype=np.uint64)
    by_id[list(tokenizer.ranks().values())] = uses
    return by_id
