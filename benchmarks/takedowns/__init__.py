"""Takedowns that must hold: while the log is lost, and while versions are swapped under load."""
