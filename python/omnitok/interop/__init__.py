"""Vocabularies of other tools: read them, write them, and prove that the ids agree."""
