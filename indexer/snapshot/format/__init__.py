"""Manifests, checksums, takedowns and locks on disk. Imported by `reader` and `search`."""
