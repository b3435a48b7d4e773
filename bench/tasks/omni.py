"""A document of text, images and audio to ids with side tables."""

from __future__ import annotations

from typing import Any

from bench.clock import taken
from bench.places import ROOT

TEXT_BYTES = 2_000
SECONDS = 60
CODEBOOKS = 8
SIDE = 32


def encode(layout: str, rounds: int, documents: int) -> dict[str, Any]:
    """Times of encoding a document so many times, a sample a round, once it is sure that it comes back from its ids."""
    import numpy as np

    import omnitok
    from omnitok.segments import Audio, Image, Segment, Text

    builder = omnitok.VocabBuilder().text(omnitok.load("o200k_base"))
    delays = range(CODEBOOKS) if layout == "delay" else ()
    builder.codes("audio", sizes=[1024] * CODEBOOKS, rate="25/2", delays=delays, layout=layout)
    builder.codes2d("image", 8192, patch=16, grid=(SIDE, SIDE))
    omni = omnitok.OmniTokenizer(builder.build())
    draws = np.random.default_rng(1)
    text = (ROOT / "corpora" / "parallel" / "en.txt").read_text(encoding="utf-8")[:TEXT_BYTES]
    frames = SECONDS * 25 // 2
    document: list[Segment] = [
        Text(text[: TEXT_BYTES // 2]),
        Image(draws.integers(0, 8192, (SIDE, SIDE), dtype=np.uint32)),
        Text(text[TEXT_BYTES // 2 :]),
        Audio(draws.integers(0, 1024, (CODEBOOKS, frames), dtype=np.uint32)),
    ]
    encoded = omni.encode(document)
    if omni.decode(encoded.ids) != document:
        raise ValueError(f"a document in the layout {layout} does not come back from its ids")

    def work() -> None:
        for _ in range(documents):
            omni.encode(document)

    work()  # Memory is there, words are known.
    return {
        "ids": len(encoded),
        "text_ids": int((encoded.modality == 0).sum()),
        "documents": documents,
        "passes": [taken(work) for _ in range(rounds)],
    }
