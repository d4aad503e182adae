"""Articles, paragraphs, and the corpus that holds them. Imported by `encoder` and every room above."""
