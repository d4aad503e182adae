"""The graph of a trained query encoder, rewritten for how it is served: one query at a time, without padding."""
