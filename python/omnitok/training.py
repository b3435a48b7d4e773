"""Training vocabularies from counts or sources."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

from omnitok import _native
from omnitok.counting import Progress, WordCounts, count_words
from omnitok.errors import TrainingError
from omnitok.threads import thread_count
from omnitok.tokenizer import Tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from omnitok.counting import Sources


def train(
    sources: Sources = (),
    vocab_size: int = 200_000,
    *,
    pattern: str | None = None,
    texts: Iterable[str] | Mapping[str, Iterable[str]] | None = None,
    name: str = "omnitok",
    special_tokens: Sequence[str] = ("<|endoftext|>",),
    min_frequency: int = 2,
    max_token_bytes: int | None = None,
    weights: Mapping[str, float] | None = None,
    mode: Literal["exact", "huggingface"] = "exact",
    pad_to_multiple_of: int | None = None,
    text_field: str = "text",
    errors: Literal["strict", "replace", "skip"] = "strict",
    num_threads: int | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Tokenizer:
    """Trains a byte-level BPE vocabulary (Sennrich et al. 2016, arXiv 1508.07909, over bytes).

    The same input, options and version give the same bytes on disk, for any number of threads and any order of sources.

    Args:
        sources: as in :func:`count_words`; a :class:`WordCounts` is learnt from directly.
        vocab_size: number of ids, special tokens included, padding not.
        pattern: name of a split pattern, or a regular expression; default that of the counts, else ``o200k``.
        texts: as in :func:`count_words`.
        name: the vocabulary's name.
        special_tokens: they get the ids behind the text tokens, in this order.
        min_frequency: pairs that occur less often never become a token.
        max_token_bytes: the longest token, in bytes.
        weights: by language code, how much an occurrence counts; 1 for languages not named, 0 leaves one out.
        mode: ``"exact"``: ties go to the pair with the smallest ids, runs are counted without overlap, no two tokens
            have the same bytes. ``"huggingface"``: the merges of ``BpeTrainer`` of Hugging Face tokenizers 0.23.
        pad_to_multiple_of: adds a reserved block so that ``vocab_size`` is a multiple, for example of 128.
        text_field: as in :func:`count_words`.
        errors: as in :func:`count_words`.
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
    counts = _one_counts(sources, pattern, texts)
    if counts is None:
        counts = count_words(
            sources,
            pattern or "o200k",
            texts=texts,
            text_field=text_field,
            errors=errors,
            num_threads=num_threads,
            progress=progress,
        )
    tell = None if progress is None else lambda stage, done, total: progress(Progress(stage, done, total))
    options: dict[str, object] = {
        "max_token_bytes": max_token_bytes,
        "min_frequency": min_frequency,
        "mode": mode,
        "weights": dict(sorted((weights or {}).items())),
    }
    try:
        tokens, merges = _native.learn(
            counts,
            vocab_size=text_size,
            min_frequency=min_frequency,
            max_token_bytes=max_token_bytes,
            weights=sorted((weights or {}).items()),
            mode=mode,
            num_threads=thread_count(num_threads),
            progress=tell,
        )
    except TrainingError as error:
        # The core counts text tokens only.
        if special_tokens and "lower vocab_size to" in str(error):
            raise TrainingError(f"{error}; special tokens ({len(special_tokens)}) come on top") from None
        raise
    native = _native.Tokenizer(
        name=name,
        pattern=counts.pattern,
        ranks={token: rank for rank, token in enumerate(tokens)},
        special_tokens={token: text_size + index for index, token in enumerate(special_tokens)},
        merges=[(left, right) for left, right, _, _ in merges] if mode == "huggingface" else None,
        whole_words=mode == "exact",
    )
    padding = -vocab_size % (pad_to_multiple_of or 1)
    if padding:
        native = native.with_reserved("padding", padding)
    return Tokenizer._from_native(native.with_label(name, training=json.dumps(_record(counts, options, vocab_size))))


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
    if pattern is not None and pattern not in (sources.pattern, sources.regex):
        raise TrainingError(
            f"the counts were made with the pattern {sources.pattern!r}, not {pattern!r}; count again, or leave it out"
        )
    return sources


def _record(counts: WordCounts, options: dict[str, object], vocab_size: int) -> dict[str, object]:
    """How a vocabulary came about. No clock, no path, no number of threads: equal runs have equal records."""
    corpus = {
        "bytes": counts.bytes,
        "counts_sha256": counts.digest,
        "distinct_words": counts.distinct,
        "languages": counts.languages,
        "words": counts.total,
    }
    return {"corpus": corpus, "omnitok": _native.__version__, "options": options, "vocab_size": vocab_size}
