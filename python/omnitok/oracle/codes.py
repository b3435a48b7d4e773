"""Merges over codes: runs in time, rectangles in a plane."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Tiles = dict[tuple[int, int], int]
"""Symbols by the row and the column where their tile begins. A line is a plane of one row."""


def learn_codes(
    planes: Iterable[Sequence[Sequence[int]]],
    merges: int,
    codes: int,
    *,
    rows_only: bool = False,
    min_count: int = 1,
    max_codes: int | None = None,
    frame: int = 1,
) -> list[tuple[int, int, bool, int]]:
    """Learns merges of neighbouring tiles, up to ``merges`` of them: left symbol, right symbol, below, count.

    Each step takes the pair that can be replaced most often; of several the smallest, beside before below.

    Args:
        planes: rows of codes.
        merges: how many.
        codes: number of codes; the first merge is the symbol of this number.
        rows_only: no merge joins rows.
        min_count: a pair that can be replaced less often is not merged.
        max_codes: the most codes of a tile.
        frame: codes in a frame: a tile lies inside one, or is made of whole ones.
    """
    shapes = dict.fromkeys(range(codes), (1, 1))
    learned: list[tuple[int, int, bool, int]] = []
    tilings = [code_tiles(plane) for plane in planes]
    while len(learned) < merges:
        counts: Counter[tuple[int, int, bool]] = Counter()
        for tiles in tilings:
            for place, symbol in tiles.items():
                for down in (False, True)[: 1 if rows_only else 2]:
                    behind = tiles.get(_behind(place, shapes[symbol], down))
                    if behind is not None:
                        counts[symbol, behind, down] = 0
        for pair in counts:
            for tiles in tilings:
                counts[pair] += len(replaceable(tiles, shapes, pair, frame))
        allowed = {
            pair: count
            for pair, count in counts.items()
            if count >= min_count
            and count
            and (max_codes is None or sum(shapes[symbol][0] * shapes[symbol][1] for symbol in pair[:2]) <= max_codes)
        }
        if not allowed:
            break
        pair = min(allowed, key=lambda pair: (-allowed[pair], pair))
        learned.append((*pair, allowed[pair]))
        for tiles in tilings:
            merge_tiles(tiles, shapes, pair, codes + len(learned) - 1, frame)
    return learned


def encode_codes(
    plane: Sequence[Sequence[int]], merges: Iterable[tuple[int, int, bool]], codes: int, *, frame: int = 1
) -> list[int]:
    """The symbols of a plane, in reading order of where their tiles begin: each merge in turn, wherever it fits."""
    shapes, tiles = dict.fromkeys(range(codes), (1, 1)), code_tiles(plane)
    for symbol, merge in enumerate(merges, codes):
        merge_tiles(tiles, shapes, merge, symbol, frame)
    return [tiles[place] for place in sorted(tiles)]


def code_tiles(plane: Sequence[Sequence[int]]) -> Tiles:
    """A tile for each code."""
    return {(row, column): code for row, line in enumerate(plane) for column, code in enumerate(line)}


def merge_tiles(
    tiles: Tiles, shapes: dict[int, tuple[int, int]], pair: tuple[int, int, bool], symbol: int, frame: int
) -> None:
    """Replaces a pair by a symbol, in reading order."""
    (height, width), (other_height, other_width) = shapes[pair[0]], shapes[pair[1]]
    for place in replaceable(tiles, shapes, pair, frame):
        del tiles[_behind(place, shapes[pair[0]], pair[2])]
        tiles[place] = symbol
    shapes[symbol] = (height + other_height, width) if pair[2] else (height, width + other_width)


def replaceable(
    tiles: Tiles, shapes: Mapping[int, tuple[int, int]], pair: tuple[int, int, bool], frame: int
) -> list[tuple[int, int]]:
    """Where a pair can be replaced, in reading order, so that no tile is used twice."""
    left, right, down = pair
    edge = 1 if down else 0
    if shapes[left][edge] != shapes[right][edge]:
        return []
    width = shapes[left][1] if down else shapes[left][1] + shapes[right][1]
    used: set[tuple[int, int]] = set()
    found = []
    for place in sorted(tiles):
        behind, phase = _behind(place, shapes[left], down), place[1] % frame
        keeps = phase + width <= frame or (phase == 0 and width % frame == 0)
        keeps = keeps or frame == 1
        if tiles[place] == left and tiles.get(behind) == right and keeps and not used & {place, behind}:
            used |= {place, behind}
            found.append(place)
    return found


def _behind(place: tuple[int, int], shape: tuple[int, int], down: bool) -> tuple[int, int]:
    (row, column), (height, width) = place, shape
    return (row + height, column) if down else (row, column + width)
