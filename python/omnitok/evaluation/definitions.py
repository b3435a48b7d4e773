"""What every metric of the tidy table is: its unit and its definition.

Every ratio is a ratio of sums over sentences (micro), never a mean of per-sentence ratios: a long sentence counts for
what it costs. Sentences are parallel across languages, and tokens are counted without special tokens.
Words and grapheme clusters are those of Unicode annex 29, with dictionaries where words have no spaces between them;
the record of a run names the library.
"""

from __future__ import annotations

from typing import NamedTuple


class Metric(NamedTuple):
    """What a value of the tidy table means."""

    unit: str
    definition: str


OF_TEXT: dict[str, Metric] = {
    "bytes": Metric("bytes", "UTF-8 bytes of all sentences, line ends not counted"),
    "characters": Metric("characters", "Unicode code points of all sentences"),
    "graphemes": Metric("graphemes", "extended grapheme clusters of all sentences (UAX 29)"),
    "words": Metric("words", "segments of UAX 29 with a letter or digit, cut by dictionaries in zh, ja and th"),
    "byte_premium": Metric("ratio", "UTF-8 bytes of the language / UTF-8 bytes of English, same sentences"),
    "lines_not_nfc": Metric("lines", "lines that are not in Unicode normalization form C"),
    "script_share": Metric("share", "letters and marks in the script of the language / letters and marks"),
    "language_share": Metric("share", "lines that look more like this language than like any other of the 20 / lines"),
    "duplicate_lines": Metric("lines", "lines whose letters and digits are those of a line before them"),
    "lines_in_training": Metric("lines", "lines whose letters and digits the training text has as a line too"),
    "words_in_training": Metric("share", "words, cut as the training counts were, that these have / words"),
    "lines_perhaps_in_training": Metric(
        "lines", "lines whose words but the first and last the training counts all have; no other line can be in it"
    ),
    "length_outliers": Metric("lines", "lines much longer or shorter, beside English, than lines of the language are"),
}
"""Of the text itself, without any tokenizer."""

OF_LANGUAGE: dict[str, Metric] = {
    "tokens": Metric("tokens", "tokens of all sentences, each sentence encoded alone, no special tokens"),
    "tokens_per_sentence": Metric("tokens/sentence", "tokens / sentences"),
    "bytes_per_token": Metric("bytes/token", "UTF-8 bytes / tokens; compare inside one language only"),
    "characters_per_token": Metric("characters/token", "code points / tokens; compare inside one language only"),
    "tokens_per_character": Metric("tokens/character", "tokens / code points; compare inside one language only"),
    "graphemes_per_token": Metric("graphemes/token", "grapheme clusters / tokens; compare inside one language only"),
    "premium": Metric("ratio", "tokens of the language / tokens of English, same sentences"),
    "premium_to_best": Metric("ratio", "tokens of the language / tokens of the language that needs fewest"),
    "fertility": Metric("tokens/word", "tokens / words"),
    "fertility_by_spaces": Metric(
        "tokens/word", "tokens / runs without white space; means nothing where words have none"
    ),
    "round_trip": Metric("share", "lines whose tokens decode to exactly the line / lines"),
    "bits_per_sentence": Metric("bits/sentence", "tokens x log2(vocabulary) / sentences; weighs length against size"),
    "nsl_to_fewest": Metric(
        "ratio", "tokens / tokens of the tokenizer in `against`: the one with fewest here of those that lose no text"
    ),
    "lorenz": Metric("share", "share of all tokens in the languages that need no more than this one"),
    # What needs to know where tokens end.
    "continued_words": Metric("share", "words covered by two tokens or more / words"),
    "retention": Metric("share", "words that are one token, alone or with the space before / words"),
    "retention_of_types": Metric("share", "the same by distinct words, each counted once with its share of kept uses"),
    "retention_bare": Metric("share", "words that are one token when encoded alone, without their space / words"),
    "segmentality": Metric(
        "share", "token ends between two graphemes inside a word / places between two such graphemes"
    ),
    "utf8_fragments": Metric("share", "tokens that are not valid UTF-8 by themselves / tokens"),
    "split_graphemes": Metric("share", "grapheme clusters that a token ends inside of / grapheme clusters"),
    # Which tokens are used.
    "entropy": Metric("bits/token", "-sum p log2 p over the tokens used"),
    "renyi_entropy": Metric("bits/token", "log2(sum p^a) / (1 - a) with a = 2.5"),
    "renyi_efficiency": Metric("share", "Renyi entropy / log2(vocabulary); says little by itself, see the guide"),
    "renyi_efficiency_of_used": Metric("share", "Renyi entropy / log2(distinct tokens used)"),
    "tokens_used": Metric("tokens", "distinct tokens used"),
    "vocabulary_use": Metric("share", "distinct tokens used / vocabulary; grows with the text"),
    "zipf_slope": Metric("slope", "of the line of least squares through log10 frequency by log10 rank"),
    "zipf_deviation": Metric("log10", "root mean square distance of log10 frequency from that line"),
    "uses_of_rank": Metric("uses", "uses, in all languages together, of the token whose place by use is in `against`"),
    # What other spellings of the same text cost.
    "cost_of_nfd": Metric("ratio", "tokens of the text in normalization form D / tokens of it in form C"),
    "cost_without_joiners": Metric("ratio", "tokens without zero-width non-joiners and joiners / tokens"),
    "cost_of_wide_digits": Metric("ratio", "tokens with full-width digits in place of 0 to 9 / tokens"),
    # What it means for a user.
    "context_words": Metric("words", "words that fill a context window: window / fertility"),
    "context_as_english": Metric("tokens", "window / premium: tokens of English that would say as much"),
    "price_of_input": Metric("USD/1M words", "price of a million tokens read x fertility; the model is in `against`"),
    "price_of_output": Metric("USD/1M words", "price of a million tokens written x fertility; model in `against`"),
}
"""Of one tokenizer in one language; those on which tokens are used, also over all languages together."""

