"""Offline side of khabar: articles in, a published snapshot out. `search_api` and benchmarks import it."""
