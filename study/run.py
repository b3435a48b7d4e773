"""The study from the texts to the record, step by step; what is made on the way is kept and not made again."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

import omnitok
from bench.languages import language_names
from omnitok.mixture import bytes_by_name, language_of
from omnitok.recipes import BALANCED
from study import shares, variants
from study.bootstrap import DRAWS, SEED, Resampling
from study.choosing import BASELINE, DEVELOPMENT, HELD_OUT, Development, choose, development_of
from study.figures import SetFigures, set_figures
from study.measuring import ParallelSet, audit, read_set, read_slice, tokens_of_sentences, tokens_of_texts
from study.places import OWN_TEXTS, SCRATCH, parallel_sets
from study.text import CODE, documents_of, finder_of, languages, prepare
from study.workshop import Workshop

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from omnitok import Tokenizer

BASELINES = (BASELINE, "cl100k_base")


# --- the training text ------------------------------------------------------------------------------------------------


def prepare_text(folder: Path, threads: int, tell: Callable[[str], None]) -> dict[str, Any]:
    """Cleans the training text, once, and says what became of each language."""
    record = folder / "prepared.json"
    if not record.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        with ProcessPoolExecutor(threads) as pool:
            jobs = {language: pool.submit(_prepare, language, folder) for language in languages()}
            prepared = {}
            for language, job in jobs.items():
                prepared[language] = job.result()
                tell(f"  {language}: {prepared[language]['removed_lines']} lines removed")
        record.write_text(json.dumps(prepared, indent=1) + "\n", encoding="utf-8")
    found: dict[str, Any] = json.loads(record.read_bytes())
    return found


def _prepare(language: str, folder: Path) -> dict[str, object]:
    return prepare(language, documents_of(language), finder_of(language, parallel_sets()), folder).record()


# --- measuring --------------------------------------------------------------------------------------------------------


class Ruler:
    """Measures vocabularies on one set, beside the baselines.

    Args:
        parallel: the sentences.
        baselines: the vocabularies to compare with.
    """

    def __init__(self, parallel: ParallelSet, baselines: Mapping[str, Tokenizer]) -> None:
        self.parallel = parallel
        self._resampling = Resampling(parallel.sentences)
        self._baselines = {name: tokens_of_sentences(one, parallel) for name, one in baselines.items()}

    def measure(self, tokenizer: Tokenizer) -> SetFigures:
        """The figures of a vocabulary."""
        tokens = tokens_of_sentences(tokenizer, self.parallel)
        return set_figures(list(self.parallel.lines), tokens, self._baselines, self._resampling)

    def record(self) -> dict[str, Any]:
        """What was measured on."""
        texts = {code: "\n".join(lines) for code, lines in self.parallel.lines.items()}
        return {
            "sentences": self.parallel.sentences,
            "sha256": {code: hashlib.sha256(text.encode()).hexdigest() for code, text in texts.items()},
        }


@dataclass(frozen=True)
class Slice:
    """Texts that nothing is learnt from, and what the baseline needs for them."""

    texts: Sequence[str]
    baseline: int

    @classmethod
    def of(cls, file: Path, baseline: Tokenizer) -> Slice:
        """The documents of a file."""
        texts = read_slice(file)
        return cls(texts, tokens_of_texts(baseline, texts))

    def ratio(self, tokenizer: Tokenizer) -> float:
        """Tokens / those of the baseline."""
        return round(tokens_of_texts(tokenizer, self.texts) / self.baseline, 5)


# --- the study --------------------------------------------------------------------------------------------------------


class Study:
    """Everything that is compared, and what it is compared on.

    Args:
        scratch: where texts, counts and vocabularies are kept.
        threads: for all that runs on several.
        tell: hears what is being done.
    """

    def __init__(self, scratch: Path = SCRATCH, threads: int = 2, tell: Callable[[str], None] = print) -> None:
        tell("training text")
        self.prepared = prepare_text(scratch, threads, tell)
        digest = hashlib.sha256(json.dumps(self.prepared, sort_keys=True).encode()).hexdigest()
        self.workshop = Workshop(scratch / "train", digest, scratch, OWN_TEXTS, threads, tell)
        self.baselines = {name: omnitok.load(name) for name in BASELINES}
        self._scratch, self._tell, self._folders = scratch, tell, parallel_sets()
        self.rulers = {name: self.ruler(name) for name in DEVELOPMENT}
        self.slices = {
            language: Slice.of(scratch / "development" / f"{language}.jsonl", self.baselines[BASELINE])
            for language in languages()
        }

        self.claimed_code = Slice.of(scratch / "claim" / f"{CODE}.jsonl", self.baselines[BASELINE])

    def ruler(self, name: str) -> Ruler:
        """What measures on a set."""
        return Ruler(read_set(name, self._folders[name], list(language_names())), self.baselines)

    def development(self, tokenizer: Tokenizer) -> Development:
        """What a choice may know of a vocabulary."""
        sets = {name: ruler.measure(tokenizer) for name, ruler in self.rulers.items()}
        return development_of(sets, self.slices[CODE].ratio(tokenizer))

    def sentence_bytes(self) -> dict[str, float]:
        """Bytes that the counts of the recipe hold of an average sentence of each language.

        A word counts once a document there, so they hold less of a sentence than it has; code has lines for sentences,
        which are taken to be as long as those of English.
        """
        counts = self.workshop.counts(BALANCED.pattern, BALANCED.max_per_document, by_part=True)
        held = dict.fromkeys(languages(), 0.0)
        for name, size in bytes_by_name(counts).items():
            held[language_of(name)] += size
        lines = self.rulers["own"].parallel.lines
        length = {code: float(np.mean([len(line.encode()) for line in lines[code]])) for code in lines}
        length[CODE] = length["en"]
        return {code: length[code] * held[code] / self.prepared[code]["bytes"] for code in held}

    def find_shares(self) -> list[dict[str, float]]:
        """The importance of languages, step by step, at the largest size."""
        variant = next(one for one in variants.variants() if one.name == "balanced, not over-trained")

        def look(wanted: Mapping[str, float]) -> Development:
            tokenizer = self.workshop.train(variant, max(variants.SIZES), wanted)
            seen = self.development(tokenizer)
            english = max(one.ratios[BASELINE]["en"].value for one in seen.sets.values())
            self._tell(f"  mean {seen.mean():.4f}, English {english:.4f}, code {seen.code:.4f}")
            return seen

        return shares.search(self.sentence_bytes(), look)


def run(study: Study, tell: Callable[[str], None] = print) -> dict[str, Any]:
    """The whole study.

    Returns:
        The record that reports are made of.
    """
    tell("shares of languages")
    importance = study.find_shares()
    sentence_bytes = study.sentence_bytes()
    found = shares.as_recipe(shares.shares_of(importance[-1], sentence_bytes))
    sentence_shares = shares.shares_of(importance[0], sentence_bytes)
    tables = {
        "recipe": replace(BALANCED, shares=found).targets(found),
        "sentences": sentence_shares,
        "English": {language: float(language == "en") for language in languages()},
        "": None,
    }
    tell("variants")
    trained = {}
    for variant in variants.variants():
        for size in variant.sizes:
            trained[variant.name, size] = study.workshop.train(variant, size, tables[variant.shares])
    tell("choosing, by development sets alone")
    seen = {key: study.development(tokenizer) for key, tokenizer in trained.items()}
    candidates = {
        variant.name: seen[variant.name, max(variants.SIZES)] for variant in variants.variants() if variant.is_candidate
    }
    of_words = {variant.name for variant in variants.variants() if not variant.has_superwords}
    chosen = choose(candidates)
    chosen_of_words = choose({name: one for name, one in candidates.items() if name in of_words})
    tell(f"  chosen: {chosen}; of words: {chosen_of_words}")
    tell(f"measuring, {HELD_OUT} last")
    held_out = study.ruler(HELD_OUT)
    rows = []
    for variant in variants.variants():
        for size in variant.sizes:
            tokenizer = trained[variant.name, size]
            rows.append(
                {
                    "name": variant.name,
                    "says": variant.says,
                    "vocab_size": size,
                    "digest": tokenizer.digest,
                    "audit": audit(tokenizer, study.workshop.uses(variant, tokenizer))._asdict(),
                    **_measured(study, tokenizer, seen[variant.name, size].sets, held_out),
                }
            )
    for name, tokenizer in study.baselines.items():
        sets = study.development(tokenizer).sets
        more = {"audit": audit(tokenizer)._asdict(), **_measured(study, tokenizer, sets, held_out)}
        rows.append({"name": name, "says": "", "vocab_size": tokenizer.vocab_size, "digest": tokenizer.digest, **more})
    return {
        "overlap": {language: _without_digest(one) for language, one in study.prepared.items()},
        "importance": [{code: round(value, 3) for code, value in step.items()} for step in importance],
        "shares": found,
        "sentence_shares": shares.as_recipe(sentence_shares),
        "chosen": chosen,
        "chosen_of_words": chosen_of_words,
        "rows": rows,
    }


def measure_other(study: Study, name: str, folder: Path) -> dict[str, Any]:
    """The row of a vocabulary that was made elsewhere, such as a published one; it takes part in no choice.

    Args:
        study: what to measure on.
        name: what tables call it.
        folder: anything that :func:`omnitok.load` takes.
    """
    tokenizer = omnitok.load(folder).with_name(name)
    sets = study.development(tokenizer).sets
    return {
        "name": name,
        "says": "made elsewhere",
        "vocab_size": tokenizer.vocab_size,
        "digest": tokenizer.digest,
        "audit": audit(tokenizer)._asdict(),
        **_measured(study, tokenizer, sets, study.ruler(HELD_OUT)),
    }


def _measured(
    study: Study, tokenizer: Tokenizer, development: Mapping[str, SetFigures], held_out: Ruler
) -> dict[str, Any]:
    """The figures on all sets and slices, as the record has them."""
    sets = {**development, HELD_OUT: held_out.measure(tokenizer)}
    return {
        "sets": {name: figures.record() for name, figures in sets.items()},
        "slices": {language: one.ratio(tokenizer) for language, one in study.slices.items()},
        "claimed_code": study.claimed_code.ratio(tokenizer),
    }


def _without_digest(prepared: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in prepared.items() if key != "sha256"}


def run_record(study: Study) -> dict[str, Any]:
    """What the study was made of: versions and digests, no time, no host, no path."""
    return {
        "versions": {"omnitok": omnitok.__version__, "numpy": np.__version__},
        "bootstrap": {"draws": DRAWS, "seed": SEED},
        "training_text": {language: one["sha256"] for language, one in study.prepared.items()},
        "sets": {name: study.ruler(name).record() for name in (*DEVELOPMENT, HELD_OUT)},
        "search": {"steps": shares.STEPS, "ceilings": shares.CEILINGS, "ceiling": shares.CEILING},
    }