OF_PAIR: dict[str, Metric] = {
    "gain": Metric("ratio", "tokens of the baseline / tokens, same sentences: 2.0 reads as 2.0× fewer"),
    "saving": Metric("%", "share of the baseline's tokens that are no longer needed"),
    "nsl": Metric("ratio", "normalized sequence length: tokens / tokens of the baseline, same sentences"),
    "gain_p": Metric("p", "two-sided p of a gain other than 1, paired bootstrap, Holm-corrected over languages"),
    "gini_ratio": Metric("ratio", "Gini coefficient over languages / that of the baseline, same sentences"),
    "gini_ratio_p": Metric("p", "two-sided p of that ratio other than 1, paired bootstrap, not corrected"),
    "worst_premium_ratio": Metric("ratio", "largest premium of a language / that of the baseline, same sentences"),
    "worst_premium_ratio_p": Metric("p", "two-sided p of that ratio other than 1, paired bootstrap, not corrected"),
    "overlap": Metric("share", "tokens (as bytes) in both vocabularies / tokens in either (Jaccard)"),
    "overlap_of_script": Metric("share", "the same of the tokens of one script: baseline and script in `against`"),
    "common_tokens": Metric("share", "tokens of the corpus that the baseline's vocabulary has too / tokens"),
}
"""Of one tokenizer against a baseline."""

ACROSS: dict[str, Metric] = {
    "gini": Metric("0 to 1", "Gini coefficient of tokens per sentence over languages; 0 is equal treatment"),
    "jain": Metric("0 to 1", "Jain index of the same: (sum x)^2 / (m sum x^2); 1 is equal treatment"),
    "variation": Metric("ratio", "coefficient of variation of the same: standard deviation / mean"),
    "max_over_min": Metric("ratio", "largest tokens per sentence of a language / smallest"),
    "worst_premium": Metric("ratio", "largest premium of a language"),
    "tokens_per_sentence_by_speakers": Metric(
        "tokens/sentence", "mean of tokens per sentence weighted by the speakers in languages.toml"
    ),
    "rank": Metric("place", "place by mean tokens per sentence; empty when the round trip fails"),
}
"""Of one tokenizer across languages. `tokens_per_sentence` of `all` is the mean over languages, equal in weight."""

OF_VOCABULARY: dict[str, Metric] = {
    "vocabulary": Metric("tokens", "ids of the tokenizer, which the metrics above call the vocabulary"),
    "script_tokens": Metric(
        "tokens", "tokens whose letters and marks are all of the script in `against`, or Mixed, None, Fragment"
    ),
    "unreachable": Metric("tokens", "valid UTF-8, one word by itself, and yet other tokens: no text has it"),
    "not_reached_alone": Metric(
        "tokens", "valid UTF-8, and not what its own text becomes; no other text was found that has it"
    ),
    "undecodable_prefix": Metric("tokens", "not valid UTF-8: ends inside a character"),
    "undecodable_suffix": Metric("tokens", "not valid UTF-8: begins inside a character"),
    "undecodable_inner": Metric("tokens", "not valid UTF-8: begins and ends inside of characters"),
    "undecodable_impossible": Metric("tokens", "not valid UTF-8: bytes that no text holds"),
    "never_emitted": Metric("tokens", "tokens that the corpus does not use, in any language"),
    "rare": Metric("tokens", "tokens that the corpus uses less than 5 times"),
    "junk": Metric("tokens", "tokens of the kind in `against`; the findings list them"),
    "duplicates": Metric("tokens", "tokens that differ from another only in case or in white space around them"),
}
"""Of a vocabulary by itself; for tokenizers that tell the bytes of their tokens."""

METRICS: dict[str, Metric] = {**OF_TEXT, **OF_LANGUAGE, **OF_PAIR, **ACROSS, **OF_VOCABULARY}
