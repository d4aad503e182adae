"""Benchmarks of khabar: each writes raw records, computes figures from them, and writes a report of the figures.

A benchmark imports the shared rooms `load`, `corpora` and `harness`, and no other benchmark. Nobody imports benchmarks.
"""
