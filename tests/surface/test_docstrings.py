"""What docstrings and the README show is what happens."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import omnitok

ROOT = Path(__file__).resolve().parents[2]
MODULES = [info.name for info in pkgutil.walk_packages(omnitok.__path__, "omnitok.") if "__main__" not in info.name]


@pytest.mark.parametrize("name", ["omnitok", *MODULES])
def test_examples_in_docstrings(name: str) -> None:
    outcome = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert outcome.failed == 0


def test_public_classes_and_methods_say_what_they_do() -> None:
    for owner in (omnitok.Tokenizer, omnitok.WordCounts):
        for name in [name for name in vars(owner) if not name.startswith("_")]:
            assert getattr(owner, name).__doc__, f"{owner.__name__}.{name} has no docstring"
    for name in omnitok.__all__:
        assert getattr(omnitok, name).__doc__, f"omnitok.{name} has no docstring"


def test_the_readme_names_only_what_there_is() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`make (\w+)`", readme):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"make {target} is no target"
    for link in re.findall(r"\]\(([^)#]+)\)", readme):
        assert "://" in link or (ROOT / link).exists(), f"{link} is not there"


def test_the_package_tells_type_checkers_that_it_is_typed() -> None:
    package = Path(omnitok.__file__).parent
    assert (package / "py.typed").is_file()
    assert (package / "_native.pyi").is_file()
