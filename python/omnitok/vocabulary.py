"""One vocabulary over text, images and audio: named blocks of ids, and how it grows."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from omnitok import _native
from omnitok.codec_files import codec_file
from omnitok.compiled import places
from omnitok.embedding import EmbeddingPlan
from omnitok.errors import VocabularyError
from omnitok.tokenizer import Block, Tokenizer

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from omnitok.builder import VocabBuilder


class StoredCodec(Protocol):
    """A codec that is a file; see :mod:`omnitok.codecs`."""

    def describe(self) -> Any:
        """What it is; ``digest`` is the SHA-256 of its file in hex."""

    def to_bytes(self) -> bytes:
        """The file."""


@dataclass(frozen=True)
class Codes:
    """What a block of codes says. Its ids are those of the first codebook, then those of the second, and so on.

    Attributes:
        block: its name and ids.
        codebooks: number of codes of each codebook.
        codec: SHA-256 of the codec, in hex.
        rate: for audio, steps a second of the finest codebook.
        strides: for audio, steps between two codes of each codebook.
        delays: for audio, frames by which the codes of each codebook come later.
        patch: for images, height and width in pixels of what a code covers.
        grid: for images, rows and columns: exactly these for ``raster``, at most these for ``rows``.
        layout: order in a sequence; :meth:`omnitok.VocabBuilder.codes` and ``codes2d`` say which there are.
    """

    block: Block
    codebooks: tuple[int, ...]
    codec: str | None = None
    rate: Fraction | None = None
    strides: tuple[int, ...] = ()
    patch: tuple[int, int] | None = None
    grid: tuple[int, int] | None = None
    layout: str | None = None
    delays: tuple[int, ...] = ()

    @property
    def latency(self) -> int | None:
        """For audio, the frames that come behind a frame before it is whole; None: all of them."""
        if self.layout in ("coarse-first", "semantic-then-acoustic"):
            return None
        return max(self.delays, default=0)

    def ids(self, codebook: int) -> range:
        """The ids of one codebook."""
        start = self.block.start + sum(self.codebooks[:codebook])
        return range(start, start + self.codebooks[codebook])


class CodeMerge(NamedTuple):
    """Two symbols that are one: the second follows, or on a plane lies below if ``down``.

    Symbols are the codes of a block, by their place in it, and behind them its merges.
    """

    left: int
    right: int
    down: bool = False


@dataclass(frozen=True)
class VocabularyDiff:
    """How a vocabulary differs from an older one.

    Attributes:
        added: blocks whose names are new.
        removed: blocks whose names only the old one has.
        changed: blocks of one name that differ, the old and the new one.
        tokens_changed: number of old ids whose bytes are not what they were.
        is_extension: every old id means what it meant, and new blocks lie behind all old ones.
    """

    added: tuple[Block, ...]
    removed: tuple[Block, ...]
    changed: tuple[tuple[Block, Block], ...]
    tokens_changed: int
    is_extension: bool
    _json: str = field(repr=False)

    def to_json(self) -> str:
        """All of it, blocks as manifests describe them, with the first tokens that changed."""
        return self._json


class Vocabulary:
    """The blocks of a tokenizer. Immutable.

    Ids of a block of text are all that encoding a text can give; codes and voices have no spelling. The number of ids,
    ``vocab_size``, is the number of rows of an embedding table.

    Example:
        >>> import omnitok
        >>> from omnitok.builder import VocabBuilder
        >>> tok = omnitok.train(texts=["hello hello world"] * 3, vocab_size=264)
        >>> small = VocabBuilder("small").text(tok).codes2d("image", 16, patch=4, grid=(7, 7)).pad(64).build()
        >>> [block[:] for block in small.blocks[-3:]]
        [('image', 'code', 264, 280), ('image-marks', 'mark', 280, 282), ('padding', 'reserved', 282, 320)]
    """

    __slots__ = ("_tokenizer",)

    def __init__(self, tokenizer: Tokenizer) -> None:
        """The vocabulary of a tokenizer."""
        self._tokenizer = tokenizer

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> Vocabulary:
        """Reads a folder, and checks all that its manifest says.

        Raises:
            CorruptFileError: a file was changed, or is not what the manifest promises.
        """
        return cls(Tokenizer._from_native(_native.Tokenizer.from_folder(folder, compiled=places(beside=True))))

    def save(
        self, folder: str | os.PathLike[str], *, force: bool = False, codecs: Mapping[str, StoredCodec] | None = None
    ) -> None:
        """Writes the folder, whole or not at all; ``omnitok.load`` reads its tokenizer.

        Args:
            folder: where to.
            force: replace the vocabulary that is there.
            codecs: for blocks of codes, the codec to keep there too, as ``<block>.codec.safetensors``;
                ``omnitok.codecs.load_codecs`` finds it. Those of its blocks that are there already stay.

        Raises:
            FileExistsError: the folder exists and ``force`` is false.
            VocabularyError: a codec is not the one of its block, or has no file of its own, as pretrained ones; or a
                codec that is there is of no block of this vocabulary, and would be lost.
        """
        files = dict(self._codec_file(block, codec) for block, codec in (codecs or {}).items())
        self.tokenizer._save(folder, force=force, codecs=files)

    def _codec_file(self, block: str, codec: StoredCodec) -> tuple[str, bytes]:
        self.check_codec(block, codec.describe().digest)
        if not hasattr(codec, "to_bytes"):
            raise VocabularyError(f"the codec of block {block!r} has no file of its own; keep it where it came from")
        name = codec_file(block)
        if name is None:
            raise VocabularyError(f"block {block!r} gives the file of its codec its name: letters, digits, - and _")
        return name, codec.to_bytes()

    # --- what it is ---------------------------------------------------------------------------------------------------

    @property
    def tokenizer(self) -> Tokenizer:
        """What encodes its text."""
        return self._tokenizer

    @property
    def name(self) -> str:
        """Its name."""
        return self.tokenizer.name

    @property
    def vocab_size(self) -> int:
        """Number of ids, and of rows of an embedding table."""
        return self.tokenizer.vocab_size

    @property
    def digest(self) -> str:
        """SHA-256 of the manifest, and through its checksums of everything."""
        return self.tokenizer.digest

    @property
    def blocks(self) -> list[Block]:
        """The id space, in id order and without gaps."""
        return self.tokenizer.blocks

    def describe(self) -> list[dict[str, Any]]:
        """The blocks as the manifest describes them."""
        return [dict(block) for block in json.loads(_native.blocks(self.tokenizer._native))]

    def block(self, name: str) -> Block:
        """A block by its name.

        Raises:
            VocabularyError: there is none.
        """
        return _block(self._description(name))

    def codes(self, name: str) -> Codes:
        """What a block of codes says.

        Raises:
            VocabularyError: there is no such block, or it is of another kind.
        """
        says = self._description(name)
        if says["kind"] != "code":
            raise VocabularyError(f"block {name!r} is of kind {says['kind']}, and holds no codes")
        return Codes(
            _block(says),
            tuple(says["codebooks"]),
            says.get("codec"),
            Fraction(says["rate"]) if "rate" in says else None,
            tuple(says.get("strides", ())),
            _pair(says.get("patch")),
            _pair(says.get("grid")),
            says.get("layout"),
            tuple(says.get("delays", ())),
        )

    def merges(self, name: str) -> list[CodeMerge]:
        """The merges over the codes of a block, over all blocks of merges that it has."""
        self.codes(name)
        return [CodeMerge(*merge) for merge in _native.code_merges(self.tokenizer._native, name)]

    def check_codec(self, name: str, digest: str) -> None:
        """Makes sure that a block holds the codes of this codec: codes of another one would be noise.

        Raises:
            VocabularyError: they are those of another codec, or the block does not say of which.
        """
        codec = self.codes(name).codec
        if codec != digest:
            whose = (
                "does not say of which codec its codes are" if codec is None else f"holds codes of the codec {codec}"
            )
            raise VocabularyError(
                f"block {name!r} {whose}, and this codec is {digest}; use the codec it was built for, or build a "
                "vocabulary for this one"
            )

    def _description(self, name: str) -> dict[str, Any]:
        blocks = self.describe()
        for block in blocks:
            if block["name"] == name:
                return block
        names = ", ".join(repr(block["name"]) for block in blocks)
        raise VocabularyError(f"there is no block {name!r} in {self.name!r}; its blocks are {names}")

    # --- how it grows -------------------------------------------------------------------------------------------------

    def extend(self) -> VocabBuilder:
        """A builder that appends blocks: old ids keep their meaning, and the manifest names this one as parent."""
        from omnitok.builder import VocabBuilder

        return VocabBuilder().text(self.tokenizer)

    def is_extension_of(self, old: Vocabulary | Tokenizer) -> bool:
        """Whether every id of ``old`` means here what it means there, and all that is new lies behind."""
        return self.diff(old).is_extension

    def diff(self, old: Vocabulary | Tokenizer) -> VocabularyDiff:
        """How this vocabulary differs from an older one. O(ids).

        Raises:
            TypeError: the older one is neither a vocabulary nor a tokenizer.
        """
        text = _native.vocabulary_diff(self.tokenizer._native, _tokenizer_of(old)._native)
        record = json.loads(text)
        return VocabularyDiff(
            tuple(map(_block, record["added"])),
            tuple(map(_block, record["removed"])),
            tuple((_block(before), _block(after)) for before, after in record["changed"]),
            record["tokens_changed"],
            record["is_extension"],
            text,
        )

    def embedding_plan(self, old: Vocabulary | Tokenizer) -> EmbeddingPlan:
        """Which rows of an embedding table to copy, and where the others come from, when ``old`` has grown into this.

        Raises:
            VocabularyError: this is no extension of ``old``; the message names what changed.
            TypeError: as in :meth:`diff`.
        """
        return EmbeddingPlan.from_json(_native.embedding_plan(self.tokenizer._native, _tokenizer_of(old)._native))

    # --- equality -----------------------------------------------------------------------------------------------------

    def __eq__(self, other: object) -> bool:
        """Equal vocabularies have equal manifests."""
        return self.tokenizer == other.tokenizer if isinstance(other, Vocabulary) else NotImplemented

    def __hash__(self) -> int:
        """Stable between processes."""
        return hash(self.tokenizer)

    def __len__(self) -> int:
        """Number of ids."""
        return self.vocab_size

    def __repr__(self) -> str:
        """Name, size and blocks."""
        return f"<omnitok.Vocabulary {self.name!r}: {self.vocab_size} ids in {len(self.blocks)} blocks>"


def _tokenizer_of(old: object) -> Tokenizer:
    if isinstance(old, Vocabulary):
        return old.tokenizer
    if isinstance(old, Tokenizer):
        return old
    raise TypeError(f"the older vocabulary is a Vocabulary or its Tokenizer, and not {old!r}")


def _block(says: dict[str, Any]) -> Block:
    return Block(says["name"], says["kind"], says["start"], says["end"])


def _pair(value: list[int] | None) -> tuple[int, int] | None:
    return None if value is None else (value[0], value[1])
