"""Highlights: how often the sentence that is shown is the right one, on parallel texts, and what it costs."""
