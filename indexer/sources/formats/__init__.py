"""One module for each input format, and their registry. Imported by `sources.walk`, and by rooms above `sources`."""
