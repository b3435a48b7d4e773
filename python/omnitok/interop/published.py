"""The encodings that OpenAI published for tiktoken, by name, without the network where possible.

Names, special tokens and digests are those of ``tiktoken_ext/openai_public.py`` in tiktoken 0.14. The rank files come
from the first place that has them: tiktoken's cache folder, the package ``bpe-openai``, and last tiktoken's own
download. Wherever the bytes come from, their SHA-256 must be the published one.
"""

from __future__ import annotations

import gzip
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from omnitok import _native
from omnitok.compiled import places
from omnitok.errors import CorruptFileError, VocabularyError
from omnitok.tokenizer import Tokenizer

if TYPE_CHECKING:
    from collections.abc import Mapping

    import tiktoken


class RankFile(NamedTuple):
    """A published rank file.

    Attributes:
        name: The encoding that it was published for.
        cache_key: SHA-1 of its published address, in hex: its name in tiktoken's cache folder.
        sha256: SHA-256 of its content, in hex.
    """

    name: str
    cache_key: str
    sha256: str


class PublishedEncoding(NamedTuple):
    """A rank file with the split pattern and special tokens that make it an encoding."""

    ranks: RankFile
    pattern: str
    special_tokens: Mapping[str, int]


_R50K = RankFile(
    "r50k_base",
    "0ea1e91bbb3a60f729a8dc8f777fd2fc07cd8df4",
    "306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930",
)
_P50K = RankFile(
    "p50k_base",
    "ec7223a39ce59f226a68acc30dc1af2788490e15",
    "94b5ca7dff4d00767bc256fdd1b27e5b17361d7b8a5f968547f9f23eb70d2069",
)
_CL100K = RankFile(
    "cl100k_base",
    "9b5ad71b2ce5302211f9c61530b329a4922fc6a4",
    "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
)
_O200K = RankFile(
    "o200k_base",
    "fb374d419588a4632f3f557e76b4b70aebbca790",
    "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
)

_HARMONY_NAMES = {
    199998: "<|startoftext|>",
    199999: "<|endoftext|>",
    200002: "<|return|>",
    200003: "<|constrain|>",
    200005: "<|channel|>",
    200006: "<|start|>",
    200007: "<|end|>",
    200008: "<|message|>",
    200012: "<|call|>",
    # tiktoken knows this id by two names, this and <|reserved_200018|>. Here an id has one name.
    200018: "<|endofprompt|>",
}
_HARMONY = {_HARMONY_NAMES.get(number, f"<|reserved_{number}|>"): number for number in range(199998, 201088)}

_FILL_IN_THE_MIDDLE = ("<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>")

PUBLISHED: dict[str, PublishedEncoding] = {
    # The ranks of GPT-2's own two files, in the order of r50k_base.
    "gpt2": PublishedEncoding(_R50K, "r50k", {"<|endoftext|>": 50256}),
    "r50k_base": PublishedEncoding(_R50K, "r50k", {"<|endoftext|>": 50256}),
    "p50k_base": PublishedEncoding(_P50K, "p50k", {"<|endoftext|>": 50256}),
    "p50k_edit": PublishedEncoding(
        _P50K, "p50k", {"<|endoftext|>": 50256} | {name: 50281 + i for i, name in enumerate(_FILL_IN_THE_MIDDLE)}
    ),
    "cl100k_base": PublishedEncoding(
        _CL100K,
        "cl100k",
        {"<|endoftext|>": 100257, "<|endofprompt|>": 100276}
        | {name: 100258 + i for i, name in enumerate(_FILL_IN_THE_MIDDLE)},
    ),
    "o200k_base": PublishedEncoding(_O200K, "o200k", {"<|endoftext|>": 199999, "<|endofprompt|>": 200018}),
    "o200k_harmony": PublishedEncoding(_O200K, "o200k", _HARMONY),
}
"""The encodings by name."""

PATTERN_OF_DIGEST: dict[str, str] = {encoding.ranks.sha256: encoding.pattern for encoding in PUBLISHED.values()}
"""The pattern that belongs to a published rank file, by the SHA-256 of its content."""


def load_published(name: str) -> Tokenizer:
    """Loads an encoding by its published name.

    Args:
        name: A key of :data:`PUBLISHED`, such as ``"o200k_base"``.

    Raises:
        VocabularyError: The name is unknown, or its rank file is nowhere to be had.
        CorruptFileError: A file was found whose SHA-256 is not the published one.
    """
    if name not in PUBLISHED:
        import difflib

        close = difflib.get_close_matches(name, PUBLISHED, n=len(PUBLISHED), cutoff=0.0)
        raise VocabularyError(f"no published encoding is called {name!r}; known are {', '.join(close)}")
    encoding = PUBLISHED[name]
    data, origin = find_rank_file(encoding.ranks)
    native = _native.Tokenizer.from_rank_file(
        data,
        origin,
        sha256=encoding.ranks.sha256,
        name=name,
        pattern=encoding.pattern,
        special_tokens=encoding.special_tokens,
        compiled=places(beside=False),
    )
    return Tokenizer._from_native(native)


