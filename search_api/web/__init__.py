"""The search page and its static files. Imported by `app.py`."""
