"""Measurements of khabar: raw records first, then figures, then reports."""
