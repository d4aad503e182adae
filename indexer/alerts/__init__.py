"""Saved searches, run against what is new. Imported by `cli.py`."""
