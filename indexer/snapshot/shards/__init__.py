"""A version whose vectors and words are divided among shards: who has which rows, and what a search asks of each."""
