"""Whether the file of a sound is whole: the library that reads it gives what is left of one that was cut."""

from __future__ import annotations

import struct

from omnitok.errors import CorruptFileError

#: From so many bytes on, the length that a ``.wav`` file declares is none.
_ENDLESS = 2**31 - 2**12
#: The beginning of a page of Ogg: ``OggS``, version, flags, position, stream, number, checksum, number of segments.
_PAGE = struct.Struct("<4sBBqIIIB")
_FIRST, _LAST = 2, 4


def check_whole(data: bytes, origin: str) -> None:
    """Refuses ``.wav`` and ``.ogg`` files that were cut.

    Args:
        data: the file. Of other kinds nothing is known here.
        origin: what messages call it.

    Raises:
        CorruptFileError: it is not whole.
    """
    reason = _missing_of_wav(data) if data[:4] == b"RIFF" else _missing_of_ogg(data) if data[:4] == b"OggS" else None
    if reason is not None:
        raise CorruptFileError(f"{origin} is no sound that can be read: {reason}; copy it again")


def _missing_of_wav(data: bytes) -> str | None:
    declared = 8 + int.from_bytes(data[4:8], "little")
    # Who writes into a pipe declares about 2 or 4 GiB; some leave out a last byte that fills up a pair.
    if len(data) + 1 < declared < _ENDLESS:
        return f"it has {len(data):,} bytes of {declared:,}"
    return None


def _missing_of_ogg(data: bytes) -> str | None:
    """Pages tell their streams, their numbers and whether they are the last ones."""
    numbers: dict[int, int] = {}
    at = 0
    while data[at : at + 4] == b"OggS":
        if at + _PAGE.size > len(data):
            return f"it ends inside the page at byte {at:,}"
        _, _, flags, _, stream, number, _, segments = _PAGE.unpack_from(data, at)
        end = at + _PAGE.size + segments
        end += sum(data[at + _PAGE.size : end])
        if end > len(data):
            return f"it ends inside the page at byte {at:,}"
        expected = number if flags & _FIRST else numbers.get(stream)
        if number != expected:
            return f"a page is missing before the one at byte {at:,}"
        numbers[stream] = number + 1
        if flags & _LAST:
            del numbers[stream]
        at = end
    if numbers:
        return f"no page says that it is the last one, up to byte {at:,} of {len(data):,}"
    return None
