"""What can be said in place of a folder when a query encoder is chosen."""

BUNDLED_STUDENT = "bundled"
"""The trained query encoder of the bundled model; with any other model, the model encodes queries itself."""

NO_STUDENT = "none"
"""The passage model encodes queries itself."""
