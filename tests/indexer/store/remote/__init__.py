"""Stores in other places."""
