"""The exceptions that omnitok raises: one tree, so that a caller can catch a family.

Operating-system failures stay ``OSError``, and what the caller gets wrong in a call stays ``TypeError`` or
``ValueError``.
"""

from __future__ import annotations


class OmnitokError(Exception):
    """Base of every error that is omnitok's own."""


class VocabularyError(OmnitokError):
    """A vocabulary that cannot exist, or whose name nobody knows."""


class MissingCodecError(VocabularyError):
    """Pixels or samples of a block whose codec was not given and lies in no folder."""


class PatternError(OmnitokError):
    """A split pattern that cannot be run, or not in linear time."""


class SpecialTokenError(OmnitokError, ValueError):
    """Text spells a special token that the call does not allow.

    The first of its ``args`` says which and where, the second, if there is one, what to do about it in a call.
    """

    def __str__(self) -> str:
        """Both."""
        return ". ".join(map(str, self.args))


class UnknownTokenError(OmnitokError, KeyError):
    """An id without a token, or without text."""

    def __str__(self) -> str:
        """The message itself: ``KeyError`` would show it in quotes."""
        return str(self.args[0]) if self.args else ""


class SequenceError(OmnitokError, ValueError):
    """Ids that do not follow the grammar of their vocabulary."""


class CorruptFileError(OmnitokError, ValueError):
    """A file whose content is not what its format promises."""


class CorpusError(OmnitokError):
    """A corpus that cannot be read or counted."""


class InvalidTextError(CorpusError, CorruptFileError):
    """Bytes or escapes that spell no character, where the error policy is strict; the others go on."""


class TrainingError(OmnitokError):
    """A training run that cannot give what was asked for."""


class ExhaustedError(TrainingError):
    """A corpus that yields fewer tokens, or codes that yield fewer merges, than were asked for.

    Attributes:
        found: how many it yields; None where that is not known.
    """

    found: int | None = None


class UncountedError(ExhaustedError):
    """Candidates of superwords that yield fewer tokens than were asked for; a smaller ``min_count`` finds more."""


class SameNameError(OmnitokError):
    """Two tokenizers of one name, which a table could not tell apart."""


class CodecError(OmnitokError, ValueError):
    """A signal, or codes, that a codec cannot take."""


class RaggedImageError(CodecError):
    """An image that is not made of whole patches; padded or cut, it is."""


def is_panic(error: BaseException) -> bool:
    """Whether a library in Rust panicked: pyo3 derives that from ``BaseException`` and not from ``Exception``."""
    return type(error).__name__ == "PanicException"
