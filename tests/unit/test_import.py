"""``import omnitok`` is light: it loads nothing that most programs never need."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("numpy", "pandas", "matplotlib", "datasets", "torch", "tokenizers", "tiktoken", "pyarrow", "typer", "rich")


def loaded_after(statements: str) -> set[str]:
    """The modules that a fresh interpreter holds after some statements, without those of plain Python."""
    program = f"import sys; bare = set(sys.modules); {statements}; print(*sorted(set(sys.modules) - bare))"
    # -I: neither the folder of whoever runs the tests nor PYTHONPATH brings modules along.
    result = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    return set(result.stdout.split())


def test_importing_loads_nothing_heavy() -> None:
    loaded = loaded_after("import omnitok")
    assert "omnitok._native" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_encoding_and_counting_need_no_numpy() -> None:
    work = "tok = omnitok.train(texts=['aa bb'], vocab_size=256, special_tokens=()); tok.decode(tok.encode('aa'))"
    assert loaded_after(f"import omnitok; {work}; tok.count('aa'); tok.save").isdisjoint(HEAVY)


def test_arrays_load_numpy_when_they_are_made() -> None:
    make = "omnitok.train(texts=['aa bb'], vocab_size=256, special_tokens=()).encode_to_numpy('aa')"
    assert "numpy" in loaded_after(f"import omnitok; {make}")


def test_the_public_names_are_those_of_the_plan() -> None:
    import omnitok

    assert set(omnitok.__all__) == {
        *("CodeMerges", "OmniTokenizer", "Tokenizer", "VocabBuilder", "Vocabulary", "WordCounts", "__version__"),
        *(
            "count_superwords",
            "count_words",
            "evaluate",
            "extend",
            "learn_code_merges",
            "nest",
            "prune",
            "load",
            "train",
            "verify",
        ),
    }
    assert all(hasattr(omnitok, name) for name in omnitok.__all__)
