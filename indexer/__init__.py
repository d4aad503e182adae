"""Offline side of khabar: articles in, a published snapshot out. Layers: `docs/architecture.md`."""
