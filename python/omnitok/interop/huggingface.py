"""Reads ``tokenizer.json``, the file of the library ``tokenizers``, as far as it describes byte-level BPE.

The format can describe far more than we can do. Whatever is not known to give the same ids is refused with its place
in the file; nothing is skipped silently. The post-processor is the one exception: it adds special tokens around a text,
which is the caller's business here.
"""

from __future__ import annotations

import contextlib
import json
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from omnitok import _native
from omnitok.errors import CorruptFileError, VocabularyError
from omnitok.interop.oniguruma import from_oniguruma
from omnitok.tokenizer import Tokenizer

if TYPE_CHECKING:
    from collections.abc import Mapping

_POST_PROCESSORS = ("ByteLevel", "TemplateProcessing", "Sequence")


class Serializable(Protocol):
    """A ``tokenizers.Tokenizer``, or anything else that can show its ``tokenizer.json``."""

    def to_str(self, pretty: bool = False) -> str:
        """The content of ``tokenizer.json``."""


def byte_alphabet() -> tuple[str, ...]:
    """The printable character that stands for each byte in byte-level vocabularies, from byte 0 to 255.

    Printable bytes of Latin-1 stand for themselves, the 68 others for the characters from U+0100 on (``encoder.py`` of
    GPT-2).
    """
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = iter(range(0x100, 0x100 + 256 - len(printable)))
    return tuple(chr(byte) if byte in printable else chr(next(others)) for byte in range(256))


# For str.translate: characters of the alphabet to their bytes, other characters of Latin-1 to one beyond it.
_BYTES = dict.fromkeys(range(256), 0xFFFF) | {ord(character): byte for byte, character in enumerate(byte_alphabet())}


def from_huggingface(source: str | PathLike[str] | Serializable, *, name: str | None = None) -> Tokenizer:
    """Our tokenizer with the vocabulary, merges and rules of a ``tokenizer.json``.

    Added tokens become special tokens with their ids. Unlike in ``tokenizers``, text that spells one is refused unless
    the call allows it; with ``allowed_special="all"`` the ids are the same as there without post-processing.

    Args:
        source: The file, a folder that holds it, a ``tokenizers.Tokenizer``, or a fast tokenizer of transformers.
        name: Name of the result; that of the folder when left out.

    Raises:
        CorruptFileError: The file is not JSON, or lacks a part that it needs.
        VocabularyError: It describes something else than byte-level BPE as we know it; the message names the place.
        PatternError: Its split pattern cannot be run in linear time, or not with the same meaning.
    """
    if isinstance(source, (str, PathLike)):
        path = Path(source)
        path = path / "tokenizer.json" if path.is_dir() else path
        origin, content = str(path), path.read_bytes()
        name = name or path.resolve().parent.name
    else:
        # transformers wraps the object of tokenizers.
        backend: Serializable = getattr(source, "backend_tokenizer", source)
        if not hasattr(backend, "to_str"):
            raise VocabularyError(
                f"a {type(source).__qualname__} has no tokenizer.json; load it as a fast tokenizer, or give the folder"
            )
        origin, content = "tokenizer.json", backend.to_str().encode()
    return Tokenizer._from_native(_Reader(origin, _parse(content, origin)).native(name or "huggingface"))


