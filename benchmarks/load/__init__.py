"""Putting a server under load: queries, the server, closed loop, open loop. Benchmarks that need load import it."""
