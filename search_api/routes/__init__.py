"""HTTP version 1, one group of routes a file. Imported by `app.py`."""
