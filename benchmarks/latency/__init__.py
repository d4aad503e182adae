"""Latency and throughput of the service under load, beside the floor that encoder and index set."""
