"""Makes the fonts that reports carry, in ``python/omnitok/report/noto``, from Debian's Noto packages.

    python scripts/make_fonts.py [FOLDER]

Needs the packages ``fonts-noto-core`` and ``fonts-noto-cjk``, fontTools and brotli. A font holds all characters of its
script; the three of Chinese, Japanese and Korean hold those of the parallel texts in ``corpora/``, for whole they have
sixteen megabytes each. Noto fonts are under the SIL Open Font License, whose text lies beside them.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "python/omnitok/report/noto"
NOTO, CJK = Path("truetype/noto"), Path("opentype/noto/NotoSansCJK-Regular.ttc")
SCRIPTS = {
    "sans": (
        "NotoSans-Regular",
        [
            (0x20, 0x24F),
            (0x300, 0x36F),
            (0x400, 0x52F),
            (0x1E00, 0x1EFF),
            (0x2000, 0x206F),
            (0x20A0, 0x20BF),
            (0x2190, 0x22FF),
        ],
    ),
    "devanagari": ("NotoSansDevanagari-Regular", None),
    "gujarati": ("NotoSansGujarati-Regular", None),
    "tamil": ("NotoSansTamil-Regular", None),
    "telugu": ("NotoSansTelugu-Regular", None),
    "arabic": ("NotoSansArabic-Regular", None),
    "nastaliq": ("NotoNastaliqUrdu-Regular", None),
}
FACES = {"japanese": (0, "ja"), "korean": (1, "ko"), "chinese": (2, "zh")}
"""Number of the face in the collection, and whose text it is for."""


def main(folder: Path) -> None:
    """Writes every font."""
    TARGET.mkdir(exist_ok=True)
    for name, (file, ranges) in SCRIPTS.items():
        font = TTFont(folder / NOTO / f"{file}.ttf", recalcTimestamp=False)
        known = font.getBestCmap()
        wanted = known if ranges is None else [code for first, last in ranges for code in range(first, last + 1)]
        _write(name, font, [code for code in wanted if code in known], ["*"])
    for name, (number, language) in FACES.items():
        text = (ROOT / f"corpora/parallel/{language}.txt").read_text("utf-8")
        characters = sorted(
            {*map(ord, text), *range(0x20, 0x7F), *range(0x3000, 0x3100), *range(0xFF00, 0xFF60)} - {0x0A}
        )
        _write(
            name,
            TTFont(folder / CJK, fontNumber=number, recalcTimestamp=False),
            characters,
            ["kern", "ccmp", "locl", "mark", "mkmk"],
        )


def _write(name: str, font: TTFont, characters: list[int], features: list[str]) -> None:
    options = subset.Options(layout_features=features, hinting=False, notdef_outline=True, name_IDs=[0, 1, 2, 13, 14])
    options.flavor = "woff2"
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)
    subset.save_font(font, str(TARGET / f"{name}.woff2"), options)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("/usr/share/fonts"))
