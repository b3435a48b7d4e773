"""The builder of vocabularies: text first, and then block behind block."""

from __future__ import annotations

import json
from collections.abc import Sized
from typing import TYPE_CHECKING, Any

from omnitok import _native
from omnitok.blocks import code_block, mark_block, to_json
from omnitok.code_merges import CodeMerges
from omnitok.errors import VocabularyError
from omnitok.tokenizer import Block, Tokenizer, check_names
from omnitok.vocabulary import CodeMerge, Vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from omnitok.blocks import Rate
    from omnitok.segments import Codec


class VocabBuilder:
    """Puts blocks behind each other, in the order of the calls; each call returns the builder.

    What a block says is checked when the vocabulary is built, where the message names the block.

    Args:
        name: the name of the vocabulary; default: that of its text tokenizer.
    """

    def __init__(self, name: str | None = None) -> None:
        self._name = name
        self._tokenizer: Tokenizer | None = None
        self._new: list[dict[str, Any]] = []

    @property
    def blocks(self) -> list[Block]:
        """The blocks so far."""
        blocks = [] if self._tokenizer is None else self._tokenizer.blocks
        for block in self._new:
            start = blocks[-1].end if blocks else 0
            blocks.append(Block(block["name"], block["kind"], start, start + block["size"]))
        return blocks

    def text(self, tokenizer: Tokenizer) -> VocabBuilder:
        """The blocks of a tokenizer, with the ids that they have there. This comes first, and once.

        Raises:
            VocabularyError: there is something already.
            TypeError: it is no tokenizer.
        """
        if not isinstance(tokenizer, Tokenizer):
            raise TypeError(
                f"text takes a Tokenizer, and not {tokenizer!r}; Vocabulary.extend() goes on from a vocabulary"
            )
        if self._tokenizer is not None:
            raise VocabularyError(
                f"there is the text of {self._tokenizer.name!r} already, and a vocabulary has one tokenizer; "
                "omnitok.extend gives it more tokens"
            )
        self._tokenizer = tokenizer
        return self

    def special(self, names: Sequence[str], *, name: str | None = None) -> VocabBuilder:
        """Special tokens, which text gives only where the caller allows it by name."""
        names = check_names(names)
        name = name or self._free("special")
        return self._add({"name": name, "kind": "special", "size": len(names), "special": names})

    def codes(
        self,
        name: str,
        *,
        sizes: Sequence[int],
        rate: Rate,
        strides: Sequence[int] = (),
        delays: Sequence[int] = (),
        codec: str | None = None,
        layout: str | None = None,
    ) -> VocabBuilder:
        """Codes of an audio codec, and behind them the marks where they begin and end.

        Args:
            name: the name of the block.
            sizes: number of codes of each codebook.
            rate: steps a second of the finest codebook, exactly: ``12.5``, ``"25/2"``, ``Fraction(44100, 512)``.
            strides: steps between two codes of each codebook, such as ``[4, 2, 1]``; default: 1 each.
            delays: frames by which the codes of each codebook come later, such as ``[0, 1, 2, 3]``.
            codec: SHA-256 of the codec, in hex.
            layout: the order of codes in a sequence. Default: ``delay`` with delays, ``flat`` without.

                - ``flat``: frame after frame, in a frame codebook after codebook.
                - ``parallel``: the same, for models that draw all codes of a frame in one step.
                - ``interleaved``: frame after frame, in a frame by time; the slots of SNAC with strides 4, 2 and 1.
                - ``delay``: row after row, where row ``r`` has of each codebook frame ``r - delay``, in one step.
                - ``coarse-first``: all codes of the first codebook, then all of the second, and so on.
                - ``semantic-then-acoustic``: all codes of the first codebook, then frame after frame the others.
        """
        block = code_block(name, sizes, rate=rate, strides=strides, delays=delays, codec=codec, layout=layout)
        return self._add_codes(block)

    def codes2d(
        self,
        name: str,
        size: int | Sequence[int],
        *,
        patch: int | Sequence[int],
        grid: Sequence[int] | None = None,
        codec: str | None = None,
        layout: str | None = None,
    ) -> VocabBuilder:
        """Codes of an image codec, and behind them the marks where they begin and end.

        Args:
            name: the name of the block.
            size: number of codes; of each codebook, when a cell has several.
            patch: pixels of what a code covers, height and width.
            grid: rows and columns of an image: exactly these for ``raster``, at most these for ``rows``.
            codec: SHA-256 of the codec, in hex.
            layout: ``raster``, images of one size; ``rows``, with a mark behind each row but the last; ``sized``, with
                size tokens for height and width ahead; ``sized-rows``, with both. Default: ``raster`` with a grid,
                ``sized`` without.
        """
        sizes: Any = size if isinstance(size, Sized) else [size]
        return self._add_codes(code_block(name, sizes, patch=patch, grid=grid, codec=codec, layout=layout))

    def codec(
        self,
        name: str,
        codec: Codec,
        *,
        grid: Sequence[int] | None = None,
        delays: Sequence[int] = (),
        layout: str | None = None,
    ) -> VocabBuilder:
        """:meth:`codes` or :meth:`codes2d` as a codec describes itself, with its digest.

        Args:
            name: the name of the block.
            codec: one of :mod:`omnitok.codecs`, or what has such a ``describe``.
            grid: as in :meth:`codes2d`; for images only.
            delays: as in :meth:`codes`; for audio only.
            layout: as in either.
        """
        says = codec.describe()
        sizes = list(says.codebook_sizes)
        shared: dict[str, Any] = {"grid": grid, "delays": delays, "codec": says.digest, "layout": layout}
        if says.kind == "image":
            return self._add_codes(code_block(name, sizes, patch=says.patch, **shared))
        strides = says.strides if set(says.strides) != {1} else ()
        return self._add_codes(code_block(name, sizes, rate=says.rate, strides=strides, **shared))

    def merges(
        self,
        *,
        parent: str,
        pairs: CodeMerges | Iterable[tuple[int, int] | tuple[int, int, bool]],
        whole_frames: bool | None = None,
        name: str | None = None,
    ) -> VocabBuilder:
        """Merges over the codes of a block: an id for each.

        Args:
            parent: the block of codes.
            pairs: what ``learn_code_merges`` gave; or two symbols each, and whether the second lies below the first,
                see :class:`CodeMerge`. Where the block has merges already, their symbols come before those of these.
            whole_frames: each merge of audio lies inside one frame, or is made of whole ones; default: what the merges
                were learnt with, else no.
            name: the name of the block; default: ``<parent>-merges``.

        Raises:
            VocabularyError: merges were learnt from codes that are not those of the block.
        """
        if isinstance(pairs, CodeMerges):
            self._check_learnt(pairs, parent)
            whole_frames = pairs.whole_frames if whole_frames is None else whole_frames
            pairs = pairs.pairs
        merges = [CodeMerge(*pair) for pair in pairs]
        block = {"name": name or self._free(f"{parent}-merges"), "kind": "merge", "size": len(merges), "parent": parent}
        return self._add(block | {"merges": merges, "whole_frames": bool(whole_frames)})

    def size_tokens(self, axis: str, sizes: range, *, name: str | None = None) -> VocabBuilder:
        """A token for each height (``"h"``) or width (``"w"``) of an image, in cells: ``range(1, 65)`` for 1 to 64."""
        if not isinstance(sizes, range) or sizes.step != 1 or not sizes:
            raise VocabularyError(
                f"sizes are numbers that follow each other, such as range(1, 65); these are {sizes!r}"
            )
        name = name or self._free(axis)
        return self._add({"name": name, "kind": "size", "size": len(sizes), "axis": axis, "first": sizes.start})

    def voices(self, names: Sequence[str], *, parent: str | None = None, name: str | None = None) -> VocabBuilder:
        """Voices for audio. Only a trusted caller places them: no text spells them, and no sampler may draw them.

        Args:
            names: one for each voice.
            parent: the block of codes that they speak in; default: the last one of audio.
            name: the name of the block; default: ``voices``.

        Raises:
            VocabularyError: there are no codes of audio yet.
        """
        names = check_names(names, "voices")
        if parent is None:
            known = [] if self._tokenizer is None else Vocabulary(self._tokenizer).describe()
            audio = [block["name"] for block in [*known, *self._new] if block["kind"] == "code" and "rate" in block]
            if not audio:
                raise VocabularyError(f"the voices {names} have no codes of audio to speak in; add codes(...) first")
            parent = audio[-1]
        name = name or self._free("voices")
        return self._add({"name": name, "kind": "voice", "size": len(names), "parent": parent, "names": names})

    def marks(self, parent: str) -> VocabBuilder:
        """The marks of codes that have none: those of ``codes`` and ``codes2d`` are there already.

        Raises:
            VocabularyError: there is no such block of codes.
        """
        known = [] if self._tokenizer is None else Vocabulary(self._tokenizer).describe()
        for block in [*known, *self._new]:
            if block["name"] == parent and block["kind"] == "code":
                return self._add(mark_block(block))
        raise VocabularyError(f"there is no block {parent!r} of codes to mark")

    def reserve(self, size: int, *, name: str | None = None) -> VocabBuilder:
        """Rows kept free for tokens to come."""
        return self._add({"name": name or self._free("reserved"), "kind": "reserved", "size": size})

    def align(self, multiple: int, *, name: str | None = None) -> VocabBuilder:
        """Rows kept free so that what follows begins at a multiple of a number; none where it does already.

        Raises:
            VocabularyError: the number is not positive.
        """
        if multiple < 1 or multiple % 1:
            raise VocabularyError(f"a multiple of {multiple!r} is none to align to; take 64 or 128")
        blocks = self.blocks
        missing = -(blocks[-1].end if blocks else 0) % multiple
        return self.reserve(missing, name=name or self._free("alignment")) if missing else self

    def pad(self, multiple: int = 128, *, name: str | None = None) -> VocabBuilder:
        """:meth:`align` as the last step: the number of rows is a multiple of a number that the hardware likes."""
        return self.align(multiple, name=name or self._free("padding"))

    def build(self) -> Vocabulary:
        """The vocabulary. Where blocks were appended to a tokenizer, that is its parent.

        Raises:
            VocabularyError: there is no text, two ids mean the same, or what a block says cannot be.
        """
        if self._tokenizer is None:
            raise VocabularyError("a vocabulary needs a text tokenizer; call text(...) first")
        native = self._tokenizer._native
        if self._new:
            native = _native.with_blocks(native, to_json(self._new))
        if self._name is not None:
            native = native.with_label(self._name)
        return Vocabulary(Tokenizer._from_native(native))

    def _add_codes(self, block: dict[str, Any]) -> VocabBuilder:
        return self._add(block)._add(mark_block(block))

    def _add(self, block: dict[str, Any]) -> VocabBuilder:
        if self._tokenizer is None:
            raise VocabularyError(f"block {block['name']!r} comes before the text; call text(...) first")
        self._new.append(block)
        return self

    def _check_learnt(self, merges: CodeMerges, parent: str) -> None:
        """Symbols are numbers, which would mean something else over other codes, or behind other merges."""
        before = json.loads(_native.blocks(self._tokenizer._native)) if self._tokenizer else []
        before += self._new
        of = next((block for block in before if (block["name"], block["kind"]) == (parent, "code")), None)
        if of is None:
            return
        modality, sizes = "image" if "patch" in of else "audio", tuple(of["codebooks"])
        if (merges.modality, merges.sizes) != (modality, sizes):
            raise VocabularyError(
                f"merges over {merges.modality} with codebooks of {list(merges.sizes)} codes are not for block "
                f"{parent!r}, which is {modality} with codebooks of {list(sizes)}; learn them from its codes"
            )
        is_first = not any(block["kind"] == "merge" and block["parent"] == parent for block in before)
        if not is_first and any(max(left, right) >= sum(sizes) for left, right, _ in merges.pairs):
            raise VocabularyError(
                f"block {parent!r} has merges already, so that symbols of these would mean those; learn all at once, "
                "or give pairs whose symbols count them"
            )

    def _free(self, name: str) -> str:
        """A default name; with a number behind it where it is taken."""
        taken = {block.name for block in self.blocks}
        names = (name if number == 1 else f"{name}-{number}" for number in range(1, len(taken) + 2))
        return next(candidate for candidate in names if candidate not in taken)
