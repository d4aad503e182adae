"""What a build costs: its stages by size of the corpus, rebuilds, and the rate of embedding."""
