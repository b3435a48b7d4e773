"""``python -m omnitok`` is the command ``omnitok``."""

from __future__ import annotations

from omnitok.cli.app import main

if __name__ == "__main__":
    main()
