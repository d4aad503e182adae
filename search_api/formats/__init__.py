"""How answers are shown, one format a file. Imported by `routes` and `cli.py`."""
