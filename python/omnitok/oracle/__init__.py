"""Byte-pair encoding as in a textbook: the slow, obvious learner and encoder that the fast ones are tested against.

Nothing here is clever. The learner counts every pair of the corpus anew for every merge, and the encoder looks at every
pair of a word for every merge, so a reader can hold them against the definition (Gage, 1994; Sennrich, Haddow and
Birch, 2016) and see that they are right. They import nothing of omnitok and nothing imports them. They need the
package ``regex``.

Definitions. A *word* is what the pattern cuts out of a text; merges never cross words. A *token* is a string of bytes
with an id; ids 0 to 255 are the single bytes. A *merge* replaces two neighbouring tokens by one that has the bytes of
both.
"""

from omnitok.oracle.codes import encode_codes, learn_codes
from omnitok.oracle.encoding import Word, encode, encode_word, merge_word, parts, split
from omnitok.oracle.learning import (
    Merge,
    count_pairs,
    count_words,
    extend,
    learn,
    learn_parity,
    learn_superwords,
    ranks_of,
)
from omnitok.oracle.pruning import prune, prune_emitted, token_uses

__all__ = [
    "Merge",
    "Word",
    "count_pairs",
    "count_words",
    "encode",
    "encode_codes",
    "encode_word",
    "extend",
    "learn",
    "learn_codes",
    "learn_parity",
    "learn_superwords",
    "merge_word",
    "parts",
    "prune",
    "prune_emitted",
    "ranks_of",
    "split",
    "token_uses",
]
