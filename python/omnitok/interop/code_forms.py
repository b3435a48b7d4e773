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

_SPELLED = ("text", "special")
"""Kinds of blocks whose ids have a place of their own in other formats."""


def code_forms(tokenizer: Tokenizer, *, whole: bool = False) -> dict[bytes, int]:
    """A byte form for each id that is neither text nor special nor reserved, in id order.

    Args:
        tokenizer: whose ids.
        whole: give forms to the reserved ids before the last code too: rank files have no holes. Both libraries look
            ids up, and need none.

    Raises:
        VocabularyError: A text token has the bytes of such a form.
    """
    kinds = _SPELLED if whole else (*_SPELLED, "reserved")
    end = max((block.end for block in tokenizer.blocks if block.kind not in (*_SPELLED, "reserved")), default=0)
    forms = {
        b"\xff" + f"{block.name}:{token_id - block.start}".encode(): token_id
        for block in tokenizer.blocks
        if block.kind not in kinds
        for token_id in range(block.start, min(block.end, end))
    }
    if forms and (clash := sorted(forms.keys() & tokenizer.ranks().keys())):
        raise VocabularyError(
            f"the text token {clash[0]!r} has the bytes that stand for id {forms[clash[0]]} of a block of codes; give "
            "the block another name"
        )
    return forms
