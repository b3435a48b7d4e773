"""Training a vocabulary from counts or sources."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from omnitok import _native, refining
from omnitok.counting import WordCounts
from omnitok.learning import Mode, Recipe, check_options, corpus_record, counts_of, learn, parity_of, training_record
from omnitok.recipes import recipe_named
from omnitok.superwords import Superwords, check_superwords, superword_share
from omnitok.tokenizer import Tokenizer

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from omnitok.counting.words import Sources
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
    superwords: float | None = None,
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
        recipe: the name of options that go well together, for many languages and code: ``"balanced"``, or
            ``"balanced-super"`` with superwords. It gives ``pattern`` and the cap by document where words are counted
            here, ``targets``, ``part_temperature``, ``whole_characters``, ``over_train``, ``min_use`` and
            ``superwords``; what you give yourself comes first, and a ``temperature`` takes the place of its targets.
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
            characters whole. Sources must be texts that can be read again and again. With ``over_train`` or ``min_use``
            more are learnt, and all tokens are pruned by what the text becomes with them: it is encoded some five
            times. Inside phrases no word is looked up, so every token is reached by merges. Parity is for the other
            tokens, and the checkpoint is that of their merges. Default: 0.
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
    text_size = check_options(vocab_size, special_tokens, min_frequency, max_token_bytes, pad_to_multiple_of)
    named = None if recipe is None else recipe_named(recipe)
    if superwords is None:
        superwords = named.superwords if named else 0
    word_size = text_size - superword_share(superwords, vocab_size)
    if word_size < text_size:
        check_superwords(sources, texts, mode, text_size, word_size)
    if over_train is None:
        over_train = named.over_train if named else 1.0
    if min_use is None:
        min_use = named.min_use if named else 0
    learnt_size = refining.over_trained_size(word_size, over_train, mode, min_use)
    if named and not (isinstance(sources, WordCounts) and texts is None):
        counting = named.counting(pattern, sources)
    else:
        counting = {"pattern": pattern}
    counts = counts_of(
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
        parity_of(counts, parity, parity_global, parity_window, num_threads),
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
        superword_text = Superwords(
            tokens,
            pattern,
            sources,  # type: ignore[arg-type]  # counts among them were refused
            replace(how, weights=dict(how.language_weights(counts))),
            texts=texts,
            text_field=text_field,
            errors=errors,
            special=len(special_tokens),
            check=check,
            num_threads=num_threads,
            progress=progress,
        )
        words = set(tokens)
        tokens, candidates = refining.best_with_superwords(
            superword_text, text_size, over_train, min_use=min_use, num_threads=num_threads
        )
        words_left = sum(token in words for token in tokens)
        record["superwords"] = {"candidates": corpus_record(candidates), "first_stage": words_left}
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
