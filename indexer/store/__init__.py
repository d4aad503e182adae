"""Changes to a store: publish, roll back, prune, take down. Imported by rooms above."""
