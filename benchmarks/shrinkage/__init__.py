"""The shrinkage of a rare language's centre towards the default: search quality for several values."""
