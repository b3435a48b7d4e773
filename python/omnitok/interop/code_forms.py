"""Byte forms for ids that have none, so that formats of text alone can hold them.

A code, a merge over codes, a mark, a size or a voice becomes the byte 0xFF and behind it the block and the place in it,
such as ``FF audio:17``. It stands in the base vocabulary among the tokens of text, and no added token is made: they are
looked for in text before anything else, and so text can spell them.

Claim: no text gives such an id. For a library encodes the UTF-8 of a text, and every token it finds there is a part of
it; UTF-8 never holds the byte 0xFF.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from omnitok.errors import VocabularyError

if TYPE_CHECKING:
    from omnitok.tokenizer import Tokenizer

_OF_THEIR_OWN = ("text", "special", "reserved")
"""Kinds of blocks whose ids have a place in other formats, or stand for nothing."""


def code_forms(tokenizer: Tokenizer) -> dict[bytes, int]:
    """A byte form for each id that is neither text nor special nor reserved, in id order.

    Raises:
        VocabularyError: A text token has the bytes of such a form.
    """
    forms = {
        b"\xff" + f"{block.name}:{token_id - block.start}".encode(): token_id
        for block in tokenizer.blocks
        if block.kind not in _OF_THEIR_OWN
        for token_id in range(block.start, block.end)
    }
    if forms and (clash := sorted(forms.keys() & tokenizer.ranks().keys())):
        raise VocabularyError(
            f"the text token {clash[0]!r} has the bytes that stand for id {forms[clash[0]]} of a block of codes; give "
            "the block another name"
        )
    return forms
