"""Encoders under one surface, so that rows need not know whose they are.

A peer is added here and nowhere else. One whose package clashes with another's names an environment of its own; work
for it runs in a child with that environment's interpreter.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import lzma
import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.child import call
from bench.places import ROOT, data, scratch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    Ids = NDArray[np.uint32]

OURS = "omnitok"
REFERENCES = ("tiktoken", "tokenizers")
"""Whose ids are right, the first of them that has any."""


@dataclass(frozen=True)
class Encoder:
    """A loaded vocabulary: the fastest calls that a library offers, timed as they are.

    Attributes:
        flat: one text to ids in a flat form, an array or a buffer, or a list where the library has nothing else.
        ids: one text to a list of integers.
        array: what ``flat`` gave as an array; for comparing, never timed.
        batch: texts to ids in whatever form, over a number of threads. A library that takes no number is told it by its
            environment; see ``bench.team``.
        arrays: what ``batch`` gave, text by text.
        lists: texts to lists of integers over all CPUs where the library can; for comparing, never timed.
    """

    flat: Callable[[str], Any]
    ids: Callable[[str], list[int]]
    array: Callable[[Any], Ids]
    batch: Callable[[list[str], int], Any]
    arrays: Callable[[Any], Iterable[Ids]]
    lists: Callable[[list[str]], Sequence[Sequence[int]]]


# --- what each library calls it ---------------------------------------------------------------------------------------


def omnitok_encoder(source: Any) -> Encoder:
    """For omnitok; ``source`` is what ``omnitok.load`` takes."""
    import omnitok

    tokenizer = omnitok.load(source)
    encode, encode_batch = tokenizer.encode_to_numpy, tokenizer.encode_batch
    return Encoder(
        flat=lambda text: encode(text, disallowed_special=()),
        ids=tokenizer.encode_ordinary,
        array=array_of,
        batch=lambda texts, threads: encode_batch(texts, threads, disallowed_special=()),
        arrays=list,
        lists=lambda texts: [tokenizer.encode_ordinary(text) for text in texts],
    )


def tiktoken_encoder(source: Any) -> Encoder:
    """For tiktoken. Its batch methods make lists, so arrays come from a pool of threads as theirs do."""
    import tiktoken

    encoding = tiktoken.get_encoding(source) if isinstance(source, str) else source

    def flat(text: str) -> Any:
        return encoding.encode_to_numpy(text, disallowed_special=())

    def batch(texts: list[str], threads: int) -> list[Any]:
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(flat, texts))

    return Encoder(
        flat=flat,
        ids=encoding.encode_ordinary,
        array=array_of,
        batch=batch,
        arrays=list,
        lists=lambda texts: encoding.encode_ordinary_batch(texts, num_threads=os.cpu_count() or 1),
    )


def _tokenizers_encoder(source: str) -> Encoder:
    """Hugging Face ``tokenizers`` 0.23, which knows published encodings as ``tokenizer.json`` and makes only lists."""
    import tokenizers

    tokenizer = tokenizers.Tokenizer.from_file(str(tokenizer_json(source)))

    def ids(text: str) -> list[int]:
        made: list[int] = tokenizer.encode(text, add_special_tokens=False).ids
        return made

    return Encoder(
        flat=ids,
        ids=ids,
        array=array_of,
        batch=lambda texts, _: tokenizer.encode_batch_fast(texts, add_special_tokens=False),
        arrays=lambda made: [array_of(one.ids) for one in made],
        lists=lambda texts: [one.ids for one in tokenizer.encode_batch_fast(texts, add_special_tokens=False)],
    )


def _tokenizers_candidate_encoder(source: str) -> Encoder:
    """Hugging Face ``tokenizers`` 1.0: another interface, arrays, and another algorithm."""
    import tokenizers

    tokenizer: Any = tokenizers.Tokenizer.from_file(str(tokenizer_json(source)))
    encode, encode_batch = tokenizer.encode, tokenizer.encode_batch
    return Encoder(
        flat=lambda text: encode(text, add_special_tokens=False).ids_array,
        ids=lambda text: encode(text, add_special_tokens=False).ids,
        array=array_of,
        batch=lambda texts, _: encode_batch(texts, add_special_tokens=False),
        arrays=lambda made: [one.ids_array for one in made],
        lists=lambda texts: [one.ids for one in encode_batch(texts, add_special_tokens=False)],
    )


def _gigatoken_encoder(source: str) -> Encoder:
    """For gigatoken: what lies below its Python class, one call less; ``tolist`` beats the lists that it makes."""
    import gigatoken

    tokenizer = gigatoken.Tokenizer.from_tiktoken(rank_file(source)).backend
    encode, encode_batch = tokenizer.encode, tokenizer.encode_batch

    def arrays(made: Any) -> list[Ids]:
        layout = made.layout
        ids, offsets = layout.content.data, layout.offsets.data
        return [ids[start:end] for start, end in pairwise(offsets)]

    return Encoder(
        flat=encode,
        ids=lambda text: encode(text).tolist(),
        array=array_of,
        batch=lambda texts, threads: encode_batch(texts, parallel=threads > 1),
        arrays=arrays,
        lists=lambda texts: tokenizer.encode_batch_list(texts, parallel=True),
    )


def _fastokens_encoder(source: str) -> Encoder:
    """For fastokens, whose flat form is a batch: ids and offsets as bytes."""
    import fastokens

    tokenizer = fastokens.Tokenizer.from_tiktoken(str(rank_file(source)), encoding=source)
    encode, encode_batch = tokenizer.encode_ordinary, tokenizer.encode_batch_flat
    return Encoder(
        flat=lambda text: encode_batch([text]),
        ids=lambda text: encode(text).ids,
        array=lambda made: _from_bytes(made[0]),
        batch=lambda texts, _: encode_batch(texts),
        arrays=_from_buffers,
        lists=lambda texts: [encode(text).ids for text in texts],
    )


def _splintr_encoder(source: str) -> Encoder:
    """For splintr, which carries published encodings in its package and makes bytes."""
    import splintr

    tokenizer = splintr.Tokenizer.from_pretrained(source)
    return Encoder(
        flat=tokenizer.encode_flat,
        ids=tokenizer.encode_ordinary,
        array=_from_bytes,
        batch=lambda texts, _: tokenizer.encode_batch_flat(texts),
        arrays=_from_buffers,
        lists=tokenizer.encode_batch,
    )


def _toktok_encoder(source: str) -> Encoder:
    """For toktok. Its public functions only count; ids are behind what it calls private, for those who know it."""
    import toktok

    tokenizer = toktok._encoding(source)
    encode, encode_batch = tokenizer.encode_to_buffer, tokenizer.encode_batch
    return Encoder(
        flat=lambda text: encode(text, None, ()),
        ids=tokenizer.encode_ordinary,
        array=_from_bytes,
        batch=encode_batch,
        arrays=_from_buffers,
        lists=lambda texts: [tokenizer.encode_ordinary(text) for text in texts],
    )


# --- forms of ids -----------------------------------------------------------------------------------------------------


def array_of(made: Any) -> Ids:
    """Ids in a list or an array as an array."""
    import numpy as np

    return np.asarray(made, dtype=np.uint32)


def _from_bytes(made: bytes) -> Ids:
    import numpy as np

    return np.frombuffer(made, dtype=np.uint32)


def _from_buffers(made: tuple[bytes, bytes]) -> list[Ids]:
    """The texts of a buffer of ids beside one of offsets of 64 bits."""
    import numpy as np

    ids, offsets = _from_bytes(made[0]), np.frombuffer(made[1], dtype=np.int64)
    return [ids[start:end] for start, end in pairwise(offsets)]


def hashes(arrays: Iterable[Ids]) -> list[str]:
    """A hash of the ids of each text, short enough to be told for every document and long enough to compare by."""
    return [hashlib.blake2b(ids.astype("<u4", copy=False).tobytes(), digest_size=8).hexdigest() for ids in arrays]


# --- files of vocabularies --------------------------------------------------------------------------------------------

_FILE_OF_ENCODING = {"o200k_base": "gpt4o"}


def rank_file(name: str) -> Path:
    """The rank file of a published encoding.

    Raises:
        MissingDataError: it is not on this machine.
    """
    return data("vocabularies", f"{name}.tiktoken")


def tokenizer_json(name: str) -> Path:
    """The ``tokenizer.json`` of a model or of a published encoding, unpacked once.

    Raises:
        MissingDataError: it is not on this machine.
    """
    packed = data("vocabularies", f"{_FILE_OF_ENCODING.get(name, name)}.tokenizer.json.xz")
    path = scratch(f"{name}.tokenizer.json")
    if not path.is_file():
        # Several children may want it at once: each writes its own, the last to be renamed stays.
        temporary = path.with_suffix(f".{os.getpid()}")
        temporary.write_bytes(lzma.decompress(packed.read_bytes()))
        temporary.replace(path)
    return path


# --- who --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Peer:
    """A library.

    Attributes:
        name: in tables.
        requirement: the distribution as pip takes it, with its version; empty for omnitok, which is built here.
        module: what is imported.
        load: loads a vocabulary.
        environment: folder of the environment that it lives in; empty for the benchmark's own.
    """

    name: str
    requirement: str
    module: str
    load: Callable[[Any], Encoder]
    environment: str = ""

    @property
    def distribution(self) -> str:
        """The name that a package index knows."""
        return re.split("[=<>]", self.requirement)[0] or self.name

    @property
    def python(self) -> str:
        """The interpreter of its environment."""
        return str(ROOT / self.environment / "bin" / "python") if self.environment else sys.executable


PEERS = {
    peer.name: peer
    for peer in (
        Peer(OURS, "", "omnitok", omnitok_encoder),
        Peer("tiktoken", "tiktoken==0.14.0", "tiktoken", tiktoken_encoder),
        Peer("tokenizers", "tokenizers==0.23.3", "tokenizers", _tokenizers_encoder),
        Peer(
            "tokenizers 1.0rc",
            "tokenizers==1.0.0rc3",
            "tokenizers",
            _tokenizers_candidate_encoder,
            environment=".venv-bench-rc",
        ),
        Peer("gigatoken", "gigatoken==0.10.0", "gigatoken", _gigatoken_encoder),
        Peer("fastokens", "fastokens==0.3.5", "fastokens", _fastokens_encoder),
        Peer("splintr", "splintr-rs==0.22.0", "splintr", _splintr_encoder),
        Peer("toktok", "toktok-rs==0.3.0", "toktok", _toktok_encoder),
    )
}
"""Who is measured, by name."""


def load(peer: str, source: Any) -> Encoder:
    """A vocabulary, loaded by a peer whose package is imported first."""
    importlib.import_module(PEERS[peer].module)
    return PEERS[peer].load(source)


@functools.cache
def versions() -> dict[str, str | None]:
    """The version of every peer as it is installed; None where it is not, and then it is left out of all rows."""
    found: dict[str, str | None] = {}
    for environment in dict.fromkeys(peer.environment for peer in PEERS.values()):
        names = [peer.name for peer in PEERS.values() if peer.environment == environment]
        found.update(_versions_in(names))
    return {name: found[name] for name in PEERS}


def _versions_in(names: list[str]) -> dict[str, str | None]:
    """The versions of peers that share an environment."""
    python = PEERS[names[0]].python
    if python == sys.executable:
        return installed(names)
    if not Path(python).is_file():
        return dict.fromkeys(names)
    return call("bench.peers:installed", python=python, names=names).value or dict.fromkeys(names)


def installed(names: list[str]) -> dict[str, str | None]:
    """The versions of distributions in the environment that this runs in."""
    return {name: _version(PEERS[name].distribution) for name in names}


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def present() -> list[str]:
    """The names of the peers that can be measured here, omnitok first."""
    return [name for name, found in versions().items() if found is not None]