def _parse(content: bytes, origin: str) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise CorruptFileError(f"{origin} is not JSON: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("model"), dict):
        raise CorruptFileError(f"{origin} has no object 'model'; expected a tokenizer.json of the library tokenizers")
    return document


class _Reader:
    """Takes a parsed ``tokenizer.json`` apart and refuses what it does not know."""

    def __init__(self, origin: str, document: dict[str, Any]) -> None:
        self._origin = origin
        self._document = document
        self._model: dict[str, Any] = document["model"]

    def native(self, name: str) -> _native.Tokenizer:
        self._check_model()
        for key in ("truncation", "padding"):
            self._require(key, self._document.get(key), None)
        self._check_post_processor("post_processor", self._document.get("post_processor"))
        special_tokens = self._special_tokens()
        ranks = self._ranks(special_tokens)
        return _native.Tokenizer(
            name=name,
            pattern=self._pattern(),
            ranks=ranks,
            special_tokens=special_tokens,
            merges=self._merges(ranks),
            whole_words=bool(self._model.get("ignore_merges", False)),
            normalizer="nfc" if self._normalizes() else None,
        )

    def _refuse(self, where: str, value: object, supported: str) -> VocabularyError:
        shown = json.dumps(value, ensure_ascii=False)
        shown = shown if len(shown) <= 80 else shown[:77] + "..."
        return VocabularyError(f"{self._origin}: {where} is {shown}, which omnitok cannot do; supported is {supported}")

    def _require(self, where: str, value: object, *accepted: object) -> None:
        # True == 1 in Python, but not in JSON.
        if not any(value == choice and type(value) is type(choice) for choice in accepted):
            raise self._refuse(where, value, " or ".join(json.dumps(choice) for choice in accepted))

    def _check_model(self) -> None:
        model = self._model
        self._require("model.type", model.get("type", "BPE"), "BPE")
        self._require("model.dropout", model.get("dropout"), None, 0.0)
        for key in ("unk_token", "continuing_subword_prefix", "end_of_word_suffix"):
            self._require(f"model.{key}", model.get(key), None, "")
        self._require("model.byte_fallback", model.get("byte_fallback", False), False)
        self._require("model.ignore_merges", model.get("ignore_merges", False), False, True)
        for key, kind in (("vocab", dict), ("merges", list)):
            if not isinstance(model.get(key), kind):
                raise CorruptFileError(f"{self._origin}: model.{key} is missing; expected {kind.__name__}")

    def _check_post_processor(self, where: str, processor: Any) -> None:
        """Accepts what only adds special tokens around a text or trims offsets."""
        if processor is None:
            return
        self._require(f"{where}.type", _object(processor).get("type"), *_POST_PROCESSORS)
        for index, inner in enumerate(processor.get("processors", ())):
            self._check_post_processor(f"{where}.processors[{index}]", inner)

    def _normalizes(self) -> bool:
        normalizer = self._document.get("normalizer")
        if normalizer is None:
            return False
        steps = normalizer.get("normalizers") if _object(normalizer).get("type") == "Sequence" else [normalizer]
        if not isinstance(steps, list) or any(_object(step).get("type") != "NFC" for step in steps):
            raise self._refuse("normalizer", normalizer, "null or NFC")
        return bool(steps)

    def _pattern(self) -> str:
        """The split pattern: that of ``ByteLevel`` alone, or of a ``Split`` followed by ``ByteLevel``."""
        where = "pre_tokenizer"
        outer = _object(self._document.get(where))
        steps = (
            [_object(step) for step in outer.get("pretokenizers", [])] if outer.get("type") == "Sequence" else [outer]
        )
        if not 1 <= len(steps) <= 2 or steps[-1].get("type") != "ByteLevel":
            raise self._refuse(where, self._document.get(where), "ByteLevel, or Split and then ByteLevel")
        byte_level = steps[-1]
        self._require(f"{where}: ByteLevel.add_prefix_space", byte_level.get("add_prefix_space", True), False)
        self._require(f"{where}: ByteLevel.use_regex", byte_level.get("use_regex", True), len(steps) == 1)
        if len(steps) == 1:
            return "gpt2"
        split = steps[0]
        self._require(f"{where}: type of the first step", split.get("type"), "Split")
        behavior = [split.get("behavior"), split.get("invert", False)]
        # Keeping what matches and dropping the rest is the same as cutting at the matches when all of the text matches.
        self._require(f"{where}: Split [behavior, invert]", behavior, ["Isolated", False], ["Removed", True])
        regex = _object(split.get("pattern")).get("Regex")
        if not isinstance(regex, str):
            raise self._refuse(f"{where}: Split.pattern", split.get("pattern"), '{"Regex": ...}')
        return from_oniguruma(regex)

    def _special_tokens(self) -> dict[str, int]:
        special: dict[str, int] = {}
        for index, token in enumerate(map(_object, self._document.get("added_tokens") or [])):
            where = f"added_tokens[{index}]"
            for flag in ("single_word", "lstrip", "rstrip"):
                self._require(f"{where}.{flag}", token.get(flag, False), False)
            if not isinstance(token.get("content"), str):
                raise CorruptFileError(
                    f"{self._origin}: {where}.content is {token.get('content')!r}; expected a string"
                )
            special[token["content"]] = self._id(token.get("id"), f"{where}.id")
        return special

    def _ranks(self, special_tokens: Mapping[str, int]) -> dict[bytes, int]:
        """Bytes and ids of the text tokens. A special token may stand in the vocabulary too, as in GPT-2's."""
        ranks = {}
        for spelling, token_id in self._model["vocab"].items():
            if special_tokens.get(spelling) != token_id:
                ranks[self._bytes_of(spelling, "model.vocab")] = self._id(token_id, f"model.vocab[{spelling!r}]")
        return ranks

    def _id(self, value: object, where: str) -> int:
        # JSON's true is an int in Python.
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**32:
            return value
        raise CorruptFileError(f"{self._origin}: {where} is {value!r}; expected an id from 0 to 2^32 - 1")

    def _bytes_of(self, spelling: object, where: str) -> bytes:
        if isinstance(spelling, str):
            with contextlib.suppress(UnicodeEncodeError):
                return spelling.translate(_BYTES).encode("latin-1")
        raise self._refuse(where, spelling, "the 256 characters of the byte-level alphabet")

    def _merges(self, ranks: Mapping[bytes, int]) -> list[tuple[int, int]]:
        merges = []
        for index, entry in enumerate(self._model["merges"]):
            pair = entry.split(" ") if isinstance(entry, str) else entry
            where = f"model.merges[{index}]"
            if not isinstance(pair, list) or len(pair) != 2:
                raise self._refuse(where, entry, "two tokens")
            left, right = (self._bytes_of(spelling, where) for spelling in pair)
            for token in (left, right, left + right):
                if token not in ranks:
                    raise CorruptFileError(f"{self._origin}: {where} needs {token!r}, which model.vocab does not have")
            merges.append((ranks[left], ranks[right]))
        return merges


def _object(part: Any) -> dict[str, Any]:
    """A part of the file, or an empty object, whose type nobody knows, in place of something that is no object."""
    return part if isinstance(part, dict) else {}
