"""Training vocabularies from counts or sources."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from omnitok import _native, refining
from omnitok.corpora.parallel import read_parallel
from omnitok.counting import WordCounts, count_words
from omnitok.errors import TrainingError
from omnitok.learning import Mode, Parity, Recipe, corpus_record, learn, training_record
from omnitok.recipes import recipe_named
from omnitok.superwords import PHRASES, candidates_among, check_superwords, learn_superwords, superword_share
from omnitok.tokenizer import Tokenizer

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from omnitok.counting import Sources
    from omnitok.progress import Progress


def train(
    sources: Sources = (),
    vocab_size: int = 200_000,
    *,
    recipe: str | None = None,
    pattern: str | None = None,
    texts: Iterable[str] | Mapping[str, Iterable[str]] | None = None,
    name: str = "omnitok",
    special_tokens: Sequence[str] = ("<|endoftext|>",),
    min_frequency: int = 2,
    max_token_bytes: int | None = None,
    weights: Mapping[str, float] | None = None,
    temperature: float | None = None,
    targets: Mapping[str, float] | None = None,
    part_temperature: float | None = None,
    mode: Mode = "exact",
    whole_characters: bool | None = None,
    parity: str | os.PathLike[str] | None = None,
    parity_global: int = 0,
    parity_window: int | None = None,
    over_train: float | None = None,
    min_use: int | None = None,
    superwords: float = 0,
    pad_to_multiple_of: int | None = None,
    text_field: str = "text",
    errors: Literal["strict", "replace", "skip"] = "strict",
    memory: int | str | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    check: bool = False,
    num_threads: int | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Tokenizer:
    """Trains a byte-level BPE vocabulary (Sennrich et al. 2016, arXiv 1508.07909, over bytes).

    The same input, options and version give the same bytes on disk, for any number of threads and any order of sources.

    Args:
        sources: as in :func:`count_words`; a :class:`WordCounts` is learnt from directly.
        vocab_size: number of ids, special tokens included, padding not.
        recipe: the name of options that go well together: ``"balanced"``, for many languages and code. It gives
            ``pattern`` and the cap by document where words are counted here, ``targets``, ``part_temperature``,
            ``whole_characters``, ``over_train`` and ``min_use``; what you give yourself comes first, and a
            ``temperature`` takes the place of its targets.
        pattern: name of a split pattern, or a regular expression; default that of the counts, else ``o200k``.
        texts: as in :func:`count_words`.
        name: the vocabulary's name.
        special_tokens: they get the ids behind the text tokens, in this order.
        min_frequency: pairs that occur less often never become a token.
        max_token_bytes: the longest token, in bytes.
        weights: by language code, how much an occurrence counts; 1 for languages not named, 0 leaves one out.
        temperature: a language with the share ``s`` of the text is learnt as if it had a share in proportion to
            ``s ** (1 / temperature)``; 1 changes nothing, and from there on shares come closer to each other.
        targets: by language code, the share of the whole text that a language is learnt with, together at most 1; the
            others share the rest. Temperature, targets and weights compose: weights multiply what these two give.
        part_temperature: counts can name parts of a language, such as ``te/news`` and ``te/fiction``; inside the
            language these are learnt with shares in proportion to ``s ** (1 / part_temperature)``, so that from 1 on
            the largest part has less of a say. Weights and targets of ``te`` hold for all its parts.
        mode: ``"exact"``: ties go to the pair with the smallest ids, runs are counted without overlap, no two tokens
            have the same bytes. ``"sentencepiece"``: the same, but ties go to the shorter token, then the one whose
            bytes come first. ``"huggingface"``, ``"rustbpe"``: the merges of ``BpeTrainer`` of Hugging Face tokenizers
            0.23, and those of rustbpe 0.1.
        whole_characters: no token mixes a part of a character with anything else. Apart from the 256 bytes the only
            fragments are beginnings that characters are built from; exports stay exact. Default: false.
        parity: a folder of parallel texts, ``<code>.txt`` with as many lines each. Every merge is then chosen by the
            language that takes the most tokens for its text, of several the first by code: the pair with the highest
            count in its own words, which is merged in all (Foroutan et al. 2025, arXiv 2508.04796). A language with no
            pair that occurs ``min_frequency`` times leaves its turn to the next worst.
        parity_global: so many merges are first chosen as without ``parity``, by all words together (hybrid form).
            Languages without a parallel text have a say in these only; where there are none, such a language is an
            error, unless its weight is 0.
        parity_window: a language that chose twice its even share of so many last merges is passed over, as long as
            others have pairs (windowed form; the paper takes 100). Selection then does not stay with a language that
            more merges hardly help.
        over_train: learns so many times the text tokens, such as 1.05, and takes those that the text uses least away
            again, as :func:`omnitok.prune` does with ``whole_words``. Default: 1.
        min_use: tokens that the text has less often do not stay, whatever that costs, and others take their ids: with
            1 every token, but for bytes, occurs in the text. Some that do not are what much used ones are merged of.
            Words that are tokens are looked up then, as with ``over_train``. Default: 0.
        superwords: so many of the tokens, or this share of ``vocab_size`` if it is below 1, are superwords: merges over
            the ends of words inside a phrase (Liu et al. 2025, arXiv 2503.13423), learnt when the others are. For the
            patterns ``o200k`` and ``omni`` in the mode ``exact``; the vocabulary then has their form ``-super``. Keeps
            characters whole. Sources must be texts that can be read three times. Parity, over-training and ``min_use``
            are for the other tokens, inside phrases no word is looked up, and the checkpoint is that of the first part.
        pad_to_multiple_of: adds a reserved block so that ``vocab_size`` is a multiple, for example of 128.
        text_field: as in :func:`count_words`.
        errors: as in :func:`count_words`.
        memory: as in :func:`count_words`: bounds counting, not the distinct words and what is learnt from them. It
            means nothing for a :class:`WordCounts`.
        checkpoint: a file that keeps the merges, every ten seconds and when the run is stopped. Where it is there
            already, learning goes on from it, to the same bytes. Counts and options must be the same, the size not.
        check: derives every merge again, by other means, and raises when one is wrong. Takes some ten times as long.
        num_threads: default ``OMNITOK_NUM_THREADS``, else every CPU that the process may use.
        progress: called now and then; what it raises stops the run.

    Raises:
        TrainingError: the vocabulary size is below 256 and the special tokens, or beyond what the corpus yields; an
            option makes no sense.
        CorpusError: as in :func:`count_words`.

    Example:
        >>> import omnitok
        >>> tok = omnitok.train(texts=["low lower lowest"] * 10, vocab_size=263)
        >>> [tok.token_bytes(id) for id in tok.encode("lowest")]
        [b'low', b'e', b'st']
    """
    text_size = _check_options(vocab_size, special_tokens, min_frequency, max_token_bytes, pad_to_multiple_of)
    word_size = text_size - superword_share(superwords, vocab_size)
    if word_size < text_size:
        check_superwords(sources, texts, mode, text_size, word_size)
    named = None if recipe is None else recipe_named(recipe)
    if over_train is None:
        over_train = named.over_train if named else 1.0
    if min_use is None:
        min_use = named.min_use if named else 0
    learnt_size = refining.over_trained_size(word_size, over_train, mode, min_use)
    counts = _one_counts(sources, pattern, texts)
    if counts is None:
        counting = named.counting(pattern, sources) if named else {"pattern": pattern or "o200k"}
        counts = count_words(
            sources,
            texts=texts,
            text_field=text_field,
            errors=errors,
            memory=memory,
            num_threads=num_threads,
            progress=progress,
            **counting,
        )
    if named is not None:
        if targets is None and temperature is None:
            targets = named.targets(counts.languages)
        part_temperature = named.part_temperature if part_temperature is None else part_temperature
        whole_characters = named.whole_characters if whole_characters is None else whole_characters
    how = Recipe(
        min_frequency,
        max_token_bytes,
        weights or {},
        temperature,
        targets or {},
        part_temperature,
        mode,
        bool(whole_characters) or word_size < text_size,
        _parity(counts, parity, parity_global, parity_window, num_threads),
        spare_word_ends=word_size < text_size,
    )
    tokens, merges = learn(
        counts,
        how,
        learnt_size,
        special=len(special_tokens),
        checkpoint=checkpoint,
        check=check,
        num_threads=num_threads,
        progress=progress,
    )
    options = how.record() | ({} if recipe is None else {"recipe": recipe})
    if learnt_size > word_size or min_use:
        tokens = refining.best_of(
            counts, tokens, word_size, how, min_use=min_use, num_threads=num_threads, progress=progress
        )
        options |= ({"over_train": over_train} if over_train > 1 else {}) | ({"min_use": min_use} if min_use else {})
    record, pattern = training_record(counts, options, vocab_size), counts.pattern
    if word_size < text_size:
        tokens, candidates = learn_superwords(
            tokens,
            pattern,
            sources,  # type: ignore[arg-type]  # counts among them were refused
            text_size,
            replace(how, weights=dict(how.language_weights(counts))),
            texts=texts,
            text_field=text_field,
            errors=errors,
            special=len(special_tokens),
            check=check,
            num_threads=num_threads,
            progress=progress,
        )
        record["superwords"] = {"candidates": corpus_record(candidates), "first_stage": word_size}
        pattern = candidates.pattern
    native = _native.Tokenizer(
        name=name,
        pattern=pattern,
        ranks={token: rank for rank, token in enumerate(tokens)},
        special_tokens={token: text_size + index for index, token in enumerate(special_tokens)},
        merges=[(left, right) for left, right, _, _ in merges] if mode == "huggingface" else None,
        whole_words=mode != "huggingface",
    )
    padding = -vocab_size % (pad_to_multiple_of or 1)
    if padding:
        native = native.with_reserved("padding", padding)
    return Tokenizer._from_native(native.with_label(name, training=json.dumps(record)))


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
    whole_characters: bool = False,
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
        whole_characters: see there; what the old vocabulary has stays.
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
    if tokenizer.merges() is not None or tokenizer.normalizer is not None or not tokenizer.whole_words:
        raise TrainingError(
            f"{tokenizer.name} does not merge by rank alone, as tiktoken does, so new tokens could come in the way of "
            "old ones; only vocabularies that do can be extended"
        )
    if tokenizer.pattern.endswith(PHRASES):
        raise TrainingError(
            f"superwords come after all other tokens, so {tokenizer.name}, whose pattern is {tokenizer.pattern}, "
            "cannot be extended; extend its first stage, and learn superwords anew"
        )
    if not tokenizer.vocab_size <= vocab_size < 2**32:
        raise TrainingError(f"vocab_size is {vocab_size}, and {tokenizer.name} has {tokenizer.vocab_size} ids already")
    _check_options(vocab_size, (), min_frequency, max_token_bytes, None)
    counts = candidates_among(sources, temperature, targets) or _one_counts(sources, tokenizer.pattern, texts)
    counts = counts or count_words(
        sources,
        tokenizer.pattern,
        texts=texts,
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
        whole_characters=whole_characters,
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


def _check_options(
    vocab_size: int,
    special_tokens: Sequence[str],
    min_frequency: int,
    max_token_bytes: int | None,
    pad_to_multiple_of: int | None,
) -> int:
    """Refuses what cannot be, before the long work; returns how many ids are left for text."""
    if isinstance(special_tokens, str):
        raise TypeError(
            f"special_tokens is the string {special_tokens!r}; pass a sequence of names: [{special_tokens!r}]"
        )
    repeated = sorted({name for name in special_tokens if list(special_tokens).count(name) > 1})
    if repeated:
        raise TrainingError(f"the special token {repeated[0]!r} is named twice; name each once")
    least = 256 + len(special_tokens)
    if not least <= vocab_size < 2**32:
        raise TrainingError(
            f"vocab_size is {vocab_size}, but the 256 bytes and {len(special_tokens)} special tokens need {least}, and "
            "ids are 32-bit"
        )
    for name, value in (
        ("min_frequency", min_frequency),
        ("max_token_bytes", max_token_bytes),
        ("pad_to_multiple_of", pad_to_multiple_of),
    ):
        if value is not None and not 1 <= value < 2**63:
            raise TrainingError(f"{name} is {value}; it must be at least 1 and below 2^63")
    return vocab_size - len(special_tokens)


def _one_counts(sources: Sources, pattern: str | None, texts: object) -> WordCounts | None:
    """The counts that need no counting, when ``sources`` is nothing else."""
    if not isinstance(sources, WordCounts) or texts is not None:
        return None
    if sources.candidates is not None:
        raise TrainingError("these are candidates of superwords; extend the vocabulary that they were counted for")
    if pattern is not None and pattern not in (sources.pattern, sources.regex):
        raise TrainingError(
            f"the counts were made with the pattern {sources.pattern!r}, not {pattern!r}; count again, or leave it out"
        )
    return sources


def _parity(
    counts: WordCounts,
    folder: str | os.PathLike[str] | None,
    global_merges: int,
    window: int | None,
    num_threads: int | None,
) -> Parity | None:
    """Who chooses the merges: the parallel texts are cut and capped as the words to learn from were."""
    if folder is None:
        if global_merges or window is not None:
            raise TrainingError("parity_global and parity_window say how parity chooses; name the parallel texts too")
        return None
    for name, value, least in (("parity_global", global_merges, 0), ("parity_window", window, 1)):
        if value is not None and not least <= value < 2**32:
            raise TrainingError(f"{name} is {value}; it must be at least {least} and below 2^32")
    development = count_words(
        texts=read_parallel(folder),
        pattern=counts.pattern,
        max_word_bytes=counts.max_word_bytes,
        num_threads=num_threads,
    )
    return Parity(development, global_merges, window)
