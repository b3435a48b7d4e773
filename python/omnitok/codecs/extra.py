"""Says how to install what codecs need beyond the base package."""

from __future__ import annotations

import importlib
from typing import Any

#: What the extras bring: packages by the module that is imported, and the extra that has it.
_EXTRAS = {
    "safetensors": "codecs",
    "PIL": "codecs",
    "soundfile": "codecs",
    "torch": "pretrained",
    "transformers": "pretrained",
}


def require(module: str) -> Any:
    """A module of an extra, or of a package in one.

    Raises:
        ModuleNotFoundError: it is not installed; the message names the command that helps.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        name = module.partition(".")[0]
        if (error.name or "").partition(".")[0] != name:
            raise
        message = f"codecs need {name} here; install it with: pip install 'omnitok[{_EXTRAS[name]}]'"
        raise ModuleNotFoundError(message, name=name) from None
