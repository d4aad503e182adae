"""Time and memory of a build: stages by size of the corpus, rebuilds, and the rate of embedding."""
