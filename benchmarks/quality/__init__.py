"""Relevance of search results within and between languages, on corpora with known answers."""
