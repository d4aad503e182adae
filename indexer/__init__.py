"""Offline side of khabar: articles in, a published snapshot out. `search_api` and benchmarks import it."""

import os

# ONNX Runtime sends data about the machine to its makers, from its import on, unless this is set before (version 1.32).
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
