"""Manifests, checksums, takedowns, locks, alerts and their feed. Imported by all that write or open a store."""
