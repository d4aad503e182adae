"""Values of `--query-encoder` that are not folders."""

BUNDLED_STUDENT = "bundled"
"""The trained query encoder of the bundled model; with any other model, the model encodes queries itself."""

NO_STUDENT = "none"
"""The passage model encodes queries itself."""
