"""Online side of khabar: answers queries over HTTP from a published snapshot. Only `benchmarks` import it."""
