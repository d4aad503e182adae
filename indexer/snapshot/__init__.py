"""The contract between builds and the service: the only part of `indexer` that `search_api` imports."""
