"""Type stub of the Rust extension. Written by hand, checked by stubtest; users import from ``omnitok`` instead."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from os import PathLike
from typing import Any, Literal, Self, TypeAlias, final

import numpy as np
from numpy.typing import NDArray
from typing_extensions import disjoint_base

__all__ = [
    "JUNK_KINDS",
    "PATTERNS",
    "SEGMENTER",
    "UTF8_KINDS",
    "CodeTable",
    "FirstStage",
    "Omni",
    "OmniStream",
    "TextEncoder",
    "TextLayout",
    "TokenTable",
    "Tokenizer",
    "Utf8Stream",
    "WordCounter",
    "WordCounts",
    "__version__",
    "blocks",
    "check_counts",
    "check_merges",
    "code_merges",
    "embedding_plan",
    "id_lists",
    "language_weights",
    "learn",
    "learn_code_merges",
    "pad",
    "place_folder",
    "prune",
    "prune_emitted",
    "sha256",
    "token_counter",
    "token_uses",
    "vocabulary_diff",
    "with_blocks",
    "write_file",
]

__version__: str
PATTERNS: dict[str, str]
SEGMENTER: str
UTF8_KINDS: list[str]
JUNK_KINDS: list[str]

@final
class Tokenizer:
    def __new__(
        cls,
        *,
        name: str,
        pattern: str,
        ranks: Mapping[bytes, int],
        special_tokens: Mapping[str, int],
        merges: Sequence[tuple[int, int]] | None = None,
        whole_words: bool = True,
        normalizer: str | None = None,
    ) -> Tokenizer: ...
    @staticmethod
    def from_rank_file(
        data: bytes,
        origin: str | PathLike[str],
        *,
        sha256: str,
        name: str,
        pattern: str,
        special_tokens: Mapping[str, int],
        compiled: tuple[bool, str | PathLike[str] | None],
    ) -> Tokenizer: ...
    @staticmethod
    def from_folder(folder: str | PathLike[str], *, compiled: tuple[bool, str | PathLike[str] | None]) -> Tokenizer: ...
    @staticmethod
    def from_files(files: Mapping[str, bytes]) -> Tokenizer: ...
    def to_files(self) -> dict[str, bytes]: ...
    def save(self, folder: str | PathLike[str], *, force: bool = False, beside: Mapping[str, bytes] = ...) -> None: ...
    def with_label(self, name: str, *, training: str | None = None) -> Tokenizer: ...
    def with_text_tokens(
        self, tokens: Sequence[bytes], *, name: str, training: str, pattern: str | None = None
    ) -> Tokenizer: ...
    def with_text_kept(
        self, kept: Sequence[int], *, name: str, training: str
    ) -> tuple[Tokenizer, NDArray[np.uint32]]: ...
    def with_special_tokens(self, names: Sequence[str]) -> Tokenizer: ...
    def with_reserved(self, name: str, size: int) -> Tokenizer: ...
    @property
    def name(self) -> str: ...
    @property
    def pattern(self) -> str: ...
    @property
    def regex(self) -> str: ...
    @property
    def vocab_size(self) -> int: ...
    @property
    def special_tokens(self) -> dict[str, int]: ...
    @property
    def blocks(self) -> list[tuple[str, str, int, int]]: ...
    @property
    def merges(self) -> list[tuple[int, int]] | None: ...
    @property
    def whole_words(self) -> bool: ...
    @property
    def normalizer(self) -> str | None: ...
    @property
    def pad_id(self) -> int | None: ...
    @property
    def digest(self) -> str: ...
    @property
    def training(self) -> str | None: ...
    def ranks(self) -> dict[bytes, int]: ...
    def encode_batch(
        self,
        texts: Sequence[str],
        allowed: Literal["all"] | Collection[str],
        disallowed: Literal["all"] | Collection[str],
        num_threads: int | None = None,
    ) -> tuple[NDArray[np.uint32], NDArray[np.int64]]: ...
    def encode_files(
        self,
        paths: Sequence[str | PathLike[str]],
        allowed: Literal["all"] | Collection[str],
        disallowed: Literal["all"] | Collection[str],
        num_threads: int | None = None,
        *,
        documents: str,
        text_field: str,
        errors: str,
    ) -> tuple[NDArray[np.uint32], NDArray[np.int64]]: ...
    def encode_with_offsets(self, text: str, characters: bool) -> tuple[list[int], NDArray[np.int64]]: ...
    def count_batch(self, texts: Sequence[str], num_threads: int | None = None) -> NDArray[np.int64]: ...
    def truncate(self, text: str, max_tokens: int) -> str: ...
    def split(self, text: str) -> list[str]: ...
    def decode_bytes(self, ids: Iterable[int]) -> bytes: ...
    def token_bytes(self, id: int) -> bytes: ...

@disjoint_base
class TextEncoder:
    """What `omnitok.Tokenizer` inherits, so that a call of these methods is not also a call of a function of Python."""

    def __new__(cls, tokenizer: Tokenizer) -> Self: ...
    def encode(
        self,
        text: str,
        allowed_special: Literal["all"] | Collection[str] = (),
        disallowed_special: Literal["all"] | Collection[str] = "all",
        *,
        num_threads: int | None = None,
    ) -> list[int]:
        """The ids of a text, in which the names of special tokens raise unless they are allowed.

        Args:
            text: any string.
            allowed_special: ``"all"`` or names of special tokens; where the text spells one it becomes that token.
            disallowed_special: ``"all"`` (every special token that is not allowed) or strings that the text must not
                contain. Pass ``()`` to encode special tokens that are not allowed as plain text.
            num_threads: as for every method.

        Raises:
            SpecialTokenError: the text contains a disallowed string; the message says where.
        """

    def encode_ordinary(self, text: str, *, num_threads: int | None = None) -> list[int]:
        """The ids of a text in which nothing is special: every id lies in a text block."""

    def encode_to_numpy(
        self,
        text: str,
        allowed_special: Literal["all"] | Collection[str] = (),
        disallowed_special: Literal["all"] | Collection[str] = "all",
        *,
        num_threads: int | None = None,
    ) -> NDArray[np.uint32]:
        """The ids of ``encode`` as a uint32 array of shape [n]."""

    def count(self, text: str, *, num_threads: int | None = None) -> int:
        """``len(encode_ordinary(text))`` without making the ids."""

_Segment: TypeAlias = tuple[str, str | None, str, int | None, list[NDArray[np.uint32]], tuple[int, int], float]
_Found: TypeAlias = tuple[str, str | None, int | None, NDArray[np.uint32], int, str | None]

@final
class CodeTable:
    def __new__(cls, block: str, merges: Sequence[tuple[int, int, bool]], whole_frames: bool) -> CodeTable: ...
    def encode(self, codes: Sequence[NDArray[np.uint32]], columns: int | None) -> NDArray[np.uint32]: ...
    def decode(self, symbols: NDArray[np.uint32], columns: int | None) -> list[NDArray[np.uint32]]: ...

def learn_code_merges(
    block: str,
    samples: Sequence[tuple[int, int | None, NDArray[np.uint32]]],
    options: dict[str, Any],
    *,
    num_threads: int | None = None,
    progress: Callable[[str, int, int, tuple[int, int]], None] | None = None,
) -> tuple[list[tuple[int, int, bool]], list[int]]: ...

@final
class TextLayout:
    def __new__(cls, lines: Sequence[str], num_threads: int | None = None) -> Self: ...
    def figures(self) -> NDArray[np.uint64]: ...
    def words(self) -> list[str]: ...
    def word_uses(self) -> NDArray[np.uint64]: ...
    def measure(
        self,
        ids: NDArray[np.uint32],
        offsets: NDArray[np.int64],
        tokens: TokenTable,
        num_threads: int | None = None,
    ) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]: ...

@final
class TokenTable:
    def __new__(cls, tokens: Sequence[bytes | None], adds_space: bool = False) -> Self: ...
    def __len__(self) -> int: ...
    def classes(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8], list[str]]: ...
    def folded_duplicates(self) -> NDArray[np.uint32]: ...

@final
class Omni:
    def __new__(cls, tokenizer: Tokenizer, weights: Sequence[tuple[str, Sequence[float]]]) -> Omni: ...
    def write(self, segments: Sequence[_Segment]) -> dict[str, NDArray[Any]]: ...
    def count(self, segments: Sequence[_Segment]) -> int: ...
    def read(self, ids: NDArray[np.uint32], lenient: bool) -> list[_Found]: ...
    def steps(self, ids: NDArray[np.uint32]) -> tuple[NDArray[np.uintp], NDArray[np.uintp]]: ...
    def validate(self, ids: NDArray[np.uint32]) -> None: ...

@final
class OmniStream:
    def __new__(cls, omni: Omni) -> OmniStream: ...
    def push(self, id: int) -> list[_Found]: ...
    def finish(self) -> list[_Found]: ...
    def allowed(self) -> list[tuple[int, int]]: ...
    def mask(self, size: int) -> NDArray[np.bool_]: ...

@final
class Utf8Stream:
    def __new__(cls) -> Utf8Stream: ...
    def push(self, bytes: bytes) -> str: ...
    def finish(self) -> str: ...

@final
class WordCounter:
    def __new__(
        cls,
        pattern: str,
        *,
        max_word_bytes: int | None = None,
        max_per_document: int | None = None,
        budget: tuple[int, str | PathLike[str]] | None = None,
        num_threads: int | None = None,
    ) -> WordCounter: ...
    def add_texts(self, texts: Sequence[str], *, language: str = "") -> None: ...
    def add_file(
        self,
        path: str | PathLike[str],
        *,
        format: str,
        language: str = "",
        text_field: str = "text",
        errors: str = "strict",
        progress: Callable[[int], None] | None = None,
    ) -> None: ...
    def is_empty(self) -> bool: ...
    def check_window(self, path: str | PathLike[str]) -> None: ...
    def check_mergeable(self, path: str | PathLike[str]) -> None: ...
    def begin_part(self) -> None: ...
    def keep_part(self) -> None: ...
    def drop_part(self) -> None: ...
    def finish(self) -> WordCounts: ...
    def save(
        self, path: str | PathLike[str], merging: Sequence[str | PathLike[str]] = ..., *, force: bool = False
    ) -> tuple[str, list[str], int, int, int]: ...

@final
class FirstStage:
    def __new__(cls, pattern: str, tokens: Sequence[bytes], *, table_bits: int = 25) -> FirstStage: ...
    def pair_counter(self, *, num_threads: int | None = None) -> WordCounter: ...
    def candidate_counter(
        self, min_count: int, *, budget: tuple[int, str | PathLike[str]] | None = None, num_threads: int | None = None
    ) -> WordCounter: ...
    @property
    def digest(self) -> str: ...
    def save_pairs(self, path: str | PathLike[str]) -> None: ...
    def restore_pairs(self, path: str | PathLike[str]) -> None: ...
    def min_count_for(self, pairs: int) -> int: ...

@final
class WordCounts:
    """Distinct words and how often each occurs, by language: all that learning needs to know of a corpus.

    Counts never change. Those of two parts of a corpus merge into those of the whole, wherever they were made.
    """

    @staticmethod
    def load(path: str | PathLike[str]) -> WordCounts:
        """Reads a counts file; ``CorruptFileError`` when it is damaged."""

    @staticmethod
    def from_items(pattern: str, language: str, items: Sequence[tuple[bytes, int]]) -> WordCounts:
        """Counts of one language, from (word, count) pairs."""

    def save(self, path: str | PathLike[str], *, force: bool = False) -> None:
        """Writes a counts file, whole or not at all; ``FileExistsError`` when it is there and ``force`` is false."""

    def merge(self, other: WordCounts) -> WordCounts:
        """The counts of both; ``CorpusError`` when they were made with different patterns or caps."""

    def items(self, language: str | None = None) -> list[tuple[bytes, int]]:
        """(word, count) pairs of one language, or of all together, in order of the words."""

    @property
    def pattern(self) -> str:
        """The split pattern: a built-in name, or the regular expression itself."""

    @property
    def regex(self) -> str:
        """The regular expression that defines the pattern."""

    @property
    def max_word_bytes(self) -> int | None:
        """The bytes beyond which a word counted as several; None: there was no such cap."""

    @property
    def max_per_document(self) -> int | None:
        """How often a word counted in one document at most; None: there was no such cap."""

    @property
    def candidates(self) -> tuple[str, int, str] | None:
        """How phrases were cut, where these are candidates of superwords; None: these are words.

        SHA-256 of the first stage's tokens, the ``min_count`` that decided, and SHA-256 of the counts of pairs.
        """

    @property
    def languages(self) -> list[str]:
        """Codes of the languages counted, sorted; ``""`` for text whose language nobody named."""

    @property
    def total(self) -> int:
        """Number of words, repeats included."""

    @property
    def distinct(self) -> int:
        """Number of distinct words."""

    @property
    def bytes(self) -> int:
        """Bytes of all words, repeats included."""

    @property
    def digest(self) -> str:
        """SHA-256 of the content: equal counts have equal digests, whatever the order they were counted in."""

def with_blocks(tokenizer: Tokenizer, blocks: str) -> Tokenizer: ...
def blocks(tokenizer: Tokenizer) -> str: ...
def code_merges(tokenizer: Tokenizer, parent: str) -> list[tuple[int, int, bool]]: ...
def vocabulary_diff(new: Tokenizer, old: Tokenizer) -> str: ...
def embedding_plan(new: Tokenizer, old: Tokenizer) -> str: ...
def check_counts(path: str | PathLike[str]) -> tuple[str, str, int | None, int | None]: ...
def id_lists(ids: NDArray[np.uint32], offsets: NDArray[np.int64], *, direct: bool = True) -> list[list[int]]: ...
def pad(
    ids: NDArray[np.uint32],
    offsets: NDArray[np.int64],
    *,
    length: int | None,
    pad_id: int,
    side: str,
    truncate: str | None,
    dtype: str,
) -> tuple[NDArray[np.uint32] | NDArray[np.int64], NDArray[np.bool_]]: ...
def write_file(path: str | PathLike[str], data: bytes, *, force: bool = False) -> None: ...
def sha256(data: bytes) -> str: ...
def place_folder(new: str | PathLike[str], target: str | PathLike[str], *, mark: str, force: bool = False) -> None: ...
def learn(
    counts: WordCounts,
    options: Mapping[str, object],
    *,
    base: Sequence[bytes] | None = None,
    checkpoint: str | PathLike[str] | None = None,
    num_threads: int | None = None,
    progress: Callable[[Literal["pairs", "merges"], int, int, tuple[int, int]], None] | None = None,
) -> tuple[list[bytes], list[tuple[int, int, int, int]]]: ...
def check_merges(
    counts: WordCounts,
    options: Mapping[str, object],
    tokens: Sequence[bytes],
    merges: Sequence[tuple[int, int, int, int]],
) -> None: ...
def language_weights(
    counts: WordCounts,
    *,
    weights: Sequence[tuple[str, float]],
    temperature: float | None = None,
    targets: Sequence[tuple[str, float]],
) -> list[tuple[str, float]]: ...
def prune(
    counts: WordCounts,
    tokens: Sequence[bytes],
    vocab_size: int,
    *,
    min_use: int,
    whole_words: bool,
    weights: Sequence[tuple[str, float]],
    num_threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[list[int], NDArray[np.uint64]]: ...
def prune_emitted(
    emitted: WordCounts,
    tokens: Sequence[bytes],
    vocab_size: int,
    *,
    min_use: int,
    unwanted: Sequence[int],
    weights: Sequence[tuple[str, float]],
    num_threads: int | None = None,
) -> list[int]: ...
def token_counter(pattern: str, tokens: Sequence[bytes], *, num_threads: int | None = None) -> WordCounter: ...
def token_uses(
    counts: WordCounts,
    tokens: Sequence[bytes],
    *,
    weights: Sequence[tuple[str, float]],
    num_threads: int | None = None,
) -> NDArray[np.uint64]: ...
