"""What the builder writes and the service reads: the only part of `indexer` that `search_api` imports."""
