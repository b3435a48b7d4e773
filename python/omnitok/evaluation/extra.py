"""Says how to install what evaluation and report need beyond the base package."""

from __future__ import annotations

PACKAGES = frozenset({"pandas", "matplotlib", "jinja2", "regex"})
"""What the extra ``report`` brings."""


def explain_missing(error: ModuleNotFoundError) -> ModuleNotFoundError:
    """The same error; with the command that helps, when it is a package of the extra that is missing."""
    package = (error.name or "").partition(".")[0]
    if package not in PACKAGES:
        return error
    message = f"evaluation and report need {package}; install it with: pip install 'omnitok[report]'"
    return ModuleNotFoundError(message, name=package)
