"""Saved searches: what one is, and reading and changing their file."""
