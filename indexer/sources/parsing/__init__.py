"""Bytes, encodings, dates, boilerplate, records, whatever the format. Imported by `formats` and rooms above."""
