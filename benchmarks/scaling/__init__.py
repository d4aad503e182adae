"""Time, memory and recall of every kind of index by number of paragraphs, beyond the size of real corpora."""
