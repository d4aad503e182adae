"""Shards on a Ray cluster: Ray Serve places and restarts their replicas, and this process asks them."""
