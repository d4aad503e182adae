"""Changes to a store: publish, roll back, prune, take down; files that people edit. Imported by rooms above."""
