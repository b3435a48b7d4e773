"""The tokenizer: text to ids and back, over one vocabulary."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from omnitok import _native
from omnitok.batches import TokenBatch
from omnitok.codec_files import kept_codecs
from omnitok.streaming import StreamDecoder
from omnitok.threads import thread_count

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Iterable, Sequence
    from typing import Any

    import numpy as np
    from numpy.typing import NDArray

    from omnitok._native import Tokenizer as NativeTokenizer
    from omnitok.blocks import Rate
    from omnitok.display import TokenView

SpecialTokens: TypeAlias = "Literal['all'] | Collection[str]"


class Block(NamedTuple):
    """A named range ``start..end`` of ids.

    ``kind`` is ``text``, ``special``, ``code``, ``merge``, ``mark``, ``size``, ``voice`` or ``reserved``.
    """

    name: str
    kind: str
    start: int
    end: int


class Tokenizer(_native.TextEncoder):
    """An immutable byte-level BPE tokenizer.

    Get one from :func:`omnitok.load` or :func:`omnitok.train`. Every method may be called from any number of threads at
    once, releases the GIL while it works on text of 2 KiB or more, and is O(n log n) in the length of the text whatever
    the text is.

    Methods with ``num_threads`` share long texts (128 KiB or more) between threads, and Ctrl-C ends them. The result is
    the same for any number. The default is ``OMNITOK_NUM_THREADS``, else every CPU that the process may use and that no
    other call of this tokenizer is using.

    Text may hold surrogates: pairs become the character they stand for, and lone ones U+FFFD, as in tiktoken.

    Example:
        >>> import omnitok
        >>> tok = omnitok.train(texts=["hello hello world"] * 3, vocab_size=264)
        >>> tok.encode("hello world")
        [259, 260, 111, 114, 262]
        >>> tok.decode([259, 260, 111, 114, 262])
        'hello world'
    """

    __slots__ = ("_native",)

    _native: NativeTokenizer

    def __new__(cls) -> Tokenizer:
        """Not for callers: a tokenizer comes from :func:`omnitok.load` or :func:`omnitok.train`."""
        raise TypeError("a Tokenizer comes from omnitok.load(...) or omnitok.train(...)")

    @classmethod
    def _from_native(cls, native: NativeTokenizer) -> Tokenizer:
        tokenizer = _native.TextEncoder.__new__(cls, native)
        object.__setattr__(tokenizer, "_native", native)
        return tokenizer

    def __setattr__(self, name: str, value: object) -> None:
        """Refuses: a tokenizer does not change, so that it can be shared, hashed and cached."""
        raise AttributeError(f"a Tokenizer is immutable; {name!r} cannot be set")

    # --- what it is ---------------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The vocabulary's name, for example ``o200k_base``."""
        return self._native.name

    @property
    def pattern(self) -> str:
        """The split pattern: a built-in name, or the regular expression itself."""
        return self._native.pattern

    @property
    def regex(self) -> str:
        """The regular expression that defines the split pattern."""
        return self._native.regex

    @property
    def vocab_size(self) -> int:
        """Number of ids, reserved ones included: the rows of an embedding table."""
        return self._native.vocab_size

    @property
    def special_tokens(self) -> dict[str, int]:
        """Special tokens and their ids, by name."""
        return self._native.special_tokens

    @property
    def pad_id(self) -> int | None:
        """The id of the special token for padding, known by its usual names; ``None`` when there is none."""
        return self._native.pad_id

    @property
    def blocks(self) -> list[Block]:
        """The id space, in id order, without gaps: text, special tokens, codes, reserved ids."""
        return [Block(*block) for block in self._native.blocks]

    @property
    def whole_words(self) -> bool:
        """Whether a word that is a token becomes that token without merging."""
        return self._native.whole_words

    @property
    def normalizer(self) -> str | None:
        """Normalisation before splitting: ``"nfc"``, or ``None``. omnitok's own vocabularies have none."""
        return self._native.normalizer

    @property
    def digest(self) -> str:
        """SHA-256 of the manifest, and through its checksums of the vocabulary. Equal tokenizers are equal here."""
        return self._native.digest

    @property
    def training(self) -> dict[str, Any] | None:
        """How the vocabulary was trained: options, corpus digests, versions; ``None`` when it is not omnitok's."""
        record = self._native.training
        return None if record is None else json.loads(record)

    def ranks(self) -> dict[bytes, int]:
        """Text tokens and their ids, in id order. O(vocabulary)."""
        return self._native.ranks()

    def merges(self) -> list[tuple[int, int]] | None:
        """Pairs of ids in merge order; ``None`` when the rank of a token is its merge priority, as in tiktoken."""
        return self._native.merges

    def token_bytes(self, id: int) -> bytes:
        """The bytes of a text token, or of a special token's name.

        Raises:
            UnknownTokenError: the id is outside the vocabulary, reserved, or a code.
        """
        return self._native.token_bytes(id)

    # --- text to ids --------------------------------------------------------------------------------------------------

    def encode_batch(
        self,
        texts: Sequence[str],
        num_threads: int | None = None,
        *,
        allowed_special: SpecialTokens = (),
        disallowed_special: SpecialTokens = "all",
    ) -> TokenBatch:
        """:meth:`encode` for every text, over threads. The result does not depend on their number.

        Args:
            texts: a sequence of strings.
            num_threads: as for every method.
            allowed_special: as in :meth:`encode`.
            disallowed_special: as in :meth:`encode`.

        Raises:
            SpecialTokenError: a text contains a disallowed string; the message says which text, from 0, and where.
        """
        arrays = self._native.encode_batch(
            _texts(texts), allowed_special, disallowed_special, thread_count(num_threads)
        )
        return TokenBatch(*arrays, self.pad_id)

    def encode_files(
        self,
        paths: Iterable[str | os.PathLike[str]],
        num_threads: int | None = None,
        *,
        documents: Literal["file", "line", "record"] = "file",
        text_field: str = "text",
        errors: Literal["strict", "replace", "skip"] = "strict",
        allowed_special: SpecialTokens = (),
        disallowed_special: SpecialTokens = "all",
    ) -> TokenBatch:
        """:meth:`encode` for the texts of files, read and encoded without Python in between.

        Files are plain, gzip or zstandard, told apart by their first bytes. Their text is what they hold, a byte-order
        mark included, except before JSON.

        One thread reads beside ``num_threads`` that encode. Memory is about 3 MiB of text a thread, and the ids. A file
        is held whole where none of its text can be cut: under a split pattern of your own, or with a special token that
        holds a space or a line feed.

        Args:
            paths: the files; the batch keeps their order.
            num_threads: as for every method.
            documents: what is a text of its own: ``"file"``, the whole file; ``"line"``, every line without its end;
                ``"record"``, the field ``text_field`` of the JSON object on every line, of which blank ones are none.
            text_field: the field that holds the text of a record.
            errors: what to do with bytes that are not UTF-8: ``"strict"``, ``"replace"`` with U+FFFD, or ``"skip"``.
            allowed_special: as in :meth:`encode`.
            disallowed_special: as in :meth:`encode`.

        Raises:
            SpecialTokenError: a text contains a disallowed string; the message names the file, the line, and the byte.
            CorpusError: a file is not UTF-8; the message names it and the byte.
            CorruptFileError: a file is damaged, or a line no such record; the message names it and the line.
            OSError: a file cannot be read.
        """
        arrays = self._native.encode_files(
            _paths(paths),
            allowed_special,
            disallowed_special,
            thread_count(num_threads),
            documents=documents,
            text_field=text_field,
            errors=errors,
        )
        return TokenBatch(*arrays, self.pad_id)

    def encode_with_offsets(
        self, text: str, unit: Literal["byte", "character"] = "byte"
    ) -> tuple[list[int], NDArray[np.int64]]:
        """The ids of :meth:`encode_ordinary` and where each comes from.

        Args:
            text: any string.
            unit: ``"byte"`` for offsets into the UTF-8 of the text: spans lie end to end and cover it.
                ``"character"`` for offsets into the string: a span holds every character that the token has a byte of,
                so tokens that share a character both have it.

        Returns:
            The ids, and int64 spans of shape [n, 2]: start and end of each.
        """
        if unit not in ("byte", "character"):
            raise ValueError(f"unit is {unit!r}; it is 'byte' or 'character'")
        return self._native.encode_with_offsets(text, unit == "character")

    def count_batch(self, texts: Sequence[str], num_threads: int | None = None) -> NDArray[np.int64]:
        """:meth:`count` for every text, over threads: int64, shape [n]."""
        return self._native.count_batch(_texts(texts), thread_count(num_threads))

    def truncate(self, text: str, max_tokens: int) -> str:
        """A beginning of the text with at most ``max_tokens`` tokens, which never ends inside a character.

        It ends where a token of the whole text ends, except that the end of a text can change how its last word is
        split: ``count(truncate(text, n)) <= n`` always holds, and a few tokens may be given up for it.
        """
        if max_tokens < 0:
            raise ValueError(f"max_tokens is {max_tokens}; it must be at least 0")
        return self._native.truncate(text, min(max_tokens, sys.maxsize))

    def split(self, text: str) -> list[str]:
        """The words of a text, which tokens never cross; joined they are the text."""
        return self._native.split(text)

    def view(self, text: str) -> TokenView:
        """The text with each token on its own colour: in a notebook, in a terminal with rich, or printed.

        Special tokens in it are text like any other.

        Example:
            >>> import omnitok
            >>> tok = omnitok.train(texts=["hello hello world"] * 3, vocab_size=264)
            >>> tok.view("hello world")
            hello| w|o|r|ld
        """
        from omnitok.display import TokenView

        return TokenView(self, text)

    # --- ids to text --------------------------------------------------------------------------------------------------

    def decode(self, ids: Iterable[int], errors: str = "replace") -> str:
        """The text of ids. ``errors`` is what ``bytes.decode`` takes: ids can end in the middle of a character.

        Raises:
            UnknownTokenError: an id is outside the vocabulary, reserved, or a code.
        """
        return self._native.decode_bytes(ids).decode("utf-8", errors)

    def decode_bytes(self, ids: Iterable[int]) -> bytes:
        """The bytes of ids.

        Raises:
            UnknownTokenError: an id is outside the vocabulary, reserved, or a code.
        """
        return self._native.decode_bytes(ids)

    def decode_batch(self, batch: TokenBatch | Iterable[Iterable[int]], errors: str = "replace") -> list[str]:
        """:meth:`decode` for every text of a batch."""
        return [self.decode(ids, errors) for ids in batch]

    def stream_decoder(self) -> StreamDecoder:
        """A decoder for ids that arrive one by one; it never gives out half a character."""
        return StreamDecoder(self.token_bytes)

    # --- growing ------------------------------------------------------------------------------------------------------

    def with_special_tokens(self, names: Sequence[str]) -> Tokenizer:
        """This tokenizer with special tokens appended behind every id there is; old ids keep their meaning.

        Raises:
            VocabularyError: a name is empty or taken.
        """
        return self._from_native(self._native.with_special_tokens(check_names(names)))

    def with_reserved(self, name: str, size: int) -> Tokenizer:
        """This tokenizer with a block of reserved ids appended, for example to pad the vocabulary."""
        return self._from_native(self._native.with_reserved(name, size))

    def with_codes(
        self,
        name: str,
        codebooks: Sequence[int],
        *,
        codec: str | None = None,
        frame_rate: Rate | None = None,
        strides: Sequence[int] = (),
        patch: int | Sequence[int] | None = None,
        grid: Sequence[int] | None = None,
        layout: str | None = None,
    ) -> Tokenizer:
        """This tokenizer with a block of codes appended: integers of a codec, which no text can spell.

        :class:`omnitok.builder.VocabBuilder` appends blocks of every kind, and the marks that segments need.

        Args:
            name: the block's name, for example ``"image"``.
            codebooks: number of codes of each codebook; their sum is the size of the block.
            codec: SHA-256 of the codec file, in hex.
            frame_rate: steps a second of the finest codebook, exactly, for a codec of time.
            strides: steps between two codes of each codebook; default: 1 each.
            patch: pixels of what a code covers, height and width, for a codec of images.
            grid: rows and columns of an image.
            layout: order in a sequence: ``"flat"`` in time; ``"raster"``, ``"rows"`` or ``"sized"`` for images.
        """
        from omnitok.blocks import code_block

        block = code_block(
            name, codebooks, codec=codec, rate=frame_rate, strides=strides, patch=patch, grid=grid, layout=layout
        )
        return self._from_native(_native.with_blocks(self._native, json.dumps([block])))

    def with_name(self, name: str) -> Tokenizer:
        """This tokenizer under another name."""
        return self._from_native(self._native.with_label(name))

    # --- on disk, in pickles, on screen -------------------------------------------------------------------------------

    def save(self, folder: str | os.PathLike[str], *, force: bool = False) -> None:
        """Writes the vocabulary as a folder, whole or not at all.

        Raises:
            FileExistsError: the folder exists and ``force`` is false.
            VocabularyError: the folder keeps a codec that is of no block of this vocabulary, and would be lost.
        """
        self._save(folder, force=force, codecs={})

    def _save(self, folder: str | os.PathLike[str], *, force: bool, codecs: dict[str, bytes]) -> None:
        kept = kept_codecs(folder, json.loads(_native.blocks(self._native)), codecs) if force else {}
        self._native.save(folder, force=force, beside=kept | codecs)

    def __reduce__(self) -> tuple[Any, tuple[dict[str, bytes]]]:
        """Pickles as the files of its folder, so it travels between processes, machines and versions."""
        return _unpickle, (self._native.to_files(),)

    def __eq__(self, other: object) -> bool:
        """Equal tokenizers have equal manifests."""
        return self.digest == other.digest if isinstance(other, Tokenizer) else NotImplemented

    def __hash__(self) -> int:
        """Stable between processes."""
        return int(self.digest[:15], 16)

    def __repr__(self) -> str:
        """Name, size and pattern."""
        return f"<omnitok.Tokenizer {self.name!r}: {self.vocab_size} ids, pattern {self.pattern[:40]!r}>"

    def _repr_html_(self) -> str:
        from omnitok.display import card_html

        return card_html(self)


def _unpickle(files: dict[str, bytes]) -> Tokenizer:
    return Tokenizer._from_native(_native.Tokenizer.from_files(files))


def _texts(texts: Sequence[str]) -> list[str]:
    if isinstance(texts, str):
        raise TypeError("a batch is a sequence of strings, and this is one string; pass [text], or call encode(text)")
    return list(texts)


def _paths(paths: Iterable[str | os.PathLike[str]]) -> list[str | os.PathLike[str]]:
    if isinstance(paths, (str, bytes)) or hasattr(paths, "__fspath__"):
        raise TypeError(f"paths are a sequence of paths, and this is one; pass [{paths!r}]")
    return list(paths)


def check_names(names: Sequence[str], what: str = "special tokens") -> list[str]:
    """Names of special tokens, or of something else, as a list.

    Raises:
        TypeError: they are one string, whose letters would become the tokens.
    """
    if isinstance(names, str):
        raise TypeError(f"{what} are a sequence of names, not the string {names!r}; pass [{names!r}]")
    return list(names)
