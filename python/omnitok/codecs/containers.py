"""Whether the file of a sound is whole: the library that reads it gives what is left of one that was cut."""

from __future__ import annotations

import struct
import zlib

from omnitok.errors import CorruptFileError

#: From so many bytes on, the length that a ``.wav`` file declares is none.
_ENDLESS = 2**31 - 2**12
#: The beginning of a page of Ogg: ``OggS``, version, flags, position, stream, number, checksum, number of segments.
_PAGE = struct.Struct("<4sBBqIIIB")
_FIRST, _LAST = 2, 4
#: Where the checksum is.
_SUM = 22
#: Every byte with its bits in the other order.
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


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
    """Pages tell their streams, their numbers and whether they are the last ones.

    Some writers, and whoever is stopped, end without a last page: where all pages are whole, nothing that was written
    is missing, as far as anybody can tell.
    """
    numbers: dict[int, int] = {}
    pages: list[tuple[int, int]] = []
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
        pages.append((at, end))
        at = end
    if not numbers:
        return None
    if at < len(data):
        return f"no page says that it is the last one, up to byte {at:,} of {len(data):,}"
    wrong = next((start for start, end in pages if not _is_as_written(data[start:end])), None)
    return None if wrong is None else f"no page says that it is the last one, and the one at byte {wrong:,} was changed"


def _is_as_written(page: bytes) -> bool:
    """Whether the checksum of a page of Ogg is that of its bytes, with 0 in its place."""
    blank = page[:_SUM] + bytes(4) + page[_SUM + 4 :]
    # The polynomial is that of zlib, which takes the bits of a byte from the other end, and inverts at both ends.
    mirrored = ~zlib.crc32(blank.translate(_MIRRORED), 2**32 - 1) & (2**32 - 1)
    return page[_SUM : _SUM + 4].translate(_MIRRORED) == mirrored.to_bytes(4, "big")
