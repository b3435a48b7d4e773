"""Counting words: of sources into memory, or into a file within a memory budget, once and for all."""

from __future__ import annotations

from omnitok.counting.memory import parse_memory
from omnitok.counting.to_file import CountsFile, count_to_file
from omnitok.counting.words import WordCounts, count_into, count_words

__all__ = ["CountsFile", "WordCounts", "count_into", "count_to_file", "count_words", "parse_memory"]
