"""Cluster: whether shards give the answers of one piece, and what it costs to ask them over Ray."""
