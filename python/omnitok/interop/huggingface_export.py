"""Writes a tokenizer as a folder that ``tokenizers`` and ``transformers`` load."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omnitok.errors import VocabularyError
from omnitok.interop.code_forms import code_forms
from omnitok.interop.files import write_files
from omnitok.interop.huggingface import byte_alphabet
from omnitok.interop.merges import merges_of_ranks
from omnitok.interop.oniguruma import to_oniguruma

if TYPE_CHECKING:
    from os import PathLike

    from omnitok.tokenizer import Tokenizer

# transformers writes this when no length is known: int(1e30).
_NO_MAXIMUM_LENGTH = 1000000000000000019884624838656


def to_huggingface(tokenizer: Tokenizer, folder: str | PathLike[str], *, force: bool = False) -> None:
    """Writes ``tokenizer.json`` and ``tokenizer_config.json``.

    ``tokenizers`` 0.23 and ``AutoTokenizer`` of transformers load the folder and give the same ids. Ids reserved for
    padding stand for nothing and are left out. Codes are there under byte forms that no text has; see
    :mod:`omnitok.interop.code_forms`.

    Args:
        tokenizer: What to write.
        folder: Where to; made when it is not there.
        force: Replace files that exist.

    Raises:
        VocabularyError: The vocabulary has a special token that is spelled like a text token or like a code.
        PatternError: The split pattern has no name and Oniguruma would read it otherwise.
        FileExistsError: One of the files exists and ``force`` is false.
    """
    contents = {
        "tokenizer.json": tokenizer_json(tokenizer),
        "tokenizer_config.json": _format(tokenizer_configuration(tokenizer)),
    }
    write_files(Path(folder), contents, force=force)


def tokenizer_json(tokenizer: Tokenizer) -> bytes:
    """The file ``tokenizer.json``.

    Raises:
        VocabularyError, PatternError: As :func:`to_huggingface`.
    """
    return _format(tokenizer_document(tokenizer))


def tokenizer_document(tokenizer: Tokenizer) -> dict[str, Any]:
    """The content of ``tokenizer.json``, keys in the order in which ``tokenizers`` writes them.

    Raises:
        VocabularyError, PatternError: As :func:`to_huggingface`.
    """
    special = dict(sorted(tokenizer.special_tokens.items(), key=lambda entry: entry[1]))
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
    split = {
        "type": "Split",
        "pattern": {"Regex": to_oniguruma(tokenizer.pattern, tokenizer.regex)},
        "behavior": "Isolated",
        "invert": False,
    }
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": token_id, "content": content, **flags} for content, token_id in special.items()],
        "normalizer": None if tokenizer.normalizer is None else {"type": tokenizer.normalizer.upper()},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [split, byte_level]},
        "post_processor": None,
        "decoder": byte_level,
        "model": _model(tokenizer, special),
    }


def _model(tokenizer: Tokenizer, special_tokens: dict[str, int]) -> dict[str, Any]:
    """The part ``model``. Without a merge list the ranks decide, and :mod:`omnitok.interop.merges` derives one."""
    alphabet = byte_alphabet()
    ranks, merges = tokenizer.ranks(), tokenizer.merges()
    base = ranks | code_forms(tokenizer)
    spelling = {token: "".join(alphabet[byte] for byte in token) for token in base}
    if clash := sorted(special_tokens.keys() & spelling.values()):
        raise VocabularyError(
            f"tokenizer.json cannot tell the special token {clash[0]!r} from the text token of that spelling; give the "
            "special token a name that is no token"
        )
    if merges is None:
        pairs = [[spelling[left], spelling[right]] for left, right in merges_of_ranks(ranks)]
    else:
        spelling_of_id = {token_id: spelling[token] for token, token_id in ranks.items()}
        pairs = [[spelling_of_id[left], spelling_of_id[right]] for left, right in merges]
    return {
        "type": "BPE",
        "dropout": None,
        "unk_token": None,
        "continuing_subword_prefix": None,
        "end_of_word_suffix": None,
        "fuse_unk": False,
        "byte_fallback": False,
        "ignore_merges": tokenizer.whole_words,
        # Special tokens stand here too: `tokenizers` would renumber those behind a hole if only added_tokens had them.
        "vocab": {spelling[token]: base[token] for token in sorted(base, key=base.__getitem__)} | special_tokens,
        "merges": pairs,
    }


def tokenizer_configuration(tokenizer: Tokenizer) -> dict[str, Any]:
    """The content of ``tokenizer_config.json``, keys as ``save_pretrained`` of transformers writes them.

    ``PreTrainedTokenizerFast`` is the name that every version of transformers knows for a tokenizer that is all in its
    ``tokenizer.json``.
    """
    configuration: dict[str, Any] = {
        "backend": "tokenizers",
        "clean_up_tokenization_spaces": False,
        "model_max_length": _NO_MAXIMUM_LENGTH,
        "tokenizer_class": "PreTrainedTokenizerFast",
    }
    if "<|endoftext|>" in tokenizer.special_tokens:
        configuration |= {"eos_token": "<|endoftext|>"}
    return dict(sorted(configuration.items()))


def _format(document: dict[str, Any]) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode("utf-8")
