"""What the report of codecs says of merges over codes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from bench.figures import markdown_table

if TYPE_CHECKING:
    from collections.abc import Mapping

LEAST_RATIO, MOST_SECONDS, MOST_BYTES = 2.0, 30.0, 400e6

_IMAGES = """
Fashion-MNIST in 4x4 patches, one codebook of 256 codes, 49 codes an image. Merges are learnt from {training:,}
training images and counted on {held_out:,} test images. *Bits* are those of a unigram model: the frequencies of the
training images' tokens, with one added to each token that occurs in either. *Exact* are images that came back code by
code.
"""
_SPEECH = """
Prompts of telephone exchanges by four speakers (Debian's `asterisk-core-sounds`, {hours:.1f} hours, 8 kHz): each
speaker in turn is held out, and codec and merges are learnt from the other three. (The digits above are some 9,000
codes, too few for as many merges.) Level 0 is the first codebook of a speech codec at {rate} frames a second. Merges
fill the vocabulary up to {vocabulary:,} ids, codes included. *Runs* is what leaving repeats out gives. *Bits* are as
above, of codes alone and of tokens. Ratios are of all speakers' codes and tokens together, and from the worst speaker
to the best.
"""
_OPTIONS = """
What might help, tried with {codes} codes: a longest merge, which keeps merges from learning whole prompts by heart,
and a higher count, which leaves rare ones out. *Merges* is the smallest number of any speaker.
"""
_PUBLISHED = """
Published figures beside ours; none were run here. Our bits of merged codes are those of the unigram model, and level 0 is
the coarsest part of a codec: alone it says less than the codecs beside it.

| what | published | here |
| --- | --- | --- |
| speech tokens/s (bit/s) | GLM-4-Voice 12.5 (175), CosyVoice 2 25 (317), Step-Audio 41.7 (467), WavTokenizer 40 and 75 (480 and 900), X-codec2 50 (800), SNAC 82 (984), Mimi 100 (1,100), SpeechTokenizer 400 (4,000), DAC 775 (7,750), EnCodec 150 to 2,400 (1,500 to 24,000) | {speech} |
| image bits/pixel | TiTok-L-32 0.006, SEED 0.008, IBQ 0.039, Chameleon, Show-o and LWM 0.051, LlamaGen 0.055, Cosmos DI16 0.062, Open-MAGVIT2 0.070, Emu3 0.234 | {images} |
| merges over speech codes | HuBERT of 5,000 codes, 16,384 merges, repeats left out before: 1.72; codec-bpe claims 2 to 5 | {merges} |
| merges over image codes | Being-VL: no lengths given | {rectangles} |
"""  # noqa: E501  rows of a table
_LEARNER = """
A line of {length} codes that follow each other as in real speech (256 codes, a chain of the first order) to 8,192
ids, in a process of its own: *peak* is the whole process, interpreter and codes included. *The same as text* is the
learner of text on these codes as bytes, cut into words of a thousand. *A text* is Japanese, whose words are counted
before, so a symbol is a byte of a distinct word. Seconds are those of learning, the fastest of three runs.
"""


def bar_rows(record: Mapping[str, Any]) -> list[list[str]]:
    """What was asked for, measured, and whether it was reached."""
    return [
        _rectangles_bar(record["image-merges"]),
        _speech_bar(record["speech-merges"]),
        *_learner_bars(record["learner"]),
    ]


def _rectangles_bar(images: Mapping[str, Any]) -> list[str]:
    pairs = _side_by_side(images)
    fewer = all(two["tokens"] < one["tokens"] and two["bits"] < one["bits"] for one, two in pairs)
    exact = all(row["exact"] == images["held_out"] for row in images["rows"])
    saved = " / ".join(
        f"{two['tokens'] / one['tokens'] - 1:+.1%}, {two['bits'] / one['bits'] - 1:+.1%}" for one, two in pairs
    )
    sizes = " / ".join(f"{one['vocabulary']:,}" for one, _ in pairs)
    return [
        f"rectangles against rows, Fashion-MNIST patches, {sizes} ids, held out: tokens, bits",
        "fewer of both, every image exact",
        saved + (", all exact" if exact else ", not all exact"),
        verdict(fewer and exact),
    ]


def _speech_bar(rows: list[dict[str, Any]]) -> list[str]:
    ratios = {codes: ratio(plain(rows, codes)) for codes in sizes(rows)}
    reached = [f"{codes:,}" for codes, value in ratios.items() if value >= LEAST_RATIO]
    return [
        f"merges over level-0 speech codes at 50 Hz, 8,192 ids, held-out speakers, by codes ({_listed(ratios)})",
        f"at least {LEAST_RATIO:g} times fewer tokens",
        " / ".join(f"{value:.2f}" for value in ratios.values()),
        f"reached with {', '.join(reached)} codes" if reached else "missed",
    ]


def _learner_bars(learner: list[dict[str, Any]]) -> list[list[str]]:
    codes = _of(learner, "codes", 2)
    long = f"{codes['symbols'] / 1e6:.0f} M codes to 8,192 ids"
    pairs = {threads: [_nanoseconds(_of(learner, task, threads)) for task in ("codes", "words")] for threads in (1, 2)}
    shown = ", ".join(f"{own:.0f} and {other:.0f} ns" for own, other in pairs.values())
    reached = [threads for threads, (own, other) in pairs.items() if own <= other]
    return [
        [f"learner, {long}: time", f"below {MOST_SECONDS:.0f} s", f"{codes['seconds']:.1f} s",
         verdict(codes["seconds"] < MOST_SECONDS)],
        [f"learner, {long}: peak of the process", f"below {_megabytes(MOST_BYTES)}", _megabytes(codes["peak_bytes"]),
         verdict(codes["peak_bytes"] < MOST_BYTES)],
        ["learner beside that of text, the same symbols, on 1 thread and on 2", "no slower a symbol", shown,
         verdict(bool(reached)) + (f" on {reached[0]}" if len(reached) == 1 else "")],
    ]  # fmt: skip


def sections(record: Mapping[str, Any]) -> list[str]:
    """The part of the report on merges."""
    images, speech, learner = record["image-merges"], record["speech-merges"], record["learner"]
    hours = sum(row["seconds"] for row in plain(speech, sizes(speech)[0])) / 3600
    about = {"hours": hours, "rate": 50, "vocabulary": 8192}
    return [
        "## Merges over images", _IMAGES.strip().format(**images), _images_table(images),
        "## Merges over speech", _SPEECH.strip().format(**about), _speech_table(speech),
        _OPTIONS.strip().format(codes=_tried(speech)), _options_table(speech),
        "## Beside published figures", _published(record),
        "## The learner", _LEARNER.strip().format(length=f"{learner[0]['symbols']:,}"),
        _learner_table(learner),
    ]  # fmt: skip


# --- rows -------------------------------------------------------------------------------------------------------------


def _side_by_side(images: Mapping[str, Any]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Rows and rectangles of equal vocabularies."""
    by = {(row["method"], row["vocabulary"]): row for row in images["rows"]}
    return [(row, by["rectangles", size]) for (method, size), row in by.items() if method == "rows"]


def sizes(rows: list[dict[str, Any]]) -> list[int]:
    """The numbers of codes that were tried."""
    return sorted({row["codes"] for row in rows})


def plain(rows: list[dict[str, Any]], codes: int, option: str | None = None) -> list[dict[str, Any]]:
    """A row for each speaker."""
    return [row for row in rows if row["codes"] == codes and row.get("option") == option]


def ratio(rows: list[dict[str, Any]], name: str = "codes_per_token") -> float:
    """Of all speakers together: a figure of codes for one, weighed by what it is for."""
    return float(sum(row["seconds"] for row in rows) / sum(row["seconds"] / row[name] for row in rows))


def mean(rows: list[dict[str, Any]], name: str) -> float:
    """A figure a second, of all speakers together."""
    return float(sum(row["seconds"] * row[name] for row in rows) / sum(row["seconds"] for row in rows))


def _of(learner: list[dict[str, Any]], task: str, threads: int) -> dict[str, Any]:
    return next(row for row in learner if (row["task"], row["threads"]) == (task, threads))


def _nanoseconds(row: Mapping[str, Any]) -> float:
    """Of a symbol."""
    return float(1e9 * row["seconds"] / row["symbols"])


def _tried(rows: list[dict[str, Any]]) -> int:
    return next(int(row["codes"]) for row in rows if "option" in row)


def _listed(ratios: Mapping[int, float]) -> str:
    return " / ".join(f"{codes:,}" for codes in ratios)


def _megabytes(count: float) -> str:
    return f"{count / 1e6:.0f} MB"


def verdict(is_reached: bool) -> str:
    """The last cell of a bar."""
    return "reached" if is_reached else "missed"


# --- tables -----------------------------------------------------------------------------------------------------------


def _images_table(images: Mapping[str, Any]) -> str:
    codes, count = images["codes"], images["held_out"]
    lines = [["codes alone", "256", f"{codes['tokens']:.2f}", f"{codes['bits']:.1f}", "", ""]]
    for pair in _side_by_side(images):
        lines += [
            [row["method"], f"{row['vocabulary']:,}", f"{row['tokens']:.2f}", f"{row['bits']:.1f}",
             f"{codes['tokens'] / row['tokens']:.2f}", f"{row['exact']:,} of {count:,}"]
            for row in pair
        ]  # fmt: skip
    return markdown_table(["", "ids", "tokens/image", "bits/image", "codes/token", "exact"], lines)


def _speech_table(rows: list[dict[str, Any]]) -> str:
    lines = []
    for codes in sizes(rows):
        of = plain(rows, codes)
        each = [row["codes_per_token"] for row in of]
        lines.append(
            [
                f"{codes:,}",
                f"{math.sqrt(mean([{**row, 'square': row['rmse_db'] ** 2} for row in of], 'square')):.2f}",
                f"{min(row['merges'] for row in of):,}",
                f"{ratio(of, 'codes_per_run'):.2f}",
                f"{ratio(of, 'known_codes_per_token'):.2f}",
                f"**{ratio(of):.2f}** ({min(each):.2f} to {max(each):.2f})",
                f"{50 / ratio(of):.1f}",
                f"{mean(of, 'code_bits_per_second'):.0f}",
                f"{mean(of, 'bits_per_second'):.0f}",
                f"{100 * sum(row['unused'] for row in of) / len(of):.0f} %",
            ]
        )
    header = ["codes", "codec dB", "merges", "runs", "codes/token, known", "held out", "tokens/s", "bits/s, codes",
              "tokens", "ids unused"]  # fmt: skip
    return markdown_table(header, lines, 0)


def _options_table(rows: list[dict[str, Any]]) -> str:
    codes = _tried(rows)
    names = dict.fromkeys(row.get("option") for row in rows if row["codes"] == codes)
    lines = []
    for name in names:
        of = plain(rows, codes, name)
        figures = [f"{ratio(of):.3f}", f"{mean(of, 'bits_per_second'):.0f}"]
        lines.append([name or "none", f"{min(row['merges'] for row in of):,}", *figures])
    return markdown_table(["option", "merges", "codes/token, held out", "bits/s"], lines)


def _learner_table(learner: list[dict[str, Any]]) -> str:
    names = {"codes": "codes", "words": "the same as text", "text": "a text"}
    lines = [
        [names[row["task"]], f"{row['threads']}", f"{row['symbols']:,}", f"{row['seconds']:.1f}",
         f"{_nanoseconds(row):.0f}", f"{row['before_bytes'] / 1e6:.0f}", f"{row['peak_bytes'] / 1e6:.0f}"]
        for row in learner
    ]  # fmt: skip
    return markdown_table(["", "threads", "symbols", "s", "ns/symbol", "MB before", "MB at the peak"], lines)


def _published(record: Mapping[str, Any]) -> str:
    speech, images = record["speech-merges"], record["image-merges"]
    codec = record["speech"]["speakers"][0]
    merged = "; ".join(
        f"{codes:,} codes {50 / ratio(of):.1f} ({mean(of, 'bits_per_second'):.0f})"
        for codes in sizes(speech)
        for of in [plain(speech, codes)]
    )
    whole = f"four codebooks {codec['tokens_per_second']:.0f} ({codec['bits_per_second']:.0f})"
    pixels = [row["bits_per_pixel"] for row in record["images"]]
    rectangles = [images["codes"]["tokens"] / two["tokens"] for _, two in _side_by_side(images)]
    ratios = "; ".join(f"{codes:,} codes {ratio(plain(speech, codes)):.2f}" for codes in sizes(speech))
    return _PUBLISHED.strip().format(
        speech=f"{whole}; level 0 merged, 8,192 ids: {merged}",
        images=f"{min(pixels):.2f} to {max(pixels):.2f}, of small images",
        merges=f"8,192 ids: {ratios}",
        rectangles=f"{rectangles[0]:.2f} to {rectangles[-1]:.2f}",
    )
