"""The language-neutral space and what its scores mean. Imported by `index` and every room above."""
