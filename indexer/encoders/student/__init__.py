"""Training a query encoder for a passage model, and putting it into a store. Imported by `cli` and `encoder_cli`."""
