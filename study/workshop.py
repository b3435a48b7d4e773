"""Counts and vocabularies of a study, each made once and kept under the digest of what it is made of."""

from __future__ import annotations

import functools
import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np

import omnitok
from omnitok import _native

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from omnitok import Tokenizer, WordCounts
    from study.variants import Variant


class Workshop:
    """Makes what variants need from a training text.

    Args:
        text: folder of ``<language>.<source>.jsonl`` files.
        digest: what tells this text from others.
        scratch: where to keep what was made.
        development: folder of the parallel texts that parity chooses by.
        threads: for counting and learning; changes nothing but the time.
    """

    def __init__(
        self,
        text: Path,
        digest: str,
        scratch: Path,
        development: Path,
        threads: int,
        tell: Callable[[str], None] = print,
    ) -> None:
        self._text, self._digest, self._scratch = text, digest, scratch
        self._development, self._threads, self._tell = development, threads, tell

    def train(self, variant: Variant, vocab_size: int, targets: Mapping[str, float] | None = None) -> Tokenizer:
        """The vocabulary of a variant.

        Args:
            variant: how to train.
            vocab_size: number of ids.
            targets: the shares that languages are learnt with.
        """
        counts = self.counts(variant.pattern, variant.cap, variant.by_part)
        options: dict[str, Any] = {"targets": dict(targets)} if targets else {}
        options |= variant.options
        if variant.parity:
            options |= {"parity_global": int(variant.global_part * vocab_size)}
        key = _key(counts.digest, options, vocab_size, variant.parity and self._development_digest())
        folder = self._scratch / "vocabularies" / key
        if not (folder / "manifest.json").is_file():
            self._tell(f"  training {variant.name}, {vocab_size:,}")
            tokenizer = omnitok.train(
                # What reaches over the ends of words is not in counts of words.
                self._text if variant.has_superwords else counts,
                vocab_size,
                name=variant.name,
                parity=self._development if variant.parity else None,
                num_threads=self._threads,
                **options,
            )
            tokenizer.save(folder, force=True)
        return omnitok.load(folder).with_name(variant.name)

    @functools.lru_cache(maxsize=2)  # noqa: B019  one workshop, as long as the study
    def counts(self, pattern: str, cap: int | None, by_part: bool) -> WordCounts:
        """The words of the training text.

        Args:
            pattern: how words are cut.
            cap: how often a word counts in a document.
            by_part: whether the sources of a language are parts of it.
        """
        path = self._scratch / "counts" / f"{_key(self._digest, pattern, cap, by_part)}.counts"
        if not path.is_file():
            self._tell(f"  counting: {pattern}, cap {cap}, {'by source' if by_part else 'by language'}")
            path.parent.mkdir(parents=True, exist_ok=True)
            if by_part:
                counts = omnitok.count_words(self._text, pattern, max_per_document=cap, num_threads=self._threads)
            else:
                counts = omnitok.count_words(
                    texts=self._texts(), pattern=pattern, max_per_document=cap, num_threads=self._threads
                )
            counts.save(path, force=True)
        return omnitok.WordCounts.load(path)

    def uses(self, variant: Variant, tokenizer: Tokenizer) -> list[int]:
        """How often the training text has each token, by rank.

        Args:
            variant: how it was trained.
            tokenizer: what came out.
        """
        if not variant.has_superwords:
            counts = self.counts(variant.pattern, variant.cap, variant.by_part)
            words: list[int] = _native.token_uses(counts, list(tokenizer.ranks()), weights=[]).tolist()
            return words
        uses = np.zeros(tokenizer.vocab_size, np.int64)
        for file in sorted(self._text.glob("*.jsonl")):
            batch = tokenizer.encode_files([file], self._threads, documents="record", disallowed_special=())
            uses += np.bincount(batch.ids, minlength=tokenizer.vocab_size)
        return uses.tolist()

    def _texts(self) -> dict[str, Iterator[str]]:
        files: dict[str, list[Path]] = {}
        for file in sorted(self._text.glob("*.jsonl")):
            files.setdefault(file.name.partition(".")[0], []).append(file)
        return {language: _documents(paths) for language, paths in files.items()}

    def _development_digest(self) -> str:
        files = sorted(self._development.glob("*.txt"))
        return _key([hashlib.sha256(file.read_bytes()).hexdigest() for file in files])


def _documents(files: list[Path]) -> Iterator[str]:
    for file in files:
        with file.open(encoding="utf-8", newline="\n") as lines:
            for line in lines:
                yield json.loads(line)["text"]


def _key(*content: Any) -> str:
    """A digest of anything that JSON can write, and of the version that made what it stands for."""
    text = json.dumps([omnitok.__version__, content], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:24]
