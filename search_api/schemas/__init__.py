"""Wire types of HTTP version 1. Imported by `routes`, `formats` and `cli.py`."""
