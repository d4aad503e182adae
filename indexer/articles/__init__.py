"""From the articles of sources to the corpus of a version. Imported by `embedding` and every room above."""
