"""Identity of an encoder, and the query encoder of the service. Imported by `scores` and every room above."""
