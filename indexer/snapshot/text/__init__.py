"""Normalisation and language of texts. Imported by every room of the snapshot."""
