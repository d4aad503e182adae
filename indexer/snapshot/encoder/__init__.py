"""What an encoder is, and the query encoder that serves. Imported by `scores` and every room above."""