def find_rank_file(ranks: RankFile) -> tuple[bytes, str]:
    """The verified content of a published rank file and where it came from.

    Raises:
        VocabularyError: It is in none of the three places.
        CorruptFileError: The first place that has it has other bytes.
    """
    for path in (_cached_path(ranks), _packaged_path(ranks)):
        if path is not None and path.is_file():
            data = path.read_bytes()
            if path.suffix == ".gz":
                try:
                    data = gzip.decompress(data)
                except (OSError, EOFError) as error:
                    raise CorruptFileError(f"{path} is damaged: {error}; install bpe-openai again") from error
            return _verified(data, ranks, str(path)), str(path)
    origin = f"tiktoken's {ranks.name}"
    return _verified(_download(ranks), ranks, origin), origin


def _verified(data: bytes, ranks: RankFile, origin: str) -> bytes:
    found = _native.sha256(data)
    if found != ranks.sha256:
        raise CorruptFileError(
            f"{origin} is not the published rank file of {ranks.name}: its SHA-256 is {found}, "
            f"expected {ranks.sha256}; remove it and fetch it again"
        )
    return data


def _cached_path(ranks: RankFile) -> Path | None:
    """Where tiktoken keeps the file. An empty variable switches its cache off."""
    for variable in ("TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR"):
        if variable in os.environ:
            folder = os.environ[variable]
            return Path(folder, ranks.cache_key) if folder else None
    return Path(tempfile.gettempdir(), "data-gym-cache", ranks.cache_key)


def _packaged_path(ranks: RankFile) -> Path | None:
    """Where the package bpe-openai keeps the file. Finding it does not import the package, which is large."""
    import importlib.util

    specification = importlib.util.find_spec("bpe_openai")
    if specification is None or not specification.submodule_search_locations:
        return None
    return Path(specification.submodule_search_locations[0], "data", f"{ranks.name}.tiktoken.gz")


def _download(ranks: RankFile) -> bytes:
    """The file as tiktoken fetches it, written again from what tiktoken made of it."""
    reason = "OMNITOK_OFFLINE is set"
    if not _is_offline():
        try:
            import tiktoken

            return format_ranks(tiktoken.get_encoding(ranks.name)._mergeable_ranks)
        except ImportError:
            reason = "tiktoken, which could fetch it, is not installed"
        except (OSError, ValueError) as error:
            # Every error of its network library is an OSError; the others are an unknown name and a wrong digest.
            reason = f"tiktoken could not fetch it ({type(error).__name__}: {error})"
    raise VocabularyError(
        f"the rank file of {ranks.name} is not on this machine and {reason}. Ways out: point TIKTOKEN_CACHE_DIR to a "
        "cache folder of tiktoken; or pip install 'omnitok[baselines]', which brings o200k_base and cl100k_base along; "
        "or unset OMNITOK_OFFLINE and let tiktoken fetch it once"
    )


def _is_offline() -> bool:
    return os.environ.get("OMNITOK_OFFLINE", "").lower() in ("1", "true", "yes")


def published_encoding(name: str) -> tiktoken.Encoding:
    """The encoding that tiktoken itself has under a published name, read from its cache folder or fetched by it.

    Raises:
        ImportError: tiktoken is missing.
        VocabularyError: tiktoken cannot get at the encoding, or would have to fetch it and ``OMNITOK_OFFLINE`` is set.
    """
    import tiktoken

    # tiktoken makes gpt2 of two files of its own; r50k_base has the same ranks, pattern and special token.
    name = "r50k_base" if name == "gpt2" else name
    cached = _cached_path(PUBLISHED[name].ranks) if name in PUBLISHED else None
    reason = "OMNITOK_OFFLINE is set"
    if not _is_offline() or (cached is not None and cached.is_file()):
        try:
            return tiktoken.get_encoding(name)
        except (OSError, ValueError) as error:
            reason = f"could not be fetched ({type(error).__name__}: {error})"
    raise VocabularyError(
        f"{name} is not in tiktoken's cache folder and {reason}; point TIKTOKEN_CACHE_DIR to a folder that has it, or "
        "unset OMNITOK_OFFLINE and let tiktoken fetch it once"
    )


def format_ranks(ranks: Mapping[bytes, int]) -> bytes:
    """The content of a rank file: base64 of the token, a space, its rank, in rank order. O(n log n)."""
    import base64

    ordered = sorted(ranks.items(), key=lambda entry: entry[1])
    return b"".join(b"%s %d\n" % (base64.b64encode(token), rank) for token, rank in ordered)
