"""The neutral space, and the meaning of its scores. Imported by `index` and every room above."""
