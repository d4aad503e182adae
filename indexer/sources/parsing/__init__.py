"""Bytes, encodings, dates, boilerplate and records, whatever the format. Imported by `sources.formats`."""
